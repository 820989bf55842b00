//! The listening end: packets in, sound out, on a thread that follows the loudspeaker's clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::codec::{Coded, Decoder};
use super::jitter::{Counts, JitterBuffer, Pull};
use super::packet::Packet;
use super::shorten::shorten;
use crate::speech::audio::{VOICE_RATE, samples_in};
use crate::speech::playback::{PlaybackError, VoiceOutput};

/// Packets that may wait for the thread: more than a second. Later ones are dropped.
const QUEUE_PACKETS: usize = 64;
/// Events that may wait; there are two for each utterance.
const QUEUE_EVENTS: usize = 64;
/// So much sound is given to the loudspeaker ahead: less than a thread may be late by.
const AHEAD: Duration = Duration::from_millis(30);
/// How often the loudspeaker is looked after while somebody speaks, and while nobody does.
const TICK: Duration = Duration::from_millis(5);
const IDLE_TICK: Duration = Duration::from_millis(100);

/// Silence up to here is a breath between two sentences, not the end: posture, ears and what waits to be said stay as they are.
const BREATH: Duration = Duration::from_millis(800);

/// What is heard of the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlayerEvent {
    /// Their voice begins, at this time; synthetic speech has given way.
    Began(Instant),
    /// It has been heard to the end, for now.
    Ended(Instant),
}

enum Order {
    Packet(Packet),
    /// Be silent, and forget what waits.
    Stop,
}

/// Puts packets in. Clones fill the same player.
#[derive(Clone)]
pub struct PacketSender {
    orders: SyncSender<Order>,
    dropped: Arc<AtomicU64>,
}

impl PacketSender {
    /// Offers a packet and never waits: with a full queue it is dropped, as on a bad line.
    pub fn offer(&self, packet: Packet) {
        if self.orders.try_send(Order::Packet(packet)).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// A running player. Dropping it ends its thread.
pub struct Player {
    sender: PacketSender,
    /// Whoever has a sender of their own does not keep the thread.
    stop: Arc<AtomicBool>,
    events: Receiver<PlayerEvent>,
    thread: Option<JoinHandle<Counts>>,
}

impl Player {
    /// Plays into an output what comes.
    ///
    /// # Errors
    /// No thread could be started.
    pub fn start(output: VoiceOutput, decoder: Box<dyn Decoder>) -> Result<Self, PlaybackError> {
        let (orders, queue) = sync_channel(QUEUE_PACKETS);
        let (tell, events) = sync_channel(QUEUE_EVENTS);
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::Builder::new().name("speech-person".into()).spawn(move || {
            let (began, buffer) = (Instant::now(), JitterBuffer::default());
            let sound = Vec::new();
            Loop { output, decoder, tell, began, buffer, sound, on: On::No, silent: None }
                .run(&queue, &stopped)
        })?;
        let sender = PacketSender { orders, dropped: Arc::default() };
        Ok(Self { sender, stop, events, thread: Some(thread) })
    }

    /// Where packets go in.
    pub fn sender(&self) -> PacketSender {
        self.sender.clone()
    }

    /// Silence at once, faded; what waits is forgotten.
    pub fn stop(&self) {
        if self.sender.orders.try_send(Order::Stop).is_err() {
            tracing::warn!("the thread that plays a person's voice takes nothing");
        }
    }

    /// The next event.
    pub fn next_event(&self) -> Option<PlayerEvent> {
        self.events.try_recv().ok()
    }
}

impl Drop for Player {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            match thread.join() {
                Ok(counts) => tracing::debug!(?counts, "a person's voice was played"),
                Err(_) => tracing::error!("the thread that plays a person's voice panicked"),
            }
        }
    }
}

/// Whether the person can be heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum On {
    No,
    Yes,
    /// All of it is with the loudspeaker.
    Ending,
}

struct Loop {
    output: VoiceOutput,
    decoder: Box<dyn Decoder>,
    tell: SyncSender<PlayerEvent>,
    began: Instant,
    buffer: JitterBuffer,
    sound: Vec<f32>,
    on: On,
    /// Since when all of it has been heard.
    silent: Option<Instant>,
}

