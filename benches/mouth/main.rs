//! The mouth beside speech of which every phoneme's place is known.
//!
//! Sentences and voices that `training/mouth` never hears: espeak-ng's in English and Chinese, at several speeds and pitches, with
//! the phonemes' places from its library's events; flite's recorded voices, which stand for a person at a microphone. They are
//! played through the product's queue and seen as frames, 60 a second, by the sound alone ("heard") and with the phonemes that
//! the product is told ("told").
//!
//! `scripts/bench mouth [--json FILE] [--minutes N] [--spoil late|ajar]`

#[path = "../support/figures.rs"]
#[allow(dead_code, reason = "only its last lines are needed here")]
mod figures;

mod play;
mod score;
mod speech;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use avatardesk::speech::audio::{VOICE_RATE, level_db};
use avatardesk::speech::room::Chance;
use clap::Parser;
use play::{Spoil, Stage};
use score::{Score, offset_ms};
use serde::Serialize;
use speech::{Speaker, speakers};

/// The goals: offset of the mouth (late, early), time to shut, closings made, vowels right, movement without speech, drift.
const LATE_MS: i32 = 45;
const EARLY_MS: i32 = -125;
const SHUT_MS: u32 = 100;
const CLOSINGS_MIN: f64 = 0.9;
const VOWELS_MIN: f64 = 0.75;
const DRIFT_MS: i32 = 4;
/// Silence after each sentence, in seconds.
const GAP: f64 = 0.5;

#[derive(Parser)]
struct Args {
    /// Write the figures to this file.
    #[arg(long)]
    json: Option<PathBuf>,
    /// Minutes of sound over which the mouth must not drift.
    #[arg(long, default_value_t = 30)]
    minutes: u32,
    /// Break the mouth on purpose: the goals must be missed then.
    #[arg(long)]
    spoil: Option<Spoil>,
    /// Given by cargo.
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Serialize)]
struct Figures {
    minutes: u32,
    scores: BTreeMap<String, Score>,
    /// The widest the mouth was.
    without_speech: BTreeMap<&'static str, f32>,
    drift_ms: i32,
}

fn main() -> Result<ExitCode> {
    let args = Args::parse();
    let speakers = speakers()?;
    let mut scores: BTreeMap<String, Score> = BTreeMap::new();
    for speaker in &speakers {
        watch(speaker, false, args.spoil, scores.entry(format!("{}, heard", speaker.kind)).or_default())?;
        if speaker.utterances.iter().all(|u| !u.told.is_empty()) {
            watch(speaker, true, args.spoil, scores.entry(format!("{}, told", speaker.kind)).or_default())?;
        }
    }
    let without_speech = without_speech(args.spoil)?;
    let drift_ms = drift(&speakers, args.minutes, args.spoil)?;
    let figures = Figures { minutes: args.minutes, scores, without_speech, drift_ms };
    print_tables(&figures);
    let still = figures.without_speech.values().all(|open| *open < score::SHUT);
    let passed =
        figures.scores.iter().all(|(name, s)| good(name, s)) && still && figures.drift_ms.abs() <= DRIFT_MS;
    let goal = "vowels >= 75 % (recorded voices: reported only), closings >= 90 %, mouth 125 ms early to 45 ms late, shut in \
                100 ms, no movement without speech, no drift";
    figures::finish(args.json.as_deref(), &serde_json::to_value(&figures)?, goal, passed)
}

fn good(name: &str, score: &Score) -> bool {
    (name.starts_with("recorded") || score.vowels_right() >= VOWELS_MIN)
        && score.recall() >= CLOSINGS_MIN
        && (EARLY_MS..=LATE_MS).contains(&score.offset_ms)
        && score.shut_ms.max(score.stopped_ms) <= SHUT_MS
}

/// All sentences of a voice, one after the other, and one that is stopped in its middle.
fn watch(speaker: &Speaker, told: bool, spoil: Option<Spoil>, score: &mut Score) -> Result<()> {
    let mut stage = Stage::new(spoil);
    stage.run(0.3);
    let mut begins = Vec::new();
    for utterance in &speaker.utterances {
        begins.push(stage.now());
        stage.say(&utterance.samples, told.then_some(utterance.told.as_slice()))?;
        stage.run(utterance.samples.len() as f64 / f64::from(VOICE_RATE) + GAP);
    }
    let mut stops = Vec::new();
    for utterance in speaker.utterances.iter().take(3) {
        stage.say(&utterance.samples, told.then_some(utterance.told.as_slice()))?;
        stage.run(0.8);
        stage.stop();
        stops.push(stage.now());
        stage.run(GAP);
    }
    // What is late is seen, too.
    stage.run(0.5);
    for (utterance, begin) in speaker.utterances.iter().zip(&begins) {
        score.count(&speaker.voice, utterance, *begin, &stage.watched);
    }
    stops.iter().for_each(|at| score.stopped(*at, &stage.watched));
    Ok(())
}

