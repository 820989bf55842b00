//! The desk: an arc with a wooden top, a light ribbed front, a strip of light and a plinth.

use bevy::prelude::*;

use super::{
    input::{DeskPlan, Set},
    shape::{Shape, board},
};
use crate::stage::look::Kind;

/// A part of the set: what it is made of and where.
pub struct Part {
    /// For logs and for finding it again.
    pub name: &'static str,
    /// What it is made of.
    pub kind: Kind,
    /// Gloss 0..1, ribs per metre, strength of the second colour.
    pub gloss: f32,
    /// Ribs per metre, for [`Kind::Ribbed`].
    pub ribs: f32,
    /// Multiplied with the vertex colours.
    pub tint: Color,
    /// Second colour.
    pub second: Color,
    /// Its strength.
    pub strength: f32,
    /// See-through: drawn after the rest; larger later.
    pub blend: Option<f32>,
    /// Stands before the avatar.
    pub in_front: bool,
    /// The mesh.
    pub shape: Shape,
}

impl Part {
    /// A painted part.
    pub fn new(name: &'static str, kind: Kind, shape: Shape) -> Self {
        Self {
            name,
            kind,
            gloss: 0.0,
            ribs: 0.0,
            tint: Color::WHITE,
            second: Color::BLACK,
            strength: 0.0,
            blend: None,
            in_front: false,
            shape,
        }
    }
}

/// A colour as the vertex colours want it.
pub fn linear(colour: Color) -> Vec4 {
    colour.to_linear().to_vec4()
}

/// Steps along the arc.
const STEPS: usize = 72;
/// Thickness of the top, in metres.
const TOP: f32 = 0.046;
/// Height of the strip of light, in metres.
const STRIP: f32 = 0.016;
/// How far below the desk's light the sign's panel begins, in metres: the line at the bottom of a screen covers all of it or nothing.
const SIGN_DOWN: f32 = 0.078;
/// How far the front stands back behind the top's edge, in metres.
const OVERHANG: f32 = 0.055;
/// Height of the plinth, in metres.
const PLINTH: f32 = 0.09;

/// Where the front's surface is, as a distance from the arc's centre: the sign sits on it.
pub fn front_radius(desk: &DeskPlan) -> f32 {
    desk.radius - OVERHANG
}

/// How high the middle of the sign is.
pub fn sign_height(desk: &DeskPlan) -> f32 {
    desk.height - TOP - STRIP - SIGN_DOWN - 0.135
}