impl Loop {
    fn run(mut self, queue: &Receiver<Order>, stop: &AtomicBool) -> Counts {
        let mut idle = true;
        while !stop.load(Ordering::Relaxed) {
            match queue.recv_timeout(if idle { IDLE_TICK } else { TICK }) {
                Ok(order) => self.obey(order),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            while let Ok(order) = queue.try_recv() {
                self.obey(order);
            }
            self.fill();
            idle = self.on == On::No && self.buffer.waits_ms() == 0;
        }
        self.output.end_live();
        self.buffer.counts()
    }

    fn now_ms(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn obey(&mut self, order: Order) {
        match order {
            Order::Packet(packet) => {
                let now = self.now_ms();
                self.buffer.push(packet, now);
            }
            Order::Stop => {
                self.buffer.clear();
                self.output.end_live();
                self.end();
            }
        }
    }

    /// Gives the loudspeaker what it needs for the next moment.
    fn fill(&mut self) {
        let ahead = samples_in(AHEAD, VOICE_RATE);
        while self.output.live_waits() < ahead {
            match self.buffer.pull(self.now_ms()) {
                Pull::Nothing => {
                    if self.on == On::Yes {
                        self.on = On::Ending;
                    }
                    break;
                }
                Pull::BrokenOff => self.on = On::Ending,
                pull => {
                    self.begin();
                    self.decode(pull);
                    if !self.output.live(&self.sound) {
                        tracing::debug!("the loudspeaker has enough of a person's voice");
                        break;
                    }
                }
            }
        }
        if self.on == On::Ending && self.output.live_waits() == 0 {
            let silent = *self.silent.get_or_insert_with(Instant::now);
            if silent.elapsed() >= BREATH {
                self.end();
            }
        }
    }

    fn decode(&mut self, pull: Pull) {
        self.sound.clear();
        match pull {
            Pull::Frame { payload, hurry, .. } => {
                self.decoder.decode(Coded::Frame(&payload), &mut self.sound);
                // The frame after it is there: that is why it hurries.
                if hurry && let Pull::Frame { payload, .. } = self.buffer.pull(self.now_ms()) {
                    self.decoder.decode(Coded::Frame(&payload), &mut self.sound);
                    shorten(&mut self.sound);
                }
            }
            Pull::Lost { next: Some(next) } => self.decoder.decode(Coded::Before(&next), &mut self.sound),
            Pull::Lost { next: None } | Pull::Late => self.decoder.decode(Coded::Lost, &mut self.sound),
            Pull::Nothing | Pull::BrokenOff => {}
        }
    }

    fn begin(&mut self) {
        if self.on == On::No {
            self.output.begin_live();
            self.say(PlayerEvent::Began(Instant::now()));
        }
        self.on = On::Yes;
        self.silent = None;
    }

    fn end(&mut self) {
        if self.on != On::No {
            self.on = On::No;
            self.silent = None;
            self.output.end_live();
            self.say(PlayerEvent::Ended(Instant::now()));
        }
    }

    fn say(&self, event: PlayerEvent) {
        if self.tell.try_send(event).is_err() {
            tracing::debug!(?event, "nobody takes the events of a person's voice");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::speech::playback::{PacedPlayback, PartKey, PlayEvent, Playback};
    use crate::speech::voice::{FRAME_MS, SAID_FRAME};

    /// A frame is its level in percent; what is lost is silence.
    struct Levels;

    impl Decoder for Levels {
        fn decode(&mut self, coded: Coded<'_>, out: &mut Vec<f32>) {
            let level = match coded {
                Coded::Frame(bytes) => f32::from(bytes[0]) / 100.0,
                Coded::Before(_) | Coded::Lost => 0.0,
            };
            out.extend([level; SAID_FRAME]);
        }
    }

    fn packet(seq: u32, level: u8, count: u32) -> Packet {
        let (first, last) = (seq == 0, seq + 1 == count);
        Packet { stream: 1, seq, time_ms: seq * FRAME_MS, first, last, payload: vec![level] }
    }

    fn wait<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
        let until = Instant::now() + Duration::from_secs(20);
        while Instant::now() < until {
            if let Some(found) = look() {
                return found;
            }
            std::thread::yield_now();
        }
        panic!("{what} did not come");
    }

    #[test]
    fn a_person_is_heard_whole_and_synthetic_speech_gives_way_and_goes_on_afterwards() {
        let playback = PacedPlayback::start(true).unwrap();
        let output = playback.output();
        let player = Player::start(output.clone(), Box::new(Levels)).unwrap();
        let key = |answer| PartKey { answer, part: 0 };
        let speak = |answer, level| {
            let writer = output.writer();
            writer.begin(key(answer)).unwrap();
            writer.sound(vec![level; VOICE_RATE as usize / 5], Instant::now()).unwrap();
            writer.end().unwrap();
        };
        speak(1, 0.25);
        wait("the synthetic voice", || {
            output.next_event().filter(|e| matches!(e, PlayEvent::Started { .. }))
        });
        let count = 30;
        let sender = player.sender();
        (0..count).for_each(|seq| sender.offer(packet(seq, 50, count)));
        wait("the person", || player.next_event().filter(|e| matches!(e, PlayerEvent::Began(_))));
        wait("its end", || output.next_event().filter(|e| matches!(e, PlayEvent::Interrupted { .. })));
        // Said while the person speaks.
        speak(2, 0.75);
        wait("the end of the person", || player.next_event().filter(|e| matches!(e, PlayerEvent::Ended(_))));
        wait("the synthetic voice again", || {
            output.next_event().filter(|e| matches!(e, PlayEvent::Finished { key, .. } if key.answer == 2))
        });
        let heard = playback.recording().unwrap().samples;
        let (person, later) = (heard.iter().position(|s| *s == 0.5), heard.iter().position(|s| *s == 0.75));
        assert!(person.unwrap() < later.unwrap());
        assert!(!heard[later.unwrap()..].contains(&0.5), "one after the other");
        let samples = heard.iter().filter(|s| **s == 0.5).count();
        // It came all at once, so it was played a little faster.
        let whole = count as usize * SAID_FRAME;
        assert!(samples > whole * 6 / 10 && samples <= whole, "{samples} of {whole}");
        assert_eq!(heard.iter().filter(|s| **s == 0.75).count(), VOICE_RATE as usize / 5);
    }

    #[test]
    fn a_stop_is_heard_at_once_and_a_player_ends_while_others_still_have_its_sender() {
        let playback = PacedPlayback::start(true).unwrap();
        let output = playback.output();
        let player = Player::start(output.clone(), Box::new(Levels)).unwrap();
        let sender = player.sender();
        (0..50).for_each(|seq| sender.offer(packet(seq, 50, 1_000)));
        wait("the person", || player.next_event().filter(|e| matches!(e, PlayerEvent::Began(_))));
        wait("some sound", || playback.recording().filter(|r| r.samples.contains(&0.5)));
        player.stop();
        wait("the end", || player.next_event().filter(|e| matches!(e, PlayerEvent::Ended(_))));
        wait("silence", || output.is_idle().then_some(()));
        let heard = playback.recording().unwrap().samples.iter().filter(|s| **s == 0.5).count();
        assert!(heard < 40 * SAID_FRAME, "{heard} samples");
        drop(player);
        sender.offer(packet(51, 50, 1_000));
    }
}
