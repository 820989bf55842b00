//! What of this kiosk does not work: the relay is told whenever that changes, for the host who sees all kiosks.

use std::collections::BTreeSet;

use super::edges::Link;
use crate::conversation::Time;
use crate::visit::Notice;

/// The shortest time between two reports, in milliseconds: a loose plug tells nobody a hundred times a second.
const REPORT_EVERY_MS: u64 = 1_000;

/// What the relay was told.
#[derive(Debug, Default)]
pub struct Health {
    told: BTreeSet<&'static str>,
    at: Time,
}

impl Health {
    /// Tells what is missing, if it is not what was told last.
    pub fn update(&mut self, notices: &BTreeSet<Notice>, link: &mut dyn Link, now: Time) {
        let missing: BTreeSet<_> = notices.iter().filter_map(|notice| part(*notice)).collect();
        if missing == self.told || now.since_ms(self.at) < REPORT_EVERY_MS {
            return;
        }
        self.at = now;
        // What was not taken is told again.
        if link.report(missing.iter().map(|part| (*part).to_owned()).collect()) {
            self.told = missing;
        }
    }
}

/// The part that does not work; `None` when it is no fault of the kiosk's, or nobody could be told.
fn part(notice: Notice) -> Option<&'static str> {
    match notice {
        Notice::NoMicrophone => Some("microphone"),
        Notice::NoLoudspeaker => Some("loudspeaker"),
        Notice::NoVoice => Some("voice"),
        Notice::StandInVoice => Some("own_voice"),
        Notice::NoSpeechModel => Some("speech_model"),
        Notice::SceneBroken => Some("scene"),
        Notice::AvatarBroken => Some("avatar"),
        Notice::LanguageNotHeard | Notice::SmallModel | Notice::RelayUnreachable => None,
    }
}
