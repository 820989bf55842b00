//! The handle and its thread.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::captions::Captions;
use super::desk::Desk;
use super::events::{EarsEvent, Mailbox};
use crate::speech::audio::Chunk;
use crate::speech::capture::{Capture, CaptureError, CaptureSource, Captured};
use crate::speech::clock::lock;
use crate::speech::echo::EchoRemoval;
use crate::speech::endpoint::{EndpointConfig, Heard, Mode, PEEK_MS, Utterance};
use crate::speech::listen::{Listened, Listener};
use crate::speech::playback::VoiceOutput;
use crate::speech::recognize::{NotTaken, Options, RecognizeError, Recognizer, RecognizerEvent, Transcriber};
use crate::speech::vad::VadConfig;

/// Commands that may wait; each is carried out within [`POLL`].
const QUEUE_COMMANDS: usize = 64;
/// How long the thread waits for sound before it looks for commands.
const POLL: Duration = Duration::from_millis(20);

/// Why the ears could not be started.
#[derive(Debug, thiserror::Error)]
pub enum EarsError {
    #[error(transparent)]
    Capture(#[from] CaptureError),
    #[error(transparent)]
    Recognize(#[from] RecognizeError),
    #[error("the listening thread could not be started: {0}; close other programs and try again")]
    Thread(std::io::Error),
}

/// How to listen.
#[derive(Clone, Default)]
pub struct EarsConfig {
    pub vad: VadConfig,
    pub endpoint: EndpointConfig,
    pub mode: Mode,
    pub options: Options,
    /// Begin muted: nothing is heard before the visitor has agreed to it.
    pub muted: bool,
    /// Somebody stands there: there are captions while they speak, and the pause that ends an utterance depends on its words.
    /// Without it the same sound always gives the same utterances.
    pub live: bool,
    /// What the avatar's voice is played through. With it, its echo is removed, and the ears stay open while it speaks.
    pub echo_of: Option<VoiceOutput>,
}

/// What the ears can be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EarsCommand {
    SetMode(Mode),
    /// The button went down, or came up.
    Press,
    Release,
    /// The visitor's own switch.
    Mute(bool),
    /// The button came up, and nothing is to be heard after it: its utterance is finished, and then the ears are muted. As
    /// `Mute(true)`, it lasts until `Mute(false)`.
    ReleaseAndMute,
    /// The avatar speaks, or has ended. Without an echo canceller that runs the ears are shut meanwhile, so that it does not
    /// hear itself; the button opens them nevertheless. Apart from `Mute`: both have to be off.
    AvatarSpeaks(bool),
    /// The next voice may be another visitor's: what waits to be understood is given up.
    ForgetVisitor,
    SetOptions(Options),
    /// Ends the utterance that is being heard, as if its source had ended.
    Flush,
}

/// The listening side. Dropping it stops its threads.
pub struct Ears {
    commands: SyncSender<EarsCommand>,
    mailbox: Arc<Mailbox>,
    thread: Option<JoinHandle<()>>,
    dropped: Arc<AtomicU64>,
}

impl Ears {
    /// Starts to listen. The speech model is loaded on a thread meanwhile; until it is there, utterances wait.
    pub fn start(
        source: Box<dyn CaptureSource>,
        load: impl FnOnce() -> Result<Box<dyn Transcriber>, RecognizeError> + Send + 'static,
        config: EarsConfig,
    ) -> Result<Self, EarsError> {
        let mailbox = Arc::new(Mailbox::default());
        let desk = Arc::new(Mutex::new(Desk::default()));
        let captions = Arc::new(Mutex::new(Captions::default()));
        let recognizer = Recognizer::spawn(load, {
            let (mailbox, desk, captions) = (Arc::clone(&mailbox), Arc::clone(&desk), Arc::clone(&captions));
            move |event| take_result(event, &mailbox, &desk, &captions)
        })?;
        let capture = source.start()?;
        let (commands, queue) = sync_channel(QUEUE_COMMANDS);
        let dropped = Arc::new(AtomicU64::new(0));
        let thread = std::thread::Builder::new()
            .name("speech-ears".into())
            .spawn({
                let (mailbox, dropped) = (Arc::clone(&mailbox), Arc::clone(&dropped));
                move || {
                    Loop::new(recognizer, (desk, captions), mailbox, config).run(&capture, &queue, &dropped)
                }
            })
            .map_err(EarsError::Thread)?;
        Ok(Self { commands, mailbox, thread: Some(thread), dropped })
    }

