//! What can be heard at the desk: the visitor speaks into the kiosk's microphone, and a recording is made of both sides.
//! Where the visitor says a secret, the recording has a tone.

use std::time::{Duration, Instant};

use anyhow::Result;

use super::voice;
use crate::speech::audio::{SAMPLE_RATE, VOICE_RATE, duration_of, samples_in};
use crate::speech::capture::PacedFeeder;
use crate::speech::playback::PlayedRecording;

/// A short silence before the visitor speaks, so that nobody begins in the middle of a chunk.
const BREATH: Duration = Duration::from_millis(300);
/// Between what is said and the secret after it.
const BEFORE_SECRET: Duration = Duration::from_millis(120);
/// The tone in the place of a secret: its pitch in Hz, its loudness, and how long it takes to come and go.
const TONE: (f32, f32) = (1_000.0, 0.08);
const TONE_FADE: Duration = Duration::from_millis(15);
/// Who stops in mid-word is silent after so long.
const HUSH_FADE: Duration = Duration::from_millis(60);
/// The visitor is as loud in the recording as what comes from the loudspeaker.
const VISITOR_GAIN: f32 = 0.5;

/// Something that the visitor says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Utterance {
    /// As the microphone hears it, at [`SAMPLE_RATE`].
    heard: Vec<f32>,
    /// As the recording has it, at [`VOICE_RATE`].
    recorded: Vec<f32>,
}

impl Utterance {
    /// Words, and a secret after them: both at [`VOICE_RATE`].
    pub fn new(text: &[f32], secret: &[f32]) -> Result<Self> {
        let mut spoken = vec![0.0; samples_in(BREATH, VOICE_RATE)];
        spoken.extend_from_slice(text);
        let mut recorded = spoken.clone();
        if !secret.is_empty() {
            let gap = samples_in(BEFORE_SECRET, VOICE_RATE);
            spoken.resize(spoken.len() + gap, 0.0);
            recorded.resize(recorded.len() + gap, 0.0);
            spoken.extend_from_slice(secret);
            recorded.extend(tone(secret.len()));
        }
        Ok(Self { heard: voice::heard(&spoken)?, recorded })
    }
}

/// A tone that comes and goes softly.
fn tone(samples: usize) -> impl Iterator<Item = f32> {
    let fade = samples_in(TONE_FADE, VOICE_RATE).max(1) as f32;
    (0..samples).map(move |i| {
        let edge = (i.min(samples - 1 - i) as f32 / fade).min(1.0);
        let turns = i as f32 / VOICE_RATE as f32 * TONE.0;
        (turns.fract() * std::f32::consts::TAU).sin() * TONE.1 * edge
    })
}

/// The desk's surroundings.
pub struct Room {
    feeder: PacedFeeder,
    /// What was said, and when each of it began.
    said: Vec<(Instant, Vec<f32>)>,
    /// When the visitor's last word ends.
    until: Instant,
}

impl Room {
    /// Around the microphone that is fed by this.
    pub fn new(feeder: PacedFeeder) -> Self {
        Self { feeder, said: Vec::new(), until: Instant::now() }
    }

    /// The visitor says this now. False when the microphone takes no more.
    pub fn say(&mut self, utterance: Utterance, now: Instant) -> bool {
        if self.feeder.feed(&utterance.heard).is_err() {
            return false;
        }
        self.until = now + duration_of(utterance.heard.len() as u64, SAMPLE_RATE);
        self.said.push((now, utterance.recorded));
        true
    }

    /// The visitor stops, in the middle of a word.
    pub fn hush(&mut self, now: Instant) {
        self.feeder.hush();
        self.until = self.until.min(now);
        if let Some((begun, recorded)) = self.said.last_mut() {
            let end = samples_in(now.saturating_duration_since(*begun), VOICE_RATE).min(recorded.len());
            recorded.truncate(end);
            let fade = samples_in(HUSH_FADE, VOICE_RATE).min(end).max(1);
            for (i, sample) in recorded.iter_mut().rev().take(fade).enumerate() {
                *sample *= i as f32 / fade as f32;
            }
        }
    }

