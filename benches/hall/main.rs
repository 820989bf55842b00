//! A hall in a file: visitors, a crowd behind them and the avatar's own echo, through the real chain, faster than real time.
//!
//! The crowd is the babble of six synthetic voices, so many dB quieter than the visitor as `--noise-db` says. The room has
//! the echo at −10 dB, 30 to 120 ms late, with a short reverberation, another one in each piece of a minute. `--rich` adds
//! what halls have beside people.
//!
//! `scripts/bench hall [--json FILE] [--minutes N] [--noise-db N] [--rich] [--spoil] [--trace]`

#[path = "../support/figures.rs"]
mod figures;
mod hall;
mod minute;
mod mix;
mod teach;
mod voices;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::{Result, anyhow};
use avatardesk::speech::room::Hearing;
use clap::Parser;
use figures::{finish, percentile};
use hall::Hall;
use minute::Minute;
use serde::Serialize;

/// The goals: turns found, false starts an hour, self-interruptions an hour, share of interruptions in time.
const FOUND_MIN: f64 = 0.95;
const FALSE_STARTS_MAX: f64 = 2.0;
const SELF_MAX: f64 = 0.0;
const IN_TIME_MIN: f64 = 0.95;
/// Silence has to come this soon after the visitor's first voiced sample.
const IN_TIME: Duration = Duration::from_millis(250);
/// Sound that an utterance may lack at its beginning.
const WORD_LOST_MS: i64 = 30;

#[derive(Parser)]
struct Args {
    /// Write the figures to this file.
    #[arg(long)]
    json: Option<PathBuf>,
    /// Minutes of each of the three parts: turns, the avatar alone, interruptions.
    #[arg(long, default_value_t = 5)]
    minutes: u32,
    /// How much quieter than the visitor the crowd is, in dB.
    #[arg(long, default_value_t = 10.0)]
    noise_db: f32,
    /// With walls, announcements, music and hum, and an echo of −6 to −25 dB, 20 to 200 ms late.
    #[arg(long)]
    rich: bool,
    /// Listen without what tells the visitor from the crowd: the goals have to be missed.
    #[arg(long)]
    spoil: bool,
    /// Say what goes wrong, and when.
    #[arg(long)]
    trace: bool,
    /// Not the measurement: writes what the listening network is told about the scenes in this folder; see training/hall.
    #[arg(long, value_name = "FOLDER")]
    teach: Option<PathBuf>,
    /// Given by cargo.
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Serialize)]
struct Figures {
    minutes: u32,
    noise_db: f32,
    rich: bool,
    turns: u32,
    turns_found: u32,
    /// Beginnings that are of no turn, in an hour; of them, utterances that the recogniser was given.
    false_starts_per_hour: f64,
    false_utterances_per_hour: f64,
    /// Of the false starts, second beginnings of a turn that was cut in two.
    cut_in_two_per_hour: f64,
    /// Of the turns found, those whose first sound was cut off.
    beginnings_lost: u32,
    /// From the last sound of a turn to the end that was found.
    end_error_p50_ms: Option<u32>,
    end_error_p95_ms: Option<u32>,
    interruptions: u32,
    interruptions_in_time: f64,
    interruption_p50_ms: Option<u32>,
    interruption_p95_ms: Option<u32>,
    self_interruptions_per_hour: f64,
    /// Times that the avatar held its breath for nobody, in an hour.
    hesitations_per_hour: f64,
    /// How long the avatar was listened to with nobody interrupting.
    self_interruption_minutes: f64,
    processor_ms_per_s: f64,
}

fn main() -> Result<ExitCode> {
    let args = Args::parse();
    if let Some(folder) = &args.teach {
        teach::run(folder)?;
        return Ok(ExitCode::SUCCESS);
    }
    let figures = Figures::of(&args, &all_minutes(&args)?);
    print_table(&figures);
    let passed = f64::from(figures.turns_found) >= FOUND_MIN * f64::from(figures.turns)
        && figures.false_starts_per_hour <= FALSE_STARTS_MAX
        && figures.self_interruptions_per_hour <= SELF_MAX
        && figures.interruptions_in_time >= IN_TIME_MIN;
    let goal = "turns found >= 95 %, false starts <= 2 an hour, no self-interruption, interruptions in 250 ms >= 95 %";
    finish(args.json.as_deref(), &serde_json::to_value(&figures)?, goal, passed)
}