    /// Tells the ears something. Never waits; a full queue (a thread that hangs) is logged.
    pub fn command(&self, command: EarsCommand) {
        if self.commands.try_send(command).is_err() {
            tracing::error!("the listening thread takes no commands");
        }
    }

    /// The next event, if there is one.
    pub fn next_event(&self) -> Option<EarsEvent> {
        self.mailbox.take()
    }

    /// The next event within `timeout`.
    pub fn wait(&self, timeout: Duration) -> Option<EarsEvent> {
        self.mailbox.wait(timeout)
    }

    /// Samples lost since the start because this machine was too slow.
    pub fn dropped_samples(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}

impl Drop for Ears {
    fn drop(&mut self) {
        // The thread sees that its queue of commands is gone.
        let (closed, _) = sync_channel(1);
        self.commands = closed;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the listening thread panicked");
        }
    }
}

/// On the recogniser's thread.
fn take_result(event: RecognizerEvent, mailbox: &Mailbox, desk: &Mutex<Desk>, captions: &Mutex<Captions>) {
    match event {
        RecognizerEvent::Ready { facts, took } => mailbox.put(EarsEvent::ModelReady { facts, took }),
        RecognizerEvent::Failed(e) => {
            let why = e.to_string();
            mailbox.put(EarsEvent::NoModel { why: why.clone() });
            let mut desk = lock(desk);
            desk.fail_all(&why, Instant::now());
            while let Some(event) = desk.next_event() {
                mailbox.put(event);
            }
        }
        RecognizerEvent::Glanced { id, outcome, took } => {
            // Under the lock, so that no caption comes after its utterance is over.
            let mut captions = lock(captions);
            if let Some(event) = captions.seen(id, outcome, took, Instant::now()) {
                mailbox.put(event);
            }
        }
        RecognizerEvent::Done { id, outcome, finished } => {
            let mut desk = lock(desk);
            desk.done(id, outcome, finished);
            while let Some(event) = desk.next_event() {
                mailbox.put(event);
            }
        }
    }
}

/// The listening thread.
struct Loop {
    recognizer: Recognizer,
    /// A mutex, since texts arrive on the recogniser's thread; nothing slow happens under it.
    desk: Arc<Mutex<Desk>>,
    /// A mutex for the same reason.
    captions: Arc<Mutex<Captions>>,
    mailbox: Arc<Mailbox>,
    listener: Listener,
    echo: Option<EchoRemoval>,
    /// What the avatar speaks through: it holds its breath when somebody may be interrupting.
    output: Option<VoiceOutput>,
    options: Options,
    mode: Mode,
    muted: bool,
    live: bool,
    /// The avatar speaks.
    speaking: bool,
    /// The button was let go and `muted` came with it: what was said is finished first.
    closing: bool,
    /// What the endpointer was told last.
    hearing: Hearing,
    next_job: u64,
    ended: bool,
    told_ended: bool,
}

impl Loop {
    fn new(
        recognizer: Recognizer,
        (desk, captions): (Arc<Mutex<Desk>>, Arc<Mutex<Captions>>),
        mailbox: Arc<Mailbox>,
        config: EarsConfig,
    ) -> Self {
        let mut endpoint = config.endpoint;
        if config.live {
            endpoint.peek_ms = PEEK_MS;
        }
        let mut listener = Listener::new(config.vad, endpoint, config.mode);
        listener.command(|machine, out| machine.set_muted(config.muted, out));
        Self {
            recognizer,
            desk,
            captions,
            mailbox,
            listener,
            output: config.echo_of.clone(),
            echo: config.echo_of.map(EchoRemoval::new),
            options: config.options,
            mode: config.mode,
            muted: config.muted,
            live: config.live,
            speaking: false,
            closing: false,
            hearing: if config.muted { Hearing::Shut } else { Hearing::Open },
            next_job: 1,
            ended: false,
            told_ended: false,
        }
    }

