//! One avatar's life: what it was told and its own small movements, layer upon layer, as one pose that never jumps. Pure.
//!
//! From below: the stance with its breath and weight; the speaking hands; gestures and clips, each with a weight that eases in and
//! out; head and gaze. What comes out is followed by springs with a bounded speed and acceleration, and the legs are bent so that the feet
//! stay.

use std::sync::Arc;

use bevy::prelude::*;

use super::{
    build::Build,
    clip::Clip,
    gaze::{Gaze, direction},
    gesture::{self, Figure},
    idle::Stance,
    input::Attention,
    skeleton::{Joint, Pose, SIDES, turn},
    spring::Follow,
    talk::Talk,
};
use crate::{performance::Gesture, stage::ease::Ease};

/// Gestures that may be under way at once; the oldest makes room.
const GESTURES_MAX: usize = 4;
/// How long a gesture that another one replaces takes to go, in seconds.
const REPLACED_S: f32 = 0.5;
/// The size of gestures for those whom motion makes unwell.
const CALM_SIZE: f32 = 0.5;
/// How much the strongest nod of a listener is of a nod that was asked for.
const LISTENER_NOD: (f32, f32) = (0.35, 0.75);
/// For so long the eyes go along to what is pointed at, in seconds.
const GLANCE_S: f32 = 1.1;
/// The part of the head's turn that the trunk takes, when somebody is turned to.
const TRUNK_PART: f32 = 0.16;

/// What is asked of the avatar in one frame.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// Gestures that begin now, with the clip that stands in for each.
    pub gestures: Vec<(Gesture, Option<Arc<Clip>>)>,
    /// A beat of the hands, strength 0..1.
    pub beat: Option<f32>,
    /// A listener's nod, strength 0..1.
    pub nod: Option<f32>,
}

/// What surrounds the avatar in one frame.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Around {
    /// What it is doing.
    pub attention: Attention,
    /// No swaying, no beats, small gestures.
    pub still: bool,
    /// How open the mouth is, 0..1.
    pub mouth: f32,
    /// Where the eyes are, of the avatar.
    pub eyes: Vec3,
    /// Where the visitor is, of the avatar.
    pub visitor: Vec3,
    /// What a pointing hand points at, of the avatar.
    pub shown: Option<Vec3>,
}

/// A gesture or a clip under way.
#[derive(Debug, Clone)]
struct Playing {
    gesture: Gesture,
    clip: Option<Arc<Clip>>,
    age: f32,
    weight: Ease,
    size: f32,
    aim: Vec3,
    replaced: bool,
}

/// What one avatar is in the middle of.
#[derive(Component, Debug)]
pub struct Life {
    build: Build,
    stance: Stance,
    talk: Talk,
    playing: Vec<Playing>,
    /// Head and eyes.
    pub gaze: Gaze,
    mouth: Ease,
    before: Attention,
    follow: Option<Follow>,
    shown: Pose,
    blinks: bool,
}

impl Life {
    /// A body that stands at ease.
    pub fn new(build: Build, seed: u32) -> Self {
        Self {
            build,
            stance: Stance::new(seed ^ 0xA17A),
            talk: Talk::new(seed ^ 0x7A1C),
            playing: Vec::new(),
            gaze: Gaze::new(seed ^ 0x9A2E),
            mouth: Ease::default(),
            before: Attention::Idle,
            follow: None,
            shown: Pose::default(),
            blinks: false,
        }
    }

    /// How the body stands now.
    pub fn pose(&self) -> &Pose {
        &self.shown
    }

    /// Whether people would blink now: the eyes go far, or attention turns. Tells each once.
    pub fn take_blink(&mut self) -> bool {
        std::mem::take(&mut self.blinks)
    }

    /// How far gestures shut the eyes, 0..1.
    pub fn lids(&self) -> f32 {
        let shut = |playing: &Playing| match playing.clip {
            Some(_) => 0.0,
            None => gesture::figure(playing.gesture, playing.age, playing.aim).lids * playing.weight.value,
        };
        self.playing.iter().map(shut).fold(0.0, f32::max)
    }

    /// Goes on by `dt` seconds.
    pub fn step(&mut self, dt: f32, asked: &Asked, around: &Around) {
        for (gesture, clip) in &asked.gestures {
            let own = if around.still { gesture::calm(*gesture) } else { Some(*gesture) };
            let clip = clip.clone().filter(|_| !around.still);
            if let Some(gesture) = own {
                let size = if around.still { CALM_SIZE } else { 1.0 };
                self.begin(gesture, clip, size, around);
            }
        }
        if let Some(strength) = asked.nod {
            let (least, most) = LISTENER_NOD;
            let size = least + (most - least) * strength.clamp(0.0, 1.0);
            self.begin(Gesture::Nod, None, if around.still { size * CALM_SIZE } else { size }, around);
        }
        if let Some(strength) = asked.beat.filter(|_| !around.still) {
            self.talk.asked(strength);
        }
        self.turn_attention(around);
        self.stance.step(dt, around.attention, around.still);
        self.talk.step(dt, around.attention == Attention::Speaking && !around.still);
        let visitor = direction(around.eyes, around.visitor);
        self.blinks |= self.gaze.step(dt, visitor, around.attention, around.still);

        let mut pose = self.stance.pose(&self.build, around.still);
        let upper = self.build.upper_arm();
        for (side, reach, weight) in self.talk.hands() {
            reach.arm(upper).lay_over(&mut pose, side, weight);
        }
        let nod = 1.8 * self.talk.down();
        pose.add(Joint::Head, turn(nod, 0.0, 0.0));
        self.play(dt, &mut pose);
        self.turn_head(dt, around, &mut pose);
        let follow = self.follow.get_or_insert_with(|| Follow::at(pose.clone()));
        follow.step(&pose, dt);
        self.shown.clone_from(follow.pose());
        self.build.plant_feet(&mut self.shown);
    }

