//! Simple bodies that a scene file places: boxes, planes, cylinders, spheres.

use bevy::prelude::*;

use super::{
    desk::Part,
    shape::{Shape, rounded_rectangle},
};
use crate::stage::look::Kind;

/// The form of a body. Sizes in metres; its middle is at its place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Form {
    /// With round edges of this radius.
    Box {
        /// Width, height, depth.
        size: Vec3,
        /// Radius of the edges.
        round: f32,
    },
    /// Flat, seen from +z.
    Plane {
        /// Width, height.
        size: Vec2,
    },
    /// Upright.
    Cylinder {
        /// Radius.
        radius: f32,
        /// Height.
        height: f32,
    },
    /// Round.
    Sphere {
        /// Radius.
        radius: f32,
    },
}

/// What a body's surface is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Finish {
    /// Painted.
    #[default]
    Matte,
    /// Painted, with a soft gloss.
    Satin,
    /// Wood.
    Wood,
    /// Metal.
    Metal,
    /// A light.
    Glow,
}

/// A thing in the scene.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Body {
    /// Its form.
    pub form: Form,
    /// Where it is and how it is turned.
    pub place: Transform,
    /// Its colour.
    pub colour: Color,
    /// Its surface.
    pub finish: Finish,
    /// Stands between the visitor and the avatar.
    pub in_front: bool,
}

/// Steps around a round body.
const AROUND: usize = 40;

/// The part that a body is drawn as.
pub fn part(body: &Body) -> Part {
    let mut shape = Shape::default();
    let white = |_: Vec2| Vec4::ONE;
    match body.form {
        Form::Box { size, round } => round_box(&mut shape, size, round),
        Form::Plane { size } => {
            shape.rectangle(Vec3::ZERO, Vec3::X * size.x * 0.5, Vec3::Y * size.y * 0.5, Vec4::ONE, Vec4::ONE);
        }
        Form::Cylinder { radius, height } => {
            let (r, h) = (radius.max(1e-3), height * 0.5);
            let edge = (r * 0.08).min(h * 0.5);
            let outline = [
                Vec2::new(0.0, -h),
                Vec2::new(r - edge, -h),
                Vec2::new(r, edge - h),
                Vec2::new(r, h - edge),
                Vec2::new(r - edge, h),
                Vec2::new(0.0, h),
            ];
            shape.sweep(0.0, std::f32::consts::PI, AROUND, &outline, white);
        }
        Form::Sphere { radius } => {
            let outline: Vec<Vec2> = (0..=AROUND / 2)
                .map(|i| {
                    let angle = (i as f32 / (AROUND / 2) as f32 - 0.5) * std::f32::consts::PI;
                    Vec2::new(angle.cos(), angle.sin()) * radius.max(1e-3)
                })
                .collect();
            shape.sweep(0.0, std::f32::consts::PI, AROUND, &outline, white);
        }
    }
    let (kind, gloss) = match body.finish {
        Finish::Matte => (Kind::Plain, 0.0),
        Finish::Satin => (Kind::Plain, 0.35),
        Finish::Wood => (Kind::Wood, 0.35),
        Finish::Metal => (Kind::Plain, 0.9),
        Finish::Glow => (Kind::Light, 0.0),
    };
    Part {
        gloss,
        tint: body.colour,
        strength: if kind == Kind::Light { 1.1 } else { 0.0 },
        in_front: body.in_front,
        ..Part::new("body", kind, shape.placed(&body.place))
    }
}

/// A box whose front and back edges are round, as an outline drawn through its depth.
fn round_box(shape: &mut Shape, size: Vec3, round: f32) {
    let half = size * 0.5;
    let round = round.clamp(0.0, half.min_element() * 0.98);
    let outline = if round > 1e-4 {
        rounded_rectangle(half.xy(), round)
    } else {
        let (x, y) = (half.x, half.y);
        [(x, -y), (x, y), (-x, y), (-x, -y), (x, -y)].map(|(x, y)| Vec2::new(x, y)).to_vec()
    };
    // Rings from back to front; the outermost are drawn in by the radius, so that the edge is cut.
    let inset = round.min(half.z * 0.9);
    let rings = [(-half.z, inset * 0.5), (inset - half.z, 0.0), (half.z - inset, 0.0), (half.z, inset * 0.5)];
    for pair in rings.windows(2) {
        let [(z0, in0), (z1, in1)] = *pair else { continue };
        if z1 - z0 < 1e-6 {
            continue;
        }
        shape.tube(&outline, (z0, shrink(half.xy(), in0)), (z1, shrink(half.xy(), in1)));
    }
    for (z, inward, side) in [(half.z, inset * 0.5, 1.0), (-half.z, inset * 0.5, -1.0)] {
        shape.lid(&outline, shrink(half.xy(), inward), z, side);
    }
}

/// By how much an outline shrinks to be drawn in by `inward` metres.
fn shrink(half: Vec2, inward: f32) -> Vec2 {
    ((half - inward) / half.max(Vec2::splat(1e-4))).max(Vec2::ZERO)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_has_a_mesh_within_its_size() {
        for form in [
            Form::Box { size: Vec3::new(1.0, 2.0, 0.5), round: 0.05 },
            Form::Box { size: Vec3::ONE, round: 0.0 },
            Form::Plane { size: Vec2::ONE },
            Form::Cylinder { radius: 0.5, height: 2.0 },
            Form::Sphere { radius: 1.0 },
        ] {
            let body = Body {
                form,
                place: Transform::IDENTITY,
                colour: Color::WHITE,
                finish: Finish::Matte,
                in_front: false,
            };
            let part = part(&body);
            let (low, high) = part.shape.bounds();
            assert!(high.max_element() <= 1.001 && low.min_element() >= -1.001, "{form:?} {low} {high}");
            assert!(part.shape.triangles() >= 2);
        }
    }
}
