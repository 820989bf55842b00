//! A visitor on foot: where they stand, which way they look, where they are going. Pure.
//!
//! Seen from above: x to the right, z towards where visitors come from. A heading of 0 looks along −z, larger ones to the left.

use bevy::prelude::*;

/// How fast people walk, in metres a second.
const PACE: f32 = 1.7;
/// How fast they begin and stop, in metres a second each second.
const PACE_CHANGE: f32 = 5.0;
/// How fast they turn when they are told to, and when they turn to where they go; in radians a second.
const TURN: [f32; 2] = [1.4, 2.2];
/// So near to where they are going they are there, in metres.
const THERE_M: f32 = 0.05;
/// Half of the room that a body takes, in metres.
const BODY_M: f32 = 0.3;
/// How high their eyes are, in metres.
const EYES_M: f32 = 1.55;
/// How far before the avatar somebody stands who is sent to the desk, in metres.
const BEFORE_M: f32 = 1.75;
/// Who is pointed at so far beside the avatar, in degrees, means it.
const MEANT_DEG: f32 = 9.0;
/// One step of time at the most, in seconds.
const STEP_MAX_S: f32 = 0.1;

/// What can be walked on: a room, and a round desk in it before whom visitors come to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ground {
    /// The room, from above.
    pub room: Rect,
    /// The middle of the desk, and its radius.
    pub desk: (Vec2, f32),
    /// Who is behind it, and which way they look.
    pub avatar: (Vec2, Vec2),
}

impl Ground {
    /// Where somebody stands who is sent to the desk.
    pub fn before_desk(&self) -> Vec2 {
        let (at, ahead) = self.avatar;
        self.free(at + ahead * BEFORE_M)
    }

    /// The nearest place where a body has room.
    fn free(&self, at: Vec2) -> Vec2 {
        let (middle, radius) = self.desk;
        let away = at - middle;
        let least = radius + BODY_M;
        let out = if away.length() < least {
            middle + away.try_normalize().unwrap_or(self.avatar.1) * least
        } else {
            at
        };
        let room = self.room.inflate(-BODY_M);
        if out.is_finite() { out.clamp(room.min, room.max) } else { room.center() }
    }

    /// Where somebody means to go who points from an eye in this direction.
    pub fn meant(&self, eye: Vec3, direction: Vec3) -> Option<Vec2> {
        let flat = Vec2::new(direction.x, direction.z);
        let to_avatar = self.avatar.0 - Vec2::new(eye.x, eye.z);
        if flat.angle_to(to_avatar).abs() < MEANT_DEG.to_radians() {
            return Some(self.before_desk());
        }
        let down = -direction.y;
        let floor = (down > 1e-3).then(|| eye + direction * (eye.y / down))?;
        let floor = Vec2::new(floor.x, floor.z);
        self.room.contains(floor).then(|| self.free(floor))
    }
}

/// What somebody wants of their legs, each from −1 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Steer {
    pub ahead: f32,
    /// To the right.
    pub aside: f32,
    /// To the left.
    pub turn: f32,
}

impl Steer {
    fn is_none(self) -> bool {
        self == Self::default()
    }
}

/// A visitor on foot.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Walker {
    pub at: Vec2,
    pub heading: f32,
    velocity: Vec2,
    goal: Option<Vec2>,
}

impl Walker {
    /// Somebody who stands there and looks at the desk.
    pub fn new(at: Vec2, ground: &Ground) -> Self {
        let at = ground.free(at);
        Self { at, heading: heading_to(ground.avatar.0 - at), velocity: Vec2::ZERO, goal: None }
    }

    /// Sends them somewhere; whoever steers meanwhile goes where they steer.
    pub fn go_to(&mut self, place: Vec2) {
        self.goal = place.is_finite().then_some(place);
    }

    /// Turns them, in radians to the left.
    pub fn turn(&mut self, by: f32) {
        if by.is_finite() {
            self.heading = wrapped(self.heading + by);
        }
    }

    /// Whether they stand still.
    pub fn rests(&self) -> bool {
        self.velocity == Vec2::ZERO && self.goal.is_none()
    }

    /// Goes on by `dt` seconds.
    pub fn step(&mut self, steer: Steer, ground: &Ground, dt: f32) {
        let dt = if dt.is_finite() { dt.clamp(0.0, STEP_MAX_S) } else { 0.0 };
        if !steer.is_none() {
            self.goal = None;
        }
        self.turn(steer.turn.clamp(-1.0, 1.0) * TURN[0] * dt);
        let wanted = match self.goal {
            Some(goal) => self.towards(goal, ground, dt),
            None => {
                let ahead = Vec2::new(-self.heading.sin(), -self.heading.cos());
                let right = Vec2::new(-ahead.y, ahead.x);
                (ahead * steer.ahead + right * steer.aside).clamp_length_max(1.0) * PACE
            }
        };
        self.velocity = self.velocity.move_towards(wanted, PACE_CHANGE * dt);
        let next = ground.free(self.at + self.velocity * dt);
        if self.goal.is_some() && dt > 0.0 && self.velocity != Vec2::ZERO && next.distance(self.at) < 1e-5 {
            // They cannot come nearer.
            self.goal = None;
        }
        self.at = next;
    }

    /// The velocity of somebody on their way; where they arrive they look at the avatar.
    fn towards(&mut self, goal: Vec2, ground: &Ground, dt: f32) -> Vec2 {
        let way = goal - self.at;
        let there = way.length() < THERE_M;
        let look = if way.length() < BODY_M { ground.avatar.0 - self.at } else { way };
        let off = wrapped(heading_to(look) - self.heading);
        self.turn(off.clamp(-TURN[1] * dt, TURN[1] * dt));
        if there && off.abs() < 0.02 {
            self.goal = None;
        }
        // They stop where they mean to.
        if there {
            Vec2::ZERO
        } else {
            way.clamp_length_max(PACE.min((2.0 * PACE_CHANGE * way.length()).sqrt()))
        }
    }

