//! Two bones that reach for a place: arms and legs. Pure.

use bevy::prelude::*;

/// No limb is stretched further than this: a straight one would jerk when it bends.
pub const STRAIGHT: f32 = 0.998;

/// The two bones of a limb that goes `way`, with its joint on the side of `pole`. Lengths as `way`'s. What is out of reach is
/// reached for.
pub fn bend(way: Vec3, upper: f32, lower: f32, pole: Vec3) -> (Vec3, Vec3) {
    let direction = way.try_normalize().unwrap_or(Vec3::NEG_Y);
    let distance = way.length().clamp((upper - lower).abs() + 1e-3, (upper + lower) * STRAIGHT);
    let along = (upper * upper + distance * distance - lower * lower) / (2.0 * distance);
    let beside = (upper * upper - along * along).max(0.0).sqrt();
    let middle = direction * along + beside_of(direction, pole) * beside;
    (middle, direction * distance - middle)
}

/// The turn that brings two directions, the second as far as the first lets it, to two others.
pub fn between(from: (Vec3, Vec3), to: (Vec3, Vec3)) -> Quat {
    let frame = |(first, second): (Vec3, Vec3)| {
        let first = first.try_normalize().unwrap_or(Vec3::X);
        let second = beside_of(first, second);
        Quat::from_mat3(&Mat3::from_cols(first, second, first.cross(second)))
    };
    (frame(to) * frame(from).inverse()).normalize()
}

/// The part of `wanted` that is at right angles to a direction, of length 1.
pub fn beside_of(direction: Vec3, wanted: Vec3) -> Vec3 {
    let beside = wanted - direction * direction.dot(wanted);
    beside.try_normalize().unwrap_or_else(|| direction.any_orthonormal_vector())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_bones_keep_their_length_and_arrive() {
        for way in [Vec3::new(0.3, -0.6, 0.2), Vec3::new(0.0, -0.8, 0.0), Vec3::new(-0.1, 0.1, 0.0)] {
            let (upper, lower) = bend(way, 0.43, 0.41, Vec3::Z);
            assert!((upper.length() - 0.43).abs() < 1e-4 && (lower.length() - 0.41).abs() < 1e-4);
            assert!((upper + lower).distance(way) < 1e-3, "{way}");
        }
        let (upper, lower) = bend(Vec3::X * 9.0, 0.43, 0.41, Vec3::NEG_Z);
        assert!((upper + lower).length() < 0.84 && upper.z < 0.0);
    }

    #[test]
    fn a_turn_brings_both_directions() {
        let turn = between((Vec3::X, Vec3::NEG_Z), (Vec3::NEG_Y, Vec3::NEG_Z));
        assert!((turn * Vec3::X).distance(Vec3::NEG_Y) < 1e-5);
        assert!((turn * Vec3::NEG_Y).distance(Vec3::NEG_X) < 1e-5, "the palm lies against the thigh");
    }
}
