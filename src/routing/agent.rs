//! What an agent says about itself: whom it serves, how many at once, and whether it takes somebody now.

use serde::{Deserialize, Serialize};

use super::case::Case;
use crate::conversation::{DeskId, Language, SKILL_MAX_BYTES, SKILLS_MAX};

/// The most visitors that an agent may serve at once.
pub const CAPACITY_MAX: u32 = 1_000;
/// The most desks that an agent names.
pub const DESKS_MAX: usize = 64;
/// The longest reason for a break, in bytes.
pub const REASON_MAX_BYTES: usize = 64;

/// Whether an agent takes visitors. `is` names it in JSON.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(all(test, feature = "schema"), derive(schemars::JsonSchema))]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum AgentState {
    /// Visitors are offered.
    Available,
    /// There, but nothing is offered; the agent takes whom it wants.
    #[default]
    Busy,
    /// Not there for a while.
    Break { reason: String },
    /// Not there. The relay sets this for who did not answer several offers.
    Away,
}

impl AgentState {
    /// Whether somebody sits there who could take a visitor sooner or later.
    pub fn is_there(&self) -> bool {
        matches!(self, Self::Available | Self::Busy)
    }
}

/// What an agent announces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(all(test, feature = "schema"), derive(schemars::JsonSchema))]
pub struct Profile {
    #[serde(default)]
    pub state: AgentState,
    /// How many visitors at once, 1 to 1000.
    pub capacity: u32,
    /// Empty: every desk.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub desks: Vec<DeskId>,
    /// Empty: every skill.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skills: Vec<String>,
    /// Empty: every language.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<Language>,
}

impl Default for Profile {
    /// An agent that has announced nothing: it takes whom it wants, and nothing is offered to it.
    fn default() -> Self {
        Self {
            state: AgentState::default(),
            capacity: CAPACITY_MAX,
            desks: vec![],
            skills: vec![],
            languages: vec![],
        }
    }
}

/// Why an announcement is not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    #[error("the capacity of an agent is 1 to {CAPACITY_MAX} visitors")]
    Capacity,
    #[error("a break has a reason of 1 to {REASON_MAX_BYTES} bytes, as in \"lunch\"")]
    Reason,
    #[error("at most {DESKS_MAX} desks and {SKILLS_MAX} skills of at most {SKILL_MAX_BYTES} bytes")]
    Many,
}

impl Profile {
    /// An agent that takes so many visitors of any kind.
    pub fn available(capacity: u32) -> Self {
        Self { state: AgentState::Available, capacity, ..Self::default() }
    }

    /// Whether everything is within its bounds.
    pub fn check(&self) -> Result<(), ProfileError> {
        if !(1..=CAPACITY_MAX).contains(&self.capacity) {
            return Err(ProfileError::Capacity);
        }
        if let AgentState::Break { reason } = &self.state
            && (reason.trim().is_empty() || reason.len() > REASON_MAX_BYTES)
        {
            return Err(ProfileError::Reason);
        }
        let long = self.skills.iter().any(|s| s.is_empty() || s.len() > SKILL_MAX_BYTES);
        if long || self.desks.len() > DESKS_MAX || self.skills.len() > SKILLS_MAX || self.languages.len() > 8
        {
            return Err(ProfileError::Many);
        }
        Ok(())
    }

    /// Whether this agent may be offered this visitor: desk, language, and one of the skills.
    pub fn serves(&self, case: &Case) -> bool {
        let desk = self.desks.is_empty() || self.desks.contains(&case.desk);
        let language = self.languages.is_empty() || self.languages.contains(&case.language);
        let skill = case.skills.is_empty()
            || self.skills.is_empty()
            || case.skills.iter().any(|skill| self.skills.contains(skill));
        desk && language && skill
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_announcement_is_bounded() {
        assert_eq!(Profile::available(3).check(), Ok(()));
        assert_eq!(Profile::available(0).check(), Err(ProfileError::Capacity));
        let away_for =
            |reason: String| Profile { state: AgentState::Break { reason }, ..Profile::default() }.check();
        assert_eq!(away_for("x".repeat(64)), Ok(()));
        for wrong in ["x".repeat(65), String::new(), " ".to_owned()] {
            assert_eq!(away_for(wrong), Err(ProfileError::Reason));
        }
        let skills = vec!["x".to_owned(); 17];
        assert_eq!(Profile { skills, ..Profile::default() }.check(), Err(ProfileError::Many));
    }

    #[test]
    fn an_announcement_reads_as_in_the_documents() {
        let text =
            r#"{"state":{"is":"break","reason":"lunch"},"capacity":3,"desks":["help"],"languages":["zh"]}"#;
        let profile: Profile = serde_json::from_str(text).unwrap();
        assert_eq!(profile.state, AgentState::Break { reason: "lunch".into() });
        assert_eq!(serde_json::to_string(&profile).unwrap(), text);
        let short: Profile = serde_json::from_str(r#"{"capacity":1}"#).unwrap();
        assert_eq!(short, Profile { capacity: 1, ..Profile::default() });
    }
}
