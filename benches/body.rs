//! How long the avatar's own life takes in each frame, and, for looking at it, sheets of pictures of what it does.
//!
//! `scripts/bench body [--json FILE] [--seconds N]`; `scripts/bench body --sheets FOLDER [--width W] [--height H] [--avatar FILE]
//! [--clip FILE]`; `scripts/bench body --pages FOLDER [--width W] [--height H]`

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Result;
use avatardesk::performance::{Expression, Gesture};
use avatardesk::stage::avatar::{
    Attention, AvatarSystems, BeatAsked, GestureAsked, MoodChanged, MouthShape, NodAsked, Shown,
};
use avatardesk::stage::headless::{Frame, Headless, Pace, Settings};
use avatardesk::stage::look::Preset;
use avatardesk::stage::set::Set;
use bevy::prelude::*;
use clap::Parser;
use support::figures;

#[path = "body/pages.rs"]
mod pages;
mod support;

/// Milliseconds of a frame that the avatar's life may take.
const GOAL_MS: f64 = 0.5;
/// Pictures side by side on a sheet.
const PICTURES: u32 = 8;
/// Frames a second.
const RATE: u32 = 30;

#[derive(Parser)]
struct Args {
    /// Write the figures to this file.
    #[arg(long)]
    json: Option<PathBuf>,
    /// How long it is measured.
    #[arg(long, default_value_t = 6.0)]
    seconds: f64,
    /// Instead of measuring, draw what the avatar does into this folder.
    #[arg(long)]
    sheets: Option<PathBuf>,
    /// Instead of measuring, draw a kiosk's pages into this folder, and the way of the camera from one to the next.
    #[arg(long)]
    pages: Option<PathBuf>,
    #[arg(long, default_value_t = 1280)]
    width: u32,
    #[arg(long, default_value_t = 720)]
    height: u32,
    /// Another avatar, from the folder of assets.
    #[arg(long)]
    avatar: Option<String>,
    /// A VRMA file in the place of the wave, from the folder of assets or with its whole path.
    #[arg(long)]
    clip: Option<String>,
    /// Given by cargo.
    #[arg(long, hide = true)]
    bench: bool,
}

/// When the avatar's systems began in this frame, and how long they took in each.
#[derive(Resource, Default)]
struct Clock {
    begun: Option<Instant>,
    took_ms: Vec<f64>,
}

fn main() -> Result<ExitCode> {
    let args = Args::parse();
    let mut set = Set::default();
    if let Some(avatar) = &args.avatar {
        set.avatar.clone_from(avatar);
    }
    set.clips.extend(args.clip.clone().map(|file| (Gesture::Wave, file)));
    let pace = Pace::Fixed(Duration::from_nanos(1_000_000_000 / u64::from(RATE)));
    let settings = Settings {
        width: args.width,
        height: args.height,
        preset: Some(Preset::Potato),
        pace,
        ..Settings::default()
    };
    if let Some(folder) = &args.pages {
        return pages::draw(settings, folder).map(|()| ExitCode::SUCCESS);
    }
    let mut stage = Headless::new(settings, set, |app| {
        app.init_resource::<Clock>().add_systems(
            Update,
            (
                (|mut clock: ResMut<Clock>| clock.begun = Some(Instant::now()))
                    .after(AvatarSystems::Load)
                    .before(AvatarSystems::Move),
                (|mut clock: ResMut<Clock>| {
                    if let Some(begun) = clock.begun.take() {
                        let took = begun.elapsed().as_secs_f64() * 1000.0;
                        clock.took_ms.push(took);
                    }
                })
                .after(AvatarSystems::Face),
            ),
        );
    })?;
    stage.settle()?;
    match &args.sheets {
        Some(folder) => sheets(&mut stage, folder).map(|()| ExitCode::SUCCESS),
        None => measure(&mut stage, &args),
    }
}

fn measure(stage: &mut Headless, args: &Args) -> Result<ExitCode> {
    stage.world_mut().insert_resource(Attention::Speaking);
    stage.world_mut().resource_mut::<Clock>().took_ms.clear();
    let begun = Instant::now();
    let mut frames = 0_u32;
    while begun.elapsed().as_secs_f64() < args.seconds {
        let open = (begun.elapsed().as_secs_f32() * 9.0).sin().abs();
        stage.world_mut().insert_resource(MouthShape { aa: open, ..MouthShape::default() });
        if frames.is_multiple_of(40) {
            stage.world_mut().write_message(BeatAsked(0.8));
        }
        if frames.is_multiple_of(150) {
            stage.world_mut().write_message(GestureAsked(Gesture::OpenPalms));
        }
        stage.update()?;
        frames += 1;
    }
    let mut took = std::mem::take(&mut stage.world_mut().resource_mut::<Clock>().took_ms);
    took.sort_by(f64::total_cmp);
    let at = |share: f64| took.get((share * took.len() as f64) as usize).copied().unwrap_or(f64::NAN);
    let (p50, p99) = (at(0.5), at(0.99));
    println!("| frames | p50 ms | p99 ms |\n|---:|---:|---:|\n| {} | {p50:.3} | {p99:.3} |", took.len());
    let json = serde_json::json!({ "name": "body", "frames": took.len(), "p50_ms": p50, "p99_ms": p99, "goal_p50_ms": GOAL_MS });
    figures::finish(
        args.json.as_deref(),
        &json,
        &format!("half of all frames below {GOAL_MS} ms"),
        p50 < GOAL_MS,
    )
}

