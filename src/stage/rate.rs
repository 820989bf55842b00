//! How often a window is drawn, and with which preset: by who looks at it, and by how long frames take.

use std::time::Duration;

use bevy::{
    prelude::*,
    window::PrimaryWindow,
    winit::{UpdateMode, WinitSettings},
};

use super::{
    camera::Framing,
    look::{Governor, Preset},
};

/// Frames per second at most while nobody is there.
const FRAMES_ALONE: f64 = 30.0;
/// Frames per second while the window is not in front.
const FRAMES_IN_BACK: f64 = 20.0;

/// Frames per second at most while somebody is there.
#[derive(Resource, Debug, Clone, Copy)]
struct Rate(f64);

/// What watches the frames; `None` where the host has chosen the preset.
#[derive(Resource, Debug)]
struct Watched(Option<Governor>);

/// Draws a window at this rate. `most` is the highest preset that frames may be drawn with; without it the preset stays.
pub(super) fn set_up(app: &mut App, frames_per_second: f64, most: Option<Preset>) {
    app.insert_resource(settings(frames_per_second))
        .insert_resource(Rate(frames_per_second))
        .insert_resource(Watched(most.map(Governor::new)))
        .add_systems(Update, (slow_down, watch));
}

fn settings(frames_per_second: f64) -> WinitSettings {
    let every = |rate: f64| UpdateMode::Reactive {
        wait: Duration::from_secs_f64(1.0 / rate.clamp(1.0, 1000.0)),
        react_to_device_events: false,
        react_to_user_events: true,
        react_to_window_events: true,
    };
    WinitSettings {
        focused_mode: every(frames_per_second),
        unfocused_mode: every(frames_per_second.min(FRAMES_IN_BACK)),
    }
}

/// An avatar that nobody looks at breathes as well with half of the frames.
fn slow_down(
    framing: Res<Framing>,
    rate: Res<Rate>,
    mut alone: Local<Option<bool>>,
    mut winit: ResMut<WinitSettings>,
) {
    if alone.replace(framing.attract) != Some(framing.attract) {
        *winit = settings(if framing.attract { rate.0.min(FRAMES_ALONE) } else { rate.0 });
    }
}

fn watch(
    time: Res<Time<Real>>,
    framing: Res<Framing>,
    rate: Res<Rate>,
    windows: Query<&Window, With<PrimaryWindow>>,
    mut watched: ResMut<Watched>,
    mut preset: ResMut<Preset>,
) {
    let Some(governor) = &mut watched.0 else { return };
    // What is slow on purpose says nothing of the machine.
    if framing.attract || !windows.iter().any(|window| window.focused) {
        return governor.rest();
    }
    let wanted = 1.0 / rate.0.clamp(1.0, 1000.0) as f32;
    if let Some(other) = governor.frame(time.delta_secs(), wanted, *preset) {
        tracing::info!(from = ?*preset, to = ?other, "frames come too late, or have long come in time: another preset");
        *preset = other;
    }
}
