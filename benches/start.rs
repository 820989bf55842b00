//! From the start of the real program to the first frame with the avatar at its desk, and how much memory it takes then.
//!
//! `scripts/bench start [--json FILE] [--times N]`. Drawn off-screen by whatever draws here, files read before: the machine has them
//! in memory. With `RUST_LOG=avatardesk=debug` the program's own lines are shown with their times.

mod support;

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::Parser;
use serde::Serialize;
use support::figures;

/// What the program says then.
const SHOWN: &str = "The desk is shown.";
/// Seconds until then.
const GOAL_SECS: f64 = 3.0;
/// Mebibytes then, without the speech model.
const GOAL_MIB: f64 = 500.0;
/// How long it may take at all.
const WITHIN: Duration = Duration::from_secs(120);

#[derive(Parser)]
struct Args {
    /// Write the figures to this file.
    #[arg(long)]
    json: Option<PathBuf>,
    /// How often it is started; the first start is not counted when there are more.
    #[arg(long, default_value_t = 4)]
    times: usize,
    /// Given by cargo.
    #[arg(long, hide = true)]
    bench: bool,
}

/// One start.
#[derive(Debug, Clone, Copy, Serialize)]
struct Started {
    seconds: f64,
    /// Resident, with the embedded speech model.
    memory_mib: f64,
    /// The most so far.
    peak_mib: f64,
    processor_secs: f64,
}

fn main() -> Result<ExitCode> {
    let args = Args::parse();
    let mut starts = Vec::new();
    for n in 0..args.times.max(1) {
        let started = start().with_context(|| format!("start {}", n + 1))?;
        if n > 0 || args.times <= 1 {
            starts.push(started);
        }
    }
    println!("| start | s | memory MiB | most MiB | processor s |\n|---:|---:|---:|---:|---:|");
    for (n, s) in starts.iter().enumerate() {
        println!(
            "| {} | {:.2} | {:.0} | {:.0} | {:.2} |",
            n + 1,
            s.seconds,
            s.memory_mib,
            s.peak_mib,
            s.processor_secs
        );
    }
    starts.sort_by(|a, b| a.seconds.total_cmp(&b.seconds));
    let middle = starts.get(starts.len() / 2).context("nothing was measured")?;
    let most = starts.iter().map(|s| s.peak_mib).fold(0.0, f64::max);
    let reached = middle.seconds <= GOAL_SECS && most <= GOAL_MIB;
    let json = serde_json::json!({
        "name": "start", "starts": starts, "goal_secs": GOAL_SECS, "goal_mib": GOAL_MIB
    });
    let goal = format!("the desk is shown within {GOAL_SECS} s with at most {GOAL_MIB} MiB");
    figures::finish(args.json.as_deref(), &json, &goal, reached)
}

fn start() -> Result<Started> {
    let data = tempfile::tempdir()?;
    let begun = Instant::now();
    let mut program = Command::new(env!("CARGO_BIN_EXE_avatardesk"))
        .arg("--data")
        .arg(data.path().join("data"))
        .args(["demo", "--headless", "--listen", "127.0.0.1:0", "--out"])
        .arg(data.path().join("out"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()?;
    let shown = wait(&mut program, begun);
    drop(program.kill());
    drop(program.wait());
    shown
}

/// Until the desk is shown.
fn wait(program: &mut Child, begun: Instant) -> Result<Started> {
    let talkative = std::env::var_os("RUST_LOG").is_some();
    let errors = program.stderr.take().context("the program has no standard error")?;
    let mut said = String::new();
    for line in BufReader::new(errors).lines() {
        let line = line?;
        let seconds = begun.elapsed().as_secs_f64();
        if talkative {
            eprintln!("{seconds:7.3} {line}");
        }
        if line == SHOWN {
            let status =
                std::fs::read_to_string(format!("/proc/{}/status", program.id())).unwrap_or_default();
            let kib = |name: &str| {
                let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
                line.split_whitespace().next().and_then(|n| n.parse::<f64>().ok()).unwrap_or(f64::NAN)
            };
            let (memory_mib, peak_mib) = (kib("VmRSS:") / 1024.0, kib("VmHWM:") / 1024.0);
            return Ok(Started {
                seconds,
                memory_mib,
                peak_mib,
                processor_secs: processor_secs(program.id()),
            });
        }
        if begun.elapsed() > WITHIN {
            bail!("the desk was not shown within {WITHIN:?}");
        }
        said.push_str(&line);
        said.push('\n');
    }
    bail!("the program ended before it showed the desk:\n{said}")
}

/// Processor time of a process so far, of all its threads.
fn processor_secs(id: u32) -> f64 {
    /// Linux counts in hundredths of a second.
    const TICKS_PER_SEC: f64 = 100.0;
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks: f64 =
        after_name.split_whitespace().skip(11).take(2).filter_map(|t| t.parse::<f64>().ok()).sum();
    ticks / TICKS_PER_SEC
}
