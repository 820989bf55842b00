//! A hall in a file: visitors, a crowd behind them and the avatar's own echo, through the real chain, faster than real time.
//!
//! The crowd is the babble of six synthetic voices, so many dB quieter than the visitor as `--noise-db` says. The room has
//! the echo at −10 dB, 30 to 120 ms late, with a short reverberation, another one in each piece of a minute.
//!
//! `scripts/bench hall [--json FILE] [--minutes N] [--noise-db N]`

mod support;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use avatardesk::speech::audio::{SAMPLE_RATE, VOICE_RATE, duration_of, level_db, samples_in};
use avatardesk::speech::resample::resample_all;
use avatardesk::speech::room::{Chance, Hearing, Room, run};
use avatardesk::speech::tts::{Espeak, Synthesizer, Voice};
use clap::Parser;
use serde::Serialize;
use support::figures::{finish, percentile};

/// The goals: turns found, false starts an hour, self-interruptions an hour, share of interruptions in time.
const FOUND_MIN: f64 = 0.95;
const FALSE_STARTS_MAX: f64 = 2.0;
const SELF_MAX: f64 = 0.0;
const IN_TIME_MIN: f64 = 0.95;
/// Silence has to come this soon after the visitor's first voiced sample.
const IN_TIME: Duration = Duration::from_millis(250);
/// A report that is further from the true beginning than this is of something else.
const EARLY: Duration = Duration::from_millis(400);
const LATE: Duration = Duration::from_millis(900);
/// Levels in dB below full scale: visitors lie between the first two.
const VISITOR_DB: (f32, f32) = (-28.0, -24.0);
const AVATAR_DB: f32 = -18.0;
const ECHO_DB: f32 = -10.0;
/// Length of a piece, one room each.
const PIECE: Duration = Duration::from_secs(60);

const SENTENCES: [&str; 12] = [
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

const ANSWERS: [&str; 6] = [
    "A wallet keeps the keys with which you sign your transactions. Nobody can do it for you.",
    "The workshop begins at half past two in the hall on the second floor, next to the coffee bar.",
    "Please never tell anybody your recovery phrase. Not me, not the staff, not a friend.",
    "Gas is the fee that you pay to the network. It goes up when many people want to do something.",
    "You will find the badge desk behind the main entrance, on the left, and it is open until six.",
    "I can also call a person for you. It usually takes less than two minutes at this time of day.",
];

const VOICES: [&str; 6] = ["en-us+m3", "en+f2", "en-gb+m7", "en-us+f4", "en-us+m1", "en+f3"];

#[derive(Parser)]
struct Args {
    /// Write the figures to this file.
    #[arg(long)]
    json: Option<PathBuf>,
    /// Minutes of each of the three parts.
    #[arg(long, default_value_t = 5)]
    minutes: u32,
    /// How much quieter than the visitor the crowd is, in dB.
    #[arg(long, default_value_t = 10.0)]
    noise_db: f32,
    /// Given by cargo.
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Serialize)]
struct Figures {
    minutes: u32,
    noise_db: f32,
    turns: u32,
    turns_found: u32,
    false_starts_per_hour: f64,
    interruptions: u32,
    interruptions_in_time: f64,
    interruption_p50_ms: Option<u32>,
    interruption_p95_ms: Option<u32>,
    self_interruptions_per_hour: f64,
    processor_ms_per_s: f64,
}