    /// Whether the visitor says nothing.
    pub fn is_silent(&self, now: Instant) -> bool {
        now >= self.until
    }

    /// Both sides from a moment on, at [`VOICE_RATE`]: what was played, and what the visitor said.
    pub fn mix(&self, played: &PlayedRecording, from: Instant, length: Duration) -> Vec<f32> {
        let mut mixed = vec![0.0; samples_in(length, VOICE_RATE)];
        add(&mut mixed, from, played.started, &played.samples, 1.0);
        for (begun, recorded) in &self.said {
            add(&mut mixed, from, *begun, recorded, VISITOR_GAIN);
        }
        mixed.iter_mut().for_each(|sample| *sample = sample.clamp(-1.0, 1.0));
        mixed
    }
}

/// Adds samples that begin at a moment to others that begin at `from`.
fn add(mixed: &mut [f32], from: Instant, begun: Instant, samples: &[f32], gain: f32) {
    let late = samples_in(begun.saturating_duration_since(from), VOICE_RATE);
    let early = samples_in(from.saturating_duration_since(begun), VOICE_RATE);
    let places = mixed.iter_mut().skip(late);
    for (place, sample) in places.zip(samples.iter().skip(early)) {
        *place += sample * gain;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::speech::capture::PacedSource;

    #[test]
    fn the_recording_has_a_tone_where_the_microphone_hears_the_secret() {
        let (text, secret) = (vec![0.25; VOICE_RATE as usize], vec![-0.5; VOICE_RATE as usize]);
        let utterance = Utterance::new(&text, &secret).unwrap();
        // A constant is easily told from a tone.
        let at = samples_in(BREATH + BEFORE_SECRET, VOICE_RATE) + text.len();
        assert_eq!(utterance.recorded.len(), at + secret.len());
        assert!(utterance.recorded.iter().all(|s| *s > -0.1), "the secret is in the recording");
        assert!(utterance.recorded[at..].iter().any(|s| *s < -0.07), "there is no tone");
        let there = utterance.heard.iter().filter(|s| (**s + 0.5).abs() < 0.01).count();
        assert!(there > SAMPLE_RATE as usize * 9 / 10, "the microphone hears it for {there} samples only");
    }

    #[test]
    fn both_sides_are_where_they_were_heard() {
        let (source, feeder) = PacedSource::live();
        drop(source);
        let mut room = Room::new(feeder);
        let begun = Instant::now();
        let played = PlayedRecording {
            samples: vec![0.1; VOICE_RATE as usize * 3],
            started: begun - Duration::from_secs(1),
        };
        let utterance = Utterance { heard: vec![0.0; 8_000], recorded: vec![0.5; 24_000] };
        assert!(room.say(utterance, begun + Duration::from_millis(500)));
        assert!(!room.is_silent(begun + Duration::from_millis(900)));
        let mixed = room.mix(&played, begun, Duration::from_secs(3));
        let near = |at: f32, value: f32| (mixed[(at * VOICE_RATE as f32) as usize] - value).abs() < 1e-4;
        assert!(near(0.0, 0.1) && near(0.49, 0.1) && near(0.51, 0.35) && near(1.01, 0.1) && near(2.1, 0.0));
        // Who stops is silent at once, in the recording, too.
        room.hush(begun + Duration::from_millis(600));
        assert!(room.is_silent(begun + Duration::from_millis(600)));
        let mixed = room.mix(&played, begun, Duration::from_secs(1));
        let near = |at: f32, value: f32| (mixed[(at * VOICE_RATE as f32) as usize] - value).abs() < 1e-4;
        assert!(near(0.52, 0.35) && near(0.61, 0.1));
    }
}