/// All parts of the desk.
pub fn parts(set: &Set) -> Vec<Part> {
    let Some(desk) = &set.desk else { return Vec::new() };
    let (axis, half) = (desk.centre_z(), desk.half_angle());
    let colours = &set.palette;
    let front = front_radius(desk);
    let back = desk.radius - desk.depth;

    let mut top = Shape::default();
    let outline = board(back, desk.radius, desk.height - TOP, desk.height);
    top.sweep(axis, half, STEPS, &outline, |_| Vec4::ONE);
    top.sweep_ends(axis, half, &outline, |_| Vec4::splat(0.9).with_w(1.0));
    let top = Part { gloss: 0.55, tint: colours.wood, ..Part::new("desk top", Kind::Wood, top) };

    // The front bends outwards a little towards the floor, and is darker there: the room's light comes from above.
    let upper = desk.height - TOP - STRIP;
    let inner = half - 0.012;
    let body = [
        Vec2::new(front - 0.02, PLINTH),
        Vec2::new(front - 0.004, PLINTH + 0.03),
        Vec2::new(front, PLINTH + 0.10),
        Vec2::new(front, upper),
    ];
    let shade = |p: Vec2| Vec3::splat(0.72 + 0.28 * (p.y / upper).clamp(0.0, 1.0)).extend(1.0);
    let ends = [
        Vec2::new(back + 0.03, PLINTH),
        Vec2::new(front - 0.02, PLINTH),
        Vec2::new(front, PLINTH + 0.10),
        Vec2::new(front, upper),
        Vec2::new(back + 0.03, upper),
        Vec2::new(back + 0.03, PLINTH),
    ];
    let mut ribbed = Shape::default();
    ribbed.sweep(axis, inner, STEPS, &body, shade);
    let ribbed = Part {
        ribs: 26.0,
        gloss: 0.12,
        tint: colours.desk,
        second: colours.accent,
        strength: 0.35,
        ..Part::new("desk front", Kind::Ribbed, ribbed)
    };
    let mut side = Shape::default();
    side.sweep_ends(axis, inner, &ends, shade);
    let side = Part { gloss: 0.12, tint: colours.desk, ..Part::new("desk ends", Kind::Plain, side) };

    // A smooth panel in the middle of the front carries the sign.
    let mut panel = Shape::default();
    let plate = board(front - 0.01, front + 0.012, upper - SIGN_DOWN - 0.27, upper - SIGN_DOWN);
    let plate_half = 0.50 / front;
    panel.sweep(axis, plate_half, STEPS / 3, &plate, |_| Vec4::ONE);
    panel.sweep_ends(axis, plate_half, &plate, |_| Vec4::ONE);
    let panel = Part { gloss: 0.4, tint: colours.wall, ..Part::new("sign panel", Kind::Plain, panel) };

    let mut strip = Shape::default();
    let lit = [Vec2::new(front + 0.004, upper), Vec2::new(front + 0.004, desk.height - TOP)];
    strip.sweep(axis, inner, STEPS, &lit, |_| linear(colours.accent));
    let foot = [Vec2::new(front - 0.028, PLINTH - 0.014), Vec2::new(front - 0.028, PLINTH)];
    strip.sweep(axis, inner, STEPS, &foot, |_| linear(colours.accent));
    let strip = Part { strength: 1.15, ..Part::new("desk light", Kind::Light, strip) };

    let mut plinth = Shape::default();
    let base = [Vec2::new(front - 0.06, 0.0), Vec2::new(front - 0.06, PLINTH)];
    plinth.sweep(axis, inner, STEPS, &base, |_| linear(colours.wall) * Vec4::new(0.35, 0.35, 0.35, 1.0));
    let plinth = Part { in_front: true, ..Part::new("desk plinth", Kind::Plain, plinth) };

    // Light of the strip on the front just under it.
    let mut wash = Shape::default();
    let spill = [Vec2::new(front + 0.003, upper - 0.09), Vec2::new(front + 0.003, upper)];
    let glow = linear(colours.accent);
    wash.sweep(axis, inner, STEPS, &spill, |p| glow.with_w(if p.y > upper - 0.01 { 0.5 } else { 0.0 }));
    let wash = Part { strength: 1.0, blend: Some(1.0), ..Part::new("desk glow", Kind::Light, wash) };

    vec![top, ribbed, side, panel, strip, plinth, wash]
}

/// How far to each side of the middle the desk may have to hide the avatar, in metres along the arc.
const HIDES: f32 = 1.0;

/// What of the desk hides the avatar behind it: the top and its front edge, without detail. The rest of the desk is lower
/// than [`hidden_below`] as seen from the camera.
pub fn screen_of(desk: &DeskPlan) -> Shape {
    let half = (HIDES / desk.radius).min(desk.half_angle());
    let outline = [
        Vec2::new(desk.radius - desk.depth, desk.height - TOP),
        Vec2::new(desk.radius - desk.depth, desk.height),
        Vec2::new(desk.radius, desk.height),
        Vec2::new(desk.radius, desk.height - TOP),
    ];
    let mut shape = Shape::default();
    shape.sweep(desk.centre_z(), half, STEPS / 2, &outline, |_| Vec4::ONE);
    shape
}

/// The height below which nothing of a body at the avatar's place can be seen from `eye` past the desk's top.
pub fn hidden_below(desk: &DeskPlan, eye: Vec3) -> f32 {
    /// How far behind its place a body reaches, in metres.
    const BEHIND: f32 = 0.25;
    /// For what reaches farther or stands aside, in metres.
    const SAFETY: f32 = 0.05;
    let edge = desk.front - desk.depth;
    let ahead = (eye.z - edge).max(0.1);
    let seen = desk.height - (eye.y - desk.height) / ahead * (edge + BEHIND);
    seen.min(desk.height) - SAFETY
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_hidden_lies_below_the_line_of_sight() {
        let desk = DeskPlan::default();
        let eye = Vec3::new(0.0, 1.25, 3.2);
        let hidden = hidden_below(&desk, eye);
        // The line from the eye to a hidden point passes below the back edge of the top.
        let point = Vec3::new(0.0, hidden, -0.25);
        let edge = desk.front - desk.depth;
        let t = (eye.z - edge) / (eye.z - point.z);
        let height = eye.y + (point.y - eye.y) * t;
        assert!(height < desk.height, "{height}");
        assert!(hidden > 0.6, "{hidden}");
    }
}