    fn begin(&mut self, gesture: Gesture, clip: Option<Arc<Clip>>, size: f32, around: &Around) {
        if self.playing.len() >= GESTURES_MAX {
            self.playing.remove(0);
        }
        let chest = self.build.place(Joint::LeftUpperArm).with_x(0.0);
        let aim = around.shown.unwrap_or(around.eyes + Vec3::new(1.0, -0.1, 0.8)) - chest;
        let new = Playing { gesture, clip, age: 0.0, weight: Ease::default(), size, aim, replaced: false };
        let taken = new.arms();
        for old in &mut self.playing {
            let shared = old.arms().into_iter().zip(taken).any(|(old, new)| old && new);
            old.replaced |= shared || old.gesture == gesture;
        }
        if gesture == Gesture::Point && new.clip.is_none() {
            self.gaze.glance(direction(around.eyes, around.eyes + aim), GLANCE_S);
        }
        self.playing.push(new);
    }

    fn turn_attention(&mut self, around: &Around) {
        let (now, before) = (around.attention, std::mem::replace(&mut self.before, around.attention));
        if now == before {
            return;
        }
        // People blink when their attention turns.
        self.blinks = true;
        let away =
            |attention| matches!(attention, Attention::Idle | Attention::Thinking | Attention::Waiting);
        match (away(before), away(now)) {
            (true, false) => self.gaze.turn_to_visitor(),
            (_, true) => self.gaze.turn_away(),
            (false, false) => {}
        }
    }

    /// Gestures and clips, the newest on top.
    fn play(&mut self, dt: f32, pose: &mut Pose) {
        let upper = self.build.upper_arm();
        for playing in &mut self.playing {
            playing.step(dt);
            let weight = playing.weight.value;
            if let Some(clip) = &playing.clip {
                clip.lay_over(playing.age, weight, self.build.size(), pose);
                continue;
            }
            let figure: Figure = gesture::figure(playing.gesture, playing.age, playing.aim);
            for (side, reach) in SIDES.into_iter().zip(figure.arms) {
                if let Some(reach) = reach {
                    reach.arm(upper).lay_over(pose, side, weight);
                }
            }
            figure.turn_trunk(pose, weight * playing.size);
        }
        self.playing.retain(|playing| !playing.is_over());
    }

    fn turn_head(&mut self, dt: f32, around: &Around, pose: &mut Pose) {
        let speaks = around.attention == Attention::Speaking && !around.still;
        let mouth = self.mouth.step(if speaks { around.mouth } else { 0.0 }, 0.35, dt);
        pose.add(Joint::Head, turn(-1.8 * mouth, 0.0, 0.0));
        let head = self.gaze.head;
        let trunk = head.x * TRUNK_PART;
        pose.add(Joint::Spine, turn(0.0, trunk * 0.5, 0.0));
        pose.add(Joint::Chest, turn(0.0, trunk * 0.5, 0.0));
        pose.add(Joint::Neck, turn(head.y * 0.4, (head.x - trunk) * 0.4, 0.0));
        pose.add(Joint::Head, turn(head.y * 0.6, (head.x - trunk) * 0.6, 0.0));
    }
}

impl Playing {
    /// Which arms it takes.
    fn arms(&self) -> [bool; 2] {
        match &self.clip {
            Some(clip) => clip.arms(),
            None => gesture::figure(self.gesture, 0.0, self.aim).arms.map(|arm| arm.is_some()),
        }
    }

    /// How long it takes, how long it takes to come, and to go.
    fn seconds(&self) -> (f32, f32, f32) {
        match &self.clip {
            Some(clip) => {
                (clip.seconds(), 0.4_f32.min(clip.seconds() * 0.3), 0.5_f32.min(clip.seconds() * 0.3))
            }
            None => gesture::seconds(self.gesture),
        }
    }

    fn step(&mut self, dt: f32) {
        self.age += dt;
        let (length, come, go) = self.seconds();
        let (wanted, within) = if self.replaced {
            (0.0, REPLACED_S)
        } else if self.age < length - go {
            (1.0, come)
        } else {
            (0.0, go)
        };
        self.weight.step(wanted, within, dt);
    }

    fn is_over(&self) -> bool {
        let (length, _, go) = self.seconds();
        (self.replaced || self.age >= length - go) && self.weight.rests_at(0.0)
    }
}

#[cfg(test)]
#[path = "life_tests.rs"]
mod tests;
