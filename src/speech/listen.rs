//! From chunks of sound to utterances: cuts chunks into frames, judges them and finds utterances.
//!
//! With an echo canceller before it ([`Listener::push_clean`]) it goes on listening while the avatar speaks; then only what
//! [`BargeIn`] takes for an interruption begins an utterance.

use std::time::{Duration, Instant};

use super::audio::{Chunk, SAMPLE_RATE, duration_of, level_db};
use super::echo::{BargeConfig, BargeIn, Breath, CleanChunk, Cleaned, FrameStreams, bring_to_level};
use super::endpoint::{EndpointConfig, Endpointer, Heard, Mode};
use super::foreground::Foreground;
use super::near::{NearConfig, NearGate};
use super::vad::{FRAME, FrameVerdict, SpeechDetector, VadConfig};

/// Frames between two levels for a meter: about 20 levels a second.
const FRAMES_PER_LEVEL: u32 = 3;

/// What a listener reports.
#[derive(Debug, Clone, PartialEq)]
pub enum Listened {
    /// For a meter: the loudest of the last frames, and whether one was speech.
    Level { level_db: f32, speech: bool },
    /// See [`Heard`].
    Heard(Heard),
    /// Somebody may be interrupting the avatar: it holds its breath (true) until it is sure, or goes on (false). What is
    /// [`Heard::SpeechStarted`] meanwhile is an interruption.
    Hush(bool),
}

/// Judges a stream of chunks. Pure: the same chunks give the same reports.
pub struct Listener {
    detector: SpeechDetector,
    endpointer: Endpointer,
    near: NearGate,
    foreground: Foreground,
    /// The crowd is told from the visitor. Without, a voice detector decides, as in a quiet room.
    knows_crowds: bool,
    barge: BargeIn,
    breath: Breath,
    pending: Cleaned,
    next_sample: Option<u64>,
    level: (f32, bool),
    frames_since_level: u32,
    heard: Vec<Heard>,
    /// Utterances are brought to a level: they come from [`Self::push_clean`].
    levelled: bool,
}

impl Listener {
    pub fn new(vad: VadConfig, endpoint: EndpointConfig, mode: Mode) -> Self {
        Self {
            detector: SpeechDetector::new(vad),
            endpointer: Endpointer::new(endpoint, mode),
            near: NearGate::new(NearConfig::default()),
            foreground: Foreground::default(),
            knows_crowds: true,
            barge: BargeIn::new(BargeConfig::default()),
            breath: Breath::default(),
            pending: Cleaned::default(),
            next_sample: None,
            level: (super::audio::SILENCE_DB, false),
            frames_since_level: 0,
            heard: Vec::new(),
            levelled: false,
        }
    }

    /// With another rule for interruptions.
    pub fn with_barge(self, config: BargeConfig) -> Self {
        Self { barge: BargeIn::new(config), ..self }
    }

    /// Takes whoever speaks for the visitor, also in a crowd: to show what that leads to.
    pub fn without_foreground(self) -> Self {
        Self { knows_crowds: false, ..self }
    }

    /// Somebody else may stand there now: the level of the last visitor's voice is forgotten.
    pub fn forget_visitor(&mut self) {
        self.near.forget();
    }

    /// The endpointer, for commands such as the button. Their results come with the next report.
    pub fn command(&mut self, command: impl FnOnce(&mut Endpointer, &mut Vec<Heard>)) {
        command(&mut self.endpointer, &mut self.heard);
    }

    /// Whether an utterance is being heard.
    pub fn hearing(&self) -> bool {
        self.endpointer.hearing()
    }

    /// Takes the next chunk and appends what is to be reported.
    pub fn push(&mut self, chunk: &Chunk, out: &mut Vec<Listened>) {
        self.follow(chunk.first_sample, chunk.samples.len());
        self.pending.clean.extend_from_slice(&chunk.samples);
        self.endpointer.hold(false);
        self.levelled = false;
        self.run(chunk.captured_at, None, out);
    }

