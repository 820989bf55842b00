//! The checks of one connection: every frame about anything goes through here, and a refusal is logged here, once.

use std::sync::atomic::{AtomicU32, Ordering};

use super::conversation::Trouble;
use crate::access::{Act, Desks, Grant, Policy, Role, Rule, Verdict, judge};
use crate::conversation::{Actor, ConversationId, Refusal, State};

/// The most refusals of one connection that are logged: a client must not fill the log.
const LOGGED_MAX: u32 = 100;

/// What a connection may do.
#[derive(Debug)]
pub struct Guard {
    grant: Grant,
    connection: u64,
    policy: Policy,
    logged: AtomicU32,
}

impl Guard {
    /// The checks of `connection`, judged by `policy`.
    pub fn new(grant: Grant, connection: u64, policy: Policy) -> Self {
        Self { grant, connection, policy, logged: AtomicU32::new(0) }
    }

    /// As whom the client acts.
    pub fn actor(&self) -> &Actor {
        &self.grant.actor
    }

    /// The desks that the client is for.
    pub fn desks(&self) -> &Desks {
        &self.grant.desks
    }

    /// Whether the client is of this role.
    pub fn is(&self, role: Role) -> bool {
        self.grant.role == role
    }

    fn rule(&self, act: Act) -> Rule {
        (self.policy)(self.grant.role, act)
    }

    /// Whether the role may do this at all. Asked before any conversation is looked at, so that the answer says nothing
    /// about one.
    pub fn role_may(&self, act: Act, about: Option<ConversationId>) -> Result<(), Trouble> {
        if self.rule(act) == Rule::Never { Err(self.forbid(act, about)) } else { Ok(()) }
    }

    /// Says no, and logs it.
    pub fn forbid(&self, act: Act, about: Option<ConversationId>) -> Trouble {
        self.log(act, about, Verdict::NotAllowed);
        Refusal::NotAllowed.into()
    }

    /// Says that there is no such conversation, and logs it.
    pub fn hide(&self, act: Act, conversation: ConversationId) -> Trouble {
        self.log(act, Some(conversation), Verdict::Hidden);
        Trouble::unknown()
    }

    /// Whether the client may do this in this conversation, as it stands now.
    pub fn may(&self, act: Act, conversation: ConversationId, state: &State) -> Result<(), Trouble> {
        match judge(self.rule(act), self.grant.standing(state)) {
            Verdict::Passes => Ok(()),
            Verdict::NotAllowed => Err(self.forbid(act, Some(conversation))),
            Verdict::Hidden => Err(self.hide(act, conversation)),
            // Nobody pilots what is closed: that it is closed is said by who is asked next.
            Verdict::NotPilot if !state.is_open() => Ok(()),
            Verdict::NotPilot => {
                self.log(act, Some(conversation), Verdict::NotPilot);
                Err(Refusal::NotPilot.into())
            }
        }
    }

    /// Whether a follower may go on following. Not logged: the client has done nothing.
    pub fn follows_on(&self, state: &State) -> bool {
        judge(self.rule(Act::Follow), self.grant.standing(state)) == Verdict::Passes
    }

    fn log(&self, act: Act, about: Option<ConversationId>, verdict: Verdict) {
        let before = self.logged.fetch_add(1, Ordering::Relaxed);
        if before < LOGGED_MAX {
            let Grant { role, actor, .. } = &self.grant;
            let conversation = about.map(tracing::field::display);
            let (connection, act) = (self.connection, act.name());
            tracing::warn!(connection, %role, actor = %actor.id, conversation, act, ?verdict, "refused");
        } else if before == LOGGED_MAX {
            tracing::warn!(connection = self.connection, "more refusals of this connection are not logged");
        } else {
            // Stays at the bound instead of beginning again from 0 some day.
            self.logged.store(LOGGED_MAX + 1, Ordering::Relaxed);
        }
    }
}
