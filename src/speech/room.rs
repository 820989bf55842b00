//! A room in a file: a loudspeaker, a microphone that hears it, and a visitor, without any device and faster than real time.
//! For tests and measurements of the real chain: playback, echo canceller, voice detector, endpoint.

use std::time::{Duration, Instant};

use super::audio::{Chunk, SAMPLE_RATE, VOICE_RATE, heard_samples, samples_in};
use super::echo::{BargeConfig, CleanChunk, EchoRemoval, RATIO, Thin};
use super::endpoint::{EndpointConfig, Heard, Mode, Utterance};
use super::listen::{Listened, Listener};
use super::playback::output::VoiceWriter;
use super::playback::{PartKey, PlaybackStatus, VoiceOutput};
use super::vad::VadConfig;

/// Samples of a chunk of the microphone: 20 ms.
const CHUNK: usize = heard_samples(20);
/// Samples that the loudspeaker asks for at once: 10 ms.
const BLOCK: usize = VOICE_RATE as usize / 100;
/// The loudspeaker is given its samples so long before they are heard.
const AHEAD: Duration = Duration::from_millis(20);
/// Reflections in the echo, beside the direct way.
const REFLECTIONS: usize = 40;
/// Quieter than this is silence.
const SILENT_BELOW: f32 = 1e-4;

/// Numbers that are the same on every run (xorshift).
#[derive(Debug, Clone)]
pub struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// Between 0 and 1.
    pub fn share(&mut self) -> f32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 40) as f32 / 16_777_216.0
    }

    /// Between two values.
    pub fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.share()
    }

    /// White noise of a level in dB below full scale.
    pub fn noise(&mut self, count: usize, level_db: f32) -> Vec<f32> {
        let amplitude = 10f32.powf(level_db / 20.0) * 3f32.sqrt();
        (0..count).map(|_| self.between(-amplitude, amplitude)).collect()
    }
}

/// What the room does.
#[derive(Debug, Clone)]
pub struct Room {
    /// Level of the echo at the microphone, less that of what is played, in dB. Negative.
    pub echo_db: f32,
    /// From the loudspeaker to the microphone.
    pub delay: Duration,
    /// Time in which the reverberation falls by 60 dB.
    pub reverberation: Duration,
    /// Level of the noise at the microphone, in dB below full scale.
    pub noise_db: f32,
    pub seed: u64,
}

/// The way from loudspeaker to microphone: the direct sound and reflections that die away.
struct EchoPath {
    /// Delay in samples, and gain.
    taps: Vec<(usize, f32)>,
    past: Vec<f32>,
    keep: usize,
}

impl EchoPath {
    fn new(room: &Room, chance: &mut Chance) -> Self {
        let first = samples_in(room.delay, SAMPLE_RATE);
        let last = samples_in(room.reverberation, SAMPLE_RATE).max(1);
        let mut taps = vec![(first, 1.0f32)];
        for _ in 0..REFLECTIONS {
            let after = (chance.share() * chance.share() * last as f32) as usize;
            let fall = 10f32.powf(-3.0 * after as f32 / last as f32);
            taps.push((first + after, chance.between(-0.35, 0.35) * fall));
        }
        let power: f32 = taps.iter().map(|(_, g)| g * g).sum();
        let gain = 10f32.powf(room.echo_db / 20.0) / power.sqrt();
        taps.iter_mut().for_each(|(_, g)| *g *= gain);
        let keep = first + last + 1;
        Self { taps, past: vec![0.0; keep], keep }
    }

    fn run(&mut self, played: &[f32], out: &mut Vec<f32>) {
        self.past.extend_from_slice(played);
        let from = self.past.len() - played.len();
        out.extend((from..self.past.len()).map(|i| {
            self.taps.iter().map(|(after, gain)| self.past.get(i - after).unwrap_or(&0.0) * gain).sum::<f32>()
        }));
        let surplus = self.past.len().saturating_sub(self.keep);
        self.past.drain(..surplus);
    }
}

