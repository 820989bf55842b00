//! Where the camera stands: a pure function of the screen's shape, of what panels leave free, and of who is shown.

use bevy::prelude::*;

use crate::stage::set::CameraPlan;

/// In a picture that is higher than wide, this much of its width is shown at the avatar's place, in metres.
const PORTRAIT_WIDTH: f32 = 1.02;
/// Room above the head, as a part of the picture's height.
const HEADROOM: f32 = 0.13;
/// The figure with its hands: from so high above the floor to the top of the head, and so far to each side, of a figure as tall as
/// `USUAL`. In metres.
const HANDS_LOW: f32 = 0.97;
/// See [`HANDS_LOW`].
const HANDS_WIDE: f32 = 0.46;
/// The top of the usual figure's head.
const USUAL: f32 = 1.62;
/// Of the free region that the figure takes at most; the rest is air.
const FILL: f32 = 0.94;
/// A conversation is looked at from no further than so many times the scene's distance.
const FAR_MOST: f32 = 1.35;
/// While nobody is there the camera stands back by this factor.
const ATTRACT_BACK: f32 = 1.22;
/// How far the camera goes round while nobody is there, to each side in degrees, and up.
const ORBIT_DEG: Vec2 = Vec2::new(8.0, 1.4);
/// How much of a lobby somebody on foot sees, from left to right in degrees.
const ON_FOOT_DEG: f32 = 68.0;
/// The seconds of one round.
const ORBIT_S: f32 = 44.0;

/// A part of the screen, from 0 (left, top) to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Region {
    /// Its upper left corner.
    pub min: Vec2,
    /// Its lower right corner.
    pub max: Vec2,
}

impl Region {
    /// The whole screen.
    pub const WHOLE: Region = Region { min: Vec2::ZERO, max: Vec2::ONE };

    /// A region that is none too small to stand in.
    fn usable(self) -> Self {
        let min = self.min.clamp(Vec2::ZERO, Vec2::splat(0.8));
        let max = self.max.clamp(min + Vec2::splat(0.2), Vec2::ONE);
        if min.is_finite() && max.is_finite() { Self { min, max } } else { Self::WHOLE }
    }
}

/// Where the camera stands and how wide it looks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shot {
    /// Where it stands.
    pub eye: Vec3,
    /// What is in the middle of the picture.
    pub look_at: Vec3,
    /// Vertical field of view in radians.
    pub fov: f32,
}

impl Shot {
    /// Place and direction.
    pub fn place(&self) -> Transform {
        Transform::from_translation(self.eye).looking_at(self.look_at, Vec3::Y)
    }

    /// Where a point lies on a screen of this shape, as regions count.
    pub fn on_screen(&self, point: Vec3, aspect: f32) -> Vec2 {
        let seen = self.place().to_matrix().inverse().transform_point3(point);
        let half = (self.fov * 0.5).tan() * -seen.z;
        Vec2::new(0.5 + 0.5 * seen.x / (half * aspect), 0.5 - 0.5 * seen.y / half)
    }
}

/// Who is shown: where the feet are, and how high the top of the head is above them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figure {
    /// In metres.
    pub feet: Vec3,
    /// In metres.
    pub head_top: f32,
}

impl Figure {
    /// The box that holds head and hands: its middle, and half of its width and height.
    pub fn head_and_hands(&self) -> (Vec3, Vec2) {
        let size = (self.head_top / USUAL).clamp(0.3, 3.0);
        let (low, high) = (HANDS_LOW * size, self.head_top + 0.02);
        let middle = self.feet + Vec3::Y * (low + high) * 0.5;
        (middle, Vec2::new(HANDS_WIDE * size, (high - low) * 0.5))
    }
}

/// The scene's own shot for a screen of this shape (width by height).
pub fn scene_shot(plan: &CameraPlan, aspect: f32, figure: &Figure) -> Shot {
    let aspect = usable(aspect);
    if let Some([wide, high]) = plan.views {
        let view = if aspect >= 1.0 { wide } else { high };
        return Shot {
            eye: view.eye,
            look_at: view.look_at,
            fov: view.fov_deg.clamp(8.0, 90.0).to_radians(),
        };
    }
    let height = plan.view_height.clamp(0.3, 10.0).max(PORTRAIT_WIDTH / aspect);
    let fov = plan.fov_deg.clamp(8.0, 90.0).to_radians();
    let distance = height * 0.5 / (fov * 0.5).tan();
    // A high picture keeps the head where eyes meet it, and shows more desk below.
    let top = figure.head_top + height * HEADROOM.min(0.24 / height.max(0.1));
    let middle = figure.feet + Vec3::Y * (top - height * 0.5);
    let aside = Vec3::X * -plan.avatar_at.clamp(-1.0, 1.0) * height * aspect * 0.5;
    Shot { eye: middle + aside + Vec3::new(0.0, plan.raise, distance), look_at: middle + aside, fov }
}

