//! Percentiles, and the last lines of a measurement.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};

/// The value below which `share` (0 to 1) of the values lie, by the nearest rank; `None` of no values.
pub fn percentile(values: &[u32], share: f64) -> Option<u32> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let rank = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(rank.max(1) - 1).copied()
}

/// Writes the figures where they are wanted, says whether the goal is reached, and makes the exit status of it.
pub fn finish(
    json: Option<&Path>,
    figures: &serde_json::Value,
    goal: &str,
    passed: bool,
) -> Result<ExitCode> {
    if let Some(path) = json {
        let text = serde_json::to_string_pretty(figures)? + "\n";
        std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    println!("goal: {goal}: {}", if passed { "reached" } else { "MISSED" });
    Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
