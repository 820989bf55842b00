//! Turns, answers and a crowd, made of voices.

use std::time::Duration;

use anyhow::{Context, Result};
use avatardesk::speech::audio::{SAMPLE_RATE, VOICE_RATE, duration_of, level_db, samples_in};
use avatardesk::speech::room::Chance;

use crate::voices::{ANSWERS, SENTENCES, VOICES, at_level, first_voiced, loudness_db, silence, speak};

/// Length of a piece, one room each.
pub const PIECE: Duration = Duration::from_secs(60);
/// The level of the avatar's voice, in dB below full scale.
const AVATAR_DB: f32 = -18.0;

pub fn sentence(number: u64, level: f32, chance: &mut Chance) -> Result<Vec<f32>> {
    let text = SENTENCES.get(number as usize % SENTENCES.len()).context("no sentence")?;
    let voice = VOICES.get(number as usize / 2 % VOICES.len()).copied();
    Ok(at_level(speak(text, voice, chance.between(0.9, 1.15), SAMPLE_RATE)?, level))
}

/// Where a sentence lies in a minute.
pub struct Turn {
    /// Its first sound, its first voiced sample, its last sound.
    pub begin: Duration,
    pub voiced: Duration,
    pub end: Duration,
}

/// What is so much quieter than the loud parts is no sound of the sentence any more, in dB.
const SOUND_WITHIN_DB: f32 = 30.0;

impl Turn {
    /// Of a sentence that begins `at` so many samples after the beginning.
    fn of(said: &[f32], at: usize) -> Self {
        let limit = loudness_db(said) - SOUND_WITHIN_DB;
        let loud = |(i, piece): (usize, &[f32])| (level_db(piece) > limit).then_some(i * SOUND_STEP);
        let mut sounds = said.chunks(SOUND_STEP).enumerate().filter_map(loud);
        let begin = sounds.next().unwrap_or(0);
        let end = sounds.next_back().unwrap_or(begin) + SOUND_STEP;
        let time = |samples: usize| duration_of((at + samples) as u64, SAMPLE_RATE);
        Self { begin: time(begin), voiced: time(first_voiced(said)), end: time(end) }
    }
}

/// A sentence is looked at in steps of so many samples: 10 ms.
const SOUND_STEP: usize = SAMPLE_RATE as usize / 100;

/// A minute of sentences with pauses, and where they lie.
pub fn turns_of(minute: u64, level: f32, chance: &mut Chance) -> Result<(Vec<f32>, Vec<Turn>)> {
    let (mut sound, mut turns) = (silence(Duration::from_secs(2)), Vec::new());
    for i in 0.. {
        let said = sentence(minute * 7 + i, level, chance)?;
        if sound.len() + said.len() > samples_in(PIECE, SAMPLE_RATE) {
            break;
        }
        turns.push(Turn::of(&said, sound.len()));
        sound.extend(said);
        sound.extend(silence(Duration::from_secs_f32(chance.between(2.0, 4.0))));
    }
    sound.resize(samples_in(PIECE, SAMPLE_RATE), 0.0);
    Ok((sound, turns))
}

/// At least so much of the avatar's answers, one after the other.
pub fn answers(first: usize, length: Duration) -> Result<Vec<f32>> {
    let mut spoken = Vec::new();
    for text in ANSWERS.iter().cycle().skip(first % ANSWERS.len()) {
        spoken.extend(speak(text, None, 1.0, VOICE_RATE)?);
        spoken.resize(spoken.len() + VOICE_RATE as usize / 6, 0.0);
        if spoken.len() >= samples_in(length, VOICE_RATE) {
            break;
        }
    }
    Ok(at_level(spoken, AVATAR_DB))
}

/// Six voices that talk at once, each its own sentences, for about half a minute.
pub fn crowd() -> Result<Vec<f32>> {
    let length = samples_in(Duration::from_secs(30), SAMPLE_RATE);
    let mut sum = vec![0.0f32; length];
    for (i, voice) in VOICES.iter().enumerate() {
        let mut at = i * 2_600;
        for text in SENTENCES.iter().chain(&ANSWERS).cycle().skip(i * 3) {
            let said = at_level(speak(text, Some(voice), 1.0 - i as f32 * 0.03, SAMPLE_RATE)?, -20.0);
            for (slot, sample) in sum.iter_mut().skip(at).zip(&said) {
                *slot += sample;
            }
            at += said.len() + 4_000;
            if at >= length {
                break;
            }
        }
    }
    Ok(sum)
}

/// Adds the crowd at a level, from a random place of it on.
pub fn mixed(mut sound: Vec<f32>, crowd: &[f32], db: f32, chance: &mut Chance) -> Vec<f32> {
    let gain = 10f32.powf((db - level_db(crowd)) / 20.0);
    let from = (chance.share() * crowd.len() as f32) as usize;
    for (slot, sample) in sound.iter_mut().zip(crowd.iter().cycle().skip(from)) {
        *slot += sample * gain;
    }
    sound
}
