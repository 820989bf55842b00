//! Movement without jerks: a pose that follows what is wanted as damped springs do. Pure.

use bevy::prelude::*;

use super::skeleton::{JOINTS, Joint, Pose};

/// The longest step of a pose's springs, in seconds: longer ones are taken in several.
const STEP_S: f32 = 1.0 / 120.0;
/// How quickly bones follow, per second: two of these behind what is wanted.
const RATE: f32 = 26.0;
/// The fastest that a bone turns, in radians per second. People wave at about 7.
pub const SPEED_MOST: f32 = 10.0;
/// The quickest that a bone changes its turning, in radians per second squared.
pub const ACCELERATION_MOST: f32 = 150.0;
/// The same for the hips' way, in metres per second squared.
const PUSH_MOST: f32 = 6.0;

/// A pose that follows another one.
#[derive(Debug, Clone)]
pub struct Follow {
    shown: Pose,
    turning: [Vec3; JOINTS],
    pushing: Vec3,
    curling: [[f32; 5]; 2],
}

impl Follow {
    /// Stands as this pose does.
    pub fn at(pose: Pose) -> Self {
        Self { shown: pose, turning: [Vec3::ZERO; JOINTS], pushing: Vec3::ZERO, curling: [[0.0; 5]; 2] }
    }

    /// What is seen.
    pub fn pose(&self) -> &Pose {
        &self.shown
    }

    /// Goes on by `dt` seconds.
    pub fn step(&mut self, wanted: &Pose, dt: f32) {
        let steps = (dt / STEP_S).ceil().clamp(1.0, 64.0);
        let h = dt / steps;
        for _ in 0..steps as u32 {
            self.small_step(wanted, h);
        }
    }

    fn small_step(&mut self, wanted: &Pose, h: f32) {
        for (joint, turning) in Joint::ALL.iter().zip(&mut self.turning) {
            let now = self.shown.get(*joint);
            let away = shortest(wanted.get(*joint) * now.inverse());
            *turning = pulled(*turning, away, h, ACCELERATION_MOST).clamp_length_max(SPEED_MOST);
            if turning.length_squared() > 1e-12 {
                self.shown.set(*joint, (Quat::from_scaled_axis(*turning * h) * now).normalize());
            }
        }
        self.pushing = pulled(self.pushing, wanted.shift - self.shown.shift, h, PUSH_MOST);
        self.shown.shift += self.pushing * h;
        let own = self.shown.curl.iter_mut().flatten().zip(self.curling.iter_mut().flatten());
        for ((own, speed), wanted) in own.zip(wanted.curl.iter().flatten()) {
            *speed += ((RATE * RATE * (wanted - *own) - 2.0 * RATE * *speed) * h)
                .clamp(-ACCELERATION_MOST * h, ACCELERATION_MOST * h);
            *own += *speed * h;
        }
    }
}

/// The speed after `h` seconds of a spring's pull towards what is `away`.
fn pulled(speed: Vec3, away: Vec3, h: f32, most: f32) -> Vec3 {
    // No faster than it can be stopped in time: otherwise a long way would be overshot.
    let brake = (1.4 * most * away.length()).sqrt();
    let pull = RATE * RATE * away - 2.0 * RATE * speed;
    let next = speed + pull.clamp_length_max(most) * h;
    let toward = away.try_normalize().unwrap_or_default();
    let excess = (next.dot(toward) - brake).max(0.0);
    next - toward * excess.min(most * h)
}

/// A turn as axis and angle, the short way round.
fn shortest(turn: Quat) -> Vec3 {
    let turn = if turn.w < 0.0 { -turn } else { turn };
    turn.to_scaled_axis()
}

#[cfg(test)]
mod tests {
    use super::super::skeleton::turn;
    use super::*;

    #[test]
    fn a_pose_follows_a_jump_without_one_and_does_not_swing_past() {
        let mut wanted = Pose::default();
        wanted.set(Joint::Head, turn(0.0, 60.0, 0.0));
        let mut follow = Follow::at(Pose::default());
        follow.step(&wanted, 1.0 / 60.0);
        assert!(follow.pose().get(Joint::Head).angle_between(Quat::IDENTITY).to_degrees() < 3.0);
        let mut most = 0.0_f32;
        for _ in 0..120 {
            follow.step(&wanted, 1.0 / 60.0);
            most = most.max(follow.pose().get(Joint::Head).to_euler(EulerRot::YXZ).0.to_degrees());
        }
        assert!((follow.pose().get(Joint::Head).angle_between(wanted.get(Joint::Head))) < 0.01);
        assert!(most < 63.0, "{most}");
    }
}
