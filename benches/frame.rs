//! Frames per second off-screen, on whatever draws here: the stage with its speaking avatar, without panels.
//!
//! `scripts/bench frame [--json FILE] [--seconds N] [--width W] [--height H]`

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Result;
use avatardesk::performance::Gesture;
use avatardesk::stage::avatar::{Attention, GestureAsked, MouthShape};
use avatardesk::stage::headless::{Headless, Pace, Settings};
use avatardesk::stage::look::Preset;
use avatardesk::stage::set::Set;
use clap::Parser;
use support::figures;

mod support;

/// Frames per second of the lowest preset, the avatar speaking.
const GOAL_PER_SEC: f64 = 60.0;

#[derive(Parser)]
struct Args {
    /// Write the figures to this file.
    #[arg(long)]
    json: Option<PathBuf>,
    /// How long each line is measured.
    #[arg(long, default_value_t = 6.0)]
    seconds: f64,
    #[arg(long, default_value_t = 1280)]
    width: u32,
    #[arg(long, default_value_t = 720)]
    height: u32,
    /// Given by cargo.
    #[arg(long, hide = true)]
    bench: bool,
}

/// One line of the table.
struct Row {
    preset: Preset,
    per_sec: f64,
    p50_ms: f64,
    p99_ms: f64,
    cpu_ms: f64,
}

fn main() -> Result<ExitCode> {
    let args = Args::parse();
    let settings =
        Settings { width: args.width, height: args.height, pace: Pace::RealTime, ..Settings::default() };
    let mut stage = Headless::new(settings, Set::default(), |_| {})?;
    let mut rows = Vec::new();
    for preset in Preset::ALL {
        stage.world_mut().insert_resource(preset);
        stage.settle()?;
        rows.push(measure(&mut stage, preset, Duration::from_secs_f64(args.seconds))?);
    }
    println!("{} × {} pixels\n", args.width, args.height);
    println!("| preset | frames/s | p50 ms | p99 ms | processor ms a frame |\n|---|---:|---:|---:|---:|");
    for row in &rows {
        println!(
            "| {:?} | {:.1} | {:.1} | {:.1} | {:.1} |",
            row.preset, row.per_sec, row.p50_ms, row.p99_ms, row.cpu_ms
        );
    }
    let lowest = rows.first().map_or(0.0, |row| row.per_sec);
    let lines: Vec<_> = rows
        .iter()
        .map(|row| {
            serde_json::json!({
                "preset": format!("{:?}", row.preset).to_lowercase(), "frames_per_sec": row.per_sec,
                "p50_ms": row.p50_ms, "p99_ms": row.p99_ms, "cpu_ms_per_frame": row.cpu_ms
            })
        })
        .collect();
    let json = serde_json::json!({
        "name": "frame", "width": args.width, "height": args.height, "goal_frames_per_sec": GOAL_PER_SEC, "rows": lines
    });
    let goal = format!("{GOAL_PER_SEC} frames per second at the lowest preset");
    figures::finish(args.json.as_deref(), &json, &goal, lowest >= GOAL_PER_SEC)
}

/// Frame after frame while the avatar speaks and moves its hands.
fn measure(stage: &mut Headless, preset: Preset, time: Duration) -> Result<Row> {
    stage.world_mut().insert_resource(Attention::Speaking);
    stage.world_mut().write_message(GestureAsked(Gesture::OpenPalms));
    let (begun, cpu) = (Instant::now(), cpu_secs());
    let mut times = Vec::new();
    while begun.elapsed() < time {
        let frame = Instant::now();
        let open = (begun.elapsed().as_secs_f32() * 9.0).sin().abs();
        stage.world_mut().insert_resource(MouthShape { aa: open, ..MouthShape::default() });
        stage.update()?;
        times.push(frame.elapsed().as_secs_f64() * 1000.0);
    }
    let (count, elapsed) = (times.len().max(1) as f64, begun.elapsed().as_secs_f64());
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times.get((share * count) as usize).copied().unwrap_or(f64::NAN);
    Ok(Row {
        preset,
        per_sec: count / elapsed,
        p50_ms: at(0.5),
        p99_ms: at(0.99),
        cpu_ms: (cpu_secs() - cpu) * 1000.0 / count,
    })
}

/// Processor time of this process so far, of all its threads; 0 where the system does not tell.
fn cpu_secs() -> f64 {
    /// Linux counts in hundredths of a second.
    const TICKS_PER_SEC: f64 = 100.0;
    let Ok(stat) = std::fs::read_to_string("/proc/self/stat") else { return 0.0 };
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks: f64 =
        after_name.split_whitespace().skip(11).take(2).filter_map(|t| t.parse::<f64>().ok()).sum();
    ticks / TICKS_PER_SEC
}