    /// Takes the next piece of an echo canceller and appends what is to be reported.
    pub fn push_clean(&mut self, chunk: &CleanChunk, out: &mut Vec<Listened>) {
        self.follow(chunk.first_sample, chunk.streams.clean.len());
        self.pending.extend(&chunk.streams);
        self.levelled = true;
        let far = Far { active: chunk.far_active, settled: chunk.settled };
        self.run(chunk.captured_at, Some(far), out);
    }

    /// After a gap nothing of before is of use.
    fn follow(&mut self, first_sample: u64, count: usize) {
        if self.next_sample.is_some_and(|next| next != first_sample) {
            self.detector.reset();
            self.barge.gap();
            self.pending.clear();
            self.endpointer.gap(&mut self.heard);
        }
        self.next_sample = Some(first_sample + count as u64);
    }

    fn run(&mut self, captured_at: Instant, far: Option<Far>, out: &mut Vec<Listened>) {
        let pending = std::mem::take(&mut self.pending);
        let (frames, rest) = pending.clean.as_chunks::<FRAME>();
        let mut after = (frames.len() * FRAME + rest.len()) as u64;
        for (i, frame) in frames.iter().enumerate() {
            after -= FRAME as u64;
            let at = before(captured_at, duration_of(after, SAMPLE_RATE));
            let mut verdict = self.detector.push(frame);
            if let Some(far) = far {
                let near = self.compare(&pending, i * FRAME, frame, far, verdict);
                // Who may be interrupted must not be by bystanders; other ears take whoever is loud enough for the detector.
                let mut suspected = false;
                if self.endpointer.mode() == Mode::HandsFree {
                    verdict = self.only_the_visitor(verdict, near, far);
                    suspected = near.suspected && verdict.speech && self.endpointer.may_begin();
                }
                out.extend(self.breath.push(suspected, near.interrupts).map(Listened::Hush));
            }
            let news = self.heard.len();
            self.endpointer.push(frame, verdict, at, &mut self.heard);
            self.note_ends(news);
            self.level = (self.level.0.max(verdict.level_db), self.level.1 || verdict.speech);
            self.frames_since_level += 1;
            if self.frames_since_level >= FRAMES_PER_LEVEL {
                out.push(Listened::Level { level_db: self.level.0, speech: self.level.1 });
                self.level = (super::audio::SILENCE_DB, false);
                self.frames_since_level = 0;
            }
        }
        let used = frames.len() * FRAME;
        self.pending = pending;
        self.pending.drop_first(used);
        self.drain(out);
    }

    /// What the streams of the frame at `from` say about the visitor's voice. While the avatar can be heard only an
    /// interruption may begin an utterance.
    fn compare(
        &mut self,
        pending: &Cleaned,
        from: usize,
        clean: &[f32; FRAME],
        far: Far,
        verdict: FrameVerdict,
    ) -> Near {
        let frame =
            |stream: &[f32]| stream.get(from..).and_then(|s| s.first_chunk()).copied().unwrap_or(*clean);
        let (linear, mic) = (frame(&pending.linear), frame(&pending.mic));
        let streams = FrameStreams { clean, linear: &linear, mic: &mic };
        let facts = self.barge.facts(streams, verdict, far.active);
        let (suspected, interrupts) = if far.active || self.breath.is_held() {
            let barge = self.barge.push(verdict, facts);
            (barge.suspected && far.settled, barge.interrupts && far.settled && self.breath.is_quiet())
        } else {
            self.barge.reset();
            (false, false)
        };
        // The canceller makes the visitor quieter while both speak.
        let hall_db = level_db(&linear);
        let level_db = if far.active { hall_db } else { verdict.level_db };
        Near { level_db, hall_db, suspected, interrupts, visitor: facts.visitor, voiced: facts.linear_voiced }
    }

