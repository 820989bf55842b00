//! What is said in the hall, by whom, and how loud. None of these voices was heard when the network was taught.

use std::time::Duration;

use anyhow::Result;
use avatardesk::speech::audio::{SAMPLE_RATE, level_db, samples_in};
use avatardesk::speech::resample::resample_all;
use avatardesk::speech::tts::{Espeak, Synthesizer, Voice};

pub const SENTENCES: [&str; 12] = [
    "Where is the badge desk?",
    "Can you tell me how a wallet works?",
    "I have lost my phone, what should I do?",
    "How much does it cost to send a token?",
    "When does the next workshop begin?",
    "Please call a person for me.",
    "What is a recovery phrase?",
    "Is there a place where I can charge my laptop?",
    "Thank you, and where is the main stage?",
    "Stop, that is not what I meant.",
    "Excuse me, I have another question.",
    "But why do I have to pay for gas?",
];

pub const ANSWERS: [&str; 6] = [
    "A wallet keeps the keys with which you sign your transactions. Nobody can do it for you.",
    "The workshop begins at half past two in the hall on the second floor, next to the coffee bar.",
    "Please never tell anybody your recovery phrase. Not me, not the staff, not a friend.",
    "Gas is the fee that you pay to the network. It goes up when many people want to do something.",
    "You will find the badge desk behind the main entrance, on the left, and it is open until six.",
    "I can also call a person for you. It usually takes less than two minutes at this time of day.",
];

pub const VOICES: [&str; 6] = ["en-us+m3", "en+f2", "en-gb+m7", "en-us+f4", "en-us+m1", "en+f3"];

pub fn silence(length: Duration) -> Vec<f32> {
    vec![0.0; samples_in(length, SAMPLE_RATE)]
}

pub fn speak(text: &str, name: Option<&str>, rate: f32, to: u32) -> Result<Vec<f32>> {
    let voice = Voice { name: name.map(str::to_owned), rate, ..Voice::of("en") };
    let pcm = Espeak::default().speak(text, &voice)?.collect()?;
    Ok(resample_all(&pcm.samples, pcm.rate, to)?)
}

/// The level of what is louder than the mean.
pub fn loudness_db(samples: &[f32]) -> f32 {
    let mean = level_db(samples);
    let loud: Vec<f32> =
        samples.chunks(256).filter(|c| level_db(c) > mean).flat_map(|c| c.iter().copied()).collect();
    level_db(&loud)
}

pub fn at_level(mut samples: Vec<f32>, db: f32) -> Vec<f32> {
    let gain = 10f32.powf((db - loudness_db(&samples)) / 20.0);
    samples.iter_mut().for_each(|s| *s *= gain);
    samples
}

/// The place of the first voiced sample: the middle of the first stretch that is loud enough and has a pitch.
pub fn first_voiced(samples: &[f32]) -> usize {
    const WINDOW: usize = 512;
    let limit = loudness_db(samples) - 20.0;
    let voiced = |w: &[f32]| {
        level_db(w) > limit
            && (40..=228).any(|lag| {
                let (mut cross, mut a2, mut b2) = (0.0f32, 1e-9f32, 1e-9f32);
                for (a, b) in w.iter().zip(w.get(lag..).unwrap_or_default()) {
                    cross += a * b;
                    a2 += a * a;
                    b2 += b * b;
                }
                cross / (a2 * b2).sqrt() > 0.7
            })
    };
    samples.windows(WINDOW).step_by(64).position(voiced).map_or(0, |i| i * 64 + WINDOW / 2)
}