/// The shot of a conversation: the scene's own, moved along its axes so that head and hands stand in the free region.
///
/// Where the region is too small for both, the head is in it.
pub fn conversation(plan: &CameraPlan, aspect: f32, free: Region, figure: &Figure) -> Shot {
    let aspect = usable(aspect);
    let scene = scene_shot(plan, aspect, figure);
    let free = free.usable();
    let place = scene.place();
    let (ahead, right, up) = (*place.forward(), *place.right(), *place.up());
    let (middle, half) = figure.head_and_hands();
    let tan = (scene.fov * 0.5).tan();
    let room = (free.max - free.min) * FILL;
    // As far as the scene wants it, or as far as it must be.
    let own = (middle - scene.eye).dot(ahead).max(0.3);
    let needed = (half.x / (tan * aspect * room.x)).max(half.y / (tan * room.y));
    let distance = own.max(needed).min(own * FAR_MOST);
    let screen = Vec2::new(tan * aspect, tan) * distance;
    // The figure's middle in the picture, -1..1 with y upwards: across in the middle of what is free, upright as the scene has it.
    let across = free.min.x + free.max.x - 1.0;
    let high = (middle - scene.look_at).dot(up) / screen.y;
    let part = half.y / screen.y;
    let (top, bottom) = (1.0 - 2.0 * free.min.y, 1.0 - 2.0 * free.max.y);
    let air = (1.0 - FILL) * (free.max.y - free.min.y);
    let upright = high.max(bottom + air + part).min(top - air - part);
    let eye = middle - ahead * distance - right * across * screen.x - up * upright * screen.y;
    Shot { eye, look_at: eye + ahead * distance, fov: scene.fov }
}

/// The shot while nobody is there, `t` seconds after it began: further back, and slowly around; `still` stands.
pub fn attract(plan: &CameraPlan, aspect: f32, figure: &Figure, t: f32, still: bool) -> Shot {
    let scene = scene_shot(plan, aspect, figure);
    let around = if still { 0.0 } else { (t * std::f32::consts::TAU / ORBIT_S).sin() };
    let rise = if still { 0.0 } else { (t * std::f32::consts::TAU / (ORBIT_S * 0.5)).cos() - 1.0 };
    let turn = Quat::from_rotation_y((ORBIT_DEG.x * around).to_radians())
        * Quat::from_axis_angle(*scene.place().right(), (ORBIT_DEG.y * 0.5 * rise).to_radians());
    let eye = scene.look_at + turn * (scene.eye - scene.look_at) * ATTRACT_BACK;
    // Never through the floor.
    Shot { eye: eye.with_y(eye.y.max(0.25)), ..scene }
}

/// What somebody on foot sees: a lobby, whatever the shape of the screen.
pub fn on_foot(eye: Vec3, look_at: Vec3, aspect: f32) -> Shot {
    let across = (ON_FOOT_DEG.to_radians() * 0.5).tan();
    let fov = 2.0 * (across / usable(aspect).max(0.8)).atan();
    Shot { eye, look_at, fov: fov.clamp(0.5, 1.2) }
}