    /// How far they are from the avatar, in metres.
    pub fn distance(&self, ground: &Ground) -> f32 {
        self.at.distance(ground.avatar.0)
    }

    /// Their eyes.
    pub fn eye(&self) -> Vec3 {
        Vec3::new(self.at.x, EYES_M, self.at.y)
    }

    /// What they look at.
    pub fn looks_at(&self) -> Vec3 {
        self.eye() + Vec3::new(-self.heading.sin(), -0.03, -self.heading.cos())
    }
}

fn heading_to(way: Vec2) -> f32 {
    (-way.x).atan2(-way.y)
}

/// Between −π and π.
fn wrapped(angle: f32) -> f32 {
    let full = std::f32::consts::TAU;
    (angle + std::f32::consts::PI).rem_euclid(full) - std::f32::consts::PI
}

#[cfg(test)]
mod tests {
    use super::*;

    const GROUND: Ground = Ground {
        room: Rect { min: Vec2::new(-5.5, -2.0), max: Vec2::new(5.5, 9.5) },
        desk: (Vec2::new(0.0, -0.85), 1.7),
        avatar: (Vec2::ZERO, Vec2::Y),
    };
    const DT: f32 = 1.0 / 60.0;

    fn walker() -> Walker {
        Walker::new(Vec2::new(0.0, 8.0), &GROUND)
    }

    fn go(walker: &mut Walker, steer: Steer, seconds: f32) {
        for _ in 0..(seconds / DT) as u32 {
            walker.step(steer, &GROUND, DT);
        }
    }

    #[test]
    fn who_goes_ahead_comes_to_the_desk_and_not_through_it() {
        let mut visitor = walker();
        assert_eq!(visitor.distance(&GROUND), 8.0);
        go(&mut visitor, Steer { ahead: 1.0, ..Steer::default() }, 2.0);
        assert!((4.4..5.2).contains(&visitor.distance(&GROUND)), "{visitor:?}");
        go(&mut visitor, Steer { ahead: 1.0, ..Steer::default() }, 20.0);
        let (middle, radius) = GROUND.desk;
        assert!(visitor.at.distance(middle) >= radius + BODY_M - 1e-3, "{visitor:?}");
        assert!(visitor.distance(&GROUND) < 2.0);
        go(&mut visitor, Steer { ahead: -1.0, ..Steer::default() }, 3.0);
        assert!(visitor.distance(&GROUND) > 4.5, "{visitor:?}");
        go(&mut visitor, Steer::default(), 1.0);
        assert!(visitor.rests());
    }

    #[test]
    fn who_is_sent_arrives_and_looks_at_the_avatar() {
        for place in [GROUND.before_desk(), Vec2::new(3.0, 4.0), Vec2::new(-4.0, 8.5), Vec2::ZERO] {
            let mut visitor = walker();
            visitor.turn(2.5);
            visitor.go_to(GROUND.free(place));
            go(&mut visitor, Steer::default(), 12.0);
            assert!(visitor.rests(), "{place} {visitor:?}");
            assert!(visitor.at.distance(GROUND.free(place)) < 0.1, "{place}: {visitor:?}");
            let off = wrapped(heading_to(GROUND.avatar.0 - visitor.at) - visitor.heading);
            assert!(off.abs() < 0.1, "{place}: {off}");
        }
    }

    #[test]
    fn who_steers_is_not_pulled_any_more() {
        let mut visitor = walker();
        visitor.go_to(GROUND.before_desk());
        go(&mut visitor, Steer { ahead: -1.0, ..Steer::default() }, 0.5);
        go(&mut visitor, Steer::default(), 2.0);
        assert!(visitor.distance(&GROUND) > 8.0, "{visitor:?}");
    }

    #[test]
    fn nothing_jumps_and_nobody_leaves_the_room() {
        let mut visitor = walker();
        let mut seed = 7_u32;
        for _ in 0..20_000 {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let part = |shift: u32| ((seed >> shift & 3) as f32 - 1.5).round();
            let before = visitor.at;
            visitor.step(Steer { ahead: part(8), aside: part(12), turn: part(16) }, &GROUND, DT);
            if seed.is_multiple_of(97) {
                visitor.go_to(Vec2::new(part(20) * 9.0, part(24) * 9.0));
            }
            assert!(visitor.at.distance(before) < 2.0 * DT * PACE, "{before} → {visitor:?}");
            assert!(GROUND.room.contains(visitor.at) && visitor.at.distance(GROUND.desk.0) > GROUND.desk.1);
        }
        visitor.step(Steer { ahead: f32::NAN, ..Steer::default() }, &GROUND, f32::NAN);
        assert!(visitor.at.is_finite());
    }

    #[test]
    fn who_is_pointed_at_is_meant() {
        let eye = walker().eye();
        assert_eq!(GROUND.meant(eye, Vec3::new(0.02, 0.0, -1.0)), Some(GROUND.before_desk()));
        let floor = GROUND.meant(eye, Vec3::new(0.5, -0.4, -1.0)).unwrap();
        assert!((floor.y - (8.0 - EYES_M / 0.4)).abs() < 1e-3 && floor.x > 1.0, "{floor}");
        assert_eq!(GROUND.meant(eye, Vec3::new(0.8, 0.3, -1.0)), None, "the wall is no place to go");
        assert_eq!(GROUND.meant(eye, Vec3::new(0.0, -0.1, 1.0)), None, "behind the room's end");
    }
}
