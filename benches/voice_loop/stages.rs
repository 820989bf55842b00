//! How long each stage of the turns took, and the whole.

use avatardesk::conversation::Timings;
use serde_json::json;

use crate::support::figures::percentile;
use crate::turns::Turns;

/// When a stage ended.
type End = fn(&Timings) -> Option<u32>;

/// The stages: what each ends with, since the end of speech.
const STAGES: [(&str, End); 5] = [
    ("pause", |t| t.endpoint),
    ("text", |t| t.transcript),
    ("answer", |t| t.answer),
    ("sound made", |t| t.first_sample_made),
    ("sound played", |t| t.first_sample_played),
];

/// A line of the table.
pub struct Line {
    pub what: String,
    pub asked: usize,
    pub answered: usize,
    /// p50 and p95 of each stage by itself, in milliseconds.
    stages: [(Option<u32>, Option<u32>); STAGES.len()],
    /// Since the end of speech, first sound included.
    pub whole: (Option<u32>, Option<u32>),
    frames_per_sec: Option<f64>,
}

impl Line {
    pub fn new(what: &str, turns: &Turns) -> Self {
        let heard: Vec<&Timings> = turns.timings.iter().flatten().collect();
        let both = |values: &[u32]| (percentile(values, 0.5), percentile(values, 0.95));
        let stages = std::array::from_fn(|n| {
            let ends = |timings: &Timings| STAGES.get(n).and_then(|(_, end)| end(timings));
            let begins = |timings: &Timings| match n.checked_sub(1) {
                Some(before) => STAGES.get(before).and_then(|(_, end)| end(timings)),
                None => Some(0),
            };
            let took = heard.iter().copied().filter_map(|t| Some(ends(t)?.saturating_sub(begins(t)?)));
            both(&took.collect::<Vec<_>>())
        });
        let whole: Vec<u32> = heard.iter().filter_map(|t| t.first_sample_played).collect();
        Self {
            what: what.to_owned(),
            asked: turns.timings.len(),
            answered: heard.len(),
            stages,
            whole: both(&whole),
            frames_per_sec: turns.frames_per_sec,
        }
    }

    pub fn json(&self) -> serde_json::Value {
        let both = |(p50, p95): (Option<u32>, Option<u32>)| json!({ "p50": p50, "p95": p95 });
        let stages: serde_json::Map<_, _> = STAGES
            .iter()
            .zip(self.stages)
            .map(|((name, _), ms)| (name.replace(' ', "_"), both(ms)))
            .collect();
        json!({
            "what": self.what, "asked": self.asked, "answered": self.answered,
            "frames_per_sec": self.frames_per_sec, "stages_ms": stages, "whole_ms": both(self.whole)
        })
    }
}

/// Prints them.
pub fn print(lines: &[Line]) {
    println!("\nmilliseconds of each stage and from the end of speech to the first sound, p50 and p95");
    let names = STAGES.map(|(name, _)| name).join(" | ");
    println!("\n| | answered | {names} | whole | frames/s |\n|---|---:|---:|---:|---:|---:|---:|---:|---:|");
    let shown = |ms: Option<u32>| ms.map_or_else(|| "–".to_owned(), |ms| ms.to_string());
    let both = |(p50, p95): (Option<u32>, Option<u32>)| format!("{}, {}", shown(p50), shown(p95));
    for line in lines {
        let stages = line.stages.map(both).join(" | ");
        let rate = line.frames_per_sec.map_or_else(|| "–".to_owned(), |rate| format!("{rate:.1}"));
        let (answered, asked) = (line.answered, line.asked);
        println!("| {} | {answered} of {asked} | {stages} | {} | {rate} |", line.what, both(line.whole));
    }
}
