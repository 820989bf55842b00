//! How the camera gets from one shot to the next: eased, or at once for those whom motion makes unwell. Pure.

use bevy::prelude::*;

use super::framing::Shot;
use crate::stage::ease::Ease;

/// How long a move takes, in seconds.
const MOVE_S: f32 = 1.7;

/// A camera on its way, or at rest.
#[derive(Debug, Clone, Default)]
pub struct Moving {
    /// Eye, what is looked at, and the field of view.
    parts: Option<[Ease; 7]>,
    /// Of the picture that this was last framed for.
    aspect: f32,
}

impl Moving {
    /// Where it is.
    pub fn eye(&self) -> Option<Vec3> {
        let [x, y, z, ..] = self.parts.as_ref()?.each_ref().map(|part| part.value);
        Some(Vec3::new(x, y, z))
    }

    /// Goes on towards a shot by `dt` seconds. `cut` is there at once; so is the first shot, and one for another shape of screen.
    pub fn step(&mut self, wanted: &Shot, aspect: f32, dt: f32, cut: bool) -> Shot {
        let numbers = |shot: &Shot| {
            let (eye, at) = (shot.eye, shot.look_at);
            [eye.x, eye.y, eye.z, at.x, at.y, at.z, shot.fov]
        };
        let resized = (self.aspect - aspect).abs() > 1e-4;
        self.aspect = aspect;
        let parts = match &mut self.parts {
            Some(parts) if !cut && !resized => parts,
            parts => parts.insert(numbers(wanted).map(Ease::at)),
        };
        for (part, wanted) in parts.iter_mut().zip(numbers(wanted)) {
            part.step(wanted, MOVE_S, dt);
            // It comes to rest: what stands still is drawn once.
            if part.rests_at(wanted) {
                *part = Ease::at(wanted);
            }
        }
        let [x, y, z, at_x, at_y, at_z, fov] = parts.map(|part| part.value);
        Shot { eye: Vec3::new(x, y, z), look_at: Vec3::new(at_x, at_y, at_z), fov }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: Shot = Shot { eye: Vec3::new(0.0, 1.3, 4.0), look_at: Vec3::new(0.0, 1.2, 0.0), fov: 0.5 };
    const THERE: Shot = Shot { eye: Vec3::new(0.6, 1.2, 3.0), look_at: Vec3::new(0.4, 1.1, 0.0), fov: 0.5 };

    #[test]
    fn a_move_has_no_cut_and_comes_to_rest() {
        let mut moving = Moving::default();
        assert_eq!(moving.step(&HERE, 1.8, 0.016, false), HERE);
        let (mut before, mut speed, mut rests) = (HERE, 0.0_f32, 0);
        for _ in 0..240 {
            let now = moving.step(&THERE, 1.8, 1.0 / 60.0, false);
            let step = now.eye.distance(before.eye) * 60.0;
            assert!(step < 3.0 && (step - speed).abs() < 0.5, "{speed} then {step} m/s");
            rests += u32::from(now == before);
            (before, speed) = (now, step);
        }
        assert!(before == THERE && rests > 20, "{rests}");
    }

    #[test]
    fn who_wants_no_motion_gets_a_cut_and_a_turned_screen_too() {
        let mut moving = Moving::default();
        moving.step(&HERE, 1.8, 0.016, false);
        assert_eq!(moving.step(&THERE, 1.8, 0.016, true), THERE);
        assert_eq!(moving.step(&HERE, 0.6, 0.016, false), HERE);
    }
}