/// How the kiosk listens.
#[derive(Debug, Clone, Copy)]
pub struct Hearing {
    /// With an echo canceller.
    pub canceller: bool,
    pub barge: BargeConfig,
    /// With the gate that tells the visitor from a crowd.
    pub foreground: bool,
    /// From the report that somebody speaks to the command to be silent: the kiosk looks once a frame.
    pub reaction: Duration,
}

impl Default for Hearing {
    fn default() -> Self {
        let barge = BargeConfig::default();
        Self { canceller: true, barge, foreground: true, reaction: Duration::from_millis(33) }
    }
}

impl Hearing {
    /// Without what tells the visitor from a crowd: shows that a measurement can fail.
    pub fn spoiled() -> Self {
        let barge = BargeConfig { suspect: 0.0, visitor: 0.0, ..BargeConfig::default() };
        Self { barge, foreground: false, ..Self::default() }
    }
}

/// An utterance that was complete. Times are since the beginning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeardUtterance {
    /// When its beginning was reported.
    pub reported: Duration,
    /// Its first sample, pre-roll included.
    pub kept_from: Duration,
    /// When its speech began and ended, as far as was found out.
    pub started: Duration,
    pub ended: Duration,
}

/// What came of it. Times are since the beginning.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Outcome {
    /// When an utterance was reported to have begun.
    pub reported: Vec<Duration>,
    /// When the voice held its breath.
    pub hushes: Vec<Duration>,
    /// When the voice was silent, having been interrupted: after its last sample.
    pub silent: Option<Duration>,
    /// Utterances that were complete.
    pub utterances: Vec<HeardUtterance>,
    /// What the chain took of the processor, without the room.
    pub cost: Duration,
    /// How long it all lasted.
    pub length: Duration,
}

/// Plays `spoken` (at [`VOICE_RATE`]) into a room in which a visitor says `visitor` (at [`SAMPLE_RATE`], from the
/// beginning on; it decides how long it all lasts). The first interruption stops the voice.
pub fn run(room: &Room, hearing: &Hearing, spoken: &[f32], visitor: &[f32]) -> Outcome {
    run_observed(room, hearing, spoken, visitor, &mut |_| ())
}

