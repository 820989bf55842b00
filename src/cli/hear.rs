//! What is said in a sound file, through the same ears that listen to a microphone.

use std::path::Path;

use anyhow::Result;

use crate::config::Settings;
use crate::conversation::Language;

/// What was understood.
#[derive(Debug, Clone, Default)]
pub struct Understood {
    /// Empty when there are no words.
    pub text: String,
    /// 0 to 1: of the least certain utterance.
    pub confidence: f32,
}

/// The words in a sound file.
#[cfg(feature = "voice")]
pub fn file(settings: &Settings, path: &Path, language: Language) -> Result<Understood> {
    use std::time::{Duration, Instant};

    use anyhow::{Context, bail};

    use super::desk;
    use super::speech_model;
    use crate::speech::capture::PacedSource;
    use crate::speech::ears::{Ears, EarsConfig, EarsEvent};
    use crate::speech::recognize::Options;

    /// Silence after the recording, so that its last word is a word that ended.
    const TAIL: Duration = Duration::from_secs(1);
    /// How long recognition may take.
    const WITHIN: Duration = Duration::from_secs(120);

    let samples = crate::speech::file::read(path)?;
    let model = speech_model::choose(settings)?;
    let source = PacedSource::fast(&samples, TAIL).context("the recording is too long")?;
    let options = Options { language: Some(language.tag().to_owned()), vocabulary: None };
    let config = EarsConfig { options, ..EarsConfig::default() };
    let ears = Ears::start(Box::new(source), move || desk::load(model), config)?;
    let mut understood = Understood { text: String::new(), confidence: 1.0 };
    let until = Instant::now() + WITHIN;
    while Instant::now() < until {
        match ears.wait(Duration::from_millis(200)) {
            Some(EarsEvent::Transcript { transcript, .. }) => {
                if !understood.text.is_empty() {
                    understood.text.push(' ');
                }
                understood.text.push_str(&transcript.text);
                understood.confidence = understood.confidence.min(transcript.confidence);
            }
            Some(EarsEvent::NoModel { why } | EarsEvent::Failed { why, .. }) => bail!("{why}"),
            Some(EarsEvent::Ended) => return Ok(understood),
            _ => {}
        }
    }
    bail!("nothing was understood within two minutes: is this machine very busy?")
}

/// Without the feature there is no recogniser.
#[cfg(not(feature = "voice"))]
pub fn file(_: &Settings, _: &Path, _: Language) -> Result<Understood> {
    anyhow::bail!(
        "this program was built without the feature `voice`: build it with `cargo build --features voice`"
    )
}
