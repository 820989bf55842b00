//! What waits to be sent to one connection. Bounded: passing frames give way, durable ones never get lost silently.

use std::collections::VecDeque;
use std::pin::pin;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use axum::extract::ws::{Message, Utf8Bytes};
use tokio::sync::Notify;

use crate::conversation::ConversationId;
use crate::protocol::{CloseCode, ServerFrame, encode};

/// The most passing frames that wait for one connection; the oldest gives way, lobby and agents last.
const PASSING_MAX: usize = 64;
/// The most frames of a person's voice that wait for one connection: half a second. The oldest gives way.
const VOICE_MAX: usize = 25;
/// The most frames that are handed to the socket before they are flushed.
const BATCH_MAX: usize = 64;
/// An emptied queue does not keep more room than for so many frames.
const KEEP_ROOM: usize = 32;

/// What a passing frame is about: a newer frame about the same replaces it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    Lobby,
    Agents,
    Heartbeat,
    /// A signal of one kind by one sender.
    Signal(ConversationId, u64, u8),
    Delivered(ConversationId, u64),
    Seen(ConversationId, u64),
    /// Of a voice each frame counts for itself.
    Voice,
}

impl Topic {
    /// Whether nobody needs it when it is late: what is not told again before it changes stays longer.
    fn gives_way(self) -> bool {
        !matches!(self, Self::Lobby | Self::Agents)
    }
}

/// A frame as it is sent; copies share its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Packed {
    Text(Utf8Bytes),
    Voice(Bytes),
}

impl Packed {
    /// In bytes.
    pub fn len(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Voice(bytes) => bytes.len(),
        }
    }
}

impl From<Packed> for Message {
    fn from(packed: Packed) -> Self {
        match packed {
            Packed::Text(text) => Self::Text(text),
            Packed::Voice(bytes) => Self::Binary(bytes),
        }
    }
}

/// What the writing half takes out.
#[derive(Debug, Default)]
pub struct Batch {
    pub frames: Vec<Packed>,
    /// Ping the other side.
    pub ping: bool,
    /// Close after the frames.
    pub close: Option<CloseCode>,
}

/// The queue of one connection.
#[derive(Debug)]
pub struct Outbound {
    /// Names the connection in this process.
    pub connection: u64,
    max_bytes: usize,
    max_frames: usize,
    // A plain mutex: nothing waits while it is held.
    queue: Mutex<Queue>,
    filled: Notify,
    drained: Notify,
    closing: Notify,
}

#[derive(Debug, Default)]
struct Queue {
    items: VecDeque<(Option<Topic>, Packed)>,
    passing: usize,
    voice: usize,
    bytes: usize,
    ping: bool,
    close: Option<CloseCode>,
}

impl Queue {
    fn remove(&mut self, index: usize) {
        if let Some((topic, frame)) = self.items.remove(index) {
            self.gone(topic, &frame);
        }
    }

    fn gone(&mut self, topic: Option<Topic>, frame: &Packed) {
        self.bytes = self.bytes.saturating_sub(frame.len());
        if let Some(count) = self.count(topic) {
            *count = count.saturating_sub(1);
        }
    }

    fn add(&mut self, topic: Option<Topic>, frame: Packed) {
        self.bytes += frame.len();
        if let Some(count) = self.count(topic) {
            *count += 1;
        }
        self.items.push_back((topic, frame));
    }

    /// Where frames about this are counted.
    fn count(&mut self, topic: Option<Topic>) -> Option<&mut usize> {
        match topic {
            None => None,
            Some(Topic::Voice) => Some(&mut self.voice),
            Some(_) => Some(&mut self.passing),
        }
    }
}

/// A frame as text that can be shared between connections.
pub fn text(frame: &ServerFrame) -> Option<Utf8Bytes> {
    match encode(frame) {
        Ok(text) => Some(Utf8Bytes::from(text)),
        Err(e) => {
            tracing::error!("a frame could not be made: {e}");
            None
        }
    }
}

