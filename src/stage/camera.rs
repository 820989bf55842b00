//! The camera: frames the avatar, so that head and upper body take about half of the picture's height.

use bevy::{
    camera::CameraMainTextureUsages,
    core_pipeline::tonemapping::{DebandDither, Tonemapping},
    light::cluster::ClusterConfig,
    prelude::*,
    render::{render_resource::TextureUsages, view::NoIndirectDrawing},
};
use bevy_egui::PrimaryEguiContext;

use super::{
    avatar::Stature,
    set::{CameraPlan, Set},
};

/// The camera that visitors look through, and that panels are drawn over.
#[derive(Component, Debug)]
pub struct StageCamera {
    /// Where nothing is drawn.
    pub background: Color,
}

/// Adjusts the framing while running: an app moves the avatar aside while it shows a page.
#[derive(Resource, Debug, Clone, Copy, PartialEq, Default)]
pub struct Framing {
    /// Instead of the scene's: -1 left edge, 0 middle, 1 right edge.
    pub avatar_at: Option<f32>,
}

/// Where the camera stands and how wide it looks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shot {
    /// Place and direction.
    pub place: Transform,
    /// Vertical field of view in radians.
    pub fov: f32,
}

/// In a picture that is higher than wide, this much of its width is shown at the avatar's place, in metres.
const PORTRAIT_WIDTH: f32 = 1.02;
/// Where nothing is drawn.
const BACKGROUND: Color = Color::srgb(0.047, 0.102, 0.141);
/// Room above the head, as a part of the picture's height.
const HEADROOM: f32 = 0.13;

/// The shot for a picture of the given shape (width by height) and an avatar whose head ends at `head_top` metres.
pub fn shot(plan: &CameraPlan, aspect: f32, head_top: f32, avatar_at: f32) -> Shot {
    let aspect = if aspect.is_finite() { aspect.clamp(0.2, 6.0) } else { 1.0 };
    if let Some([wide, high]) = plan.views {
        let view = if aspect >= 1.0 { wide } else { high };
        let place = Transform::from_translation(view.eye).looking_at(view.look_at, Vec3::Y);
        return Shot { place, fov: view.fov_deg.clamp(8.0, 90.0).to_radians() };
    }
    let height = plan.view_height.clamp(0.3, 10.0).max(PORTRAIT_WIDTH / aspect);
    let fov = plan.fov_deg.clamp(8.0, 90.0).to_radians();
    let distance = height * 0.5 / (fov * 0.5).tan();
    // A high picture keeps the head where eyes meet it, and shows more desk below.
    let top = head_top + height * HEADROOM.min(0.24 / height.max(0.1));
    let middle = top - height * 0.5;
    let x = -avatar_at.clamp(-1.0, 1.0) * height * aspect * 0.5;
    let eye = Vec3::new(x, middle + plan.raise, distance);
    Shot { place: Transform::from_translation(eye).looking_at(Vec3::new(x, middle, 0.0), Vec3::Y), fov }
}

/// Everything about the camera.
pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Framing>().add_systems(PostUpdate, frame.before(TransformSystems::Propagate));
}

/// What a camera of the stage is made of; a window's or a picture's target is added to it.
pub(super) fn camera() -> impl Bundle {
    (
        StageCamera { background: BACKGROUND },
        CameraMainTextureUsages::default().with(TextureUsages::COPY_DST),
        PrimaryEguiContext,
        Camera3d::default(),
        Camera { clear_color: ClearColorConfig::Custom(BACKGROUND), ..default() },
        Tonemapping::None,
        DebandDither::Disabled,
        Msaa::Off,
        NoIndirectDrawing,
        ClusterConfig::Single,
    )
}

fn frame(
    set: Res<Set>,
    framing: Res<Framing>,
    stature: Res<Stature>,
    mut cameras: Query<(&Camera, &mut Transform, &mut Projection), With<StageCamera>>,
) {
    for (camera, mut place, mut lens) in &mut cameras {
        let Some(size) = camera.physical_viewport_size().filter(|s| s.y > 0) else { continue };
        let avatar_at = framing.avatar_at.unwrap_or(set.camera.avatar_at);
        let shot = shot(&set.camera, size.x as f32 / size.y as f32, stature.head_top, avatar_at);
        place.set_if_neq(shot.place);
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Where a point lies in the picture: 0 bottom, 1 top.
    fn height_in_picture(shot: &Shot, point: Vec3) -> f32 {
        let seen = shot.place.to_matrix().inverse().transform_point3(point);
        0.5 + 0.5 * (seen.y / -seen.z) / (shot.fov * 0.5).tan()
    }

    #[test]
    fn upper_body_takes_about_half_of_a_wide_picture() {
        let shot = shot(&CameraPlan::default(), 16.0 / 9.0, 1.66, 0.0);
        let head = height_in_picture(&shot, Vec3::new(0.0, 1.66, 0.0));
        let waist = height_in_picture(&shot, Vec3::new(0.0, 0.95, 0.0));
        assert!((0.8..0.95).contains(&head), "{head}");
        assert!((0.42..0.62).contains(&(head - waist)), "{}", head - waist);
    }

    #[test]
    fn a_high_picture_shows_the_shoulders_whole() {
        let shot = shot(&CameraPlan::default(), 9.0 / 16.0, 1.66, 0.0);
        let half_width = shot.place.translation.z * (shot.fov * 0.5).tan() * 9.0 / 16.0;
        assert!(half_width >= 0.5, "{half_width}");
        assert!(height_in_picture(&shot, Vec3::new(0.0, 1.66, 0.0)) < 0.95);
    }

    #[test]
    fn no_input_breaks_the_camera() {
        for aspect in [0.0, f32::NAN, f32::INFINITY, 1e9] {
            assert!(shot(&CameraPlan::default(), aspect, 1.6, 7.0).place.is_finite());
        }
    }
}
