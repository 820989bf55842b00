//! What a client is.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::conversation::ActorKind;

/// What a client is, which decides what it may do.
#[cfg_attr(all(test, feature = "schema"), derive(schemars::JsonSchema))]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// A visitor app: a screen, a microphone, a loudspeaker.
    Kiosk,
    /// A page that visitors write in.
    Web,
    /// A person who answers.
    Agent,
    /// A person who may also see and take over what another person does.
    Supervisor,
    /// A program that answers.
    Bot,
    /// Who runs the installation.
    Host,
}

/// Why a text is not a role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a role: write kiosk, web, agent, supervisor, bot or host")]
pub struct RoleError(String);

impl Role {
    /// All roles, in the order of the columns of the table.
    pub const ALL: [Self; 6] = [Self::Kiosk, Self::Web, Self::Agent, Self::Supervisor, Self::Bot, Self::Host];

    /// The name, as in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Kiosk => "kiosk",
            Self::Web => "web",
            Self::Agent => "agent",
            Self::Supervisor => "supervisor",
            Self::Bot => "bot",
            Self::Host => "host",
        }
    }

    /// As what a client of this role acts in a conversation.
    pub fn actor_kind(self) -> ActorKind {
        match self {
            Self::Kiosk | Self::Web => ActorKind::Visitor,
            Self::Agent => ActorKind::Person,
            Self::Supervisor => ActorKind::Supervisor,
            Self::Bot => ActorKind::Bot,
            Self::Host => ActorKind::Host,
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Role {
    type Err = RoleError;
    fn from_str(text: &str) -> Result<Self, RoleError> {
        let known = Self::ALL.into_iter().find(|role| role.name() == text);
        known.ok_or_else(|| RoleError(text.chars().take(40).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_has_one_name_everywhere() {
        for role in Role::ALL {
            assert_eq!(role.name().parse(), Ok(role));
            assert_eq!(serde_json::to_value(role).unwrap(), role.name());
        }
        assert!("root".parse::<Role>().unwrap_err().to_string().contains("supervisor"));
    }
}