impl Outbound {
    /// An empty queue.
    pub fn new(connection: u64, max_bytes: usize, max_frames: usize) -> Self {
        Self {
            connection,
            max_bytes,
            max_frames,
            queue: Mutex::default(),
            filled: Notify::new(),
            drained: Notify::new(),
            closing: Notify::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues a frame that must arrive. When it does not fit, the connection is closed as slow. Says whether the
    /// connection is still open.
    pub fn push(&self, frame: Utf8Bytes) -> bool {
        let queued = self.hold(frame);
        if queued {
            self.filled.notify_one();
        }
        queued
    }

    /// Queues a frame as [`Self::push`] does, but lets it wait for those that follow at once, until [`Self::release`].
    pub fn hold(&self, frame: Utf8Bytes) -> bool {
        let mut queue = self.lock();
        if queue.close.is_some() {
            return false;
        }
        let fits = |q: &Queue| q.bytes + frame.len() <= self.max_bytes && q.items.len() < self.max_frames;
        if !fits(&queue) {
            while let Some(index) = queue.items.iter().position(|(topic, _)| topic.is_some()) {
                queue.remove(index);
            }
        }
        if !fits(&queue) {
            drop(queue);
            self.close(CloseCode::Slow);
            return false;
        }
        queue.add(None, Packed::Text(frame));
        true
    }

    /// Lets go what was held, unless it has gone with other frames.
    pub fn release(&self) {
        if !self.lock().items.is_empty() {
            self.filled.notify_one();
        }
    }

    /// Queues a frame that must arrive.
    pub fn send(&self, frame: &ServerFrame) -> bool {
        text(frame).is_some_and(|text| self.push(text))
    }

    /// Queues a frame that may be replaced by a newer one, or dropped.
    pub fn pass(&self, topic: Topic, frame: Utf8Bytes) {
        let mut queue = self.lock();
        if queue.close.is_some() {
            return;
        }
        let same = queue.items.iter().position(|(t, _)| *t == Some(topic));
        let first = |fits: fn(&Topic) -> bool| {
            let passing = |topic: &Topic| *topic != Topic::Voice && fits(topic);
            queue.items.iter().position(|(topic, _)| topic.as_ref().is_some_and(passing))
        };
        let oldest = || first(|topic| topic.gives_way()).or_else(|| first(|_| true));
        let replaced = same.or_else(|| if queue.passing >= PASSING_MAX { oldest() } else { None });
        if let Some(index) = replaced {
            queue.remove(index);
        }
        if queue.bytes + frame.len() <= self.max_bytes && queue.items.len() < self.max_frames {
            queue.add(Some(topic), Packed::Text(frame));
            drop(queue);
            self.filled.notify_one();
        }
    }

    /// Queues a frame of a person's voice. It is worth something only for a moment: the oldest gives way, and all of them
    /// do to durable frames.
    pub fn voice(&self, frame: Bytes) {
        let mut queue = self.lock();
        if queue.close.is_some() {
            return;
        }
        if queue.voice >= VOICE_MAX
            && let Some(oldest) = queue.items.iter().position(|(topic, _)| *topic == Some(Topic::Voice))
        {
            queue.remove(oldest);
        }
        if queue.bytes + frame.len() <= self.max_bytes && queue.items.len() < self.max_frames {
            queue.add(Some(Topic::Voice), Packed::Voice(frame));
            drop(queue);
            self.filled.notify_one();
        }
    }

    /// Asks for a ping.
    pub fn ping(&self) {
        self.lock().ping = true;
        self.filled.notify_one();
    }

    /// Closes the connection. What waits is still sent, except to a slow reader. The first reason stays.
    pub fn close(&self, code: CloseCode) {
        let mut queue = self.lock();
        if queue.close.is_none() {
            queue.close = Some(code);
            if code == CloseCode::Slow {
                queue.items = VecDeque::new();
                queue.bytes = 0;
                (queue.passing, queue.voice) = (0, 0);
            }
        }
        drop(queue);
        self.filled.notify_one();
        self.closing.notify_waiters();
        self.drained.notify_waiters();
    }

    /// Whether [`Self::close`] was called.
    pub fn is_closed(&self) -> bool {
        self.lock().close.is_some()
    }

    /// Waits for [`Self::close`].
    pub async fn closed(&self) -> CloseCode {
        loop {
            let mut closing = pin!(self.closing.notified());
            closing.as_mut().enable();
            if let Some(code) = self.lock().close {
                return code;
            }
            closing.await;
        }
    }

    /// Waits until at least three quarters of the queue are free, or the connection is closed.
    pub async fn room(&self) {
        loop {
            // Registered before the look, so that no drain in between is missed.
            let mut drained = pin!(self.drained.notified());
            drained.as_mut().enable();
            {
                let queue = self.lock();
                let free = queue.bytes <= self.max_bytes / 4 && queue.items.len() <= self.max_frames / 4;
                if free || queue.close.is_some() {
                    return;
                }
            }
            drained.await;
        }
    }

    /// Waits for something to send.
    pub async fn next(&self) -> Batch {
        loop {
            let batch = self.take();
            if !batch.frames.is_empty() || batch.ping || batch.close.is_some() {
                self.drained.notify_waiters();
                return batch;
            }
            self.filled.notified().await;
        }
    }

    fn take(&self) -> Batch {
        let mut queue = self.lock();
        let count = queue.items.len().min(BATCH_MAX);
        let taken: Vec<_> = queue.items.drain(..count).collect();
        for (topic, frame) in &taken {
            queue.gone(*topic, frame);
        }
        let empty = queue.items.is_empty();
        if empty && queue.items.capacity() > KEEP_ROOM {
            queue.items = VecDeque::new();
        }
        Batch {
            frames: taken.into_iter().map(|(_, frame)| frame).collect(),
            ping: std::mem::take(&mut queue.ping),
            close: queue.close.filter(|_| empty),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::Time;

    fn frames(outbound: &Outbound) -> Vec<String> {
        let shown = |frame: &Packed| match frame {
            Packed::Text(text) => text.as_str().to_owned(),
            Packed::Voice(bytes) => format!("{bytes:?}"),
        };
        outbound.take().frames.iter().map(shown).collect()
    }

    #[test]
    fn of_a_voice_the_newest_half_second_waits_and_it_gives_way_to_durable_frames() {
        let outbound = Outbound::new(1, 1_000, 1_000);
        outbound.pass(Topic::Lobby, "lobby".into());
        for n in 0..VOICE_MAX + 5 {
            outbound.voice(vec![u8::try_from(n).unwrap(); 10].into());
        }
        // It does not push out what else passes, nor the other way round.
        for connection in 0..PASSING_MAX as u64 {
            outbound.pass(Topic::Delivered(ConversationId::new(Time(1), 1), connection), "m".into());
        }
        let kept = frames(&outbound);
        assert_eq!(kept[0], "lobby");
        assert_eq!(kept.iter().filter(|f| f.starts_with("b\"")).count(), VOICE_MAX);
        assert_eq!(kept[1], format!("{:?}", Bytes::from(vec![5; 10])), "the oldest have given way");
        let outbound = Outbound::new(1, 20, 10);
        outbound.voice(vec![1; 18].into());
        outbound.voice(vec![2; 18].into());
        assert!(outbound.push("event".into()));
        assert_eq!(frames(&outbound), ["event"]);
    }

    #[test]
    fn a_newer_passing_frame_replaces_the_older_and_order_stays() {
        let outbound = Outbound::new(1, 100, 10);
        let typing = Topic::Signal(ConversationId::new(Time(1), 1), 7, 0);
        outbound.pass(typing, "typing".into());
        outbound.pass(Topic::Lobby, "lobby".into());
        assert!(outbound.push("event".into()));
        outbound.pass(typing, "typed".into());
        assert_eq!(frames(&outbound), ["lobby", "event", "typed"]);
    }

    #[test]
    fn the_lobby_is_not_pushed_out_by_marks() {
        let outbound = Outbound::new(1, 10_000, 1_000);
        outbound.pass(Topic::Lobby, "lobby".into());
        for connection in 0..PASSING_MAX as u64 + 9 {
            let marks = Topic::Delivered(ConversationId::new(Time(1), 1), connection);
            outbound.pass(marks, format!("{connection}").into());
        }
        let kept = frames(&outbound);
        outbound.close(CloseCode::Stopping);
        assert_eq!((kept[0].as_str(), kept[1].as_str(), kept.len()), ("lobby", "10", PASSING_MAX));
    }

    #[test]
    fn passing_frames_give_way_to_durable_ones() {
        let outbound = Outbound::new(1, 12, 10);
        outbound.pass(Topic::Lobby, "lobby".into());
        outbound.pass(Topic::Heartbeat, "beat".into());
        assert!(outbound.push("event".into()));
        outbound.pass(Topic::Lobby, "another lobby".into());
        assert_eq!(frames(&outbound), ["event"]);
    }

    #[test]
    fn a_durable_frame_that_does_not_fit_closes_the_connection() {
        let outbound = Outbound::new(1, 8, 10);
        assert!(outbound.push("event 1".into()));
        assert!(!outbound.push("event 2".into()));
        let batch = outbound.take();
        assert_eq!((batch.frames.len(), batch.close), (0, Some(CloseCode::Slow)));
        let outbound = Outbound::new(1, 100, 1);
        assert!(outbound.push("1".into()));
        assert!(!outbound.push("2".into()));
    }

    #[test]
    fn what_waits_is_sent_before_a_friendly_close() {
        let outbound = Outbound::new(1, 100, 1000);
        for _ in 0..BATCH_MAX + 1 {
            outbound.push("e".into());
        }
        outbound.close(CloseCode::Stopping);
        assert!(!outbound.push("late".into()));
        assert_eq!(outbound.take().close, None);
        let last = outbound.take();
        assert_eq!((last.frames.len(), last.close), (1, Some(CloseCode::Stopping)));
    }
}