    fn run(mut self, capture: &Capture, commands: &Receiver<EarsCommand>, dropped: &AtomicU64) {
        let mut out = Vec::new();
        loop {
            loop {
                match commands.try_recv() {
                    Ok(command) => self.obey(command, &mut out),
                    Err(TryRecvError::Empty) => break,
                    Err(TryRecvError::Disconnected) => return,
                }
            }
            self.expect();
            if self.ended {
                // Nothing more comes; commands still may.
                std::thread::sleep(POLL);
            } else {
                match capture.next(POLL) {
                    Some(Captured::Chunk(chunk)) => self.hear(chunk, &mut out),
                    Some(Captured::Lost { why }) => {
                        self.listener.finish(Instant::now(), &mut out);
                        if let Some(echo) = &mut self.echo {
                            echo.reset();
                        }
                        self.mailbox.put(EarsEvent::NoMicrophone { why });
                    }
                    Some(Captured::Back { device }) => self.mailbox.put(EarsEvent::Microphone { device }),
                    Some(Captured::Ended) => {
                        self.listener.finish(Instant::now(), &mut out);
                        self.ended = true;
                    }
                    None => {}
                }
                dropped.store(capture.dropped_samples(), Ordering::Relaxed);
            }
            self.listener.drain(&mut out);
            for listened in out.drain(..) {
                self.report(listened);
            }
            if self.ended && !self.told_ended && lock(&self.desk).is_empty() {
                self.told_ended = true;
                self.mailbox.put(EarsEvent::Ended);
            }
        }
    }

    /// Tells the endpointer what the words of an early text say about the end.
    fn expect(&mut self) {
        if !self.live {
            return;
        }
        let hint = lock(&self.desk).take_hint();
        if let Some((utterance, finish)) = hint {
            self.listener.command(|machine, _| machine.expect(utterance, finish));
        }
    }

    fn hear(&mut self, chunk: Chunk, out: &mut Vec<Listened>) {
        let Some(echo) = &mut self.echo else { return self.listener.push(&chunk, out) };
        echo.push(chunk);
        while let Some(clean) = echo.take() {
            self.listener.push_clean(&clean, out);
        }
        // The canceller may have begun to run, or have lost what it compares with.
        self.apply_mute();
    }

    fn obey(&mut self, command: EarsCommand, out: &mut Vec<Listened>) {
        match command {
            EarsCommand::SetMode(mode) => {
                self.mode = mode;
                self.listener.command(|m, heard| m.set_mode(mode, heard));
                self.apply_mute();
            }
            EarsCommand::Press => self.listener.command(|m, heard| m.press(Instant::now(), heard)),
            EarsCommand::Release => self.listener.command(|m, _| m.release()),
            EarsCommand::Mute(muted) => {
                self.muted = muted;
                // What may still be finishing is muted as well.
                self.closing = false;
                self.apply_mute();
            }
            EarsCommand::ReleaseAndMute => {
                self.muted = true;
                self.closing = true;
                self.apply_mute();
            }
            EarsCommand::AvatarSpeaks(speaking) => {
                self.speaking = speaking;
                self.apply_mute();
            }
            EarsCommand::ForgetVisitor => {
                self.listener.forget_visitor();
                self.recognizer.look_away();
                lock(&self.captions).close();
                lock(&self.desk).clear();
            }
            EarsCommand::SetOptions(options) => self.options = options,
            EarsCommand::Flush => self.listener.command(|m, heard| m.finish(Instant::now(), heard)),
        }
        self.listener.drain(out);
    }

    fn apply_mute(&mut self) {
        let cancels = self.echo.as_ref().is_some_and(EchoRemoval::running);
        let hears_itself = self.speaking && self.mode == Mode::HandsFree && !cancels;
        let shut = match (self.muted || hears_itself, self.closing) {
            (false, _) => Hearing::Open,
            (true, true) => Hearing::Closing,
            (true, false) => Hearing::Shut,
        };
        if shut != self.hearing {
            self.hearing = shut;
            self.listener.command(|machine, heard| match shut {
                Hearing::Open => machine.set_muted(false, heard),
                Hearing::Closing => machine.release_and_mute(heard),
                Hearing::Shut => machine.set_muted(true, heard),
            });
        }
    }

