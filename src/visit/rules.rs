//! What the host decided about visits.

use crate::conversation::{DeskId, Language, SKILL_MAX_BYTES, SKILLS_MAX};
use crate::scene::{Desk, ListenMode, Scene, TimeoutsSecs};

/// Below this confidence of the transcript the avatar asks back.
pub const ASK_BACK_BELOW: f32 = 0.5;

/// How visits at one desk go.
#[derive(Debug, Clone, PartialEq)]
pub struct Rules {
    pub desk: DeskId,
    pub languages: Vec<Language>,
    pub default_language: Language,
    pub timeouts_secs: TimeoutsSecs,
    /// The microphone is never used.
    pub private: bool,
    pub listen: ListenMode,
    /// Visitors may interrupt by voice.
    pub barge_in: bool,
    /// 0 to 100.
    pub volume: u8,
    /// The avatar is not heard, unless the visitor wants it otherwise.
    pub quiet: bool,
    /// Little is moved on the screen, unless the visitor wants it otherwise.
    pub reduce_motion: bool,
    /// 0 to 1.
    pub ask_back_below: f32,
    /// What agents should know to serve here: one of these. Empty: nothing special.
    pub skills: Vec<String>,
}

impl Rules {
    /// What a scene says about visits at one of its desks.
    pub fn new(scene: &Scene, desk: &Desk) -> Self {
        Self {
            desk: desk.id.clone(),
            languages: scene.languages.clone(),
            default_language: scene.default_language,
            timeouts_secs: scene.timeouts_secs,
            private: scene.kiosk.private,
            listen: scene.kiosk.listen,
            barge_in: scene.kiosk.barge_in,
            volume: scene.kiosk.volume.min(100),
            quiet: scene.kiosk.quiet,
            reduce_motion: scene.kiosk.reduce_motion,
            ask_back_below: ASK_BACK_BELOW,
            skills: desk.skills.iter().filter(|s| fits(s)).take(SKILLS_MAX).cloned().collect(),
        }
    }
}

/// A longer name would be refused by the relay.
fn fits(skill: &str) -> bool {
    !skill.is_empty() && skill.len() <= SKILL_MAX_BYTES
}
