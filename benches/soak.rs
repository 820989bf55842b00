//! Many visits to one kiosk, one after the other, in little time: memory, entities, assets and open files must not grow.
//!
//! `scripts/soak [--visits N] [--json FILE] [--leak]`

mod support;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use avatardesk::client::now;
use avatardesk::conversation::{Language, Time};
use avatardesk::kiosk::{Core, with_core};
use avatardesk::stage::StageCamera;
use avatardesk::stage::headless::{Headless, Pace, Settings};
use avatardesk::stage::look::{Preset, SurfaceMaterial, ToonMaterial};
use avatardesk::visit::{Input, Phase};
use bevy::prelude::*;
use clap::Parser;
use serde::Serialize;
use support::{figures, visit};

/// How far the visit's clock goes on in each frame.
const STEP: Duration = Duration::from_millis(500);
/// Frames after each thing that the visitor does.
const FRAMES: usize = 3;
/// Frames within which everybody has left.
const MOST_FRAMES_TO_LEAVE: usize = 2_000;
/// Visits until everything has been shown once and every buffer has its size.
const WARM_UP: usize = 200;
/// Visits between two counts.
const EVERY: usize = 100;
/// One visit of so many is drawn.
const DRAWN_OF: usize = 50;
/// How much memory may grow after the warm-up.
const GROWS_MOST: f64 = 0.05;

#[derive(Parser)]
struct Args {
    /// How many visits.
    #[arg(long, default_value_t = 2_000)]
    visits: usize,
    /// Write the figures to this file.
    #[arg(long)]
    json: Option<PathBuf>,
    /// Lose an entity, a picture, some memory and an open file at each visit: the measurement must fail.
    #[arg(long)]
    leak: bool,
    /// Given by cargo.
    #[arg(long, hide = true)]
    bench: bool,
}

/// What there is after a number of visits.
#[derive(Debug, Clone, Copy, Serialize)]
struct Counted {
    visits: usize,
    memory_kib: u64,
    entities: usize,
    assets: usize,
    files: usize,
}

fn main() -> Result<ExitCode> {
    let args = Args::parse();
    let clock = Arc::new(AtomicU64::new(now().0));
    let told = Arc::clone(&clock);
    let settings = Settings {
        width: 1280,
        height: 720,
        preset: Some(Preset::Potato),
        pace: Pace::Fixed(STEP),
        ..Settings::default()
    };
    let mut stage =
        visit::kiosk_with(settings, |plugin| plugin.with_clock(move || Time(told.load(Ordering::Relaxed))))?;
    let begun = Instant::now();
    let mut counted = Vec::new();
    println!("| visits | memory MiB | entities | assets | open files |\n|---:|---:|---:|---:|---:|");
    for n in 1..=args.visits {
        draw(&mut stage, n.is_multiple_of(DRAWN_OF));
        one_visit(&mut stage, &clock, n).with_context(|| format!("visit {n}"))?;
        if args.leak {
            lose(stage.world_mut())?;
        }
        if n.is_multiple_of(EVERY) || n == WARM_UP.min(args.visits) {
            let now = count(stage.world_mut(), n);
            let mib = now.memory_kib as f64 / 1024.0;
            println!("| {n} | {mib:.1} | {} | {} | {} |", now.entities, now.assets, now.files);
            counted.push(now);
        }
    }
    let faults = faults(&counted);
    faults.iter().for_each(|fault| println!("{fault}"));
    let seconds = begun.elapsed().as_secs_f64();
    let json =
        serde_json::json!({ "name": "soak", "visits": args.visits, "seconds": seconds, "counted": counted });
    let goal = format!(
        "{} visits in {seconds:.0} s: memory flat within {:.0} %, no entity, asset or open file lost",
        args.visits,
        GROWS_MOST * 100.0
    );
    figures::finish(args.json.as_deref(), &json, &goal, !counted.is_empty() && faults.is_empty())
}

