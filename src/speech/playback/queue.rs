//! What is to be said, in order, and how far it has been said. Pure: a device or a test pulls samples out of it.

use std::collections::VecDeque;
use std::time::Instant;

use crate::speech::audio::VOICE_RATE;

/// The most that may wait to be played: 60 seconds.
pub const MAX_QUEUED_SAMPLES: usize = 60 * VOICE_RATE as usize;
/// How long a fade-out takes when speech is stopped: 15 ms.
pub const FADE_SAMPLES: usize = VOICE_RATE as usize * 15 / 1000;
/// Progress is reported about ten times a second.
const PROGRESS_SAMPLES: u64 = VOICE_RATE as u64 / 10;
/// How fast the volume may change: from silence to full in 10 ms.
const VOLUME_STEP: f32 = 100.0 / VOICE_RATE as f32;
/// Events kept for whoever asks; more are dropped, progress first.
const MAX_EVENTS: usize = 256;
/// Characters a second, while it is not known how long a sentence will sound.
const GUESSED_CHARS_PER_S: f32 = 15.0;

/// Which part of which answer. The numbers mean nothing here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PartKey {
    pub answer: u128,
    pub part: u16,
}

/// How far a part has been played.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Played {
    /// Sound of this part, in milliseconds.
    pub ms: u32,
    /// Characters of its text, as far as that can be told from the sound.
    pub chars: usize,
}

/// What happened to a part.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum PlayEvent {
    /// Its first sample was played. `made`: when the synthesiser had delivered it.
    Started {
        key: PartKey,
        made: Instant,
        played: Instant,
    },
    /// A sentence in it began: its characters.
    Sentence {
        key: PartKey,
        from: usize,
        to: usize,
    },
    Progress {
        key: PartKey,
        played: Played,
    },
    /// Its last sample was played.
    Finished {
        key: PartKey,
        played: Played,
    },
    /// It was stopped, or dropped before it began (then nothing was played).
    Interrupted {
        key: PartKey,
        played: Played,
        at: Instant,
    },
}

enum Item {
    Begin { key: PartKey },
    Sentence { from: usize, to: usize },
    Sound { samples: Vec<f32>, made: Instant },
    End,
}

/// The part that is being played.
struct Current {
    key: PartKey,
    started: bool,
    samples: u64,
    reported: u64,
    sentence: (usize, usize),
    sentence_samples: u64,
}

impl Current {
    fn played(&self, sentence_left: Option<u64>) -> Played {
        let (from, to) = self.sentence;
        let share = match sentence_left {
            Some(left) => self.sentence_samples as f32 / (self.sentence_samples + left).max(1) as f32,
            None => {
                let guessed = (to - from).max(1) as f32 / GUESSED_CHARS_PER_S * VOICE_RATE as f32;
                (self.sentence_samples as f32 / guessed).min(1.0)
            }
        };
        let chars = from + ((to - from) as f32 * share).round() as usize;
        Played { ms: (self.samples * 1000 / u64::from(VOICE_RATE)) as u32, chars: chars.min(to) }
    }
}

/// Queue of parts at [`VOICE_RATE`], mono.
pub struct VoiceQueue {
    items: VecDeque<Item>,
    queued: usize,
    /// Samples of the first item that were played already.
    offset: usize,
    current: Option<Current>,
    events: VecDeque<PlayEvent>,
    volume: f32,
    volume_now: f32,
    /// The end of what was stopped, faded out.
    tail: VecDeque<f32>,
    /// Counts stops, so that what was made before one is not played after it.
    epoch: u64,
    /// Samples of silence played in the middle of a part because nothing was there.
    starved: u64,
}

impl Default for VoiceQueue {
    fn default() -> Self {
        Self {
            items: VecDeque::new(),
            queued: 0,
            offset: 0,
            current: None,
            events: VecDeque::new(),
            volume: 1.0,
            volume_now: 1.0,
            tail: VecDeque::new(),
            epoch: 0,
            starved: 0,
        }
    }
}