fn main() -> Result<ExitCode> {
    let args = Args::parse();
    let crowd = crowd()?;
    let (mut cost, mut length) = (Duration::ZERO, Duration::ZERO);
    let (mut turns, mut found, mut false_starts) = (0u32, 0u32, 0u32);
    let (mut tried, mut times) = (0u32, Vec::new());
    let (mut own, mut own_length) = (0usize, Duration::ZERO);
    for minute in 0..u64::from(args.minutes.max(1)) {
        let mut chance = Chance::new(minute + 1);
        let room = room(minute, &mut chance);
        // Visitors, one sentence after the other, while the avatar is silent.
        let visitor_db = chance.between(VISITOR_DB.0, VISITOR_DB.1);
        let (sound, begins) = turns_of(minute, visitor_db, &mut chance)?;
        let sound = mixed(sound, &crowd, visitor_db - args.noise_db, &mut chance);
        let outcome = run(&room, &Hearing::default(), &[], &sound);
        (cost, length) = (cost + outcome.cost, length + outcome.length);
        let near = |begin: &Duration, at: &Duration| *at + EARLY > *begin && at.saturating_sub(LATE) < *begin;
        turns += begins.len() as u32;
        found += begins.iter().filter(|b| outcome.reported.iter().any(|at| near(b, at))).count() as u32;
        false_starts +=
            outcome.reported.iter().filter(|at| !begins.iter().any(|b| near(b, at))).count() as u32;
        // The avatar alone.
        let spoken = answers(minute as usize, PIECE)?;
        let crowd_alone = mixed(silence(PIECE), &crowd, visitor_db - args.noise_db, &mut chance);
        let outcome = run(&room, &Hearing::default(), &spoken, &crowd_alone);
        (cost, length) = (cost + outcome.cost, length + outcome.length);
        own += usize::from(outcome.silent.is_some());
        own_length += outcome.silent.unwrap_or(outcome.length);
        // Visitors who interrupt.
        for i in 0..6u64 {
            let spoken = answers((minute * 6 + i) as usize, Duration::from_secs(10))?;
            let begins = silence(Duration::from_secs_f32(chance.between(3.0, 6.0)));
            let said = sentence(minute * 6 + i, visitor_db, &mut chance)?;
            let first = duration_of((begins.len() + first_voiced(&said)) as u64, SAMPLE_RATE);
            let sound = [begins, said, silence(Duration::from_millis(600))].concat();
            let sound = mixed(sound, &crowd, visitor_db - args.noise_db, &mut chance);
            let outcome = run(&room, &Hearing::default(), &spoken, &sound);
            (cost, length) = (cost + outcome.cost, length + outcome.length);
            match (outcome.silent, outcome.reported.first()) {
                (Some(_), Some(at)) if *at + Duration::from_millis(150) < first => own += 1,
                (Some(silent), Some(_)) => {
                    tried += 1;
                    times.push(u32::try_from(silent.saturating_sub(first).as_millis()).unwrap_or(u32::MAX));
                }
                _ => tried += 1,
            }
            own_length += first.min(outcome.length);
        }
    }
    let hours = |d: Duration| d.as_secs_f64() / 3600.0;
    let in_time = times.iter().filter(|t| u128::from(**t) <= IN_TIME.as_millis()).count();
    let figures = Figures {
        minutes: args.minutes,
        noise_db: args.noise_db,
        turns,
        turns_found: found,
        false_starts_per_hour: f64::from(false_starts) / (f64::from(args.minutes.max(1)) / 60.0),
        interruptions: tried,
        interruptions_in_time: in_time as f64 / f64::from(tried.max(1)),
        interruption_p50_ms: percentile(&times, 0.5),
        interruption_p95_ms: percentile(&times, 0.95),
        self_interruptions_per_hour: own as f64 / hours(own_length),
        processor_ms_per_s: cost.as_secs_f64() * 1000.0 / length.as_secs_f64(),
    };
    print_table(&figures);
    let passed = f64::from(found) >= FOUND_MIN * f64::from(turns)
        && figures.false_starts_per_hour <= FALSE_STARTS_MAX
        && figures.self_interruptions_per_hour <= SELF_MAX
        && figures.interruptions_in_time >= IN_TIME_MIN;
    let goal = "turns found >= 95 %, false starts <= 2 an hour, no self-interruption, interruptions in 250 ms >= 95 %";
    finish(args.json.as_deref(), &serde_json::to_value(&figures)?, goal, passed)
}