/// What has grown since the warm-up.
fn faults(counted: &[Counted]) -> Vec<String> {
    let Some(first) = counted.iter().find(|c| c.visits >= WARM_UP).or(counted.first()) else {
        return vec!["nothing was counted: more visits are needed".into()];
    };
    let Some(last) = counted.last() else { return Vec::new() };
    let grown = last.memory_kib as f64 / first.memory_kib.max(1) as f64 - 1.0;
    let mut faults = Vec::new();
    if grown > GROWS_MOST {
        faults.push(format!("memory has grown by {:.1} % since visit {}", grown * 100.0, first.visits));
    }
    // Where they go up and down, the least of the second half counts.
    let half = counted.get(counted.len() / 2..).unwrap_or_default();
    let least = |of: fn(&Counted) -> usize| half.iter().map(of).min().unwrap_or(0);
    for (name, before, after) in [
        ("entities", first.entities, least(|c| c.entities)),
        ("assets", first.assets, least(|c| c.assets)),
        ("open files", first.files, least(|c| c.files)),
    ] {
        if after > before {
            faults.push(format!("{name}: {before} after visit {}, at least {after} later", first.visits));
        }
    }
    faults
}

/// A visitor comes, asks in one of the languages, changes this and that, rates, and leaves.
fn one_visit(stage: &mut Headless, clock: &AtomicU64, n: usize) -> Result<()> {
    let language = if n.is_multiple_of(2) { Language::En } else { Language::Zh };
    let question = match (language, n % 3) {
        (Language::En, 0) => "how do i create a wallet",
        (Language::En, _) => "somebody wants my recovery phrase",
        (Language::Zh, 0) => "怎么创建钱包",
        (Language::Zh, _) => "助记词可以告诉别人吗",
    };
    let steps: [&dyn Fn(&mut Core); 8] = [
        &|core| core.input(Input::Touched),
        &|core| core.input(Input::LanguageChosen { language }),
        &|core| core.input(Input::Consented { voice: false }),
        &|core| core.typed(question),
        &|core| core.input(Input::StopPressed),
        &|core| core.typed(question),
        &|core| core.input(Input::Leave),
        &|core| {
            core.input(Input::Rated { stars: 1 + (n % 5) as u8 });
            core.input(Input::ResolvedChosen { resolved: Some(true) });
            core.input(Input::RatingDone);
        },
    ];
    for step in steps {
        with_core(stage.world_mut(), step).context("the kiosk has gone")?;
        for _ in 0..FRAMES {
            update(stage, clock)?;
        }
    }
    for _ in 0..MOST_FRAMES_TO_LEAVE {
        let phase = with_core(stage.world_mut(), |core| core.state().phase).context("the kiosk has gone")?;
        if phase == Phase::Attract {
            return Ok(());
        }
        update(stage, clock)?;
    }
    anyhow::bail!("the visitor did not leave within {MOST_FRAMES_TO_LEAVE} frames")
}

fn update(stage: &mut Headless, clock: &AtomicU64) -> Result<()> {
    clock.fetch_add(STEP.as_millis() as u64, Ordering::Relaxed);
    Ok(stage.update()?)
}

/// Whether frames are drawn. Everything else goes on in any case.
fn draw(stage: &mut Headless, on: bool) {
    let world = stage.world_mut();
    let mut cameras = world.query_filtered::<&mut Camera, With<StageCamera>>();
    for mut camera in cameras.iter_mut(world) {
        camera.is_active = on;
    }
}

fn count(world: &mut World, visits: usize) -> Counted {
    let entities = world.query::<Entity>().iter(world).count();
    let assets = world.resource::<Assets<Image>>().len()
        + world.resource::<Assets<Mesh>>().len()
        + world.resource::<Assets<ToonMaterial>>().len()
        + world.resource::<Assets<SurfaceMaterial>>().len();
    Counted { visits, memory_kib: memory_kib(), entities, assets, files: open_files() }
}

/// Resident memory of this process.
fn memory_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

fn open_files() -> usize {
    std::fs::read_dir("/proc/self/fd").map_or(0, |files| files.count())
}

/// A fault that must be found.
fn lose(world: &mut World) -> Result<()> {
    #[derive(Component)]
    #[allow(dead_code, reason = "it only holds what is lost")]
    struct Lost(Handle<Image>);
    let image =
        Image::new_target_texture(64, 64, bevy::render::render_resource::TextureFormat::Rgba8Unorm, None);
    let picture = world.resource_mut::<Assets<Image>>().add(image);
    world.spawn(Lost(picture));
    std::mem::forget(std::fs::File::open("/dev/null")?);
    std::mem::forget(vec![1_u8; 64 * 1024]);
    Ok(())
}
