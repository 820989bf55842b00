//! End of the visitor's speech → first sound of the answer, each stage apart: a whole desk, held-out questions in
//! voices that the embedded model never heard, a microphone and a loudspeaker at the pace of real ones.
//!
//! `scripts/bench voice_loop [--json FILE] [--questions N] [--clips N] [--drawing] [--native] [--model FILE]`
//!
//! With the embedded model, and with one of `base.en`'s dimensions: its numbers are random, since what decoding costs does not depend
//! on them; it is told the words, and decodes as many tokens as they have. `--drawing` draws the kiosk on the same processor, at its
//! lowest preset. Beside it, on the same clips, final transcripts of whisper.cpp with its defaults and tuned by hand.

#[path = "../support/mod.rs"]
mod support;

mod peer;
mod stages;
mod transcripts;
mod turns;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use avatardesk::speech::model_file;
use avatardesk::speech::recognize::whisper::{ModelSource, Whisper};
use avatardesk::speech::recognize::{RecognizeError, Transcriber};
use clap::Parser;
use stages::Line;
use support::clips::{self, Clip};
use support::desk::{self, Desk};
use support::told::{Saying, Told};
use support::{base_model, cache, figures, questions};
use transcripts::Compared;
use turns::Turns;

/// From the end of speech to the first sound with a model of base size, in milliseconds: p50 and p95.
const GOAL_MS: (u32, u32) = (600, 900);
const GOAL_DRAWING_MS: (u32, u32) = (800, 1_200);
/// Our final transcript, as a share of whisper.cpp's: tuned, and with its defaults.
const GOAL_OF_TUNED: f64 = 0.8;
const GOAL_OF_DEFAULTS: f64 = 0.25;
/// Questions, in a hundred, that may stay without an answer: whoever drops turns is not fast.
const UNHEARD_MAX: usize = 10;

#[derive(Parser)]
struct Args {
    /// Write the figures to this file.
    #[arg(long)]
    json: Option<PathBuf>,
    /// How many questions are asked, with each model.
    #[arg(long, default_value_t = 40)]
    questions: usize,
    /// How many clips are transcribed beside whisper.cpp, with each model; 0: none.
    #[arg(long, default_value_t = 24)]
    clips: usize,
    /// Only this speech model.
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
    /// Draw the kiosk while it answers.
    #[arg(long)]
    drawing: bool,
    /// Build whisper.cpp for this very processor; ours runs on any that has AVX2.
    #[arg(long)]
    native: bool,
    /// Given by cargo.
    #[arg(long, hide = true)]
    bench: bool,
}

/// A speech model that is measured.
#[derive(Clone)]
struct Model {
    what: &'static str,
    file: PathBuf,
    /// It has random numbers and is told the words.
    told: bool,
    /// The goals are its.
    of_base_size: bool,
}

impl Model {
    fn load(&self, saying: Saying) -> Result<Box<dyn Transcriber>, RecognizeError> {
        let source = ModelSource::File(self.file.clone());
        Ok(if self.told { Box::new(Told::load(&source, saying)?) } else { Box::new(Whisper::load(&source)?) })
    }
}

fn main() -> Result<ExitCode> {
    let args = Args::parse();
    let dir = tempfile::tempdir()?;
    let english = questions::english()?;
    let spoken = clips::speak(&questions::spread(&english, args.questions), dir.path())?;
    let models = models(&args)?;
    let mut lines = Vec::new();
    for (n, model) in models.iter().enumerate() {
        let turns = ask(model, &dir.path().join(format!("desk-{n}")), &spoken, args.drawing)?;
        let drawn = if args.drawing { "drawing" } else { "nothing drawn" };
        lines.push((model.of_base_size, Line::new(&format!("{}, {drawn}", model.what), &turns)));
    }
    let compared = beside_whisper_cpp(&args, &models, &questions::spread(&english, args.clips), dir.path())?;
    report(&args, lines, &compared)
}

