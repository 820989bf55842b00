//! One utterance through the guards and the model.

use std::time::Instant;

use super::guard;
use super::types::{
    Cancel, DecodeRequest, NothingHeard, Options, Outcome, RecognizeError, RecognizeStages, Transcriber,
    Transcript,
};
use crate::speech::model_file::POSITIONS_PER_SECOND;

/// Transcribes mono samples at 16 kHz: silence is not decoded, the context is short, a loop or an impossible speed
/// leads to one more decoding with the whole context. A model that can be thorough is so only where it was not sure. What the model cannot hear at once is cut off at the end;
/// the endpointer sees to it that utterances are short enough.
pub fn transcribe(
    model: &mut dyn Transcriber,
    samples: &[f32],
    options: &Options,
    cancel: &Cancel,
) -> Result<Outcome, RecognizeError> {
    decode(model, samples, options, cancel, Effort::Whole)
}

/// Looks at what has been said so far, for a caption: decoded once and quickly; what is suspicious is no words.
pub fn glance(
    model: &mut dyn Transcriber,
    samples: &[f32],
    options: &Options,
    cancel: &Cancel,
) -> Result<Outcome, RecognizeError> {
    decode(model, samples, options, cancel, Effort::Glance)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Effort {
    Whole,
    Glance,
}

fn decode(
    model: &mut dyn Transcriber,
    samples: &[f32],
    options: &Options,
    cancel: &Cancel,
    effort: Effort,
) -> Result<Outcome, RecognizeError> {
    let begun = Instant::now();
    let mut stages = RecognizeStages::default();
    if let Some(level_db) = guard::too_quiet(samples) {
        stages.total = begun.elapsed();
        return Ok(Outcome::Nothing { why: NothingHeard::TooQuiet { level_db }, stages });
    }
    let facts = model.facts().clone();
    let capacity =
        facts.audio_ctx as usize * (crate::speech::audio::SAMPLE_RATE / POSITIONS_PER_SECOND) as usize;
    if samples.len() > capacity {
        tracing::warn!(
            lost_samples = samples.len() - capacity,
            "an utterance is longer than the speech model can hear at once"
        );
    }
    let samples = samples.get(..capacity).unwrap_or(samples);
    let language = if facts.english_only { Some("en".to_owned()) } else { options.language.clone() };
    let mut request = DecodeRequest {
        audio_ctx: guard::audio_ctx(samples.len(), facts.audio_ctx),
        max_tokens: guard::max_tokens(samples.len(), language.as_deref()),
        vocabulary: options.vocabulary.clone().filter(|_| facts.takes_prompt),
        language,
        quick: effort == Effort::Glance || facts.thorough,
    };

    let mut retried = false;
    let (decoded, text) = loop {
        let decoded = model.decode(samples, &request, cancel)?;
        stages.encode += decoded.encode;
        stages.decode += decoded.decode;
        // It is found once.
        request.language = request.language.or_else(|| decoded.language.clone());
        let text = guard::clean(&decoded.text);
        let suspicious = guard::repeats(&text)
            || guard::too_fast(decoded.tokens, samples.len(), decoded.language.as_deref());
        if suspicious && effort == Effort::Glance {
            stages.total = begun.elapsed();
            return Ok(Outcome::Nothing { why: NothingHeard::NoWords, stages });
        }
        if suspicious && !retried && request.audio_ctx < facts.audio_ctx {
            retried = true;
            request.audio_ctx = facts.audio_ctx;
            request.quick = false;
            continue;
        }
        let unsure = suspicious || decoded.least <= guard::SURE_ABOVE;
        if unsure && request.quick && effort == Effort::Whole {
            request.quick = false;
            continue;
        }
        break (decoded, text);
    };
    stages.total = begun.elapsed();
    if decoded.no_speech > guard::NO_SPEECH_ABOVE {
        return Ok(Outcome::Nothing {
            why: NothingHeard::NoSpeech { probability: decoded.no_speech },
            stages,
        });
    }
    let echo = request.vocabulary.as_deref().is_some_and(|words| guard::echoes(&text, words));
    if text.is_empty() || echo {
        return Ok(Outcome::Nothing { why: NothingHeard::NoWords, stages });
    }
    let text = guard::collapse_repeats(&text).unwrap_or(text);
    Ok(Outcome::Text(Transcript {
        text,
        language: decoded.language,
        confidence: decoded.confidence.clamp(0.0, 1.0),
        no_speech: decoded.no_speech,
        audio_ctx: request.audio_ctx,
        retried,
        stages,
    }))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::speech::recognize::types::{Decoded, ModelFacts};

    /// A model that says what it is told to, and keeps what it was asked.
    pub(in crate::speech::recognize) struct Fake {
        pub facts: ModelFacts,
        pub answers: Vec<Decoded>,
        pub asked: Vec<DecodeRequest>,
    }

    impl Fake {
        pub fn new(answers: &[&str]) -> Self {
            let answers = answers
                .iter()
                .rev()
                .map(|text| Decoded {
                    text: (*text).to_owned(),
                    tokens: text.split_whitespace().count() as u32,
                    confidence: 0.9,
                    language: Some("en".into()),
                    ..Decoded::default()
                })
                .collect();
            let facts = ModelFacts {
                name: "fake".into(),
                audio_ctx: 1500,
                english_only: false,
                takes_prompt: true,
                thorough: false,
            };
            Self { facts, answers, asked: Vec::new() }
        }
    }

    impl Transcriber for Fake {
        fn facts(&self) -> &ModelFacts {
            &self.facts
        }

        fn decode(
            &mut self,
            _: &[f32],
            request: &DecodeRequest,
            cancel: &Cancel,
        ) -> Result<Decoded, RecognizeError> {
            if cancel.is_cancelled() {
                return Err(RecognizeError::Cancelled);
            }
            self.asked.push(request.clone());
            self.answers.pop().ok_or(RecognizeError::Failed { why: "asked too often".into() })
        }
    }

    fn loud(seconds: usize) -> Vec<f32> {
        (0..seconds * 16_000).map(|i| (i as f32 * 0.3).sin() * 0.2).collect()
    }

    fn run(model: &mut Fake, samples: &[f32]) -> Result<Outcome, RecognizeError> {
        let options = Options { language: Some("en".into()), vocabulary: Some("wallet".into()) };
        transcribe(model, samples, &options, &Cancel::default())
    }

    #[test]
    fn a_plain_sentence_is_decoded_once_with_a_short_context() {
        let mut model = Fake::new(&[" Where is my wallet? "]);
        let Outcome::Text(transcript) = run(&mut model, &loud(3)).unwrap() else { panic!("no text") };
        assert_eq!(transcript.text, "Where is my wallet?");
        assert!(!transcript.retried);
        assert_eq!(transcript.audio_ctx, 288);
        assert_eq!(model.asked.len(), 1);
    }

    #[test]
    fn a_loop_is_tried_again_once_with_the_whole_context() {
        let looped = "send send send send send send";
        let mut model = Fake::new(&[looped, "how do I send tokens"]);
        let Outcome::Text(transcript) = run(&mut model, &loud(3)).unwrap() else { panic!("no text") };
        assert_eq!((transcript.text.as_str(), transcript.retried), ("how do I send tokens", true));
        assert_eq!(model.asked[1].audio_ctx, 1500);
        // Still a loop: it is said once, and not tried for ever.
        let mut model = Fake::new(&[looped, looped]);
        let Outcome::Text(transcript) = run(&mut model, &loud(3)).unwrap() else { panic!("no text") };
        assert_eq!(transcript.text, "send");
    }

    #[test]
    fn a_glance_is_quick_and_shows_no_loop() {
        let mut model = Fake::new(&["send send send send send send", "how do I send"]);
        let options = Options { language: Some("en".into()), vocabulary: Some("wallet".into()) };
        let mut look = |samples: &[f32]| glance(&mut model, samples, &options, &Cancel::default()).unwrap();
        assert!(matches!(look(&loud(3)), Outcome::Nothing { why: NothingHeard::NoWords, .. }));
        let Outcome::Text(transcript) = look(&loud(3)) else { panic!("no text") };
        assert_eq!(transcript.text, "how do I send");
        assert!(matches!(look(&[0.0; 16_000]), Outcome::Nothing { why: NothingHeard::TooQuiet { .. }, .. }));
        assert_eq!(model.asked.len(), 2, "never twice, and never silence");
        assert!(model.asked.iter().all(|request| request.vocabulary.as_deref() == Some("wallet")));
        assert!(model.asked.iter().all(|request| request.quick && request.audio_ctx == 288));
        let mut whole = Fake::new(&["hello"]);
        run(&mut whole, &loud(3)).unwrap();
        assert!(!whole.asked[0].quick);
    }

    #[test]
    fn a_model_is_thorough_only_where_it_was_not_sure() {
        let thorough = |least: f32, texts: &[&str]| {
            let mut model = Fake::new(texts);
            model.facts.thorough = true;
            model.answers.iter_mut().for_each(|answer| answer.least = least);
            let Outcome::Text(transcript) = run(&mut model, &loud(3)).unwrap() else { panic!("no text") };
            (transcript.text, model.asked.iter().map(|request| request.quick).collect::<Vec<_>>())
        };
        assert_eq!(thorough(0.5, &["where is it"]), ("where is it".into(), vec![true]));
        assert_eq!(thorough(0.3, &["were is it", "where is it"]), ("where is it".into(), vec![true, false]));
        let looped = "send send send send send send";
        assert_eq!(thorough(0.9, &[looped, "how do I send"]), ("how do I send".into(), vec![true, false]));
        // Nothing to gain: such a model is asked once, however unsure it is.
        let mut plain = Fake::new(&["were is it"]);
        plain.answers[0].least = 0.1;
        run(&mut plain, &loud(3)).unwrap();
        assert!(!plain.asked[0].quick && plain.asked.len() == 1);
    }

    #[test]
    fn a_language_is_found_once() {
        let mut model = Fake::new(&["send send send send send send", "how do I send"]);
        let options = Options::default();
        transcribe(&mut model, &loud(3), &options, &Cancel::default()).unwrap();
        let asked: Vec<_> = model.asked.iter().map(|request| request.language.as_deref()).collect();
        assert_eq!(asked, [None, Some("en")]);
    }

    #[test]
    fn the_prompt_said_back_is_no_text() {
        let mut model = Fake::new(&["Gas fees, bridge."]);
        let options = Options { language: None, vocabulary: Some("Wallet, Gas fees, Bridge".into()) };
        let outcome = transcribe(&mut model, &loud(1), &options, &Cancel::default()).unwrap();
        assert!(matches!(outcome, Outcome::Nothing { why: NothingHeard::NoWords, .. }), "{outcome:?}");
    }

    #[test]
    fn silence_is_not_decoded() {
        let mut model = Fake::new(&["Thanks for watching!"]);
        let outcome = run(&mut model, &[0.0; 16_000]).unwrap();
        assert!(matches!(outcome, Outcome::Nothing { why: NothingHeard::TooQuiet { .. }, .. }));
        assert!(model.asked.is_empty());
    }

    #[test]
    fn what_the_model_takes_for_silence_is_dropped_however_sure_it_is() {
        let mut model = Fake::new(&["Thank you."]);
        model.answers[0].no_speech = 0.85;
        let outcome = run(&mut model, &loud(1)).unwrap();
        assert!(matches!(outcome, Outcome::Nothing { why: NothingHeard::NoSpeech { .. }, .. }));
    }

    #[test]
    fn an_english_model_gets_neither_another_language_nor_a_prompt_it_does_not_know() {
        let mut model = Fake::new(&["hello"]);
        model.facts.english_only = true;
        model.facts.takes_prompt = false;
        model.facts.audio_ctx = 512;
        let options = Options { language: Some("zh".into()), vocabulary: Some("wallet".into()) };
        transcribe(&mut model, &loud(20), &options, &Cancel::default()).unwrap();
        assert_eq!(model.asked[0].language.as_deref(), Some("en"));
        assert_eq!(model.asked[0].vocabulary, None);
        assert_eq!(model.asked[0].audio_ctx, 512);
    }
}
