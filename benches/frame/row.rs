//! One line of the table.

use std::str::FromStr;

use anyhow::{Context, Error, Result};
use serde::Serialize;

use super::count::Drawn;

/// Names of lines that goals are about.
pub const CONVERSATION: &str = "conversation with panels";
pub const ANEW: &str = "the same, panels drawn anew each frame";
pub const DECODING: &str = "conversation while speech is decoded";
pub const OURS: &str = "avatar and floor, ours";
/// The faster way in which the page without outlines was measured.
pub const PEER: &str = "avatar and floor, three.js + three-vrm";
pub const PEER_OUTLINED: &str = "the same with its outlines";

/// Width and height in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Size {
    pub width: u32,
    pub height: u32,
}

impl FromStr for Size {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let (width, height) = text.split_once('x').context("a size is WIDTHxHEIGHT, such as 1280x720")?;
        Ok(Self { width: width.parse()?, height: height.parse()? })
    }
}

/// What was measured.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    pub name: String,
    pub size: Size,
    pub per_sec: f64,
    pub p50_ms: f64,
    pub p99_ms: f64,
    pub slowest_ms: f64,
    /// Of the processor, all threads together: tells less of what else the machine does than the rest.
    pub cpu_ms: f64,
    /// Resident so far.
    pub memory_mib: f64,
    pub draw_calls: usize,
    pub triangles: usize,
}

impl Row {
    pub fn new(name: &str, size: Size, mut times: Vec<f64>, elapsed: f64, cpu: f64, drawn: Drawn) -> Self {
        let count = times.len().max(1) as f64;
        times.sort_by(f64::total_cmp);
        let at = |share: f64| times.get((share * count) as usize).copied().unwrap_or(f64::NAN);
        Self {
            name: name.into(),
            size,
            per_sec: count / elapsed,
            p50_ms: at(0.5),
            p99_ms: at(0.99),
            slowest_ms: times.last().copied().unwrap_or(f64::NAN),
            cpu_ms: cpu * 1000.0 / count,
            memory_mib: memory_mib(),
            draw_calls: drawn.calls,
            triangles: drawn.triangles,
        }
    }
}

pub fn print(rows: &[Row]) {
    println!(
        "| | size | frames/s | p50 ms | p99 ms | slowest ms | processor ms a frame | memory MiB | draws | triangles |"
    );
    println!("|---|---|---:|---:|---:|---:|---:|---:|---:|---:|");
    for row in rows {
        println!(
            "| {} | {}×{} | {:.1} | {:.1} | {:.1} | {:.0} | {:.1} | {:.0} | {} | {} |",
            row.name,
            row.size.width,
            row.size.height,
            row.per_sec,
            row.p50_ms,
            row.p99_ms,
            row.slowest_ms,
            row.cpu_ms,
            row.memory_mib,
            row.draw_calls,
            row.triangles
        );
    }
}

/// Resident memory of this process; 0 where the system does not tell.
fn memory_mib() -> f64 {
    const PAGE: f64 = 4096.0;
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: f64 = statm.split_whitespace().nth(1).and_then(|n| n.parse().ok()).unwrap_or(0.0);
    pages * PAGE / (1024.0 * 1024.0)
}

/// Processor time of this process so far, of all its threads; 0 where the system does not tell.
pub fn cpu_secs() -> f64 {
    /// Linux counts in hundredths of a second.
    const TICKS_PER_SEC: f64 = 100.0;
    let Ok(stat) = std::fs::read_to_string("/proc/self/stat") else { return 0.0 };
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    let ticks: f64 =
        after_name.split_whitespace().skip(11).take(2).filter_map(|t| t.parse::<f64>().ok()).sum();
    ticks / TICKS_PER_SEC
}