impl VoiceQueue {
    /// Begins a part. What follows belongs to it until [`Self::end`].
    pub fn begin(&mut self, key: PartKey) {
        self.items.push_back(Item::Begin { key });
    }

    /// A sentence begins, with these characters of the part's text.
    pub fn sentence(&mut self, from: usize, to: usize) {
        self.items.push_back(Item::Sentence { from, to: to.max(from) });
    }

    /// Appends samples. Gives them back when too many wait already.
    pub fn sound(&mut self, samples: Vec<f32>, made: Instant) -> Result<(), Vec<f32>> {
        if self.queued + samples.len() > MAX_QUEUED_SAMPLES {
            return Err(samples);
        }
        self.queued += samples.len();
        if !samples.is_empty() {
            self.items.push_back(Item::Sound { samples, made });
        }
        Ok(())
    }

    /// Ends a part.
    pub fn end(&mut self) {
        self.items.push_back(Item::End);
    }

    /// Counts the stops so far.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Fades out what is being played within [`FADE_SAMPLES`] and drops all that waits.
    pub fn stop(&mut self, at: Instant) {
        self.epoch += 1;
        let mut tail: Vec<f32> = Vec::with_capacity(FADE_SAMPLES);
        if self.current.as_ref().is_some_and(|c| c.started) {
            let mut skip = self.offset;
            for item in &self.items {
                let Item::Sound { samples, .. } = item else { break };
                tail.extend(samples.iter().skip(skip).take(FADE_SAMPLES - tail.len()));
                skip = 0;
            }
        }
        let count = tail.len() as f32;
        self.tail.extend(tail.iter().enumerate().map(|(i, s)| s * (1.0 - (i + 1) as f32 / count)));
        self.cut(at);
    }

    /// Whether nothing is being played and nothing waits.
    pub fn is_idle(&self) -> bool {
        self.items.is_empty() && self.current.is_none() && self.tail.is_empty()
    }

    /// 0 is silent, 1 is as loud as the synthesiser made it, at most 2.
    pub fn set_volume(&mut self, volume: f32) {
        self.volume = if volume.is_finite() { volume.clamp(0.0, 2.0) } else { 1.0 };
    }

    /// Samples of silence that had to be played in the middle of a part.
    pub fn starved_samples(&self) -> u64 {
        self.starved
    }

    /// Fills `out` with the next samples, silence where there are none. `now` is when the first of them is heard.
    pub fn render(&mut self, out: &mut [f32], now: Instant) {
        for (i, slot) in out.iter_mut().enumerate() {
            let at = now + crate::speech::audio::duration_of(i as u64, VOICE_RATE);
            let sample = self.next_sample(at);
            let step = (self.volume - self.volume_now).clamp(-VOLUME_STEP, VOLUME_STEP);
            self.volume_now += step;
            *slot = sample * self.volume_now;
        }
    }

    /// The next event.
    pub fn next_event(&mut self) -> Option<PlayEvent> {
        self.events.pop_front()
    }

    fn next_sample(&mut self, at: Instant) -> f32 {
        let tail = self.tail.pop_front().unwrap_or(0.0);
        match self.pull(at) {
            Some(sample) => sample + tail,
            None => {
                if self.current.as_ref().is_some_and(|c| c.started) {
                    self.starved += 1;
                }
                tail
            }
        }
    }

    fn pull(&mut self, at: Instant) -> Option<f32> {
        loop {
            match self.items.front() {
                None => return None,
                Some(Item::Sound { samples, made }) => {
                    let made = *made;
                    let sample = samples.get(self.offset).copied();
                    let Some(sample) = sample else {
                        self.items.pop_front();
                        self.offset = 0;
                        continue;
                    };
                    self.offset += 1;
                    self.queued -= 1;
                    self.count(made, at);
                    return Some(sample);
                }
                Some(_) => {}
            }
            match self.items.pop_front() {
                Some(Item::Begin { key }) => {
                    self.finish();
                    self.current = Some(Current {
                        key,
                        started: false,
                        samples: 0,
                        reported: 0,
                        sentence: (0, 0),
                        sentence_samples: 0,
                    });
                }
                Some(Item::Sentence { from, to }) => {
                    if let Some(current) = &mut self.current {
                        current.sentence = (from, to);
                        current.sentence_samples = 0;
                        let key = current.key;
                        self.tell(PlayEvent::Sentence { key, from, to });
                    }
                }
                Some(Item::End) => self.finish(),
                Some(Item::Sound { .. }) | None => {}
            }
        }
    }

