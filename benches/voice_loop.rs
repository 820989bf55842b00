//! End of the visitor's speech → first sound of the answer, each stage apart: a whole desk, held-out questions in
//! voices that the embedded model never heard, a microphone and a loudspeaker at the pace of real ones.
//!
//! `scripts/bench voice_loop [--json FILE] [--questions N] [--model FILE] [--drawing]`
//!
//! The goal is about the kiosk without its picture; `--drawing` also draws it on the same processor.

mod support;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use avatardesk::client::now;
use avatardesk::conversation::{Language, Timings};
use avatardesk::kiosk::{KioskPlugin, with_core};
use avatardesk::speech::file;
use avatardesk::stage::headless::{Headless, Pace, Settings};
use avatardesk::stage::set::Set;
use clap::Parser;
use support::desk::{self, Desk};
use support::figures::{self, percentile};
use support::questions;
use support::visitor::Visitor;
use support::voices::VOICES;

/// Milliseconds from the end of speech to the first sound, half of all turns.
const GOAL_P50_MS: u32 = 900;
/// Questions, in a hundred, that may stay without an answer: whoever drops turns is not fast.
const UNHEARD_MAX: usize = 10;
/// The time of a frame.
const FRAME: Duration = Duration::from_micros(16_667);
/// How long all of it may take, for each question.
const QUESTION_MAX: Duration = Duration::from_secs(20);

#[derive(Parser)]
struct Args {
    /// Write the figures to this file.
    #[arg(long)]
    json: Option<PathBuf>,
    /// How many questions are asked.
    #[arg(long, default_value_t = 40)]
    questions: usize,
    /// Another speech model.
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
    /// Draw the kiosk meanwhile.
    #[arg(long)]
    drawing: bool,
    /// Given by cargo.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> Result<ExitCode> {
    let args = Args::parse();
    let dir = tempfile::tempdir()?;
    let mut spoken = Vec::new();
    let asked = questions::spread(&questions::english()?, args.questions);
    for ((n, question), voice) in asked.iter().enumerate().zip(VOICES.iter().cycle()) {
        let wav = dir.path().join(format!("{n}.wav"));
        voice.say(&question.text, &wav)?;
        spoken.push(file::read(&wav)?);
    }
    let model = args.model.clone().unwrap_or_else(|| desk::file("assets/models/desk-en.bin.zst"));
    let desk = Desk::start(dir.path(), model)?;
    let until = Instant::now() + QUESTION_MAX * u32::try_from(asked.len()).unwrap_or(u32::MAX);
    let (turns, frames_per_sec) = match args.drawing {
        true => drawn(desk, spoken, until)?,
        false => (undrawn(desk, spoken, until)?, None),
    };
    report(&args, &turns, frames_per_sec)
}

type Turns = Vec<Option<Timings>>;

fn undrawn(mut desk: Desk, spoken: Vec<Vec<f32>>, until: Instant) -> Result<Turns> {
    let mut visitor = Visitor::new(spoken, desk.microphone.clone());
    while visitor.act(&mut desk.core) {
        in_time(until)?;
        desk.core.update(now());
        std::thread::sleep(FRAME);
    }
    Ok(visitor.turns)
}

fn drawn(desk: Desk, spoken: Vec<Vec<f32>>, until: Instant) -> Result<(Turns, Option<f64>)> {
    let Desk { core, scene, knowledge, microphone, runtime } = desk;
    let settings = Settings { pace: Pace::RealTime, assets: desk::file("assets"), ..Settings::default() };
    let set = Set::from_scene(&scene, core.desk(), Language::En);
    let mut stage = Headless::new(settings, set, |app| {
        app.add_plugins(KioskPlugin::new(core, scene, knowledge));
    })?;
    stage.settle()?;
    let mut visitor = Visitor::new(spoken, microphone);
    let (begun, mut frames) = (Instant::now(), 0_u32);
    loop {
        in_time(until)?;
        let frame_begun = Instant::now();
        stage.update()?;
        frames += 1;
        if !with_core(stage.world_mut(), |core| visitor.act(core)).context("the kiosk has gone")? {
            break;
        }
        std::thread::sleep(FRAME.saturating_sub(frame_begun.elapsed()));
    }
    let rate = f64::from(frames) / begun.elapsed().as_secs_f64();
    drop(stage);
    drop(runtime);
    Ok((visitor.turns, Some(rate)))
}

fn in_time(until: Instant) -> Result<()> {
    if Instant::now() > until {
        bail!("the visit has taken more than {} s for each question", QUESTION_MAX.as_secs());
    }
    Ok(())
}

fn report(args: &Args, turns: &[Option<Timings>], frames_per_sec: Option<f64>) -> Result<ExitCode> {
    let heard: Vec<Timings> = turns.iter().flatten().copied().collect();
    let stage = |of: fn(&Timings) -> Option<u32>| -> Vec<u32> { heard.iter().filter_map(of).collect() };
    let stages = [
        ("endpoint", stage(|t| t.endpoint)),
        ("transcript", stage(|t| t.transcript)),
        ("answer", stage(|t| t.answer)),
        ("first sound", stage(|t| t.first_sample_played)),
    ];
    println!("{} of {} questions answered; milliseconds since the end of speech", heard.len(), turns.len());
    if let Some(rate) = frames_per_sec {
        println!("{rate:.1} frames drawn per second meanwhile");
    }
    println!("\n| until | p50 | p95 |\n|---|---:|---:|");
    let mut figures = serde_json::json!({
        "name": "voice_loop", "questions": turns.len(), "answered": heard.len(), "drawing": args.drawing,
        "frames_per_sec": frames_per_sec, "goal_p50_ms": GOAL_P50_MS
    });
    for (name, values) in &stages {
        let (p50, p95) = (percentile(values, 0.5), percentile(values, 0.95));
        let shown = |value: Option<u32>| value.map_or_else(|| "–".to_owned(), |v| v.to_string());
        println!("| {name} | {} | {} |", shown(p50), shown(p95));
        if let Some(map) = figures.as_object_mut() {
            map.insert(
                format!("{}_ms", name.replace(' ', "_")),
                serde_json::json!({ "p50": p50, "p95": p95 }),
            );
        }
    }
    let p50 = stages.last().and_then(|(_, values)| percentile(values, 0.5));
    let unheard = turns.len() - heard.len();
    let passed = p50.is_some_and(|ms| ms <= GOAL_P50_MS) && unheard * 100 <= turns.len() * UNHEARD_MAX;
    let goal = format!(
        "first sound within {GOAL_P50_MS} ms in half of the turns, at most {UNHEARD_MAX} % of the questions without an answer"
    );
    figures::finish(args.json.as_deref(), &figures, &goal, passed)
}
