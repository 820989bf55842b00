//! A plant: a pot turned on a lathe and arching leaves.

use bevy::prelude::*;

use super::{desk::Part, input::PlantPlan, shape::Shape};
use crate::stage::look::Kind;

/// Leaves of one plant.
const LEAVES: u32 = 22;
/// Pieces along a leaf.
const PIECES: usize = 10;
/// Height of the pot as a part of the whole.
const POT: f32 = 0.24;

/// A number in 0..1 that depends on nothing but its input.
fn chance(seed: u32, of: u32) -> f32 {
    let mut x = seed.wrapping_mul(0x9E37_79B9) ^ of.wrapping_mul(0x85EB_CA6B);
    x ^= x >> 15;
    x = x.wrapping_mul(0x2C1B_3C6D);
    x ^= x >> 12;
    (x & 0xFFFF) as f32 / 65535.0
}

/// The parts of one plant.
pub fn parts(plan: &PlantPlan, pot_colour: Color) -> Vec<Part> {
    let at = Vec3::new(plan.x, 0.0, plan.z);
    let pot_height = plan.height * POT;
    let (mut pot, mut leaves, mut shadow) = (Shape::default(), Shape::default(), Shape::default());

    let r = pot_height * 0.42;
    let outline = [
        Vec2::new(r * 0.72, 0.0),
        Vec2::new(r * 0.80, pot_height * 0.05),
        Vec2::new(r, pot_height * 0.92),
        Vec2::new(r * 1.03, pot_height),
        Vec2::new(r * 0.94, pot_height),
        Vec2::new(r * 0.90, pot_height * 0.9),
        Vec2::new(0.0, pot_height * 0.88),
    ];
    pot.sweep(0.0, std::f32::consts::PI, 28, &outline, |p| {
        Vec3::splat(0.65 + 0.35 * p.y / pot_height).extend(1.0)
    });
    let pot = pot.moved(at);

    for leaf in 0..LEAVES {
        let pick = |of: u32| chance(plan.seed.wrapping_mul(97) + leaf, of);
        let around = std::f32::consts::TAU * (leaf as f32 / LEAVES as f32 * 3.0 + 0.25 * pick(1));
        let rank = leaf as f32 / LEAVES as f32;
        // Young leaves stand in the middle, old ones lean outwards.
        let lean = 0.12 + 0.75 * rank + 0.2 * pick(2);
        let length = (plan.height - pot_height) * (1.05 - 0.32 * rank - 0.18 * pick(3));
        let width = 0.05 + 0.035 * pick(4);
        blade(&mut leaves, at + Vec3::Y * pot_height * 0.88, around, lean, length, width, pick(5));
    }
    let dark = Vec4::new(0.0, 0.0, 0.0, 0.7);
    shadow.rectangle(at + Vec3::Y * 0.004, Vec3::X * r * 2.2, Vec3::NEG_Z * r * 2.2, dark, dark);

    vec![
        Part { gloss: 0.2, tint: pot_colour, ..Part::new("pot", Kind::Plain, pot) },
        Part { gloss: 0.25, ..Part::new("leaves", Kind::Leaf, leaves) },
        Part { blend: Some(0.5), ..Part::new("plant shadow", Kind::Shadow, shadow) },
    ]
}

/// One leaf: a strip that bends down under its own weight, dark where it grows, light at its tip.
fn blade(shape: &mut Shape, root: Vec3, around: f32, lean: f32, length: f32, width: f32, hue: f32) {
    let out = Vec3::new(around.sin(), 0.0, around.cos());
    let side = Vec3::new(out.z, 0.0, -out.x);
    let mut at = root;
    let mut last: Option<[u32; 3]> = None;
    for piece in 0..=PIECES {
        let t = piece as f32 / PIECES as f32;
        let bend = lean * (0.35 + 1.5 * t * t);
        let direction = Vec3::Y * bend.cos() + out * bend.sin();
        let half = width * (t * std::f32::consts::PI * 0.94 + 0.12).sin().max(0.02);
        let normal = side.cross(direction).normalize_or(Vec3::Y);
        let deep = Vec3::new(0.012, 0.075, 0.055);
        let fresh = Vec3::new(0.10 + 0.09 * hue, 0.34, 0.14 + 0.04 * hue);
        let colour = deep.lerp(fresh, (t * 0.9 + 0.1 * hue).clamp(0.0, 1.0));
        // Folded along the middle, so that light falls differently on both halves.
        let fold = normal * half * 0.28;
        let a = shape.corner(
            at - side * half + fold,
            normal - side * 0.45,
            Vec2::new(0.0, t),
            (colour * 0.9).extend(1.0),
        );
        let m = shape.corner(at, normal, Vec2::new(0.5, t), (colour * 1.15).extend(1.0));
        let b = shape.corner(
            at + side * half + fold,
            normal + side * 0.45,
            Vec2::new(1.0, t),
            colour.extend(1.0),
        );
        if let Some([la, lm, lb]) = last {
            shape.face([la, lm, m, a]);
            shape.face([lm, lb, b, m]);
        }
        last = Some([a, m, b]);
        at += direction * (length / PIECES as f32);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_plants_differ_and_one_is_always_the_same() {
        assert_eq!(chance(3, 1), chance(3, 1));
        assert_ne!(chance(3, 1), chance(8, 1));
        assert!((0..200).all(|i| (0.0..=1.0).contains(&chance(i, i * 7))));
    }
}
