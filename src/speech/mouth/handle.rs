//! The handle.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Instant;

use super::engines::{self, HostText, ToMake};
use super::follower::Follower;
use super::rests::Rests;
use super::speaker;
use crate::speech::clock::lock;
use crate::speech::playback::{
    PartKey, PlayEvent, Playback, PlaybackError, PlaybackStatus, Played, VoiceOutput,
};
use crate::speech::tts::{self, ReadySounds, Synthesizer, TtsError};
use crate::speech::visemes::MouthShape;

/// Parts that may wait to be spoken.
pub const QUEUE_PARTS: usize = 64;
/// Events from the speaking thread that may wait.
const QUEUE_EVENTS: usize = 256;

/// Why the voice could not be started.
#[derive(Debug, thiserror::Error)]
pub enum VoiceError {
    #[error(transparent)]
    Playback(#[from] PlaybackError),
    #[error("the speaking thread could not be started: {0}; close other programs and try again")]
    Thread(std::io::Error),
}

/// Why a part was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SayError {
    #[error("more than {QUEUE_PARTS} parts of answers wait to be spoken: stop the voice first")]
    Full,
    #[error("the speaking thread is gone; start the program again")]
    Gone,
}

/// A part of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    pub key: PartKey,
    /// As it is written; it is made speakable and split into sentences here.
    pub text: String,
    /// "en" or "zh".
    pub language: String,
}

/// How one language is spoken.
#[derive(Debug, Clone)]
pub struct LanguageVoice {
    pub voice: tts::Voice,
    /// What makes the sound, if not the synthesiser that the voice was started with. That one stands in where this one fails.
    pub engine: Option<Arc<dyn Synthesizer>>,
}

/// How to speak.
#[derive(Debug, Clone)]
pub struct VoiceConfig {
    /// By language; others get the synthesiser's usual voice.
    pub voices: BTreeMap<String, LanguageVoice>,
    /// Who speaks where the language's engine and the synthesiser both fail, in this order: only those that are installed.
    pub stand_ins: Vec<Arc<dyn Synthesizer>>,
    /// 0 to 2; 1 is the usual loudness of speech.
    pub volume: f32,
}

impl Default for VoiceConfig {
    fn default() -> Self {
        Self { voices: BTreeMap::new(), stand_ins: Vec::new(), volume: 1.0 }
    }
}

/// What happened. Each part that was said comes to exactly one end: `Finished` or `Interrupted`.
#[derive(Debug, Clone, PartialEq)]
pub enum VoiceEvent {
    /// The first sample of the part was played. `made`: when the synthesiser had delivered it.
    Started {
        key: PartKey,
        made: Instant,
        played: Instant,
    },
    /// A sentence began: its characters in the part's text, for captions.
    Sentence {
        key: PartKey,
        from: usize,
        to: usize,
    },
    /// About ten times a second.
    Progress {
        key: PartKey,
        played: Played,
    },
    Finished {
        key: PartKey,
        played: Played,
    },
    /// Stopped at `at`, having played so much.
    Interrupted {
        key: PartKey,
        played: Played,
        at: Instant,
    },
    /// The engine that should speak fails, for this reason; another one speaks in its place. Told once of each part.
    StoodIn {
        key: PartKey,
        by: String,
        why: String,
    },
    /// A sentence that says what is wrong; the part goes on in silence, so that captions carry on.
    Problem {
        key: PartKey,
        why: String,
    },
}

/// What the speaking thread works on.
pub(super) struct Work {
    pub part: Part,
    /// How often the voice had been stopped when it was said.
    pub generation: u64,
}

/// What handle and speaking thread share.
pub(super) struct Shared {
    pub output: VoiceOutput,
    /// The synthesiser that the voice was started with.
    pub usual: Arc<dyn Synthesizer>,
    pub ready: ReadySounds,
    /// A mutex, since two threads ask engines to speak; nothing waits under it. So with the next one.
    pub rests: Mutex<Rests>,
    pub to_make: Mutex<ToMake>,
    pub generation: AtomicU64,
    /// A mutex, since the host may change the voices while a thread speaks; it is only copied under it.
    pub config: Mutex<VoiceConfig>,
}

/// The speaking side. Dropping it stops its threads.
pub struct Voice {
    shared: Arc<Shared>,
    work: SyncSender<Work>,
    told: Receiver<VoiceEvent>,
    mouth: Follower,
    thread: Option<JoinHandle<()>>,
    /// Kept alive for as long as the voice.
    _playback: Box<dyn Playback>,
}

