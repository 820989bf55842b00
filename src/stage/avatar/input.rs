//! What apps tell the avatar, and what it tells them.

use bevy::prelude::*;

use crate::performance::{Expression, Gesture};

/// What the avatar is doing in the conversation.
#[derive(Resource, Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Attention {
    /// Nobody is there.
    #[default]
    Idle,
    /// A visitor is there.
    Attending,
    /// A visitor speaks.
    Listening,
    /// An answer is being looked for.
    Thinking,
    /// The avatar speaks.
    Speaking,
    /// Nobody drives the avatar for a while: who does is with another visitor, or away.
    Waiting,
}

/// How open the mouth is in each of VRM's five shapes, 0..1. Written in each frame by who plays the sound.
#[derive(Resource, Debug, Clone, Copy, PartialEq, Default)]
pub struct MouthShape {
    /// As in "father".
    pub aa: f32,
    /// As in "see".
    pub ih: f32,
    /// As in "too".
    pub ou: f32,
    /// As in "bed".
    pub ee: f32,
    /// As in "or".
    pub oh: f32,
}

impl MouthShape {
    /// How open it is at all, 0..1.
    pub fn openness(&self) -> f32 {
        (self.aa + 0.5 * self.ih + 0.5 * self.ou + 0.7 * self.ee + 0.8 * self.oh).clamp(0.0, 1.0)
    }
}

/// Where the avatar looks.
#[derive(Resource, Debug, Clone, Copy, PartialEq, Default)]
pub enum LookTarget {
    /// At who looks at the screen.
    #[default]
    Camera,
    /// At a place in the scene, in metres: a visitor whose position is known.
    Place(Vec3),
    /// At a point of the screen: x and y from -1 (left, bottom) to 1.
    Pointer(Vec2),
}

/// For visitors whom motion makes unwell: no swaying, no beats, small gestures.
#[derive(Resource, Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ReducedMotion(pub bool);

/// The mood of the face from now on.
#[derive(Message, Debug, Clone, Copy, PartialEq)]
pub struct MoodChanged {
    /// The mood.
    pub expression: Expression,
    /// How much, 0..1.
    pub strength: f32,
}

impl From<Expression> for MoodChanged {
    fn from(expression: Expression) -> Self {
        Self { expression, strength: 0.7 }
    }
}

/// Asks for a movement now. It blends with one that is under way.
#[derive(Message, Debug, Clone, Copy, PartialEq, Eq)]
pub struct GestureAsked(pub Gesture);

/// Asks for a small movement of the hands now, with a stressed word. Strength 0..1.
#[derive(Message, Debug, Clone, Copy, PartialEq)]
pub struct BeatAsked(pub f32);

/// Asks for a nod now, as listeners nod when the other pauses. Strength 0..1.
#[derive(Message, Debug, Clone, Copy, PartialEq)]
pub struct NodAsked(pub f32);

/// Asks for a blink now: people blink where a clause ends.
#[derive(Message, Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlinkAsked;

/// What a pointing hand points at: a point of the screen, x and y from -1 (left, bottom) to 1.
#[derive(Resource, Debug, Clone, Copy, PartialEq, Default)]
pub struct Shown(pub Option<Vec2>);

/// Whether the avatar can be seen.
#[derive(Resource, Debug, Clone, PartialEq, Eq, Default)]
pub enum AvatarStatus {
    /// The file is being read.
    #[default]
    Loading,
    /// It stands at the desk.
    Ready,
    /// It cannot be shown; a sentence for the log and for the host.
    Failed(String),
}

/// Why the avatar that the scene names cannot be shown, and the house avatar stands in; `None` when all is well.
#[derive(Resource, Debug, Clone, PartialEq, Eq, Default)]
pub struct AvatarFault(pub Option<String>);

/// How tall the avatar is.
#[derive(Resource, Debug, Clone, Copy, PartialEq)]
pub struct Stature {
    /// Height of the top of the head above the floor, in metres.
    pub head_top: f32,
    /// Height of the eyes, in metres.
    pub eyes: f32,
}

/// From the head's joint to the top of the head, as a part of the height of the joint. Usual for people: 0.15 of 1.45 m.
const SKULL: f32 = 0.135;
/// From the head's joint to the eyes, likewise.
const EYES: f32 = 0.045;
/// From the eyes to the top of the head, as a part of the way from the head's joint to the eyes: drawn heads are larger than people's.
const CROWN: f32 = 1.8;

impl Stature {
    /// Of an avatar whose head's joint is so high, and whose eyes are, where it has such bones. `None` of no usable height.
    pub fn of(head: f32, eyes: Option<f32>) -> Option<Self> {
        let usable = head.is_finite() && head > 0.1;
        let eyes = eyes.filter(|eyes| eyes.is_finite() && (head * 1.01..head * 1.4).contains(eyes));
        let (low, high) = (head * (1.0 + EYES), head * (1.0 + SKULL));
        let crown = eyes.map_or(high, |eyes| high.max(eyes + CROWN * (eyes - head)));
        usable.then_some(Self { head_top: crown, eyes: eyes.unwrap_or(low) })
    }
}

impl Default for Stature {
    fn default() -> Self {
        Self { head_top: 1.66, eyes: 1.53 }
    }
}

pub(super) fn plugin(app: &mut App) {
    app.init_resource::<Attention>()
        .init_resource::<MouthShape>()
        .init_resource::<LookTarget>()
        .init_resource::<ReducedMotion>()
        .init_resource::<Shown>()
        .init_resource::<AvatarStatus>()
        .init_resource::<AvatarFault>()
        .init_resource::<Stature>()
        .add_message::<MoodChanged>()
        .add_message::<GestureAsked>()
        .add_message::<BeatAsked>()
        .add_message::<NodAsked>()
        .add_message::<BlinkAsked>();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_heads_end_higher_than_their_joint_says() {
        // The house avatar: its hair ends at 1.63 m.
        let tall = Stature::of(1.351, Some(1.46)).unwrap();
        assert!((1.62..1.70).contains(&tall.head_top) && tall.eyes == 1.46, "{tall:?}");
        let person = Stature::of(1.45, Some(1.52)).unwrap();
        assert!((1.63..1.68).contains(&person.head_top), "{person:?}");
        assert!(Stature::of(1.45, None).unwrap().head_top > 1.6);
        assert_eq!(Stature::of(1.45, Some(9.0)), Stature::of(1.45, None), "eyes that are elsewhere");
        assert_eq!(Stature::of(f32::NAN, None), None);
    }
}