    fn count(&mut self, made: Instant, at: Instant) {
        let Some(current) = &mut self.current else { return };
        let first = !current.started;
        current.started = true;
        current.samples += 1;
        current.sentence_samples += 1;
        let due = current.samples - current.reported >= PROGRESS_SAMPLES;
        if due {
            current.reported = current.samples;
        }
        let key = current.key;
        if first {
            self.tell(PlayEvent::Started { key, made, played: at });
        }
        if due && let Some(played) = self.played() {
            self.tell(PlayEvent::Progress { key, played });
        }
    }

    /// How far the current part has been played.
    fn played(&self) -> Option<Played> {
        let current = self.current.as_ref()?;
        Some(current.played(self.sentence_left()))
    }

    /// Samples left of the current sentence, when all of it is here.
    fn sentence_left(&self) -> Option<u64> {
        let mut left = 0;
        for item in &self.items {
            match item {
                Item::Sound { samples, .. } => left += samples.len() as u64,
                Item::Begin { .. } | Item::Sentence { .. } | Item::End => {
                    return Some(left - self.offset as u64);
                }
            }
        }
        None
    }

    /// The current part is over.
    fn finish(&mut self) {
        let Some(current) = self.current.take() else { return };
        let played = Played { chars: current.sentence.1, ..current.played(Some(0)) };
        self.tell(PlayEvent::Finished { key: current.key, played });
    }

    /// Drops everything: the current part and all that waits.
    fn cut(&mut self, at: Instant) {
        if let Some(played) = self.played()
            && let Some(current) = self.current.take()
        {
            self.tell(PlayEvent::Interrupted { key: current.key, played, at });
        }
        let waiting: Vec<PartKey> = self
            .items
            .iter()
            .filter_map(|i| if let Item::Begin { key } = i { Some(*key) } else { None })
            .collect();
        for key in waiting {
            self.tell(PlayEvent::Interrupted { key, played: Played::default(), at });
        }
        self.items.clear();
        self.queued = 0;
        self.offset = 0;
    }

