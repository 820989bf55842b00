//! The room: a ribbed wall with light from below, a ring of light behind the avatar, a screen, a floor.

use bevy::prelude::*;

use super::{
    desk::{Part, linear},
    input::{ScreenPlan, Set},
    lobby,
    shape::Shape,
};
use crate::stage::look::Kind;

/// Where the wall stands, in metres behind the avatar.
pub const WALL_Z: f32 = -2.3;
/// Half the width of the wall and the floor, in metres.
const HALF_WIDTH: f32 = 9.0;
/// How far the floor goes towards visitors who do not walk, in metres.
const FLOOR_END: f32 = 4.0;
/// Height of the wall, in metres.
const HEIGHT: f32 = 6.0;
/// The middle of the ring of light: behind the avatar's head.
const RING: Vec3 = Vec3::new(0.0, 1.42, WALL_Z + 0.03);
/// Its radius.
const RING_RADIUS: f32 = 0.98;

/// All parts of the room.
pub fn parts(set: &Set) -> Vec<Part> {
    let colours = &set.palette;
    let mut parts = vec![floor(set)];
    if !set.wall {
        return parts;
    }
    parts.push(wall(set));

    let mut halo = Shape::default();
    halo.rectangle(
        RING,
        Vec3::X * 2.6,
        Vec3::Y * 2.2,
        linear(colours.wall_light),
        linear(colours.wall_light),
    );
    let halo = Part { blend: Some(1.0), ..Part::new("halo", Kind::Halo, halo) };
    parts.push(halo);

    // The disc inside the ring is smooth, so that the avatar stands out against it.
    let mut disc = Shape::default();
    let (low, high) = (linear(colours.wall), linear(colours.wall_light));
    disc.plaque(
        RING + Vec3::Z * 0.01,
        Vec2::splat(RING_RADIUS * 2.0),
        RING_RADIUS,
        low.lerp(high, 0.42).with_w(1.0),
    );
    parts.push(Part {
        gloss: 0.05,
        second: colours.gold,
        strength: 0.3,
        ..Part::new("disc", Kind::Plain, disc)
    });
    let mut inside = Shape::default();
    inside.rectangle(RING + Vec3::new(0.0, 0.12, 0.02), Vec3::X, Vec3::Y, high, high);
    parts.push(Part { blend: Some(2.0), ..Part::new("disc light", Kind::Halo, inside) });
    let mut ring = Shape::default();
    ring.ring(RING + Vec3::Z * 0.03, RING_RADIUS - 0.012, RING_RADIUS + 0.012, linear(colours.gold));
    parts.push(Part { strength: 1.1, ..Part::new("ring", Kind::Light, ring) });

    let mut cove = Shape::default();
    cove.rectangle(
        Vec3::new(0.0, 0.03, WALL_Z + 0.05),
        Vec3::X * HALF_WIDTH,
        Vec3::Y * 0.015,
        linear(colours.gold),
        linear(colours.gold),
    );
    cove.rectangle(
        Vec3::new(0.0, 3.1, WALL_Z + 0.05),
        Vec3::X * HALF_WIDTH,
        Vec3::Y * 0.012,
        linear(colours.gold),
        linear(colours.gold),
    );
    parts.push(Part { strength: 0.9, ..Part::new("coves", Kind::Light, cove) });

    parts
}

fn wall(set: &Set) -> Part {
    let mut shape = Shape::default();
    let (base, deep) = (Vec4::ONE, Vec3::splat(0.42).extend(1.0));
    // Darker towards the sides and the top, in a few columns, so that the eye stays in the middle.
    let columns = 8;
    for column in 0..columns {
        let x = HALF_WIDTH * (2.0 * (column as f32 + 0.5) / columns as f32 - 1.0);
        let half = HALF_WIDTH / columns as f32;
        let mut corners = Vec::new();
        for (sx, y) in [(-1.0, 0.0), (1.0, 0.0), (1.0, HEIGHT), (-1.0, HEIGHT)] {
            let at = Vec3::new(x + half * sx, y, WALL_Z);
            let away = (at.x.abs() / 4.5).min(1.0) * 0.7 + (y / HEIGHT) * 0.5;
            let colour = base.lerp(deep, away.min(1.0));
            corners.push(shape.corner(at, Vec3::Z, Vec2::new(at.x, y), colour));
        }
        if let [a, b, c, d] = corners[..] {
            shape.face([a, b, c, d]);
        }
    }
    Part {
        ribs: 7.0,
        tint: set.palette.wall,
        second: set.palette.gold,
        strength: 0.9,
        ..Part::new("wall", Kind::Ribbed, shape)
    }
}

fn floor(set: &Set) -> Part {
    let mut shape = Shape::default();
    let colour = linear(set.palette.floor);
    // From the back to the front.
    let end = lobby::floor_end(set).unwrap_or(FLOOR_END);
    shape.rectangle(
        Vec3::new(0.0, 0.0, (end + WALL_Z) * 0.5),
        Vec3::X * HALF_WIDTH,
        Vec3::NEG_Z * (end - WALL_Z) * 0.5,
        colour,
        colour * Vec4::new(0.6, 0.6, 0.6, 1.0),
    );
    Part {
        gloss: 0.6,
        second: set.palette.wall_light,
        strength: 1.0,
        ..Part::new("floor", Kind::Floor, shape)
    }
}

/// The screen on the wall, with nothing on it yet.
pub fn screen(set: &Set, plan: &ScreenPlan) -> Vec<Part> {
    let colours = &set.palette;
    let at = Vec3::new(plan.x, plan.y, WALL_Z + 0.06);
    let size = Vec2::new(plan.width, plan.height);

    let mut shadow = Shape::default();
    let dark = Vec4::new(0.0, 0.01, 0.02, 0.75);
    shadow.rectangle(at - Vec3::Z * 0.045, Vec3::X * size.x * 0.68, Vec3::Y * size.y * 0.72, dark, dark);
    let mut frame = Shape::default();
    frame.plaque(at, size + 0.035, 0.055, linear(colours.wall) * Vec4::new(0.25, 0.25, 0.25, 1.0));
    let mut glass = Shape::default();
    glass.plaque(at + Vec3::Z * 0.01, size, 0.04, Vec4::ONE);
    vec![
        Part { blend: Some(1.5), ..Part::new("screen shadow", Kind::Shadow, shadow) },
        Part { gloss: 0.4, ..Part::new("screen frame", Kind::Plain, frame) },
        Part {
            tint: colours.wall.mix(&colours.wall_light, 0.12),
            second: colours.wall_light.mix(&colours.wall, 0.35),
            ..Part::new("screen", Kind::Screen, glass)
        },
    ]
}