    /// Takes bystanders, the crowd and the avatar out of a verdict, and says who may begin.
    fn only_the_visitor(&mut self, mut verdict: FrameVerdict, near: Near, far: Far) -> FrameVerdict {
        let hearing = self.endpointer.hearing();
        let in_front = self.foreground.push(near.hall_db, near.visitor, hearing);
        // An avatar that holds its breath counts as heard: it has not ended.
        let far_active = far.active || self.breath.is_held();
        let held = far_active || (self.knows_crowds && !in_front.may_begin);
        // In a quiet room the voice detector knows better who speaks softly.
        if self.knows_crowds && (far_active || in_front.loud) {
            verdict.speech = in_front.speech;
            verdict.voiced |= near.voiced;
        }
        let close = self.near.push(&FrameVerdict { level_db: near.level_db, ..verdict }, hearing);
        verdict.speech &= close;
        self.endpointer.hold(held);
        if near.interrupts && close && !hearing {
            self.endpointer.urge();
        }
        verdict
    }

    /// Lets the gate learn from utterances that are over.
    fn note_ends(&mut self, from: usize) {
        for heard in self.heard.get(from..).unwrap_or_default() {
            match heard {
                Heard::Complete { .. } => self.near.over(true),
                Heard::Nothing { .. } => self.near.over(false),
                Heard::SpeechStarted { .. } | Heard::Offer(_) | Heard::Peek(_) | Heard::Resumed { .. } => {}
            }
        }
    }

    /// The source ended.
    pub fn finish(&mut self, at: Instant, out: &mut Vec<Listened>) {
        self.pending.clear();
        self.next_sample = None;
        self.detector.reset();
        self.barge.reset();
        self.endpointer.finish(at, &mut self.heard);
        self.drain(out);
    }

    /// Appends what commands have brought about.
    pub fn drain(&mut self, out: &mut Vec<Listened>) {
        if self.levelled {
            for heard in &mut self.heard {
                if let Heard::Offer(utterance) | Heard::Peek(utterance) | Heard::Complete { utterance, .. } =
                    heard
                {
                    bring_to_level(&mut utterance.samples);
                }
            }
        }
        out.extend(self.heard.drain(..).map(Listened::Heard));
    }
}

/// What the canceller says about the avatar's voice.
#[derive(Clone, Copy)]
struct Far {
    /// It can be heard in the room.
    active: bool,
    /// The canceller can be relied on.
    settled: bool,
}

/// What is known about the visitor's voice in one frame.
#[derive(Clone, Copy)]
struct Near {
    level_db: f32,
    /// Before the noise suppressor, which at first takes a crowd for noise.
    hall_db: f32,
    /// They may be interrupting the avatar; they certainly are.
    suspected: bool,
    interrupts: bool,
    /// Probability that it is the visitor who speaks.
    visitor: f32,
    voiced: bool,
}

fn before(at: Instant, by: Duration) -> Instant {
    at.checked_sub(by).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(first_sample: u64, samples: Vec<f32>) -> Chunk {
        Chunk { first_sample, samples, captured_at: Instant::now() }
    }

    #[test]
    fn the_meter_gets_about_twenty_levels_a_second() {
        let mut listener = Listener::new(VadConfig::default(), EndpointConfig::default(), Mode::HandsFree);
        let mut out = Vec::new();
        for i in 0..50 {
            listener.push(&chunk(i * 320, vec![0.1; 320]), &mut out);
        }
        let levels = out.iter().filter(|l| matches!(l, Listened::Level { .. })).count();
        assert!((18..=22).contains(&levels), "{levels}");
    }

    #[test]
    fn a_gap_ends_what_was_begun() {
        let mut listener = Listener::new(VadConfig::default(), EndpointConfig::default(), Mode::PushToTalk);
        let mut out = Vec::new();
        listener.push(&chunk(0, vec![0.0; 320]), &mut out);
        listener.command(|machine, heard| machine.press(Instant::now(), heard));
        listener.push(&chunk(320, vec![0.0; 320]), &mut out);
        assert!(listener.hearing());
        listener.push(&chunk(3200, vec![0.0; 320]), &mut out);
        assert!(!listener.hearing());
        assert!(matches!(out.last(), Some(Listened::Heard(Heard::Nothing { .. }))));
    }
}