fn usable(aspect: f32) -> f32 {
    if aspect.is_finite() { aspect.clamp(0.2, 6.0) } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stage::set::View;

    const FIGURE: Figure = Figure { feet: Vec3::ZERO, head_top: 1.62 };

    fn helpdesk() -> CameraPlan {
        let view =
            |y, z, at, fov_deg| View { eye: Vec3::new(0.0, y, z), look_at: Vec3::new(0.0, at, 0.0), fov_deg };
        CameraPlan {
            views: Some([view(1.25, 3.2, 1.11, 26.0), view(1.5, 3.0, 1.08, 40.0)]),
            ..CameraPlan::default()
        }
    }

    /// Where head and hands are on the screen: the upper left and the lower right corner.
    fn shown(shot: &Shot, aspect: f32, figure: &Figure) -> (Vec2, Vec2) {
        let (middle, half) = figure.head_and_hands();
        let corner = |x: f32, y: f32| shot.on_screen(middle + Vec3::new(half.x * x, half.y * y, 0.0), aspect);
        (corner(-1.0, 1.0).min(corner(-1.0, -1.0)), corner(1.0, -1.0).max(corner(1.0, 1.0)))
    }

    #[test]
    fn head_and_hands_are_in_the_free_region_of_every_screen() {
        // What panels leave free: everything, the left part of wide screens, the upper part of high ones.
        let wide = [Region::WHOLE, region(0.0, 0.0, 0.62, 0.80), region(0.02, 0.02, 0.55, 0.85)];
        let high = [Region::WHOLE, region(0.0, 0.0, 1.0, 0.55), region(0.02, 0.02, 0.98, 0.50)];
        let screens = [
            (720, 1280),
            (1080, 1920),
            (2160, 3840),
            (768, 1024),
            (1080, 1080),
            (1024, 768),
            (1280, 720),
            (1280, 800),
            (1920, 1080),
            (2560, 1080),
            (3840, 2160),
        ];
        for plan in [CameraPlan::default(), helpdesk()] {
            for (width, height) in screens {
                let aspect = width as f32 / height as f32;
                for free in if width > height { wide } else { high } {
                    for figure in [FIGURE, Figure { feet: Vec3::new(0.4, 0.1, -0.2), head_top: 1.3 }] {
                        let shot = conversation(&plan, aspect, free, &figure);
                        let (min, max) = shown(&shot, aspect, &figure);
                        let inside = min.cmpge(free.min - 1e-3).all() && max.cmple(free.max + 1e-3).all();
                        assert!(inside, "{width}×{height}, {free:?}: {min} to {max}");
                        assert!(max.y - min.y > 0.18, "{width}×{height}: too small, {min} to {max}");
                    }
                }
            }
        }
    }

    fn region(left: f32, top: f32, right: f32, bottom: f32) -> Region {
        Region { min: Vec2::new(left, top), max: Vec2::new(right, bottom) }
    }

    #[test]
    fn the_check_of_regions_finds_who_stands_outside() {
        let shot = scene_shot(&helpdesk(), 16.0 / 9.0, &FIGURE);
        let (_, max) = shown(&shot, 16.0 / 9.0, &FIGURE);
        assert!(max.x > 0.55, "the scene's own shot has the avatar in the middle: {max}");
    }

    #[test]
    fn where_there_is_little_room_the_head_is_in_it() {
        let free = region(0.0, 0.0, 1.0, 0.30);
        let shot = conversation(&helpdesk(), 16.0 / 9.0, free, &FIGURE);
        let (top, chin) =
            (shot.on_screen(Vec3::Y * 1.62, 16.0 / 9.0), shot.on_screen(Vec3::Y * 1.36, 16.0 / 9.0));
        assert!(top.y > 0.0 && chin.y < 0.30, "{top} {chin}");
    }

    #[test]
    fn upper_body_takes_about_half_of_a_wide_picture() {
        let shot = scene_shot(&CameraPlan::default(), 16.0 / 9.0, &Figure { head_top: 1.66, ..FIGURE });
        let head = 1.0 - shot.on_screen(Vec3::new(0.0, 1.66, 0.0), 1.0).y;
        let waist = 1.0 - shot.on_screen(Vec3::new(0.0, 0.95, 0.0), 1.0).y;
        assert!((0.8..0.95).contains(&head), "{head}");
        assert!((0.42..0.62).contains(&(head - waist)), "{}", head - waist);
    }

    #[test]
    fn the_orbit_is_slow_and_stands_for_who_wants_it_still() {
        let plan = helpdesk();
        let at = |t: f32, still: bool| attract(&plan, 16.0 / 9.0, &FIGURE, t, still).eye;
        let (mut far, mut fast) = (0.0_f32, 0.0_f32);
        for frame in 0..60 * 60 {
            let t = frame as f32 / 60.0;
            far = far.max(at(t, false).x.abs());
            fast = fast.max(at(t + 1.0 / 60.0, false).distance(at(t, false)) * 60.0);
            assert_eq!(at(t, true), at(0.0, true));
        }
        assert!(far > 0.3 && fast < 0.12, "{far} m, {fast} m/s");
    }

    #[test]
    fn no_input_breaks_the_camera() {
        for aspect in [0.0, f32::NAN, f32::INFINITY, 1e9] {
            for free in [Region::WHOLE, region(f32::NAN, 0.0, 1.0, 1.0), region(0.9, 0.9, 0.1, 0.1)] {
                let shot = conversation(&CameraPlan::default(), aspect, free, &FIGURE);
                assert!(shot.eye.is_finite() && shot.place().is_finite());
            }
        }
    }
}
