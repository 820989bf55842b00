//! The agent's microphone: what is said goes out as their own voice while they pilot, and comes back as captions.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::mpsc;

use crate::client::{ClientError, ClientHandle};
use crate::conversation::{ConversationId, Language};
use crate::protocol::{Signal, VoiceFrame, VoiceHead};
use crate::speech::audio::Chunk;
use crate::speech::capture::CaptureSource;
use crate::speech::ears::{Ears, EarsCommand, EarsConfig, EarsError, EarsEvent};
use crate::speech::recognize::{Options, RecognizeError, Transcriber};
use crate::speech::voice::{Encoder, Packet, Talker, Tee};

/// News that may wait for the console.
const NEWS_MAX: usize = 64;
/// How long the threads wait for sound, or for words, before they look whether they should end.
const POLL: Duration = Duration::from_millis(50);
/// How long the last words may take to be understood.
const LAST_WORDS_WITHIN: Duration = Duration::from_secs(2);
/// The most utterances that may wait to be understood; the oldest is forgotten.
const BEGUN_MAX: usize = 8;

/// To whom the agent speaks, and in which language they are understood.
pub type Listener = (ConversationId, Language);

/// What the microphone has to tell.
#[derive(Debug, Clone, PartialEq)]
pub enum MicNews {
    /// The agent has said this to a visitor; 0 to 1 says how well it was understood.
    Said { to: ConversationId, text: String, confidence: f32 },
    /// A sentence for the agent.
    Notice(String),
}

/// Why the microphone could not be started.
#[derive(Debug, thiserror::Error)]
pub enum MicError {
    #[error(transparent)]
    Ears(#[from] EarsError),
    #[error("a thread for the microphone could not be started: {0}; close other programs and try again")]
    Thread(#[from] std::io::Error),
}

/// What the microphone is made of.
pub struct MicParts {
    pub source: Box<dyn CaptureSource>,
    pub encoder: Box<dyn Encoder>,
    /// Random: names this run to whoever listens.
    pub stream: u32,
    /// Loads what understands the agent, for captions.
    pub load: Box<dyn FnOnce() -> Result<Box<dyn Transcriber>, RecognizeError> + Send>,
    /// Called when the agent speaks to somebody for the first time.
    pub begun: Option<Box<dyn FnOnce() + Send>>,
}

/// A running microphone. Dropping it ends its threads.
pub struct Microphone {
    gate: Gate,
    news: mpsc::Receiver<MicNews>,
    /// Something is being said, or understood.
    hears: Arc<AtomicBool>,
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
    begun: Option<Box<dyn FnOnce() + Send>>,
}

/// To whom it is open. Clones share it.
#[derive(Clone, Default)]
struct Gate(Arc<Mutex<Option<Listener>>>);

impl Gate {
    // A plain mutex: under it an identifier is copied.
    fn lock(&self) -> MutexGuard<'_, Option<Listener>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn to(&self) -> Option<ConversationId> {
        self.lock().map(|(to, _)| to)
    }
}

impl Microphone {
    /// Starts it, closed. Frames go out by `client`.
    ///
    /// # Errors
    /// No thread could be started.
    pub fn start(parts: MicParts, client: ClientHandle) -> Result<Self, MicError> {
        let (gate, stop) = (Gate::default(), Arc::new(AtomicBool::new(false)));
        let (tell, news) = mpsc::channel(NEWS_MAX);
        let (tee, copies) = Tee::new(parts.source);
        let ears =
            Ears::start(Box::new(tee), parts.load, EarsConfig { muted: true, ..EarsConfig::default() })?;
        let talker = Talker::new(parts.encoder, parts.stream);
        let deaf = Arc::new(AtomicBool::new(false));
        let spoken = Spoken { deaf: Arc::clone(&deaf), tell: tell.clone() };
        let speaking = Speaking { gate: gate.clone(), client, talker, spoken, to: None, out: Vec::new() };
        let hears = Arc::new(AtomicBool::new(false));
        let understanding = Understanding {
            gate: gate.clone(),
            ears,
            tell,
            deaf,
            hears: Arc::clone(&hears),
            open: None,
            begun: BTreeMap::new(),
        };
        let (a, b) = (Arc::clone(&stop), Arc::clone(&stop));
        let threads = vec![
            std::thread::Builder::new()
                .name("console-voice".into())
                .spawn(move || speaking.run(&copies, &a))?,
            std::thread::Builder::new()
                .name("console-captions".into())
                .spawn(move || understanding.run(&b))?,
        ];
        Ok(Self { gate, news, hears, stop, threads, begun: parts.begun })
    }

