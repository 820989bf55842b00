//! Tells a story from its beginning to its end: puts the parts together, looks at the kiosk frame by frame, leaves picture, sound
//! and transcript behind, and says whether everything is as it should be.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde::Serialize;
use tokio::runtime::Handle;

use super::check;
use super::parts::Parts;
use super::room::Room;
use super::screen::Screen;
use super::script::{Story, words};
use super::teller::Teller;
use super::witness::{Line, Overheard, Witness};
use crate::cli::desk::{Connection, Kiosk, Sound, kiosk};
use crate::cli::relay::RELAY_DIR;
use crate::client::ClientConfig;
use crate::config::{LogLevel, Settings};
use crate::conversation::{Language, Timings};
use crate::knowledge::KnowledgeBase;
use crate::protocol::Role;
use crate::scene::Scene;
use crate::speech::audio::VOICE_RATE;
use crate::speech::capture::PacedSource;
use crate::speech::file;
use crate::speech::playback::{PacedPlayback, PlayedRecording};

/// How long after its end a story may take until the relay has everything.
const STORED_WITHIN: Duration = Duration::from_secs(10);
/// The folder of what the parts write, in the directory of a run, and how many there may be.
const RUN_DIR: &str = "run";
const RUNS_MAX: u32 = 10_000;

/// Where a story is told, and what is left of it.
pub struct Place<'a> {
    pub settings: &'a Settings,
    pub runtime: &'a Handle,
    /// The relay that runs already; `None`: the story starts its own.
    pub client: Option<ClientConfig>,
    /// The relay's folder, when it can be looked into.
    pub log: Option<PathBuf>,
    /// The directory for picture, sound and transcript.
    pub out: PathBuf,
    pub record: Option<PathBuf>,
    /// Draw nothing.
    pub undrawn: bool,
}

/// A visit, as `transcript.json`.
#[derive(Debug, Serialize)]
struct Report {
    language: &'static str,
    /// Something was typed, since it was not understood.
    typed: bool,
    article: Option<String>,
    turns: Vec<Line>,
    /// Milliseconds since the end of the visitor's speech, of the last turn.
    timings_ms: Option<Timings>,
    /// Frames drawn per second of the visit.
    frames_per_second: f32,
}

/// What came of a story.
#[derive(Debug, Default)]
pub struct Told {
    /// Everything that is wrong, in words.
    pub faults: Vec<String>,
    /// What was compared and searched, in words.
    pub checked: Vec<String>,
}

impl Told {
    /// Says it in the last line, and as the exit status.
    pub fn verdict(self) -> ExitCode {
        for fault in &self.faults {
            println!("wrong: {fault}");
        }
        if !self.faults.is_empty() {
            println!("NOT AS IT SHOULD BE: {} fault(s)", self.faults.len());
            return ExitCode::FAILURE;
        }
        if !self.checked.is_empty() {
            println!("as it should be: {}", self.checked.join("; "));
        }
        ExitCode::SUCCESS
    }
}

/// A fresh data directory for processes of a story's own, and settings that name it.
fn own_settings(settings: &Settings, out: &Path) -> Result<Settings> {
    let mut runs = (1..=RUNS_MAX).map(|n| out.join(format!("{RUN_DIR}-{n}")));
    let dir = runs.find(|dir| !dir.exists()).with_context(|| format!("{} is full of runs", out.display()))?;
    std::fs::create_dir_all(&dir).with_context(|| format!("cannot make {}", dir.display()))?;
    Ok(Settings { data: std::path::absolute(dir)?, log: LogLevel::Debug, ..settings.clone() })
}