/// Each minute is one piece of work; there are as many workers as processors.
fn all_minutes(args: &Args) -> Result<Minute> {
    let hall = Hall::new(args.rich)?;
    let hearing = if args.spoil { Hearing::spoiled() } else { Hearing::default() };
    let next = AtomicU64::new(0);
    let work = || -> Result<Minute> {
        let mut sum = Minute::default();
        loop {
            let minute = next.fetch_add(1, Ordering::Relaxed);
            if minute >= u64::from(args.minutes.max(1)) {
                return Ok(sum);
            }
            sum.add(minute::run(minute, args.noise_db, &hall, &hearing, args.trace)?);
        }
    };
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        let mut sum = Minute::default();
        for worker in workers {
            sum.add(worker.join().map_err(|_| anyhow!("a worker panicked"))??);
        }
        Ok(sum)
    })
}

impl Figures {
    fn of(args: &Args, sum: &Minute) -> Self {
        let hours = |d: Duration| d.as_secs_f64() / 3600.0;
        let per_hour = |count: u32| f64::from(count) / (f64::from(args.minutes.max(1)) / 60.0);
        let in_time = sum.times.iter().filter(|t| u128::from(**t) <= IN_TIME.as_millis()).count();
        Self {
            minutes: args.minutes,
            noise_db: args.noise_db,
            rich: args.rich,
            turns: sum.turns,
            turns_found: sum.found,
            false_starts_per_hour: per_hour(sum.false_starts),
            false_utterances_per_hour: per_hour(sum.false_utterances),
            cut_in_two_per_hour: per_hour(sum.cut_in_two),
            beginnings_lost: sum.cut_ms.iter().filter(|ms| **ms > WORD_LOST_MS).count() as u32,
            end_error_p50_ms: percentile(&sum.end_errors, 0.5),
            end_error_p95_ms: percentile(&sum.end_errors, 0.95),
            interruptions: sum.tried,
            interruptions_in_time: in_time as f64 / f64::from(sum.tried.max(1)),
            interruption_p50_ms: percentile(&sum.times, 0.5),
            interruption_p95_ms: percentile(&sum.times, 0.95),
            self_interruptions_per_hour: f64::from(sum.own) / hours(sum.own_length),
            hesitations_per_hour: f64::from(sum.hesitations) / hours(sum.own_length),
            self_interruption_minutes: hours(sum.own_length) * 60.0,
            processor_ms_per_s: sum.cost.as_secs_f64() * 1000.0 / sum.length.as_secs_f64(),
        }
    }
}

fn print_table(f: &Figures) {
    let ms = |t: Option<u32>| t.map_or("-".to_owned(), |t| format!("{t} ms"));
    println!("{:32} {:>10}", format!("crowd at {} dB, {} min each", f.noise_db, f.minutes), "");
    println!("{:32} {:>6} of {}", "turns found", f.turns_found, f.turns);
    println!("{:32} {:>10.1}", "false starts an hour", f.false_starts_per_hour);
    println!("{:32} {:>10.1}", "of them a turn's second half", f.cut_in_two_per_hour);
    println!("{:32} {:>10.1}", "of them given to the recogniser", f.false_utterances_per_hour);
    println!("{:32} {:>10}", "turns whose first sound is cut", f.beginnings_lost);
    let end = format!("{}, {}", ms(f.end_error_p50_ms), ms(f.end_error_p95_ms));
    println!("{:32} {:>10}", "end of a turn off by, p50, p95", end);
    println!("{:32} {:>9.0} %", "interruptions within 250 ms", f.interruptions_in_time * 100.0);
    println!("{:32} {:>10}", "interruption, p50", ms(f.interruption_p50_ms));
    println!("{:32} {:>10}", "interruption, p95", ms(f.interruption_p95_ms));
    println!("{:32} {:>10.1}", "self-interruptions an hour", f.self_interruptions_per_hour);
    println!("{:32} {:>10.1}", "breath held for nobody, an hour", f.hesitations_per_hour);
    println!("{:32} {:>6.1} min", "the avatar spoke undisturbed for", f.self_interruption_minutes);
    println!("{:32} {:>7.1} ms", "processor for a second", f.processor_ms_per_s);
}
