//! Questions at a whole desk, with its picture and without.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use avatardesk::client::now;
use avatardesk::conversation::{Language, Timings};
use avatardesk::kiosk::{KioskPlugin, with_core};
use avatardesk::stage::headless::{Headless, Pace, Settings};
use avatardesk::stage::look::Preset;
use avatardesk::stage::set::Set;

use crate::support::clips::Clip;
use crate::support::desk::{self, Desk};
use crate::support::told::Saying;
use crate::support::visitor::Visitor;

/// The time of a frame.
const FRAME: Duration = Duration::from_micros(16_667);
/// How long all of it may take, for each question.
const QUESTION_MAX: Duration = Duration::from_secs(20);

/// What came of each question; `None` where no answer came in time.
pub struct Turns {
    pub timings: Vec<Option<Timings>>,
    pub frames_per_sec: Option<f64>,
}

/// Nothing is drawn.
pub fn undrawn(mut desk: Desk, clips: &[Clip], saying: Saying) -> Result<Turns> {
    let until = latest(clips);
    let mut visitor = Visitor::new(clips, desk.microphone.clone(), saying);
    while visitor.act(&mut desk.core) {
        in_time(until)?;
        desk.core.update(now());
        std::thread::sleep(FRAME);
    }
    Ok(Turns { timings: visitor.turns, frames_per_sec: None })
}

/// The kiosk is drawn meanwhile, by the same processor, at its lowest preset.
pub fn drawn(desk: Desk, clips: &[Clip], saying: Saying) -> Result<Turns> {
    let Desk { core, scene, knowledge, microphone, runtime } = desk;
    let settings = Settings {
        pace: Pace::RealTime,
        preset: Some(Preset::Potato),
        assets: desk::file("assets"),
        ..Settings::default()
    };
    let set = Set::from_scene(&scene, core.desk(), Language::En);
    let mut stage = Headless::new(settings, set, |app| {
        app.add_plugins(KioskPlugin::new(core, scene, knowledge));
    })?;
    stage.settle()?;
    let until = latest(clips);
    let mut visitor = Visitor::new(clips, microphone, saying);
    let (begun, mut frames) = (Instant::now(), 0_u32);
    loop {
        in_time(until)?;
        let frame_begun = Instant::now();
        stage.update()?;
        frames += 1;
        if !with_core(stage.world_mut(), |core| visitor.act(core)).context("the kiosk has gone")? {
            break;
        }
        std::thread::sleep(FRAME.saturating_sub(frame_begun.elapsed()));
    }
    let rate = f64::from(frames) / begun.elapsed().as_secs_f64();
    drop(stage);
    drop(runtime);
    Ok(Turns { timings: visitor.turns, frames_per_sec: Some(rate) })
}

fn latest(clips: &[Clip]) -> Instant {
    Instant::now() + QUESTION_MAX * u32::try_from(clips.len()).unwrap_or(u32::MAX)
}

fn in_time(until: Instant) -> Result<()> {
    if Instant::now() > until {
        bail!("the visit has taken more than {} s for each question", QUESTION_MAX.as_secs());
    }
    Ok(())
}
