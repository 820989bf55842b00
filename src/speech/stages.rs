//! When the stages of one spoken turn happened, and how long after the end of the visitor's speech.

use std::time::Instant;

/// Instants of one turn; what has not happened is `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TurnStages {
    /// The last sound with speech in it was captured.
    pub speech_ended: Option<Instant>,
    /// The end was decided.
    pub endpoint: Option<Instant>,
    /// The text was there.
    pub transcript: Option<Instant>,
    /// The synthesiser delivered the first sound of the answer.
    pub first_sample_made: Option<Instant>,
    /// That sound was heard.
    pub first_sample_played: Option<Instant>,
}

/// Milliseconds since the end of speech, in the order of the stages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StageMillis {
    pub endpoint: Option<u32>,
    pub transcript: Option<u32>,
    pub first_sample_made: Option<u32>,
    pub first_sample_played: Option<u32>,
}

impl TurnStages {
    /// What one turn took, stage by stage; nothing when speech has no end.
    pub fn millis(&self) -> StageMillis {
        let since = |at: Option<Instant>| {
            let passed = at?.saturating_duration_since(self.speech_ended?);
            Some(u32::try_from(passed.as_millis()).unwrap_or(u32::MAX))
        };
        StageMillis {
            endpoint: since(self.endpoint),
            transcript: since(self.transcript),
            first_sample_made: since(self.first_sample_made),
            first_sample_played: since(self.first_sample_played),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn stages_count_from_the_end_of_speech() {
        let end = Instant::now();
        let mut stages = TurnStages {
            speech_ended: Some(end),
            endpoint: Some(end + Duration::from_millis(480)),
            transcript: Some(end + Duration::from_millis(530)),
            ..TurnStages::default()
        };
        let millis = stages.millis();
        assert_eq!(
            (millis.endpoint, millis.transcript, millis.first_sample_made),
            (Some(480), Some(530), None)
        );
        stages.speech_ended = None;
        assert_eq!(stages.millis(), StageMillis::default());
    }
}