    fn report(&mut self, listened: Listened) {
        match listened {
            Listened::Level { level_db, speech } => {
                // A meter that moves while muted would say that somebody listens.
                if !self.muted {
                    self.mailbox.put(EarsEvent::Level { level_db, speech });
                }
            }
            Listened::Heard(Heard::SpeechStarted { id, at }) => {
                self.mailbox.put(EarsEvent::Started { id, at })
            }
            // At once, and not by way of the window, which looks here once a frame.
            Listened::Hush(held) => match &self.output {
                Some(output) if held => output.hush(),
                Some(output) => output.go_on(),
                None => {}
            },
            Listened::Heard(Heard::Peek(utterance)) => self.look(utterance),
            Listened::Heard(Heard::Offer(utterance)) => self.send(utterance),
            Listened::Heard(Heard::Resumed { id }) => lock(&self.desk).withdraw(id),
            Listened::Heard(Heard::Complete { utterance, offered }) => {
                lock(&self.captions).close();
                self.mailbox.put(EarsEvent::Endpoint {
                    id: utterance.id,
                    at: utterance.decided,
                    ended_by: utterance.ended_by,
                });
                let certain = Utterance { samples: Vec::new(), ..utterance };
                if !offered {
                    let samples = utterance.samples;
                    self.send(Utterance { samples, ..certain.clone() });
                }
                self.confirm(&certain);
            }
            Listened::Heard(Heard::Nothing { id, by_button }) => {
                self.recognizer.look_away();
                lock(&self.captions).close();
                let mut desk = lock(&self.desk);
                let crowded = desk.nothing(id, by_button, Instant::now());
                self.tell(crowded, &mut desk);
            }
        }
    }

    /// For a caption, when the recogniser has nothing else to do.
    fn look(&mut self, utterance: Utterance) {
        let mut captions = lock(&self.captions);
        if captions.may_look(Instant::now())
            && self.recognizer.glance(utterance.id, utterance.samples, self.options.clone())
        {
            captions.look(utterance.id);
        }
    }

    fn send(&mut self, utterance: Utterance) {
        let job = self.next_job;
        self.next_job += 1;
        // Under the lock, so that a quick result finds its slot.
        let mut desk = lock(&self.desk);
        let sent = match self.recognizer.submit(job, utterance.samples, self.options.clone()) {
            Ok(cancel) => Ok(cancel),
            Err((_, samples)) => Err(samples),
        };
        let crowded = desk.sent(utterance.id, job, sent);
        self.tell(crowded, &mut desk);
    }

    fn confirm(&mut self, utterance: &Utterance) {
        let mut desk = lock(&self.desk);
        if let Some(samples) = desk.confirm(utterance) {
            let job = self.next_job;
            self.next_job += 1;
            match self.recognizer.submit(job, samples, self.options.clone()) {
                Ok(cancel) => desk.resent(utterance.id, job, cancel),
                Err((NotTaken::Busy, _)) => {
                    desk.fail(utterance.id, &NotTaken::Busy.to_string(), Instant::now());
                }
                Err((gone @ NotTaken::NoModel, _)) => {
                    let why = gone.to_string();
                    desk.fail_all(&why, Instant::now());
                    self.mailbox.put(EarsEvent::NoModel { why });
                }
            }
        }
        self.tell(None, &mut desk);
    }

    /// Reports this, and what is ready at the desk.
    fn tell(&self, first: Option<EarsEvent>, desk: &mut Desk) {
        let ready = std::iter::from_fn(|| desk.next_event());
        first.into_iter().chain(ready).for_each(|event| self.mailbox.put(event));
    }
}

/// Whether the endpointer hears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hearing {
    Open,
    /// Until the utterance of the button is over.
    Closing,
    Shut,
}

#[cfg(test)]
#[path = "live_tests.rs"]
mod live_tests;
#[cfg(test)]
#[path = "handle_tests.rs"]
mod tests;