    /// Opens it to a visitor, or closes it.
    pub fn speak_to(&mut self, listener: Option<Listener>) {
        *self.gate.lock() = listener;
        if listener.is_some()
            && let Some(begun) = self.begun.take()
        {
            begun();
        }
    }

    /// Closes it, and gives the caption of what was being said: within two seconds, or not at all.
    pub async fn last_words(&mut self) -> Option<MicNews> {
        self.speak_to(None);
        let until = tokio::time::Instant::now() + LAST_WORDS_WITHIN;
        while self.hears.load(Ordering::Acquire) {
            match tokio::time::timeout_at(until, self.news.recv()).await {
                Ok(Some(said @ MicNews::Said { .. })) => return Some(said),
                Ok(Some(MicNews::Notice(text))) => tracing::info!("{text}"),
                Ok(None) | Err(_) => return None,
            }
        }
        self.news.try_recv().ok()
    }

    /// What comes next. Never ends while the microphone runs.
    pub async fn next(&mut self) -> Option<MicNews> {
        self.news.recv().await
    }
}

impl Drop for Microphone {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a thread of the microphone panicked");
            }
        }
    }
}

/// Tells of what was said aloud and will have no caption, so that it counts as an answer.
struct Spoken {
    /// Nothing is understood here.
    deaf: Arc<AtomicBool>,
    tell: mpsc::Sender<MicNews>,
}

impl Spoken {
    fn ended(&self, to: ConversationId) {
        if self.deaf.load(Ordering::Relaxed) {
            give(&self.tell, without_caption(to));
        }
    }
}

/// What stands for words that were heard and not understood.
fn without_caption(to: ConversationId) -> MicNews {
    MicNews::Said { to, text: "…".to_owned(), confidence: 0.0 }
}

fn give(tell: &mpsc::Sender<MicNews>, news: MicNews) {
    if tell.try_send(news).is_err() {
        tracing::warn!("nobody takes what the microphone tells");
    }
}

/// The thread that sends the voice.
struct Speaking {
    gate: Gate,
    client: ClientHandle,
    talker: Talker,
    spoken: Spoken,
    /// To whom it was open when it was looked at last.
    to: Option<ConversationId>,
    out: Vec<Packet>,
}

impl Speaking {
    fn run(mut self, copies: &Receiver<Chunk>, stop: &AtomicBool) {
        while !stop.load(Ordering::Relaxed) {
            let chunk = match copies.recv_timeout(POLL) {
                Ok(chunk) => Some(chunk),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => {
                    // A recording is over: nothing comes any more, and nobody is to wait for its end.
                    std::thread::sleep(POLL);
                    None
                }
            };
            let to = self.gate.to();
            if to != self.to {
                self.hush();
                self.to = to;
            }
            if let (Some(chunk), Some(_)) = (chunk, to) {
                let sent = self.talker.push(&chunk, &mut self.out);
                self.tell_trouble(sent);
                self.send();
            }
        }
        self.hush();
    }

    fn hush(&mut self) {
        let sent = self.talker.hush(&mut self.out);
        self.tell_trouble(sent);
        self.send();
    }

    fn tell_trouble(&self, sent: Result<(), crate::speech::voice::CodecError>) {
        if let Err(error) = sent {
            tracing::warn!("a moment of the voice is lost: {error}");
        }
    }