/// Tells a story. An error means that it could not be told to its end.
pub fn tell(story: &Story, place: &Place<'_>) -> Result<Told> {
    std::fs::create_dir_all(&place.out).with_context(|| {
        format!("cannot make {}: name another directory with `--out`", place.out.display())
    })?;
    let (settings, parts, client, log) = match &place.client {
        Some(client) => (place.settings.clone(), None, client.clone(), place.log.clone()),
        None => {
            let settings = own_settings(place.settings, &place.out)?;
            crate::cli::logging::keep(&settings, "kiosk");
            let parts = Parts::start(&settings, story)?;
            let client = ClientConfig::new(parts.url(), Role::Kiosk, "kiosk".parse()?);
            let log = settings.data.join(RELAY_DIR);
            (settings, Some(parts), client, Some(log))
        }
    };
    let scene = scene_of(&settings, story)?;
    let (source, feeder) = PacedSource::live();
    let playback = PacedPlayback::start(true)?;
    let recorder = playback.recorder();
    let overheard = Overheard::default();
    let connection = Connection { runtime: place.runtime, config: client };
    let sound =
        Sound { source: Box::new(source), playback: Box::new(playback), overheard: Some(overheard.clone()) };
    let Kiosk { core, scene, knowledge, deaf } = kiosk(&settings, scene, connection, sound)?;
    if let Some(why) = deaf {
        eprintln!("{why}");
    }
    let mut teller = Teller::new(story, &settings.assets, parts, Room::new(feeder), overheard.clone())?;
    let common = known_words(&knowledge);
    let mut screen = Screen::open(&settings, core, scene, knowledge, place)?;

    let secret: BTreeSet<String> = story.secret_words().collect();
    let mut witness = Witness::default();
    let begun = screen.begin();
    teller.begin();
    let done = run(story, &mut teller, &mut screen, &mut witness, &secret);
    let lasted = screen.lasted();
    teller.dismiss();
    let recording = recorder.recording().context("nothing was played")?;
    let mixed = teller.room().mix(&recording, begun, lasted);
    let report = Report {
        language: story.language.tag(),
        typed: teller.had_to_type,
        article: witness.article.clone(),
        turns: witness.lines.values().cloned().collect(),
        timings_ms: witness.timings,
        frames_per_second: screen.rate(),
    };
    let mut files = leave_behind(&report, &recording, begun, place)?;
    files.extend(screen.finish(&mixed, VOICE_RATE, place)?);
    print(&report, &files);
    done?;

    let mut told = Told::default();
    let log = match (log, witness.conversation) {
        (Some(log), Some(conversation)) => Some(check::read(&log, conversation)?),
        _ => None,
    };
    if let Some(log) = &log {
        told.faults.extend(check::compare(witness.said(), log));
        told.checked.push(format!("{} said, each once and in order in the log", witness.said().count()));
    }
    if !secret.is_empty() {
        let misheard = overheard.words().into_iter().filter(|word| is_of_a_phrase(word, &common));
        let secret: BTreeSet<String> = secret.into_iter().chain(misheard).collect();
        told.faults.extend(check::in_log(log.as_deref().unwrap_or_default(), &secret));
        let places: Vec<&Path> =
            std::iter::once(settings.data.as_path()).chain(files.iter().map(PathBuf::as_path)).collect();
        let searched = check::search(&places, &secret)?;
        told.faults.extend(searched.found);
        told.checked.push(format!("{} words of a secret in none of {} files", secret.len(), searched.files));
        if !witness.shown.is_empty() {
            told.faults.push(format!("{} word(s) of the secret were on the screen", witness.shown.len()));
        }
    }
    Ok(told)
}

/// Looks at the kiosk until the story is told and everything is stored.
fn run(
    story: &Story,
    teller: &mut Teller<'_>,
    screen: &mut Screen,
    witness: &mut Witness,
    secret: &BTreeSet<String>,
) -> Result<()> {
    let mut ended = None;
    let least = Duration::from_secs(u64::from(story.lasts_secs));
    loop {
        screen.frame(teller.chapter.as_ref())?;
        let going = screen.with_core(|core| {
            witness.look(core, secret);
            teller.act(core)
        });
        let Some(going) = going else { bail!("the kiosk has gone") };
        if going.with_context(|| format!("what was said: {:?}", witness.lines.values()))? {
            continue;
        }
        let ended = *ended.get_or_insert_with(Instant::now);
        if screen.lasted() >= least && (witness.is_stored() || ended.elapsed() > STORED_WITHIN) {
            return Ok(());
        }
    }
}

/// The scene, as the story wants it.
fn scene_of(settings: &Settings, story: &Story) -> Result<Scene> {
    let mut scene = crate::cli::common::load_scene(settings)?;
    if let Some(barge_in) = story.barge_in {
        scene.kiosk.barge_in = barge_in;
    }
    Ok(scene)
}

/// What stands in the articles and so may stand anywhere.
fn known_words(knowledge: &KnowledgeBase) -> BTreeSet<String> {
    let articles = knowledge.articles(Language::En);
    articles.iter().flat_map(|article| words(&format!("{article:?}"))).collect()
}

/// Whether a word that was heard belongs to a seed phrase, and to nothing else that is said here.
fn is_of_a_phrase(word: &str, known: &BTreeSet<String>) -> bool {
    bip39::Language::English.find_word(word).is_some() && !known.contains(word)
}

/// Writes sound and transcript. Says where.
fn leave_behind(
    report: &Report,
    recording: &PlayedRecording,
    begun: Instant,
    place: &Place<'_>,
) -> Result<Vec<PathBuf>> {
    let sound = place.out.join("answer.wav");
    let before = begun.saturating_duration_since(recording.started);
    let from = crate::speech::audio::samples_in(before, VOICE_RATE);
    file::write_wav(&sound, recording.samples.get(from..).unwrap_or_default(), VOICE_RATE)?;
    let transcript = place.out.join("transcript.json");
    std::fs::write(&transcript, serde_json::to_string_pretty(report)? + "\n")
        .with_context(|| format!("cannot write {}", transcript.display()))?;
    Ok(vec![sound, transcript])
}

fn print(report: &Report, files: &[PathBuf]) {
    for line in &report.turns {
        println!("{:>8}: {}", line.who, line.text);
    }
    if let Some(timings) = &report.timings_ms {
        println!(
            "milliseconds since the end of speech: {}",
            serde_json::to_string(timings).unwrap_or_default()
        );
    }
    println!("{:.0} frames per second", report.frames_per_second);
    for file in files {
        println!("{}", file.display());
    }
}