fn print_table(f: &Figures) {
    let ms = |t: Option<u32>| t.map_or("-".to_owned(), |t| format!("{t} ms"));
    println!("{:32} {:>10}", format!("crowd at {} dB, {} min each", f.noise_db, f.minutes), "");
    println!("{:32} {:>6} of {}", "turns found", f.turns_found, f.turns);
    println!("{:32} {:>10.1}", "false starts an hour", f.false_starts_per_hour);
    println!("{:32} {:>9.0} %", "interruptions within 250 ms", f.interruptions_in_time * 100.0);
    println!("{:32} {:>10}", "interruption, p50", ms(f.interruption_p50_ms));
    println!("{:32} {:>10}", "interruption, p95", ms(f.interruption_p95_ms));
    println!("{:32} {:>10.1}", "self-interruptions an hour", f.self_interruptions_per_hour);
    println!("{:32} {:>7.1} ms", "processor for a second", f.processor_ms_per_s);
}

fn room(seed: u64, chance: &mut Chance) -> Room {
    Room {
        echo_db: ECHO_DB,
        delay: Duration::from_secs_f32(chance.between(0.03, 0.12)),
        reverberation: Duration::from_secs_f32(chance.between(0.12, 0.3)),
        noise_db: -62.0,
        seed,
    }
}

fn silence(length: Duration) -> Vec<f32> {
    vec![0.0; samples_in(length, SAMPLE_RATE)]
}

fn speak(text: &str, name: Option<&str>, rate: f32, to: u32) -> Result<Vec<f32>> {
    let voice = Voice { name: name.map(str::to_owned), rate, ..Voice::of("en") };
    let pcm = Espeak::default().speak(text, &voice)?.collect()?;
    Ok(resample_all(&pcm.samples, pcm.rate, to)?)
}

/// The level of what is louder than the mean.
fn loudness_db(samples: &[f32]) -> f32 {
    let mean = level_db(samples);
    let loud: Vec<f32> =
        samples.chunks(256).filter(|c| level_db(c) > mean).flat_map(|c| c.iter().copied()).collect();
    level_db(&loud)
}

fn at_level(mut samples: Vec<f32>, db: f32) -> Vec<f32> {
    let gain = 10f32.powf((db - loudness_db(&samples)) / 20.0);
    samples.iter_mut().for_each(|s| *s *= gain);
    samples
}

fn sentence(number: u64, level: f32, chance: &mut Chance) -> Result<Vec<f32>> {
    let text = SENTENCES.get(number as usize % SENTENCES.len()).context("no sentence")?;
    let voice = VOICES.get(number as usize / 2 % VOICES.len()).copied();
    Ok(at_level(speak(text, voice, chance.between(0.9, 1.15), SAMPLE_RATE)?, level))
}

/// A minute of sentences with pauses, and where they begin.
fn turns_of(minute: u64, level: f32, chance: &mut Chance) -> Result<(Vec<f32>, Vec<Duration>)> {
    let (mut sound, mut begins) = (silence(Duration::from_secs(2)), Vec::new());
    for i in 0.. {
        let said = sentence(minute * 7 + i, level, chance)?;
        if sound.len() + said.len() > samples_in(PIECE, SAMPLE_RATE) {
            break;
        }
        begins.push(duration_of((sound.len() + first_voiced(&said)) as u64, SAMPLE_RATE));
        sound.extend(said);
        sound.extend(silence(Duration::from_secs_f32(chance.between(2.0, 4.0))));
    }
    sound.resize(samples_in(PIECE, SAMPLE_RATE), 0.0);
    Ok((sound, begins))
}

/// At least so much of the avatar's answers, one after the other.
fn answers(first: usize, length: Duration) -> Result<Vec<f32>> {
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
fn crowd() -> Result<Vec<f32>> {
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
fn mixed(mut sound: Vec<f32>, crowd: &[f32], db: f32, chance: &mut Chance) -> Vec<f32> {
    let gain = 10f32.powf((db - level_db(crowd)) / 20.0);
    let from = (chance.share() * crowd.len() as f32) as usize;
    for (slot, sample) in sound.iter_mut().zip(crowd.iter().cycle().skip(from)) {
        *slot += sample * gain;
    }
    sound
}

/// The place of the first voiced sample: the middle of the first stretch that is loud enough and has a pitch.
fn first_voiced(samples: &[f32]) -> usize {
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