    fn send(&mut self) {
        let Some(conversation) = self.to else { return self.out.clear() };
        for packet in self.out.drain(..) {
            let Packet { stream, seq, time_ms, first, last, payload } = packet;
            if first || last {
                // Who speaks is there, though nothing is written yet. A signal may be lost.
                let _ = self.client.signal(conversation, Signal::Typing { on: first });
            }
            if last {
                self.spoken.ended(conversation);
            }
            let head = VoiceHead { conversation, stream, seq, time_ms, first, last };
            match self.client.voice(VoiceFrame { head, sound: payload }) {
                // On a line that stands still it would be heard too late.
                Ok(()) | Err(ClientError::Busy) => {}
                Err(error) => tracing::debug!("a frame of the voice was not sent: {error}"),
            }
        }
    }
}

/// The thread that reads what was understood.
struct Understanding {
    gate: Gate,
    ears: Ears,
    tell: mpsc::Sender<MicNews>,
    /// No model: said to whoever sends the voice.
    deaf: Arc<AtomicBool>,
    /// See [`Microphone`].
    hears: Arc<AtomicBool>,
    open: Option<Listener>,
    /// To whom the utterances were begun that are being heard, or understood, by their numbers.
    begun: BTreeMap<u64, ConversationId>,
}

impl Understanding {
    fn run(mut self, stop: &AtomicBool) {
        while !stop.load(Ordering::Relaxed) {
            self.follow_gate();
            if let Some(event) = self.ears.wait(POLL) {
                self.event(event);
            }
        }
    }

    fn follow_gate(&mut self) {
        let open = *self.gate.lock();
        if open == self.open {
            return;
        }
        self.open = open;
        if open.is_none() {
            // What was begun is finished.
            self.ears.command(EarsCommand::Flush);
        }
        if let Some((_, language)) = open {
            let language = Some(language.tag().to_owned());
            self.ears.command(EarsCommand::SetOptions(Options { language, vocabulary: None }));
        }
        self.ears.command(EarsCommand::Mute(open.is_none()));
    }

    fn event(&mut self, event: EarsEvent) {
        match event {
            EarsEvent::Started { id, .. } => self.begin(id),
            EarsEvent::Transcript { id, transcript, more, .. } => {
                let to = self.end(id, more);
                if let Some(to) = to.filter(|_| !transcript.text.trim().is_empty()) {
                    let (text, confidence) = (transcript.text, transcript.confidence);
                    self.tell(MicNews::Said { to, text, confidence });
                }
            }
            EarsEvent::Failed { id, why, more } => {
                if let Some(to) = self.end(id, more) {
                    self.tell(without_caption(to));
                }
                self.tell(MicNews::Notice(format!("no caption: {why}")));
            }
            EarsEvent::Nothing { id, more, .. } => drop(self.end(id, more)),
            EarsEvent::NoModel { why } => {
                self.deaf.store(true, Ordering::Relaxed);
                self.tell(MicNews::Notice(format!("you are heard, but there are no captions: {why}")));
            }
            EarsEvent::NoMicrophone { why } => {
                self.tell(MicNews::Notice(format!("you are not heard: {why}")));
            }
            EarsEvent::Microphone { device } => self.tell(MicNews::Notice(format!("microphone: {device}"))),
            EarsEvent::Level { .. }
            | EarsEvent::Partial { .. }
            | EarsEvent::Endpoint { .. }
            | EarsEvent::ModelReady { .. }
            | EarsEvent::Ended => {}
        }
        // After what there is to tell of it.
        self.hears.store(!self.begun.is_empty(), Ordering::Release);
    }

    /// What is said to nobody is not remembered.
    fn begin(&mut self, utterance: u64) {
        let Some((to, _)) = self.open else { return };
        if self.begun.len() >= BEGUN_MAX {
            self.begun.pop_first();
        }
        self.begun.insert(utterance, to);
    }

    /// To whom an utterance was said. `more`: the next one is its other half.
    fn end(&mut self, utterance: u64, more: bool) -> Option<ConversationId> {
        let (_, to) = self.begun.range(..=utterance).next_back()?;
        let to = *to;
        self.begun.retain(|id, _| *id > utterance);
        if more {
            self.begun.insert(utterance + 1, to);
        }
        Some(to)
    }

    fn tell(&self, news: MicNews) {
        give(&self.tell, news);
    }
}
