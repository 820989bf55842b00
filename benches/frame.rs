//! Frames per second off-screen, on whatever draws here: the stage alone with every preset, a conversation with its panels, the same
//! while speech is decoded, and beside it what a host would take instead.
//!
//! `scripts/bench frame [--json FILE] [--seconds N] [--only PART,...] [--sizes 1280x720,...] [--pictures FOLDER] [--anew]`

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use avatardesk::conversation::Language;
use avatardesk::performance::Gesture;
use avatardesk::stage::avatar::{Attention, GestureAsked, MouthShape};
use avatardesk::stage::headless::{Headless, Pace, Settings};
use avatardesk::stage::look::{KeepPanels, Preset};
use avatardesk::stage::set::Set;
use clap::{Parser, ValueEnum};
use row::{Row, Size};
use support::{figures, visit};

#[path = "frame/count.rs"]
mod count;
#[path = "frame/decode.rs"]
mod decode;
#[path = "frame/peer.rs"]
mod peer;
#[path = "frame/row.rs"]
mod row;
mod support;

/// Frames per second of the lowest preset with its panels, the avatar speaking.
const GOAL_PER_SEC: f64 = 60.0;
/// The same while speech is decoded on the same processor.
const GOAL_DECODING_PER_SEC: f64 = 30.0;
/// So many times the frames of the peer, with the peer's content.
const GOAL_OF_PEER: f64 = 2.0;
/// The size that the goals are about.
const GOAL_SIZE: Size = Size { width: 1280, height: 720 };
/// What the visitor asks.
const QUESTION: &str = "Somebody wants my recovery phrase. Is that right?";

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// A conversation with its panels, lowest preset.
    Conversation,
    /// The same while speech is decoded by the embedded model.
    Decoding,
    /// The avatar on a floor and nothing else: ours, and the peer's.
    Peer,
    /// The stage without panels, with every preset.
    Presets,
}