    fn tell(&mut self, event: PlayEvent) {
        if self.events.len() >= MAX_EVENTS {
            let progress = self.events.iter().position(|e| matches!(e, PlayEvent::Progress { .. }));
            self.events.remove(progress.unwrap_or(0));
        }
        self.events.push_back(event);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: PartKey = PartKey { answer: 7, part: 1 };
    const TWO: PartKey = PartKey { answer: 7, part: 2 };

    fn queue(parts: &[(PartKey, usize)]) -> VoiceQueue {
        let mut queue = VoiceQueue::default();
        for (key, samples) in parts {
            queue.begin(*key);
            queue.sentence(0, 20);
            queue.sound(vec![0.5; *samples], Instant::now()).unwrap();
            queue.end();
        }
        queue
    }

    fn play(queue: &mut VoiceQueue, samples: usize) -> Vec<f32> {
        let mut out = vec![9.0; samples];
        queue.render(&mut out, Instant::now());
        out
    }

    fn events(queue: &mut VoiceQueue) -> Vec<PlayEvent> {
        std::iter::from_fn(|| queue.next_event())
            .filter(|e| !matches!(e, PlayEvent::Progress { .. }))
            .collect()
    }

    #[test]
    fn parts_follow_each_other_without_a_gap() {
        let mut queue = queue(&[(ONE, 480), (TWO, 480)]);
        let out = play(&mut queue, 1000);
        assert!(out[..960].iter().all(|s| *s == 0.5));
        assert!(out[960..].iter().all(|s| *s == 0.0));
        let events = events(&mut queue);
        assert!(matches!(
            events[..],
            [
                PlayEvent::Sentence { key: ONE, from: 0, to: 20 },
                PlayEvent::Started { key: ONE, .. },
                PlayEvent::Finished { key: ONE, played: Played { ms: 10, chars: 20 } },
                PlayEvent::Sentence { key: TWO, .. },
                PlayEvent::Started { key: TWO, .. },
                PlayEvent::Finished { key: TWO, .. },
            ]
        ));
        assert!(queue.is_idle());
    }

    #[test]
    fn stopping_fades_out_within_twenty_milliseconds_and_drops_the_rest() {
        let mut queue = queue(&[(ONE, 48_000), (TWO, 48_000)]);
        play(&mut queue, 24_000);
        queue.stop(Instant::now());
        let out = play(&mut queue, 48_000);
        let silent_from = out.iter().rposition(|s| *s != 0.0).unwrap() + 1;
        assert!(silent_from <= VOICE_RATE as usize / 50, "{silent_from} samples");
        // No step is audible as a click.
        assert!(out.windows(2).all(|w| (w[0] - w[1]).abs() < 0.01));
        let events = events(&mut queue);
        let Some(PlayEvent::Interrupted { key: ONE, played, .. }) = events.get(2) else {
            panic!("{events:?}")
        };
        assert!((500..=516).contains(&played.ms), "{played:?}");
        assert!((9..=11).contains(&played.chars), "{played:?}");
        assert!(matches!(
            events[3],
            PlayEvent::Interrupted { key: TWO, played: Played { ms: 0, chars: 0 }, .. }
        ));
        assert!(queue.is_idle());
    }

    #[test]
    fn stopping_when_nothing_plays_changes_nothing() {
        let mut queue = VoiceQueue::default();
        queue.stop(Instant::now());
        play(&mut queue, 10);
        queue.begin(ONE);
        queue.sound(vec![0.5; 100], Instant::now()).unwrap();
        assert_eq!(play(&mut queue, 1)[0], 0.5);
    }

    #[test]
    fn a_slow_synthesiser_leaves_silence_that_is_counted() {
        let mut queue = VoiceQueue::default();
        queue.begin(ONE);
        queue.sentence(0, 10);
        play(&mut queue, 100);
        assert_eq!(queue.starved_samples(), 0, "it has not begun");
        queue.sound(vec![0.5; 100], Instant::now()).unwrap();
        play(&mut queue, 150);
        assert_eq!(queue.starved_samples(), 50);
        queue.sound(vec![0.5; 100], Instant::now()).unwrap();
        queue.end();
        assert_eq!(play(&mut queue, 100)[99], 0.5);
    }

    #[test]
    fn progress_goes_up_and_never_beyond_the_text() {
        let mut queue = queue(&[(ONE, 48_000)]);
        play(&mut queue, 60_000);
        let mut last = Played::default();
        let mut count = 0;
        while let Some(event) = queue.next_event() {
            if let PlayEvent::Progress { played, .. } = event {
                assert!(played.ms > last.ms && played.chars >= last.chars && played.chars <= 20);
                last = played;
                count += 1;
            }
        }
        assert_eq!(count, 10);
    }

    #[test]
    fn the_volume_changes_without_a_click() {
        let mut queue = queue(&[(ONE, 48_000)]);
        play(&mut queue, 100);
        queue.set_volume(0.0);
        let out = play(&mut queue, 4_800);
        assert!(out.windows(2).all(|w| (w[0] - w[1]).abs() < 0.01));
        assert_eq!(out[4_799], 0.0);
        queue.set_volume(f32::NAN);
        assert_eq!(play(&mut queue, 4_800)[4_799], 0.5);
    }

    #[test]
    fn more_than_the_bound_is_given_back() {
        let mut queue = VoiceQueue::default();
        assert!(queue.sound(vec![0.0; MAX_QUEUED_SAMPLES], Instant::now()).is_ok());
        assert_eq!(queue.sound(vec![0.0; 7], Instant::now()).unwrap_err().len(), 7);
    }
}