/// As [`run`]; `observe` sees what comes out of the canceller.
pub fn run_observed(
    room: &Room,
    hearing: &Hearing,
    spoken: &[f32],
    visitor: &[f32],
    observe: &mut dyn FnMut(&CleanChunk),
) -> Outcome {
    let mut chance = Chance::new(room.seed);
    let mut path = EchoPath::new(room, &mut chance);
    let start = Instant::now();
    let output = VoiceOutput::default();
    output.set_status(PlaybackStatus::Playing { device: "a room".into() });
    let mut feed = Feed::new(&output, spoken, start);
    let mut echo = hearing.canceller.then(|| EchoRemoval::new(output.clone()));
    let mut listener = Listener::new(VadConfig::default(), EndpointConfig::default(), Mode::HandsFree)
        .with_barge(hearing.barge);
    if !hearing.foreground {
        listener = listener.without_foreground();
    }
    let mut outcome = Outcome::default();
    let (mut thin, mut block, mut heard) = (Thin::new(), [0.0; BLOCK], Vec::new());
    let (mut stop_at, mut stopped): (Option<Duration>, bool) = (None, false);
    let (mut last_sound, mut kept_from) = (Duration::ZERO, Duration::ZERO);
    let mut ahead = vec![0.0; CHUNK];
    for (k, said) in visitor.chunks(CHUNK).enumerate() {
        feed.run();
        let mut played = Vec::with_capacity(CHUNK);
        for i in 0..2u32 {
            let at = Duration::from_millis(20) * k as u32 + Duration::from_millis(10) * i;
            if stop_at.is_some_and(|stop| stop <= at) && !stopped {
                output.stop();
                stopped = true;
            }
            output.render(&mut block, start + at + AHEAD);
            if let Some(last) = block.iter().rposition(|s| s.abs() > SILENT_BELOW) {
                last_sound = at + AHEAD + super::audio::duration_of(last as u64 + 1, VOICE_RATE);
            }
            thin.run(&block, &mut played);
        }
        let mut samples = Vec::with_capacity(CHUNK);
        path.run(&std::mem::replace(&mut ahead, played), &mut samples);
        let noise = chance.noise(samples.len(), room.noise_db);
        for (i, sample) in samples.iter_mut().enumerate() {
            *sample += said.get(i).unwrap_or(&0.0) + noise.get(i).unwrap_or(&0.0);
        }
        let now = Duration::from_millis(20) * (k as u32 + 1);
        // Drivers stamp their blocks a little early or late.
        let stamped = now + Duration::from_micros((chance.share() * 2_000.0) as u64);
        let chunk = Chunk { samples, first_sample: (k * CHUNK) as u64, captured_at: start + stamped };
        let begun = Instant::now();
        match &mut echo {
            Some(echo) => {
                echo.push(chunk);
                while let Some(clean) = echo.take() {
                    observe(&clean);
                    listener.push_clean(&clean, &mut heard);
                }
            }
            None => listener.push(&chunk, &mut heard),
        }
        outcome.cost += begun.elapsed();
        for listened in heard.drain(..) {
            match listened {
                Listened::Heard(Heard::SpeechStarted { .. }) => {
                    outcome.reported.push(now);
                    if !output.is_idle() && stop_at.is_none() {
                        stop_at = Some(now + hearing.reaction);
                    }
                }
                Listened::Hush(true) => {
                    outcome.hushes.push(now);
                    output.hush();
                }
                Listened::Hush(false) => output.go_on(),
                Listened::Heard(Heard::Offer(utterance)) => kept_from = first_sample(&utterance, start),
                Listened::Heard(Heard::Complete { utterance, offered }) => {
                    let since = |at: Instant| at.saturating_duration_since(start);
                    outcome.utterances.push(HeardUtterance {
                        reported: outcome.reported.last().copied().unwrap_or_default(),
                        kept_from: if offered { kept_from } else { first_sample(&utterance, start) },
                        started: since(utterance.started),
                        ended: since(utterance.ended),
                    });
                }
                _ => {}
            }
        }
        outcome.length = now;
    }
    outcome.silent = stopped.then_some(last_sound);
    outcome
}

/// When the first sample of an utterance was captured that was decided just now. What was cut off its end makes it seem later.
fn first_sample(utterance: &Utterance, start: Instant) -> Duration {
    let length = super::audio::duration_of(utterance.samples.len() as u64, SAMPLE_RATE);
    utterance.decided.saturating_duration_since(start).saturating_sub(length)
}

/// Feeds the loudspeaker a second ahead, as a synthesiser would: there is no room for everything at once.
struct Feed<'a> {
    writer: VoiceWriter,
    pieces: std::slice::Chunks<'a, f32>,
    made: Instant,
    ahead: usize,
    ended: bool,
}

impl<'a> Feed<'a> {
    fn new(output: &VoiceOutput, spoken: &'a [f32], made: Instant) -> Self {
        let writer = output.writer();
        // A new output takes its first part.
        let ended = writer.begin(PartKey { answer: 1, part: 0 }).is_err();
        Self { writer, pieces: spoken.chunks(CHUNK * RATIO), made, ahead: 50, ended }
    }

    /// Called once a chunk.
    fn run(&mut self) {
        for _ in 0..=std::mem::take(&mut self.ahead) {
            // Once the voice was stopped the writer takes no more, as it should be.
            match self.pieces.next() {
                Some(piece) => drop(self.writer.sound(piece.to_vec(), self.made)),
                None if !self.ended => self.ended = self.writer.end().is_ok(),
                None => return,
            }
        }
    }
}

#[cfg(test)]
#[path = "room_tests.rs"]
mod tests;
