//! The face: mood, mouth, lids and, where a file wants it so, the eyes' direction, as VRM expressions.
//!
//! What the avatar lacks is stood in for as `avatardesk avatar check` says.
//!
//! bevy_vrm1 applies each file's own rules (`overrideMouth`, `overrideBlink`, `isBinary`) to the weights set here.

use bevy::prelude::*;
use bevy_vrm1::prelude::{ExpressionEntityMap, ExpressionOverride};

use super::{
    AvatarSystems,
    blink::Blink,
    input::{BlinkAsked, MoodChanged, MouthShape},
    life::Life,
    load::Avatar,
    rig::Rig,
    skeleton::{Joint, turn},
};
use crate::{
    performance::Expression,
    stage::ease::Ease,
    vrm::{self, StandIns},
};

/// VRM's names of the moods, in the order of [`Face::moods`].
const MOODS: [&str; 5] = ["happy", "angry", "sad", "relaxed", "surprised"];
/// Seconds that a mood takes to come and go.
const MOOD_S: f32 = 0.9;
/// Seconds that the mouth is smoothed over: as short as a frame or two, so that it stays with the sound.
const MOUTH_S: f32 = 0.025;
/// A turn of the eyes, in degrees, that an expression of weight 1 stands for.
const LOOK_DEG: f32 = 24.0;
/// VRM's name of the jaw's bone.
const JAW: &str = "jaw";
/// How far the jaw opens where it stands in for the shapes of the mouth, in degrees.
const JAW_DEG: f32 = 14.0;

/// What one face shows.
#[derive(Component, Debug)]
pub struct Face {
    moods: [Ease; 5],
    wanted: [f32; 5],
    mouth: [f32; 5],
    blink: Blink,
    /// For what the avatar lacks.
    stand_ins: StandIns,
}

impl Default for Face {
    fn default() -> Self {
        Self {
            moods: [Ease::default(); 5],
            wanted: [0.0; 5],
            mouth: [0.0; 5],
            blink: Blink::new(0xB11C),
            stand_ins: StandIns::new(),
        }
    }
}

pub(super) fn plugin(app: &mut App) {
    app.add_systems(Update, (give_face, show).chain().in_set(AvatarSystems::Face));
}

fn give_face(
    mut commands: Commands,
    avatars: Query<(Entity, &ExpressionEntityMap, &Rig), (With<Avatar>, With<Life>, Without<Face>)>,
) {
    for (avatar, expressions, rig) in &avatars {
        // Expressions that move nothing were taken out of the file.
        let has = |name: &str| expressions.0.keys().any(|expression| expression.0 == name);
        let has_eyes = rig.joint(Joint::LeftEye).is_some() && rig.joint(Joint::RightEye).is_some();
        let stand_ins = vrm::stand_ins(has, rig.bones.contains_key(JAW), has_eyes);
        commands.entity(avatar).insert(Face { stand_ins, ..Face::default() });
        for entity in expressions.0.values() {
            commands.entity(*entity).insert(ExpressionOverride(0.0));
        }
    }
}

fn show(
    time: Res<Time>,
    mouth: Res<MouthShape>,
    mut asked: MessageReader<MoodChanged>,
    mut blinks: MessageReader<BlinkAsked>,
    mut faces: Query<(&mut Face, &mut Life, &Avatar, &ExpressionEntityMap, &Rig)>,
    mut weights: Query<&mut ExpressionOverride>,
    mut bones: Query<&mut Transform>,
) {
    let asked = asked.read().last().copied();
    let blinks = blinks.read().count() > 0;
    let dt = time.delta_secs();
    for (mut face, mut life, avatar, expressions, rig) in &mut faces {
        if let Some(mood) = asked {
            face.wanted = weights_of(mood);
        }
        if life.take_blink() || blinks {
            face.blink.now();
        }
        face.step(dt, &mouth);
        let shut = face.blink.step(dt).max(life.lids());
        let eyes = if avatar.eyes_by_expression { life.gaze.eyes / LOOK_DEG } else { Vec2::ZERO };
        for (name, entity) in expressions.0.iter() {
            if let Ok(mut weight) = weights.get_mut(*entity) {
                weight.0 = face.weight(&name.0, shut, eyes);
            }
        }
        if let Some(open) = face.jaw()
            && let Some(jaw) = rig.bones.get(JAW)
            && let Ok(mut place) = bones.get_mut(jaw.entity)
        {
            place.rotation = jaw.local(turn(open * JAW_DEG, 0.0, 0.0));
        }
    }
}

