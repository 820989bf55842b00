//! Puts a kiosk together: scene, articles, connection, ears, voice.

use std::sync::Arc;

use anyhow::{Context, Result};
use tokio::runtime::Handle;

use super::knowledge;
use super::outbox;
#[cfg(feature = "voice")]
use super::speech_model;
use super::story::{Overheard, Overhearing};
use crate::client::{ClientConfig, random_bytes};
use crate::config::Settings;
#[cfg(feature = "voice")]
use crate::kiosk::SpeechEars;
use crate::kiosk::edges::Ears;
use crate::kiosk::{Core, Parts, RelayLink, SpokenVoice, Vocabulary, stand_ins, voices, wants_calm};
use crate::knowledge::KnowledgeBase;
use crate::scene::{Desk, Scene, SpokenLanguage};
use crate::speech::capture::CaptureSource;
#[cfg(feature = "voice")]
use crate::speech::ears::{self, EarsConfig};
use crate::speech::mouth::{Voice, VoiceConfig};
use crate::speech::playback::{Playback, VoiceOutput};
use crate::speech::tts::Espeak;

/// A kiosk that can be run, and what it shows.
pub struct Kiosk {
    pub core: Core,
    pub scene: Scene,
    pub knowledge: Arc<KnowledgeBase>,
    /// Why there are no ears, if there are none.
    pub deaf: Option<String>,
}

/// The kiosk's connection.
pub struct Connection<'a> {
    pub runtime: &'a Handle,
    pub config: ClientConfig,
}

/// What the kiosk hears and speaks with.
pub struct Sound {
    pub source: Box<dyn CaptureSource>,
    pub playback: Box<dyn Playback>,
    /// Notes what is understood before it is masked: for a story that looks for it afterwards.
    pub overheard: Option<Overheard>,
}

/// Puts a kiosk together. What is missing of the speech model is said and done without.
pub fn kiosk(settings: &Settings, scene: Scene, connection: Connection<'_>, sound: Sound) -> Result<Kiosk> {
    let Sound { source, playback, overheard } = sound;
    let desk = desk_of(settings, &scene)?.clone();
    let knowledge = knowledge::load(settings)?;
    let outbox = outbox::open(settings, &connection.config)?;
    let link = RelayLink::start(connection.runtime, connection.config, Box::new(outbox))?;
    // Who may be interrupted must know its own voice.
    let echo_of = scene.kiosk.barge_in.then(|| playback.output());
    let words = Vocabulary::new(&scene, &desk, &knowledge);
    let (ears, deaf) = match open_ears(settings, source, echo_of, (words, scene.kiosk.spoken_language)) {
        Ok(ears) => (Some(overhearing(ears, overheard)), None),
        Err(error) => (None, Some(format!("{error:#}"))),
    };
    let voice = Voice::start(
        Arc::new(Espeak::default()),
        playback,
        VoiceConfig { voices: voices(&desk), stand_ins: stand_ins(), ..VoiceConfig::default() },
    )?;
    let voice = with_person(voice, &link)?;
    let parts = Parts { link: Box::new(link), ears, voice: Box::new(voice) };
    let mut core = Core::new(&scene, &desk, parts, random_bytes::<32>()?);
    if wants_calm() == Some(true) {
        tracing::info!(
            "this system asks for less motion: visits begin without sways, waves and moves of the camera"
        );
        core.keep_calm();
    }
    Ok(Kiosk { core, scene, knowledge, deaf })
}

fn overhearing(ears: Box<dyn Ears + Send>, notes: Option<Overheard>) -> Box<dyn Ears + Send> {
    match notes {
        Some(notes) => Box::new(Overhearing { ears, notes }),
        None => ears,
    }
}

/// The voice of the kiosk, with that of a person behind it.
#[cfg(feature = "opus")]
fn with_person(voice: Voice, link: &RelayLink) -> Result<SpokenVoice> {
    use crate::kiosk::PersonVoice;
    use crate::speech::voice::{OpusDecoder, Player};
    let person = PersonVoice::new(Player::start(voice.output().clone(), Box::new(OpusDecoder::new()?))?);
    link.voices(person.taker())?;
    Ok(SpokenVoice::new(voice).with_person(person))
}

/// Without the codec a person is read and spoken for, as before.
#[cfg(not(feature = "opus"))]
fn with_person(voice: Voice, _: &RelayLink) -> Result<SpokenVoice> {
    Ok(SpokenVoice::new(voice))
}

/// The desk that the settings name, or the first.
pub fn desk_of<'a>(settings: &Settings, scene: &'a Scene) -> Result<&'a Desk> {
    match &settings.desk {
        Some(id) => scene
            .desk(id.as_str())
            .with_context(|| format!("{} has no desk called {id}", settings.scene.display())),
        None => scene.desks.first().with_context(|| format!("{} has no desk", settings.scene.display())),
    }
}

/// `echo_of`: what the avatar speaks through; its echo is removed from what is heard. `words` are likely here.
#[cfg(feature = "voice")]
fn open_ears(
    settings: &Settings,
    source: Box<dyn CaptureSource>,
    echo_of: Option<VoiceOutput>,
    (words, spoken): (Vocabulary, SpokenLanguage),
) -> Result<Box<dyn Ears + Send>> {
    let model = speech_model::choose(settings)?;
    let config = EarsConfig { muted: true, live: true, echo_of, ..EarsConfig::default() };
    let ears = ears::Ears::start(source, move || load(&model), config)?;
    Ok(Box::new(SpeechEars::new(ears).in_language(spoken).expecting(words)))
}

/// Loads a speech model, on the recogniser's thread.
#[cfg(feature = "voice")]
pub fn load(
    choice: &speech_model::Choice,
) -> Result<Box<dyn crate::speech::recognize::Transcriber>, crate::speech::recognize::RecognizeError> {
    use crate::speech::recognize::whisper::{ModelSource, Whisper};
    let mut model = Whisper::load(&ModelSource::File(choice.path.clone()))?;
    if let Some(threads) = choice.threads {
        model.use_threads(threads);
    }
    Ok(Box::new(model))
}

#[cfg(not(feature = "voice"))]
fn open_ears(
    _: &Settings,
    _: Box<dyn CaptureSource>,
    _: Option<VoiceOutput>,
    _: (Vocabulary, SpokenLanguage),
) -> Result<Box<dyn Ears + Send>> {
    anyhow::bail!(
        "this program was built without the feature `voice`, so visitors type: build it with `cargo build --features voice`"
    )
}