#[derive(Parser)]
struct Args {
    /// Write the figures to this file.
    #[arg(long)]
    json: Option<PathBuf>,
    /// How long each line is measured.
    #[arg(long, default_value_t = 6.0)]
    seconds: f64,
    /// Only these parts.
    #[arg(long, value_enum, value_delimiter = ',')]
    only: Vec<Part>,
    /// In pixels.
    #[arg(long, value_delimiter = ',', default_value = "1280x720,1920x1080")]
    sizes: Vec<Size>,
    /// Also leave a picture of each line in this folder.
    #[arg(long)]
    pictures: Option<PathBuf>,
    /// Panels are drawn anew in each frame, as if nothing of them were kept.
    #[arg(long)]
    anew: bool,
    /// Given by cargo.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> Result<ExitCode> {
    let args = Args::parse();
    if let Some(folder) = &args.pictures {
        std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    let mut rows = Vec::new();
    let wanted = |part| args.only.is_empty() || args.only.contains(&part);
    for &size in &args.sizes {
        if wanted(Part::Conversation) || wanted(Part::Decoding) {
            conversation(&args, size, wanted(Part::Conversation), wanted(Part::Decoding), &mut rows)?;
        }
        if wanted(Part::Peer) {
            beside_peer(&args, size, &mut rows)?;
        }
        if wanted(Part::Presets) {
            presets(&args, size, &mut rows)?;
        }
    }
    row::print(&rows);
    let goals = goals(&rows);
    let json = serde_json::json!({ "name": "frame", "rows": rows, "goals": goals });
    for (goal, got, reached) in &goals {
        println!("{goal}: {got}{}", if *reached { "" } else { " (missed)" });
    }
    let all = goals.iter().map(|(goal, ..)| goal.as_str()).collect::<Vec<_>>().join("; ");
    figures::finish(args.json.as_deref(), &json, &all, goals.iter().all(|(.., reached)| *reached))
}

/// Each goal that was measured: what it is, what came of it, and whether that is enough.
fn goals(rows: &[Row]) -> Vec<(String, String, bool)> {
    let of =
        |name: &str| rows.iter().find(|row| row.name == name && row.size == GOAL_SIZE).map(|r| r.per_sec);
    let mut goals = Vec::new();
    let mut rate = |name: &str, least: f64| {
        if let Some(rate) = of(name) {
            goals.push((format!("{name} ≥ {least} frames/s"), format!("{rate:.1}"), rate >= least));
        }
    };
    rate(row::CONVERSATION, GOAL_PER_SEC);
    rate(row::DECODING, GOAL_DECODING_PER_SEC);
    if let (Some(ours), Some(peer)) = (of(row::OURS), of(row::PEER)) {
        let times = ours / peer;
        goals.push((format!("{GOAL_OF_PEER} × the peer"), format!("{times:.2} ×"), times >= GOAL_OF_PEER));
    }
    goals
}

fn settings(size: Size) -> Settings {
    Settings {
        width: size.width,
        height: size.height,
        preset: Some(Preset::Potato),
        pace: Pace::RealTime,
        ..Settings::default()
    }
}

/// The whole kiosk in the middle of an answer, with and without speech being decoded.
fn conversation(args: &Args, size: Size, alone: bool, decoding: bool, rows: &mut Vec<Row>) -> Result<()> {
    let mut stage = visit::kiosk(settings(size))?;
    stage.world_mut().insert_resource(KeepPanels(!args.anew));
    visit::talk(&mut stage, Language::En, QUESTION)?;
    if alone {
        let row = measure(&mut stage, args, size, row::CONVERSATION, |_, _| {})?;
        rows.push(row);
        if !args.anew {
            stage.world_mut().insert_resource(KeepPanels(false));
            rows.push(measure(&mut stage, args, size, row::ANEW, |_, _| {})?);
            stage.world_mut().insert_resource(KeepPanels(true));
        }
    }
    if decoding {
        match decode::Decoding::start() {
            Ok(decoding) => {
                rows.push(measure(&mut stage, args, size, row::DECODING, |_, _| {})?);
                println!(
                    "{} utterances were decoded meanwhile, {:.0} ms each",
                    decoding.count(),
                    decoding.mean_ms()
                );
            }
            Err(why) => eprintln!("left out, frames while speech is decoded: {why:#}"),
        }
    }
    Ok(())
}

/// The avatar on a floor under one light: ours, and the page's.
fn beside_peer(args: &Args, size: Size, rows: &mut Vec<Row>) -> Result<()> {
    let set = Set {
        desk: None,
        wall: false,
        plants: Vec::new(),
        screen: None,
        screen_lines: Vec::new(),
        ..Set::default()
    };
    let avatar = settings(size).assets.join(&set.avatar);
    let mut stage = Headless::new(settings(size), set, |_| {})?;
    stage.settle()?;
    stage.world_mut().insert_resource(Attention::Speaking);
    let view = count::view(stage.world_mut()).context("there is no camera")?;
    rows.push(measure(&mut stage, args, size, row::OURS, speak)?);
    drop(stage);
    match peer::measure(&avatar, size, view, args.seconds, args.pictures.as_deref()) {
        Ok(peer) => rows.extend(peer),
        Err(why) => eprintln!("left out, three.js with three-vrm in Chromium: {why:#}"),
    }
    Ok(())
}

/// The stage without panels.
fn presets(args: &Args, size: Size, rows: &mut Vec<Row>) -> Result<()> {
    let mut stage = Headless::new(settings(size), Set::default(), |_| {})?;
    for preset in Preset::ALL {
        stage.world_mut().insert_resource(preset);
        stage.settle()?;
        stage.world_mut().insert_resource(Attention::Speaking);
        stage.world_mut().write_message(GestureAsked(Gesture::OpenPalms));
        let name = format!("stage, {}", format!("{preset:?}").to_lowercase());
        rows.push(measure(&mut stage, args, size, &name, speak)?);
    }
    Ok(())
}

fn speak(stage: &mut Headless, seconds: f32) {
    let open = (seconds * 9.0).sin().abs();
    stage.world_mut().insert_resource(MouthShape { aa: open, ..MouthShape::default() });
}

/// Frame after frame.
fn measure(
    stage: &mut Headless,
    args: &Args,
    size: Size,
    name: &str,
    mut each: impl FnMut(&mut Headless, f32),
) -> Result<Row> {
    // What is compiled or kept at first is not counted.
    for _ in 0..10 {
        stage.update()?;
    }
    let (time, begun, cpu) = (Duration::from_secs_f64(args.seconds), Instant::now(), row::cpu_secs());
    let mut times = Vec::new();
    while begun.elapsed() < time {
        let frame = Instant::now();
        each(stage, begun.elapsed().as_secs_f32());
        stage.update()?;
        times.push(frame.elapsed().as_secs_f64() * 1000.0);
    }
    let cpu = row::cpu_secs() - cpu;
    let drawn = count::drawn(stage.world_mut());
    if let Some(folder) = &args.pictures {
        let file = format!("{}-{}x{}.png", name.replace([',', ' '], "-"), size.width, size.height);
        stage.frame()?.save_png(&folder.join(file))?;
    }
    Ok(Row::new(name, size, times, begun.elapsed().as_secs_f64(), cpu, drawn))
}
