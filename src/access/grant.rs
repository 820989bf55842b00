//! What a client was given, and where it stands in a conversation.

use serde::{Deserialize, Serialize};

use super::role::Role;
use crate::conversation::{Actor, DeskId, Phase, State};

/// The most desks that one client may be tied to.
pub const DESKS_MAX: usize = 64;

/// The desks that somebody serves, or that a kiosk stands at.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(all(test, feature = "schema"), derive(schemars::JsonSchema))]
#[serde(from = "Vec<DeskId>", into = "Vec<DeskId>")]
pub enum Desks {
    /// Every desk, also one that is set up later.
    #[default]
    All,
    /// These, sorted.
    Only(Vec<DeskId>),
}

impl From<Vec<DeskId>> for Desks {
    fn from(mut desks: Vec<DeskId>) -> Self {
        desks.sort();
        desks.dedup();
        if desks.is_empty() { Self::All } else { Self::Only(desks) }
    }
}

impl From<Desks> for Vec<DeskId> {
    fn from(desks: Desks) -> Self {
        match desks {
            Desks::All => Self::new(),
            Desks::Only(desks) => desks,
        }
    }
}

impl Desks {
    /// Whether this desk is one of them.
    pub fn has(&self, desk: &DeskId) -> bool {
        match self {
            Self::All => true,
            Self::Only(desks) => desks.binary_search(desk).is_ok(),
        }
    }
}

/// What a client was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    pub role: Role,
    /// As whom it acts.
    pub actor: Actor,
    pub desks: Desks,
}

/// Where a client stands in a conversation; the later, the nearer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// There is no such conversation.
    Nowhere,
    /// It is none of this client's business.
    Outside,
    /// At a desk of this agent, but another person serves the visitor.
    Beside,
    /// The visitor's own kiosk or page; an agent of the desk; the host.
    Member,
    /// The agent that drives the avatar now.
    Pilot,
}

impl Grant {
    /// Where this client stands.
    pub fn standing(&self, state: &State) -> Standing {
        if state.phase == Phase::New {
            return Standing::Nowhere;
        }
        if matches!(self.role, Role::Kiosk | Role::Web) {
            let own = state.kiosk.as_ref() == Some(&self.actor);
            return if own { Standing::Member } else { Standing::Outside };
        }
        if !state.served_at().is_some_and(|desk| self.desks.has(desk)) {
            return Standing::Outside;
        }
        match &state.pilot {
            Some(pilot) if *pilot == self.actor => Standing::Pilot,
            Some(pilot) if pilot.kind.is_person() && self.role == Role::Agent => Standing::Beside,
            _ => Standing::Member,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant(role: Role, name: &str, desks: &[&str]) -> Grant {
        let desks = desks.iter().map(|d| d.parse().unwrap()).collect::<Vec<_>>().into();
        Grant { role, actor: Actor { id: name.parse().unwrap(), kind: role.actor_kind() }, desks }
    }

    #[test]
    fn where_one_stands_follows_from_the_state() {
        let kiosk = grant(Role::Kiosk, "k", &[]);
        let (ann, bob) = (grant(Role::Agent, "ann", &["help"]), grant(Role::Agent, "bob", &["help"]));
        let (boss, bot) = (grant(Role::Supervisor, "boss", &[]), grant(Role::Bot, "bot", &["help"]));
        let mut state = State::default();
        assert_eq!(kiosk.standing(&state), Standing::Nowhere);
        state.phase = Phase::Open;
        state.kiosk = Some(kiosk.actor.clone());
        state.desk = Some("help".parse().unwrap());
        assert_eq!(kiosk.standing(&state), Standing::Member);
        assert_eq!(grant(Role::Kiosk, "k2", &[]).standing(&state), Standing::Outside);
        assert_eq!(grant(Role::Agent, "k", &["tickets"]).standing(&state), Standing::Outside);
        assert_eq!(ann.standing(&state), Standing::Member);
        state.pilot = Some(bot.actor.clone());
        assert_eq!((bot.standing(&state), ann.standing(&state)), (Standing::Pilot, Standing::Member));
        state.pilot = Some(ann.actor.clone());
        assert_eq!((ann.standing(&state), bob.standing(&state)), (Standing::Pilot, Standing::Beside));
        assert_eq!((boss.standing(&state), bot.standing(&state)), (Standing::Member, Standing::Member));
    }

    #[test]
    fn no_desks_are_all_desks() {
        assert_eq!(Desks::from(Vec::new()), Desks::All);
        let two: Desks = vec!["b".parse().unwrap(), "a".parse().unwrap(), "b".parse().unwrap()].into();
        assert_eq!(serde_json::to_string(&two).unwrap(), r#"["a","b"]"#);
        assert!(two.has(&"a".parse().unwrap()) && !two.has(&"c".parse().unwrap()));
    }
}
