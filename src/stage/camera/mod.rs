//! The camera: stands back and goes slowly around while nobody is there, comes nearer to who comes, and frames a conversation so
//! that head and hands stand where no panel is.

mod framing;
mod moving;

pub use framing::{Figure, Region, Shot, conversation};

use bevy::{
    camera::CameraMainTextureUsages,
    core_pipeline::tonemapping::{DebandDither, Tonemapping},
    light::cluster::ClusterConfig,
    prelude::*,
    render::{render_resource::TextureUsages, view::NoIndirectDrawing},
};
use bevy_egui::PrimaryEguiContext;

use self::moving::Moving;
use super::{
    avatar::{ReducedMotion, Stature},
    look::{Kept, Preset},
    set::Set,
    walk::{Walker, Walking},
};

/// The camera that visitors look through, and that panels are drawn over.
#[derive(Component, Debug)]
pub struct StageCamera {
    /// Where nothing is drawn.
    pub background: Color,
}

/// What the camera is to show; written by apps.
#[derive(Resource, Debug, Clone, Copy, PartialEq)]
pub struct Framing {
    /// The part of the screen that panels leave free.
    pub free: Region,
    /// Nobody is there: further back, and slowly around.
    pub attract: bool,
}

impl Default for Framing {
    fn default() -> Self {
        Self { free: Region::WHOLE, attract: false }
    }
}

/// Where nothing is drawn.
const BACKGROUND: Color = Color::srgb(0.047, 0.102, 0.141);
/// The longest step of a move, in seconds: after a pause the camera goes on, it does not jump.
const LONGEST_STEP_S: f32 = 0.1;

/// Who is served sees the desk as the scene wants it to be seen, up to so far away from the avatar, in metres.
const SERVED_M: f32 = 2.4;
/// Where a picture is drawn once, eyes on foot see a new one after so many metres, or so many degrees.
const STRIDE: (f32, f32) = (0.45, 9.0);

/// Eyes that were elsewhere have caught up with their feet from here on, in metres.
const CAUGHT_UP_M: f32 = 0.08;

/// Everything about the camera.
pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Framing>()
        .init_resource::<Way>()
        .add_systems(PostUpdate, frame.before(TransformSystems::Propagate));
}

/// What a camera of the stage is made of; a window's or a picture's target is added to it.
pub(super) fn camera() -> impl Bundle {
    (
        StageCamera { background: BACKGROUND },
        CameraMainTextureUsages::default().with(TextureUsages::COPY_DST),
        PrimaryEguiContext,
        Kept::default(),
        Camera3d::default(),
        Camera { clear_color: ClearColorConfig::Custom(BACKGROUND), ..default() },
        Tonemapping::None,
        DebandDither::Disabled,
        Msaa::Off,
        NoIndirectDrawing,
        ClusterConfig::Single,
    )
}

/// Where the camera is on its way.
#[derive(Resource, Debug, Default)]
struct Way {
    moving: Moving,
    /// Seconds since nobody was there.
    alone_s: f32,
    /// What somebody on foot saw last, in strides.
    seen: Option<Shot>,
}

#[derive(bevy::ecs::system::SystemParam)]
struct Wanted<'w> {
    set: Res<'w, Set>,
    framing: Res<'w, Framing>,
    stature: Res<'w, Stature>,
    walking: Res<'w, Walking>,
    preset: Res<'w, Preset>,
    calm: Res<'w, ReducedMotion>,
}

impl Wanted<'_> {
    /// The visitor on foot, unless they stand at the desk and are served.
    fn on_foot(&self) -> Option<Walker> {
        let (walker, ground) = self.walking.visitor?;
        (self.framing.attract || walker.distance(&ground) > SERVED_M).then_some(walker)
    }

    fn shot(&self, aspect: f32, alone_s: f32) -> Shot {
        let place = self.set.avatar_place.translation;
        let figure = Figure { feet: place, head_top: self.stature.head_top };
        if let Some(walker) = self.on_foot() {
            return framing::on_foot(walker.eye(), walker.looks_at(), aspect);
        }
        if self.framing.attract {
            // Where the set is drawn once, a camera that never rests would draw it in each frame.
            let still = self.calm.0 || self.preset.quality().baked_set;
            return framing::attract(&self.set.camera, aspect, &figure, alone_s, still);
        }
        framing::conversation(&self.set.camera, aspect, self.framing.free, &figure)
    }
}

/// Whether these two pictures are hardly different.
fn in_stride(seen: &Shot, now: &Shot) -> bool {
    let turned = (seen.look_at - seen.eye).angle_between(now.look_at - now.eye).to_degrees();
    seen.eye.distance(now.eye) < STRIDE.0 && turned < STRIDE.1 && seen.fov == now.fov
}

fn frame(
    time: Res<Time>,
    wanted: Wanted,
    mut way: ResMut<Way>,
    mut cameras: Query<(&Camera, &mut Transform, &mut Projection), With<StageCamera>>,
) {
    let dt = time.delta_secs().min(LONGEST_STEP_S);
    way.alone_s = if wanted.framing.attract { way.alone_s + dt } else { 0.0 };
    for (camera, mut place, mut lens) in &mut cameras {
        let Some(size) = camera.physical_viewport_size().filter(|s| s.y > 0) else { continue };
        let aspect = size.x as f32 / size.y as f32;
        // Another avatar stands there at once, and so does the camera. Without a graphics card a move would draw the set anew in
        // each frame, which takes ten times as long as a frame may.
        let drawn_once = wanted.preset.quality().copies_set();
        let cut = wanted.calm.0 || drawn_once || wanted.stature.is_changed();
        let shot = wanted.shot(aspect, way.alone_s);
        let walker = wanted.on_foot();
        let shot = match walker {
            Some(walker) if drawn_once => {
                let seen = way.seen.filter(|seen| !walker.rests() && in_stride(seen, &shot));
                seen.unwrap_or(shot)
            }
            _ => shot,
        };
        way.seen = walker.map(|_| shot);
        // Eyes go with their feet: nothing is eased on top of that, once they have caught up.
        let caught_up =
            walker.is_some() && way.moving.eye().is_some_and(|eye| eye.distance(shot.eye) < CAUGHT_UP_M);
        let shot = way.moving.step(&shot, aspect, dt, cut || caught_up);
        place.set_if_neq(shot.place());
        let same = matches!(&*lens, Projection::Perspective(p) if p.fov == shot.fov);
        if !same {
            *lens = Projection::Perspective(PerspectiveProjection {
                fov: shot.fov,
                near: 0.1,
                far: 100.0,
                ..default()
            });
        }
    }
}
