//! What was really played while a piece of sound was captured, at the rate of what is heard.

use std::time::Instant;

use super::thin::{RATIO, Thin};
use crate::speech::playback::{PlaybackStatus, VoiceOutput};

/// Time stamps of capture and playback that differ by more than this from what was expected, in samples at
/// [`VOICE_RATE`] (40 ms), are a new beginning: a device was changed, or sound was lost.
const REALIGN: i64 = 1_920;
/// The reference runs ahead of the microphone by so much (10 ms): drivers' time stamps are not exact, and an echo that seems
/// to come before its sound cannot be removed. Loudspeakers are given their samples earlier than this.
const LEAD: i64 = 480;
/// Two devices have two clocks. A smoothed difference above this (0.5 ms) is made up for, one sample a piece of sound.
const SLIP_AT: f32 = 24.0;
/// Share of a new difference in the smoothed one: time stamps jump about by milliseconds.
const SMOOTHING: f32 = 0.02;

/// What came of asking for the reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fetched {
    /// It was appended.
    Whole,
    /// It was appended, but does not continue what was fetched before.
    Jumped,
    /// It has not been rendered yet: ask again soon.
    NotYet,
    /// Nothing has ever been played, or nobody can hear it.
    Silence,
}

/// Reads along what a loudspeaker plays.
pub struct Reference {
    output: VoiceOutput,
    /// The position that comes next, at [`VOICE_RATE`].
    next: Option<i64>,
    /// By how much the time stamps differ from `next`, smoothed.
    drift: f32,
    thin: Thin,
    piece: Vec<f32>,
}

impl Reference {
    pub fn new(output: VoiceOutput) -> Self {
        Self { output, next: None, drift: 0.0, thin: Thin::new(), piece: Vec::new() }
    }

    /// Appends the `count` samples at 16 kHz that were heard up to `until`. Appends nothing for
    /// [`Fetched::NotYet`] and [`Fetched::Silence`].
    pub fn fetch(&mut self, count: usize, until: Instant, out: &mut Vec<f32>) -> Fetched {
        let place = match self.output.status() {
            PlaybackStatus::Playing { .. } => self.output.place_at(until),
            PlaybackStatus::Starting | PlaybackStatus::Silent { .. } => None,
        };
        let Some(place) = place else {
            self.lose();
            return Fetched::Silence;
        };
        let wanted = place.position + LEAD - as_i64(count * RATIO);
        let (start, drift) = match self.next {
            Some(next) if (wanted - next).abs() <= REALIGN => {
                (next, self.drift + ((wanted - next) as f32 - self.drift) * SMOOTHING)
            }
            _ => (wanted, 0.0),
        };
        // One sample more or less than usual: too little to be noticed by the canceller.
        let slip = if drift.abs() > SLIP_AT { drift.signum() as i64 } else { 0 };
        let end = start + as_i64(count * RATIO) + slip;
        if end > i64::try_from(place.total).unwrap_or(i64::MAX) {
            return Fetched::NotYet;
        }
        let jumped = self.next != Some(start);
        if jumped {
            self.thin = Thin::new();
        }
        self.next = Some(end);
        self.drift = drift - slip as f32;
        self.read(start, end, count * RATIO);
        self.thin.run(&self.piece, out);
        if jumped { Fetched::Jumped } else { Fetched::Whole }
    }

    /// The next piece is a new beginning.
    pub fn lose(&mut self) {
        self.next = None;
        self.drift = 0.0;
    }

    /// Fills `piece` with `length` samples of what lies between two positions.
    fn read(&mut self, start: i64, end: i64, length: usize) {
        self.piece.clear();
        let mut played = Vec::new();
        let first = self.output.read_played(u64::try_from(start).unwrap_or(0), &mut played);
        // Before the first sample, or forgotten: silence.
        let missing = usize::try_from(as_i64_u(first).saturating_sub(start)).unwrap_or(0);
        let have = usize::try_from(end - start).unwrap_or(0);
        self.piece.resize(missing.min(have), 0.0);
        let rest = have - self.piece.len();
        self.piece.extend(played.iter().take(rest));
        let last = self.piece.last().copied().unwrap_or(0.0);
        self.piece.resize(length, last);
    }
}

fn as_i64(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX / 4)
}

