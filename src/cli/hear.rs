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
    /// How long it took to have the speech model ready, and to understand with it, in milliseconds.
    pub load_ms: u64,
    pub recognise_ms: u64,
}

/// The words in a sound file.
#[cfg(feature = "voice")]
pub fn file(settings: &Settings, path: &Path, language: Language) -> Result<Understood> {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::{Duration, Instant};

    use anyhow::{Context, bail};

    use super::{desk, speech_model};
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
    let vocabulary = likely(settings).unwrap_or_default().of(language).map(str::to_owned);
    let options = Options { language: Some(language.tag().to_owned()), vocabulary };
    let config = EarsConfig { options, ..EarsConfig::default() };
    let begun = Instant::now();
    let loaded = Arc::<AtomicU64>::default();
    let loading = Arc::clone(&loaded);
    let load = move || {
        let begun = Instant::now();
        let model = desk::load(&model);
        loading.store(millis(begun.elapsed()), Ordering::Relaxed);
        model
    };
    let ears = Ears::start(Box::new(source), load, config)?;
    let mut understood = Understood { confidence: 1.0, ..Understood::default() };
    let until = begun + WITHIN;
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
            Some(EarsEvent::Ended) => {
                understood.load_ms = loaded.load(Ordering::Relaxed);
                understood.recognise_ms = millis(begun.elapsed()).saturating_sub(understood.load_ms);
                return Ok(understood);
            }
            _ => {}
        }
    }
    bail!("nothing was understood within two minutes: is this machine very busy?")
}

/// The words that are likely at the desk; without a scene or its articles there are none.
#[cfg(feature = "voice")]
fn likely(settings: &Settings) -> Result<crate::kiosk::Vocabulary> {
    let scene = super::common::load_scene(settings)?;
    let desk = super::desk::desk_of(settings, &scene)?;
    let knowledge = super::knowledge::load(settings)?;
    Ok(crate::kiosk::Vocabulary::new(&scene, desk, &knowledge))
}

#[cfg(feature = "voice")]
fn millis(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// Without the feature there is no recogniser.
#[cfg(not(feature = "voice"))]
pub fn file(_: &Settings, _: &Path, _: Language) -> Result<Understood> {
    anyhow::bail!(
        "this program was built without the feature `voice`: build it with `cargo build --features voice`"
    )
}