impl Voice {
    /// Starts with a synthesiser and a sink.
    pub fn start(
        synthesizer: Arc<dyn Synthesizer>,
        playback: Box<dyn Playback>,
        config: VoiceConfig,
    ) -> Result<Self, VoiceError> {
        let output = playback.output();
        output.set_volume(config.volume);
        let shared = Arc::new(Shared {
            output,
            usual: synthesizer,
            ready: ReadySounds::default(),
            rests: Mutex::default(),
            to_make: Mutex::default(),
            generation: AtomicU64::new(0),
            config: Mutex::new(config),
        });
        let (work, queue) = sync_channel(QUEUE_PARTS);
        let (tell, told) = sync_channel(QUEUE_EVENTS);
        let thread = std::thread::Builder::new()
            .name("speech-voice".into())
            .spawn({
                let shared = Arc::clone(&shared);
                move || speaker::run(&shared, &queue, &tell)
            })
            .map_err(VoiceError::Thread)?;
        Ok(Self { shared, work, told, mouth: Follower::default(), thread: Some(thread), _playback: playback })
    }

    /// Says a part after all that was said before.
    pub fn say(&self, part: Part) -> Result<(), SayError> {
        let generation = self.shared.generation.load(Ordering::SeqCst);
        self.work.try_send(Work { part, generation }).map_err(|e| match e {
            TrySendError::Full(_) => SayError::Full,
            TrySendError::Disconnected(_) => SayError::Gone,
        })
    }

    /// Silence within 20 ms; all that was said and not heard is dropped.
    pub fn stop(&self) {
        self.shared.generation.fetch_add(1, Ordering::SeqCst);
        self.shared.output.stop();
    }

    /// 0 to 2; 1 is the usual loudness of speech.
    pub fn set_volume(&self, volume: f32) {
        lock(&self.shared.config).volume = volume;
        self.shared.output.set_volume(volume);
    }

    /// Other voices, from the next part on.
    pub fn set_voices(&self, voices: BTreeMap<String, LanguageVoice>) {
        lock(&self.shared.config).voices = voices;
    }

    /// Makes the sound of these texts beside everything else, so that they begin at once when they are said, and forgets
    /// those of before. To be called after [`Self::set_voices`]. Never for answers: what is said once is not kept.
    ///
    /// # Errors
    /// No thread could be started; the texts are then made when they are said.
    pub fn keep_ready(&self, texts: Vec<HostText>) -> Result<(), TtsError> {
        engines::make_ready(&self.shared, texts)
    }

    /// How much sound is ready, in bytes.
    pub fn ready_bytes(&self) -> usize {
        self.shared.ready.bytes()
    }

    /// Whether anybody can hear.
    pub fn status(&self) -> PlaybackStatus {
        self.shared.output.status()
    }

    /// Whether nothing is being played and nothing waits in the sink. A part that was only just said is not there yet.
    pub fn is_silent(&self) -> bool {
        self.shared.output.is_idle()
    }

    /// The next event.
    pub fn next_event(&self) -> Option<VoiceEvent> {
        if let Some(event) = self.shared.output.next_event() {
            return Some(match event {
                PlayEvent::Started { key, made, played } => VoiceEvent::Started { key, made, played },
                PlayEvent::Sentence { key, from, to } => VoiceEvent::Sentence { key, from, to },
                PlayEvent::Progress { key, played } => VoiceEvent::Progress { key, played },
                PlayEvent::Finished { key, played } => VoiceEvent::Finished { key, played },
                PlayEvent::Interrupted { key, played, at } => VoiceEvent::Interrupted { key, played, at },
            });
        }
        self.told.try_recv().ok()
    }

    /// The mouth's shape for what is heard at `now`. To be asked once a frame, at the time the frame is shown.
    pub fn mouth(&mut self, now: Instant) -> MouthShape {
        self.mouth.shape(&self.shared.output, now)
    }

    /// The sink's handle: for what was played, such as the reference of an echo canceller.
    pub fn output(&self) -> &VoiceOutput {
        &self.shared.output
    }
}

impl Drop for Voice {
    fn drop(&mut self) {
        self.stop();
        engines::make_no_more(&self.shared);
        let (closed, _) = sync_channel(1);
        self.work = closed;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the speaking thread panicked");
        }
    }
}

#[cfg(test)]
#[path = "handle_tests.rs"]
mod tests;