fn as_i64_u(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX / 4)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::speech::audio::VOICE_RATE;
    use crate::speech::audio::{SAMPLE_RATE, duration_of, level_db, samples_in};
    use crate::speech::playback::PartKey;
    use std::time::Duration;

    /// An output that has played a tone for a while, in blocks of 10 ms from `start` on.
    fn playing(hz: f32, ms: u64, start: Instant) -> VoiceOutput {
        let output = VoiceOutput::default();
        output.set_status(PlaybackStatus::Playing { device: "a test".into() });
        let samples = samples_in(Duration::from_millis(ms), VOICE_RATE);
        let tone = (0..samples)
            .map(|i| (i as f32 * hz / VOICE_RATE as f32 * std::f32::consts::TAU).sin() * 0.5)
            .collect();
        let writer = output.writer();
        writer.begin(PartKey { answer: 1, part: 0 }).unwrap();
        writer.sound(tone, start).unwrap();
        writer.end().unwrap();
        let mut block = [0.0; 480];
        for i in 0..ms / 10 {
            output.render(&mut block, start + Duration::from_millis(10 * i));
        }
        output
    }

    #[test]
    fn it_is_what_was_heard_at_that_time() {
        let start = Instant::now();
        let mut reference = Reference::new(playing(440.0, 500, start));
        let mut out = Vec::new();
        assert_eq!(reference.fetch(320, start + Duration::from_millis(20), &mut out), Fetched::Jumped);
        for i in 2..=20 {
            let until = start + Duration::from_millis(20 * i);
            assert_eq!(reference.fetch(320, until, &mut out), Fetched::Whole);
        }
        assert_eq!(out.len(), 6_400);
        // The low-pass delays by 16 samples at 48 kHz.
        for i in (1_000..6_000).step_by(37) {
            let at = (i * 3) as f32 - 16.0 + LEAD as f32;
            let expected = (at * 440.0 / VOICE_RATE as f32 * std::f32::consts::TAU).sin() * 0.5;
            assert!((out[i] - expected).abs() < 0.02, "sample {i}: {} instead of {expected}", out[i]);
        }
    }

    #[test]
    fn what_is_too_high_for_the_lower_rate_is_taken_away() {
        let start = Instant::now();
        let mut reference = Reference::new(playing(11_000.0, 500, start));
        let mut out = Vec::new();
        reference.fetch(4_000, start + Duration::from_millis(400), &mut out);
        assert!(level_db(&out[200..]) < -45.0, "{}", level_db(&out[200..]));
    }

    #[test]
    fn what_is_not_rendered_yet_is_asked_for_again() {
        let start = Instant::now();
        let output = playing(440.0, 100, start);
        let mut reference = Reference::new(output.clone());
        let mut out = Vec::new();
        let until = start + Duration::from_millis(100);
        assert_eq!(reference.fetch(320, until, &mut out), Fetched::NotYet);
        assert!(out.is_empty());
        output.render(&mut [0.0; 480], start + Duration::from_millis(100));
        assert_ne!(reference.fetch(320, until, &mut out), Fetched::NotYet);
        assert_eq!(out.len(), 320);
        output.set_status(PlaybackStatus::Silent { why: "unplugged".into() });
        assert_eq!(reference.fetch(320, until, &mut out), Fetched::Silence);
    }

    /// A microphone whose clock is 200 parts in a million slow, with time stamps that are off by up to 3 ms.
    #[test]
    fn two_clocks_that_run_apart_are_followed() {
        let start = Instant::now();
        let output = playing(440.0, 3_900, start);
        let mut reference = Reference::new(output.clone());
        let mut out = Vec::new();
        let mut worst = 0i64;
        for i in 1..=190u64 {
            let true_end = duration_of(i * 320, SAMPLE_RATE).mul_f64(1.000_2);
            let jitter = Duration::from_micros(i * 7_919 % 3_000);
            let fetched = reference.fetch(320, start + true_end + jitter, &mut out);
            assert_ne!(fetched, Fetched::NotYet);
            let off = reference.next.unwrap() - LEAD - samples_in(true_end, VOICE_RATE) as i64;
            if i > 100 {
                worst = worst.max(off.abs());
            }
        }
        assert_eq!(out.len(), 190 * 320);
        assert!(worst < 240, "off by {worst} samples at 48 kHz");
    }
}
