//! What is shown of an utterance while it is being spoken: when it is looked at, and what is agreed of it.
//!
//! A caption must never keep a whole text waiting. The recogniser gives a glance up for whatever is submitted, which a
//! model may notice only after its encoder has run; so glances are rare where they are slow.

use std::time::{Duration, Instant};

use super::events::EarsEvent;
use crate::speech::recognize::agreement::{Agreed, Agreement};
use crate::speech::recognize::{Outcome, RecognizeError};

/// A glance that takes longer might keep the whole text waiting for more than 80 ms: there are 160 ms of silence between them,
/// and most glances begin before the last word.
const TOO_SLOW: Duration = Duration::from_millis(240);
/// After such a one there is none for so long: the machine may have been busy for a moment.
const REST: Duration = Duration::from_secs(20);

/// The caption of the utterance that is being spoken.
#[derive(Default)]
pub(super) struct Captions {
    /// The utterance that was looked at last, as long as it is being spoken.
    open: Option<u64>,
    agreement: Agreement,
    rest_until: Option<Instant>,
}

impl Captions {
    /// Whether it may be looked at now.
    pub fn may_look(&self, now: Instant) -> bool {
        self.rest_until.is_none_or(|until| now >= until)
    }

    /// This utterance is being looked at.
    pub fn look(&mut self, utterance: u64) {
        if self.open != Some(utterance) {
            self.open = Some(utterance);
            self.agreement = Agreement::default();
        }
    }

    /// Nobody is interested in a caption any more: the whole text follows, or nothing does.
    pub fn close(&mut self) {
        self.open = None;
        self.agreement = Agreement::default();
    }

    /// What a glance gave, and how long it took. Returns the caption, unless the utterance is over.
    pub fn seen(
        &mut self,
        utterance: u64,
        outcome: Result<Outcome, RecognizeError>,
        took: Duration,
        now: Instant,
    ) -> Option<EarsEvent> {
        // As long a rest as it took: half of a core at most.
        self.rest_until = now.checked_add(if took > TOO_SLOW { REST } else { took });
        let text = match outcome {
            Ok(Outcome::Text(transcript)) => transcript.text,
            Ok(Outcome::Nothing { .. }) | Err(_) => return None,
        };
        if self.open != Some(utterance) {
            return None;
        }
        let Agreed { stable, rest } = self.agreement.push(&text);
        Some(EarsEvent::Partial { id: utterance, stable, rest })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::speech::recognize::Transcript;

    fn text(words: &str) -> Result<Outcome, RecognizeError> {
        Ok(Outcome::Text(Transcript::of(words)))
    }

    fn partial(id: u64, stable: &str, rest: &str) -> Option<EarsEvent> {
        Some(EarsEvent::Partial { id, stable: stable.into(), rest: rest.into() })
    }

    const QUICK: Duration = Duration::from_millis(50);

    #[test]
    fn a_caption_grows_and_begins_anew_with_each_utterance() {
        let (mut captions, now) = (Captions::default(), Instant::now());
        captions.look(1);
        assert_eq!(captions.seen(1, text("where is"), QUICK, now), partial(1, "", "where is"));
        captions.look(1);
        assert_eq!(captions.seen(1, text("where is my"), QUICK, now), partial(1, "where is", " my"));
        captions.close();
        captions.look(2);
        assert_eq!(
            captions.seen(2, text("where is the exit"), QUICK, now),
            partial(2, "", "where is the exit")
        );
    }

    #[test]
    fn what_comes_after_the_end_is_shown_to_nobody() {
        let (mut captions, now) = (Captions::default(), Instant::now());
        captions.look(1);
        captions.close();
        assert_eq!(captions.seen(1, text("where is"), QUICK, now), None);
        captions.look(2);
        assert_eq!(captions.seen(1, text("where is"), QUICK, now), None, "that was of the one before");
        assert_eq!(captions.seen(2, Err(RecognizeError::Cancelled), QUICK, now), None);
    }

    #[test]
    fn slow_glances_are_rare() {
        let (mut captions, now) = (Captions::default(), Instant::now());
        assert!(captions.may_look(now));
        captions.look(1);
        captions.seen(1, text("where"), QUICK, now);
        assert!(!captions.may_look(now) && captions.may_look(now + QUICK));
        // One that was given up counts as well.
        captions.seen(1, Err(RecognizeError::Cancelled), TOO_SLOW * 2, now);
        assert!(!captions.may_look(now + REST / 2) && captions.may_look(now + REST));
    }
}