/// Noise of three colours, hum and silence, ten seconds each: the widest the mouth is.
fn without_speech(spoil: Option<Spoil>) -> Result<BTreeMap<&'static str, f32>> {
    let mut widest = BTreeMap::new();
    let count = 10 * VOICE_RATE as usize;
    let white = Chance::new(7).noise(count, -20.0);
    let fallen = |share: f32| {
        let mut last = 0.0f32;
        white
            .iter()
            .map(|s| {
                last += (s - last) * share;
                last
            })
            .collect::<Vec<f32>>()
    };
    let hum = |hz: f32| {
        let tone =
            |i: usize, k: f32| (i as f32 / VOICE_RATE as f32 * hz * k * std::f32::consts::TAU).sin() / k;
        (0..count).map(|i| tone(i, 1.0) + tone(i, 2.0) + tone(i, 3.0) + tone(i, 5.0)).collect::<Vec<f32>>()
    };
    let sounds = [
        ("white noise", white.clone()),
        ("pinkish noise", fallen(0.25)),
        ("brownish noise", fallen(0.03)),
        ("hum, 50 Hz", hum(50.0)),
        ("hum, 120 Hz", hum(120.0)),
        ("silence", vec![0.0; count]),
    ];
    for (name, sound) in sounds {
        for level in [-45.0f32, -32.0] {
            let gain = 10f32.powf((level - level_db(&sound)) / 20.0);
            let mut stage = Stage::new(spoil);
            stage.say(&sound.iter().map(|s| s * gain).collect::<Vec<_>>(), None)?;
            stage.run(10.5);
            let open = stage.watched.frames.iter().map(|(_, shape)| shape.open).fold(0.0, f32::max);
            let slot = widest.entry(name).or_insert(open);
            *slot = slot.max(open);
        }
    }
    Ok(widest)
}

/// The same sentence every minute: how much later its mouth is at the end than at the beginning.
fn drift(speakers: &[Speaker], minutes: u32, spoil: Option<Spoil>) -> Result<i32> {
    let sentence = speakers.iter().flat_map(|s| &s.utterances).next().context("nobody speaks")?;
    let length = sentence.samples.len() as f64 / f64::from(VOICE_RATE);
    let mut stage = Stage::new(spoil);
    let mut offsets = Vec::new();
    for minute in 0..=minutes {
        let first = minute == 0 || minute == minutes;
        stage.keep = first;
        let begin = stage.now();
        if first {
            // Only these two are looked at; positions count from the beginning all the same.
            stage.watched.played.resize((begin * f64::from(VOICE_RATE)).round() as usize, 0.0);
        }
        stage.say(&sentence.samples, None)?;
        stage.run(length + GAP);
        if first {
            offsets.push(offset_ms(&stage.watched, begin, length));
        }
        stage.watched.frames.clear();
        if minute < minutes {
            stage.run(60.0 - length - GAP);
        }
        stage.watched.frames.clear();
    }
    Ok(offsets.last().unwrap_or(&0) - offsets.first().unwrap_or(&0))
}

fn print_tables(figures: &Figures) {
    for (name, score) in &figures.scores {
        println!("{name}: said (rows), shown");
        println!("{:6}{:>7}{:>7}{:>7}{:>7}{:>7}{:>7}", "", "aa", "ih", "ou", "ee", "oh", "shut");
        for (shape, row) in ["aa", "ih", "ou", "ee", "oh"].iter().zip(&score.confusion) {
            println!("{shape:6}{}", row.iter().map(|n| format!("{n:>7}")).collect::<String>());
        }
    }
    println!();
    println!(
        "{:18}{:>8}{:>14}{:>14}{:>10}{:>8}{:>12}",
        "", "vowels", "P/B/M closed", "vowels shut", "offset", "shut", "after stop"
    );
    for (name, s) in &figures.scores {
        println!(
            "{name:18}{:>6.0} %{:>6} of {:>4}{:>12.1} %{:>7} ms{:>5} ms{:>9} ms",
            s.vowels_right() * 100.0,
            s.closings_made,
            s.closings,
            s.false_closings() * 100.0,
            s.offset_ms,
            s.shut_ms,
            s.stopped_ms
        );
    }
    for (name, open) in &figures.without_speech {
        println!("{name:18} opens the mouth {open:.2} wide");
    }
    println!("{:18} {} ms over {} minutes", "drift", figures.drift_ms, figures.minutes);
}
