//! From chunks of sound to utterances: cuts chunks into frames, judges them and finds utterances.

use std::time::{Duration, Instant};

use super::audio::{Chunk, SAMPLE_RATE, duration_of};
use super::endpoint::{EndpointConfig, Endpointer, Heard, Mode};
use super::vad::{FRAME, SpeechDetector, VadConfig};

/// Frames between two levels for a meter: about 20 levels a second.
const FRAMES_PER_LEVEL: u32 = 3;

/// What a listener reports.
#[derive(Debug, Clone, PartialEq)]
pub enum Listened {
    /// For a meter: the loudest of the last frames, and whether one was speech.
    Level { level_db: f32, speech: bool },
    /// See [`Heard`].
    Heard(Heard),
}

/// Judges a stream of chunks. Pure: the same chunks give the same reports.
pub struct Listener {
    detector: SpeechDetector,
    endpointer: Endpointer,
    pending: Vec<f32>,
    next_sample: Option<u64>,
    level: (f32, bool),
    frames_since_level: u32,
    heard: Vec<Heard>,
}

impl Listener {
    pub fn new(vad: VadConfig, endpoint: EndpointConfig, mode: Mode) -> Self {
        Self {
            detector: SpeechDetector::new(vad),
            endpointer: Endpointer::new(endpoint, mode),
            pending: Vec::new(),
            next_sample: None,
            level: (super::audio::SILENCE_DB, false),
            frames_since_level: 0,
            heard: Vec::new(),
        }
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
        if self.next_sample.is_some_and(|next| next != chunk.first_sample) {
            self.detector.reset();
            self.pending.clear();
            self.endpointer.gap(&mut self.heard);
        }
        self.next_sample = Some(chunk.first_sample + chunk.samples.len() as u64);
        self.pending.extend_from_slice(&chunk.samples);
        let (frames, rest) = self.pending.as_chunks::<FRAME>();
        let mut after = (frames.len() * FRAME + rest.len()) as u64;
        for frame in frames {
            after -= FRAME as u64;
            let at = before(chunk.captured_at, duration_of(after, SAMPLE_RATE));
            let verdict = self.detector.push(frame);
            self.endpointer.push(frame, verdict, at, &mut self.heard);
            self.level = (self.level.0.max(verdict.level_db), self.level.1 || verdict.speech);
            self.frames_since_level += 1;
            if self.frames_since_level >= FRAMES_PER_LEVEL {
                out.push(Listened::Level { level_db: self.level.0, speech: self.level.1 });
                self.level = (super::audio::SILENCE_DB, false);
                self.frames_since_level = 0;
            }
        }
        let used = frames.len() * FRAME;
        self.pending.drain(..used);
        self.drain(out);
    }

    /// The source ended.
    pub fn finish(&mut self, at: Instant, out: &mut Vec<Listened>) {
        self.pending.clear();
        self.next_sample = None;
        self.detector.reset();
        self.endpointer.finish(at, &mut self.heard);
        self.drain(out);
    }

    /// Appends what commands have brought about.
    pub fn drain(&mut self, out: &mut Vec<Listened>) {
        out.extend(self.heard.drain(..).map(Listened::Heard));
    }
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