/// What is asked at the beginning of a sheet.
type Ask = fn(&mut World);

fn sheets(stage: &mut Headless, folder: &Path) -> Result<()> {
    const SHEETS: [(&str, Attention, f32, Ask); 14] = [
        ("idle", Attention::Idle, 16.0, |_| {}),
        ("arrival", Attention::Attending, 2.0, |_| {}),
        ("wave", Attention::Attending, 3.2, |w| ask(w, Gesture::Wave)),
        ("listening", Attention::Listening, 3.0, |w| _ = w.write_message(NodAsked(1.0))),
        ("thinking", Attention::Thinking, 4.0, |_| {}),
        ("speaking", Attention::Speaking, 6.0, |w| _ = w.write_message(BeatAsked(1.0))),
        ("open_palms", Attention::Speaking, 3.0, |w| ask(w, Gesture::OpenPalms)),
        ("point_left", Attention::Speaking, 3.4, |w| {
            w.insert_resource(Shown(Some(Vec2::new(0.65, 0.1))));
            ask(w, Gesture::Point);
        }),
        ("point_below", Attention::Speaking, 3.4, |w| {
            w.insert_resource(Shown(Some(Vec2::new(-0.2, -0.6))));
            ask(w, Gesture::Point);
        }),
        ("halt", Attention::Speaking, 3.0, |w| ask(w, Gesture::Halt)),
        ("shake_head", Attention::Speaking, 1.8, |w| ask(w, Gesture::ShakeHead)),
        ("interrupted", Attention::Listening, 2.0, |w| {
            ask(w, Gesture::OpenPalms);
            ask(w, Gesture::Nod);
        }),
        ("bow", Attention::Attending, 3.2, |w| {
            w.write_message(MoodChanged { expression: Expression::Happy, strength: 0.7 });
            ask(w, Gesture::Bow);
        }),
        ("waiting", Attention::Waiting, 6.0, |_| {}),
    ];
    std::fs::create_dir_all(folder)?;
    for (name, attention, seconds, begin) in SHEETS {
        stage.world_mut().insert_resource(attention);
        begin(stage.world_mut());
        let apart = (seconds * RATE as f32 / PICTURES as f32) as u32;
        let mut pictures = Vec::new();
        for _ in 0..PICTURES {
            for _ in 1..apart {
                stage.update()?;
            }
            pictures.push(avatar_of(&stage.frame()?));
        }
        beside(&pictures).save_png(&folder.join(format!("{name}.png")))?;
        println!("{}", folder.join(format!("{name}.png")).display());
        // What comes next begins from rest.
        stage.world_mut().insert_resource(Attention::Attending);
        for _ in 0..RATE * 3 / 2 {
            stage.update()?;
        }
    }
    stage.frame()?.save_png(&folder.join("whole.png"))?;
    Ok(())
}

fn ask(world: &mut World, gesture: Gesture) {
    world.write_message(GestureAsked(gesture));
}

/// The middle of a picture, where the avatar is.
fn avatar_of(frame: &Frame) -> Frame {
    let width = (frame.height * 3 / 4).min(frame.width);
    frame.part((frame.width - width) / 2, 0, width, frame.height)
}

/// Pictures of one size beside each other, at half their size.
fn beside(pictures: &[Frame]) -> Frame {
    let (wide, high) = pictures.first().map_or((0, 0), |p| (p.width / 2, p.height / 2));
    let mut rgba = Vec::new();
    for y in 0..high {
        for picture in pictures {
            for x in 0..wide {
                for channel in 0..4 {
                    let at =
                        |x: u32, y: u32| picture.rgba.get(((y * picture.width + x) * 4 + channel) as usize);
                    let corners = [
                        at(2 * x, 2 * y),
                        at(2 * x + 1, 2 * y),
                        at(2 * x, 2 * y + 1),
                        at(2 * x + 1, 2 * y + 1),
                    ];
                    let sum: u32 = corners.into_iter().flatten().map(|n| u32::from(*n)).sum();
                    rgba.push((sum / 4) as u8);
                }
            }
        }
    }
    Frame { width: wide * pictures.len() as u32, height: high, rgba }
}
