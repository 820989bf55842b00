//! Questions that nobody wrote into an article, in voices that the embedded model never heard, through `ask --wav`:
//! how many reach the right article.
//!
//! `scripts/bench spoken_questions [--json FILE] [--count N] [--keep DIR]`

mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, ensure};
use clap::Parser;
use serde::{Deserialize, Serialize};
use support::figures;
use support::questions::{self, Question};
use support::voices::{VOICES, Voice};

/// Of the questions, in a hundred: how many must reach their article, and how many may get a wrong answer.
const RIGHT_MIN: f64 = 85.0;
const WRONG_MAX: f64 = 5.0;

#[derive(Parser)]
struct Args {
    /// Write the figures and the list to this file.
    #[arg(long)]
    json: Option<PathBuf>,
    /// How many of the held-out questions are asked.
    #[arg(long, default_value_t = 120)]
    count: usize,
    /// Keep the sound files in this directory.
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    /// Given by cargo.
    #[arg(long, hide = true)]
    bench: bool,
}

/// What `ask --json` prints.
#[derive(Deserialize)]
struct Asked {
    transcript: String,
    article: Option<String>,
    confidence: Option<f32>,
    answered: bool,
}

#[derive(Serialize, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    Right,
    AskedBack,
    Wrong,
}

#[derive(Serialize)]
struct Line {
    verdict: Verdict,
    voice: &'static str,
    said: String,
    heard: String,
    wanted: String,
    got: Option<String>,
    confidence: Option<f32>,
}

fn main() -> Result<ExitCode> {
    let args = Args::parse();
    let scratch = tempfile::tempdir()?;
    let dir = args.keep.as_deref().unwrap_or(scratch.path());
    std::fs::create_dir_all(dir)?;
    let asked = questions::spread(&questions::english()?, args.count);
    let mut lines = Vec::new();
    for ((n, question), voice) in asked.iter().enumerate().zip(VOICES.iter().cycle()) {
        let line = ask(question, *voice, &dir.join(format!("{n:03}.wav")), scratch.path())?;
        if line.verdict != Verdict::Right {
            println!(
                "{:?} {}: {} | heard: {} | {:?}",
                line.verdict, line.voice, line.said, line.heard, line.got
            );
        }
        lines.push(line);
    }
    report(&args, &lines)
}

fn ask(question: &Question, voice: Voice, wav: &Path, data: &Path) -> Result<Line> {
    voice.say(&question.text, wav)?;
    let done = Command::new(env!("CARGO_BIN_EXE_avatardesk"))
        .args(["ask", "--offline", "--json", "--data"])
        .arg(data)
        .arg("--wav")
        .arg(wav)
        .output()?;
    // 0: answered; 2: not answered. Anything else is a fault.
    let told = String::from_utf8_lossy(&done.stderr);
    ensure!(matches!(done.status.code(), Some(0 | 2)), "ask failed on {:?}: {told}", question.text);
    let asked: Asked = serde_json::from_slice(&done.stdout)
        .with_context(|| format!("what `ask` printed: {}", String::from_utf8_lossy(&done.stdout)))?;
    let verdict = match &asked.article {
        Some(article) if asked.answered && *article == question.article => Verdict::Right,
        Some(_) if asked.answered => Verdict::Wrong,
        _ => Verdict::AskedBack,
    };
    Ok(Line {
        verdict,
        voice: voice.name(),
        said: question.text.clone(),
        heard: asked.transcript,
        wanted: question.article.clone(),
        got: asked.article,
        confidence: asked.confidence,
    })
}

fn report(args: &Args, lines: &[Line]) -> Result<ExitCode> {
    let mut by_voice: BTreeMap<&str, Vec<Verdict>> = BTreeMap::new();
    for line in lines {
        by_voice.entry(line.voice).or_default().push(line.verdict);
        by_voice.entry("all").or_default().push(line.verdict);
    }
    let share = |verdicts: &[Verdict], wanted| {
        100.0 * verdicts.iter().filter(|v| **v == wanted).count() as f64 / verdicts.len().max(1) as f64
    };
    println!("\n| voice | questions | right | asked back | wrong |\n|---|---:|---:|---:|---:|");
    for (voice, verdicts) in &by_voice {
        println!(
            "| {voice} | {} | {:.1} % | {:.1} % | {:.1} % |",
            verdicts.len(),
            share(verdicts, Verdict::Right),
            share(verdicts, Verdict::AskedBack),
            share(verdicts, Verdict::Wrong),
        );
    }
    let all = by_voice.get("all").map(Vec::as_slice).unwrap_or_default();
    let (right, wrong) = (share(all, Verdict::Right), share(all, Verdict::Wrong));
    let figures = serde_json::json!({
        "name": "spoken_questions", "right_percent": right, "wrong_percent": wrong, "questions": lines
    });
    let goal = format!("at least {RIGHT_MIN} % right and at most {WRONG_MAX} % wrong");
    figures::finish(args.json.as_deref(), &figures, &goal, right >= RIGHT_MIN && wrong <= WRONG_MAX)
}