impl Face {
    fn step(&mut self, dt: f32, mouth: &MouthShape) {
        for (now, wanted) in self.moods.iter_mut().zip(self.wanted) {
            now.step(wanted, MOOD_S, dt);
        }
        let fast = 1.0 - (-dt / MOUTH_S).exp();
        for (now, wanted) in self.mouth.iter_mut().zip([mouth.aa, mouth.ih, mouth.ou, mouth.ee, mouth.oh]) {
            *now += (wanted - *now) * fast;
        }
    }

    /// How far the jaw's bone opens, 0..1, where it stands in for the mouth.
    fn jaw(&self) -> Option<f32> {
        let [aa, ih, ou, ee, oh] = self.mouth;
        vrm::jaw(&self.stand_ins, MouthShape { aa, ih, ou, ee, oh }.openness())
    }

    /// The weight of one of VRM's expressions that the avatar has, 0..1: its own and what it stands in for.
    fn weight(&self, name: &str, shut: f32, eyes: Vec2) -> f32 {
        vrm::share(&self.stand_ins, name, |name| self.wished(name, shut, eyes).clamp(0.0, 1.0))
    }

    /// The weight that an expression would have if the avatar had all of them.
    fn wished(&self, name: &str, shut: f32, eyes: Vec2) -> f32 {
        let [aa, ih, ou, ee, oh] = self.mouth;
        match name {
            "aa" => aa,
            "ih" => ih,
            "ou" => ou,
            "ee" => ee,
            "oh" => oh,
            "blink" => shut,
            "lookLeft" => eyes.x,
            "lookRight" => -eyes.x,
            "lookDown" => eyes.y,
            "lookUp" => -eyes.y,
            _ => {
                MOODS.iter().position(|m| *m == name).and_then(|i| self.moods.get(i)).map_or(0.0, |m| m.value)
            }
        }
    }
}

/// The weights of all moods for one that is asked for.
fn weights_of(mood: MoodChanged) -> [f32; 5] {
    let name = match mood.expression {
        Expression::Neutral => return [0.0; 5],
        Expression::Happy => "happy",
        Expression::Angry => "angry",
        Expression::Sad => "sad",
        Expression::Relaxed => "relaxed",
        Expression::Surprised => "surprised",
    };
    MOODS.map(|m| if m == name { mood.strength.clamp(0.0, 1.0) } else { 0.0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mood_comes_slowly_and_the_mouth_at_once() {
        let mut face = Face { wanted: weights_of(Expression::Happy.into()), ..Face::default() };
        let open = MouthShape { aa: 1.0, ..MouthShape::default() };
        face.step(1.0 / 60.0, &open);
        assert!(face.weight("happy", 0.0, Vec2::ZERO) < 0.1);
        assert!(face.weight("aa", 0.0, Vec2::ZERO) > 0.4);
        (0..120).for_each(|_| face.step(1.0 / 60.0, &open));
        assert!((face.weight("happy", 0.0, Vec2::ZERO) - 0.7).abs() < 0.01);
    }

    #[test]
    fn the_mouth_shuts_within_a_tenth_of_a_second() {
        let mut face = Face { mouth: [1.0; 5], ..Face::default() };
        (0..6).for_each(|_| face.step(1.0 / 60.0, &MouthShape::default()));
        assert!(face.weight("aa", 0.0, Vec2::ZERO) < 0.03);
    }

    #[test]
    fn a_face_that_lacks_shapes_shows_what_stands_in() {
        let has = |name: &str| ["aa", "blinkLeft", "blinkRight"].contains(&name);
        let face = Face {
            mouth: [0.0, 0.0, 0.8, 0.0, 0.0],
            stand_ins: vrm::stand_ins(has, true, true),
            ..Face::default()
        };
        assert!((face.weight("aa", 0.0, Vec2::ZERO) - 0.4).abs() < 1e-6);
        assert_eq!(["blinkLeft", "blinkRight"].map(|eye| face.weight(eye, 1.0, Vec2::ZERO)), [1.0, 1.0]);
        assert_eq!(face.jaw(), None);
        let none = Face { stand_ins: vrm::stand_ins(|_| false, true, true), ..face };
        assert!((none.jaw().unwrap() - 0.4).abs() < 1e-6);
    }

    #[test]
    fn only_the_mood_that_was_asked_for_is_shown() {
        let weights = weights_of(MoodChanged { expression: Expression::Sad, strength: 2.0 });
        assert_eq!(weights, [0.0, 0.0, 1.0, 0.0, 0.0]);
    }
}
