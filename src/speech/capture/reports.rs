//! What a microphone's comings and goings are reported as: each change once.

use std::time::Duration;

use super::source::Captured;

/// How long to wait before looking for a microphone again: at first, and at most.
const FIRST_RETRY: Duration = Duration::from_secs(1);
const LAST_RETRY: Duration = Duration::from_secs(15);

/// Remembers what was reported last. Pure: it is told what happens and how long it took.
#[derive(Debug)]
pub struct Reports {
    /// Why there was none, as it was reported last; empty while sound comes.
    last_said: String,
    wait: Duration,
    /// Sound has come since the device was opened.
    sounding: bool,
}

impl Default for Reports {
    fn default() -> Self {
        Self { last_said: String::new(), wait: FIRST_RETRY, sounding: false }
    }
}

impl Reports {
    /// A block of sound came. A device that opens and stays silent is none, so the first block counts as its coming.
    pub fn sound(&mut self, device: &str) -> Option<Captured> {
        if self.sounding {
            return None;
        }
        self.sounding = true;
        self.last_said.clear();
        Some(Captured::Back { device: device.to_owned() })
    }

    /// There is no sound any more, or none came, after looking and listening for so long.
    pub fn lost(&mut self, why: String, after: Duration) -> Option<Captured> {
        self.sounding = false;
        // One that worked for a while is looked for eagerly.
        if after > LAST_RETRY {
            self.wait = FIRST_RETRY;
        }
        if why == self.last_said {
            return None;
        }
        self.last_said.clone_from(&why);
        Some(Captured::Lost { why })
    }

    /// Another device was chosen: it is looked for as eagerly as the first one.
    pub fn change(&mut self) {
        *self = Self::default();
    }

    /// How long to wait before the next look; longer each time.
    pub fn next_wait(&mut self) -> Duration {
        let wait = self.wait;
        self.wait = (wait * 2).min(LAST_RETRY);
        wait
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: Duration = Duration::from_secs(3);

    fn lost(reports: &mut Reports) -> bool {
        matches!(reports.lost("unplugged".into(), SHORT), Some(Captured::Lost { why }) if why == "unplugged")
    }

    #[test]
    fn a_microphone_that_dies_again_for_the_same_reason_is_reported_again() {
        let mut reports = Reports::default();
        assert!(lost(&mut reports));
        assert!(
            matches!(reports.sound("a microphone"), Some(Captured::Back { device }) if device == "a microphone")
        );
        assert_eq!(reports.sound("a microphone"), None, "each change once");
        assert!(lost(&mut reports), "or nobody would know that it is gone");
    }

    #[test]
    fn a_microphone_that_opens_and_delivers_nothing_never_came_back() {
        let mut reports = Reports::default();
        assert!(lost(&mut reports));
        assert!(!lost(&mut reports), "nothing has changed");
        assert!(reports.sound("a microphone").is_some());
    }

    #[test]
    fn it_is_looked_for_less_and_less_often_until_it_has_worked_for_a_while() {
        let mut reports = Reports::default();
        let waits: Vec<u64> = (0..6).map(|_| reports.next_wait().as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 8, 15, 15]);
        reports.lost("unplugged".into(), SHORT);
        assert_eq!(reports.next_wait().as_secs(), 15);
        reports.lost("unplugged".into(), Duration::from_secs(60));
        assert_eq!(reports.next_wait().as_secs(), 1);
    }

    #[test]
    fn another_choice_begins_anew() {
        let mut reports = Reports::default();
        assert!(lost(&mut reports) && !lost(&mut reports));
        let first = reports.next_wait();
        assert!(reports.next_wait() > first);
        reports.change();
        assert!(lost(&mut reports), "it may be gone for the same reason");
        assert_eq!(reports.next_wait(), first);
    }
}