fn models(args: &Args) -> Result<Vec<Model>> {
    if let Some(file) = args.model.clone() {
        return Ok(vec![Model { what: "that model", file, told: false, of_base_size: true }]);
    }
    let embedded = desk::file("assets/models/desk-en.bin.zst");
    Ok(vec![
        Model { what: "the embedded model", file: embedded, told: false, of_base_size: false },
        Model {
            what: "base.en's size, random numbers",
            file: base_model::base_en()?,
            told: true,
            of_base_size: true,
        },
    ])
}

fn ask(model: &Model, data: &Path, clips: &[Clip], drawing: bool) -> Result<Turns> {
    std::fs::create_dir_all(data)?;
    let saying = Saying::default();
    let load = {
        let (model, saying) = (model.clone(), saying.clone());
        move || model.load(saying)
    };
    let desk = Desk::start(data, load)?;
    if drawing { turns::drawn(desk, clips, saying) } else { turns::undrawn(desk, clips, saying) }
}

/// Empty where whisper.cpp cannot be built.
fn beside_whisper_cpp(
    args: &Args,
    models: &[Model],
    questions: &[questions::Question],
    dir: &Path,
) -> Result<Vec<Compared>> {
    if args.clips == 0 {
        return Ok(Vec::new());
    }
    let program = match peer::build(args.native) {
        Ok(program) => program,
        Err(why) => {
            println!("whisper.cpp is left out: {why:#}");
            return Ok(Vec::new());
        }
    };
    let clips = clips::speak(questions, dir)?;
    let mut compared = Vec::new();
    for model in models {
        let saying = Saying::default();
        let mut ours = model.load(saying.clone())?;
        let file = unpacked(&model.file)?;
        let told = model.told.then_some(&saying);
        compared.push(transcripts::compare(model.what, &program, &file, ours.as_mut(), told, &clips)?);
    }
    Ok(compared)
}

/// whisper.cpp reads no packed models.
fn unpacked(file: &Path) -> Result<PathBuf> {
    if file.extension().is_none_or(|extension| extension != "zst") {
        return Ok(file.to_owned());
    }
    let name = file.file_stem().unwrap_or_default();
    let plain = cache::cache()?.join(name);
    std::fs::write(&plain, model_file::load(file)?.0)?;
    Ok(plain)
}

fn report(args: &Args, lines: Vec<(bool, Line)>, compared: &[Compared]) -> Result<ExitCode> {
    let (p50, p95) = if args.drawing { GOAL_DRAWING_MS } else { GOAL_MS };
    let within = |ms: Option<u32>, goal: u32| ms.is_some_and(|ms| ms <= goal);
    let in_time =
        lines.iter().all(|(goal, line)| !goal || within(line.whole.0, p50) && within(line.whole.1, p95));
    let heard = lines.iter().all(|(_, line)| (line.asked - line.answered) * 100 <= line.asked * UNHEARD_MAX);
    let faster = compared.iter().all(|line| {
        let (of_tuned, of_defaults) = line.ratios();
        of_tuned <= GOAL_OF_TUNED && of_defaults <= GOAL_OF_DEFAULTS
    });
    let lines: Vec<Line> = lines.into_iter().map(|(_, line)| line).collect();
    stages::print(&lines);
    if !compared.is_empty() {
        transcripts::print(compared);
    }
    println!();
    let figures = serde_json::json!({
        "name": "voice_loop",
        "turns": lines.iter().map(Line::json).collect::<Vec<_>>(),
        "transcripts": compared.iter().map(Compared::json).collect::<Vec<_>>(),
    });
    let mut goal = format!(
        "with a model of base size first sound within {p50} ms (p50) and {p95} ms (p95), at most {UNHEARD_MAX} % of the questions without an answer"
    );
    if compared.is_empty() {
        goal += " (whisper.cpp was not measured)";
    } else {
        goal += &format!(
            ", final transcripts in {GOAL_OF_TUNED} of the time of whisper.cpp tuned by hand and in {GOAL_OF_DEFAULTS} of its defaults'"
        );
    }
    figures::finish(args.json.as_deref(), &figures, &goal, in_time && heard && faster)
}
