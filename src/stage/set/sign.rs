//! Letters in the scene: laid out by egui's own text engine, kept as a mesh over its picture of glyphs.

use bevy::{
    asset::RenderAssetUsages,
    prelude::*,
    render::render_resource::{Extent3d, TextureDimension, TextureFormat},
};
use bevy_egui::egui::{
    Color32, FontDefinitions, FontId,
    epaint::text::{Fonts, TextOptions},
};

use super::{
    desk::{Part, front_radius, linear, sign_height},
    input::Set,
    shape::Shape,
};
use crate::stage::look::Kind;

/// Height of the letters in the picture of glyphs, in pixels: enough for a sign that fills a screen's width.
const PIXELS: f32 = 120.0;
/// The picture's largest side, in pixels.
const ATLAS_PIXELS: usize = 2048;
/// Letters of a sign beyond which it is cut.
const MOST_LETTERS: usize = 40;
/// Signs beyond which they are left out.
const MOST_SIGNS: usize = 16;

/// The signs, with the picture of their letters. `None` when there is nothing to say.
pub fn parts(set: &Set, fonts: FontDefinitions) -> Option<(Vec<Part>, Image)> {
    let options = TextOptions { max_texture_side: ATLAS_PIXELS, ..TextOptions::default() };
    let mut fonts = Fonts::new(options, fonts);
    let mut parts = Vec::new();

    let written = |name| Part { blend: Some(4.0), ..Part::new(name, Kind::Text, Shape::default()) };
    if let Some(desk) = &set.desk {
        let (axis, radius) = (desk.centre_z(), front_radius(desk) + 0.0145);
        let middle = sign_height(desk);
        let mut sign = Vec::new();
        let place = |at: Vec2| {
            let angle = at.x / radius;
            let normal = Vec3::new(angle.sin(), 0.0, angle.cos());
            (Vec3::new(0.0, middle + at.y, axis) + normal * radius, normal)
        };
        letters(&mut fonts, &set.sign, 0.082, 0.86, place, &mut sign);
        parts.push((Part { tint: set.palette.sign, ..written("sign") }, sign));
    }
    for plan in set.signs.iter().take(MOST_SIGNS) {
        let mut sign = Vec::new();
        let turn = Quat::from_rotation_y(plan.facing_deg.to_radians());
        let place = |at: Vec2| (plan.at + turn * at.extend(0.004), turn * Vec3::Z);
        letters(&mut fonts, &plan.text, plan.size.y * 0.72, plan.size.x * 0.9, place, &mut sign);
        parts.push((Part { tint: plan.colour, ..written("sign") }, sign));
    }

    let atlas = fonts.image();
    let [width, height] = atlas.size;
    let scale = Vec2::new(width.max(1) as f32, height.max(1) as f32);
    let parts: Vec<Part> = parts
        .into_iter()
        .filter(|(_, quads)| !quads.is_empty())
        .map(|(mut part, quads)| {
            for quad in quads {
                let corners = quad
                    .map(|(at, normal, uv)| part.shape.corner(at, normal, uv / scale, linear(Color::WHITE)));
                part.shape.face(corners);
            }
            part
        })
        .collect();
    if parts.is_empty() {
        return None;
    }
    let pixels: Vec<u8> = atlas.pixels.iter().flat_map(|p: &Color32| [255, 255, 255, p.a()]).collect();
    let image = Image::new(
        Extent3d { width: width as u32, height: height as u32, depth_or_array_layers: 1 },
        TextureDimension::D2,
        pixels,
        TextureFormat::Rgba8Unorm,
        RenderAssetUsages::RENDER_WORLD,
    );
    Some((parts, image))
}

/// One letter: place, normal and place in the picture (in its pixels) of each corner.
type Quad = [(Vec3, Vec3, Vec2); 4];

/// Lays out one line, `size` metres high, at most `most` metres wide, around the origin of `place`.
fn letters(
    fonts: &mut Fonts,
    text: &str,
    size: f32,
    most: f32,
    place: impl Fn(Vec2) -> (Vec3, Vec3),
    into: &mut Vec<Quad>,
) {
    let text: String = text.chars().filter(|c| !c.is_control()).take(MOST_LETTERS).collect();
    let galley =
        fonts.with_pixels_per_point(1.0).layout_no_wrap(text, FontId::proportional(PIXELS), Color32::WHITE);
    let bounds = galley.mesh_bounds;
    if !(bounds.width() > 0.0 && bounds.height() > 0.0) {
        return;
    }
    let scale = (size / PIXELS).min(most / bounds.width());
    // Around the middle of the line of writing rather than of the letters, so that all lines sit alike.
    let middle = Vec2::new(bounds.center().x, galley.rect.center().y);
    for row in &galley.rows {
        let mesh = &row.visuals.mesh;
        for corners in mesh.vertices.chunks_exact(4) {
            let quad: Vec<(Vec3, Vec3, Vec2)> = corners
                .iter()
                .map(|v| {
                    let at = Vec2::new(v.pos.x + row.pos.x, v.pos.y + row.pos.y);
                    let (at, normal) = place((at - middle) * Vec2::new(scale, -scale));
                    (at, normal, Vec2::new(v.uv.x, v.uv.y))
                })
                .collect();
            // egui's corners come as left top, right top, left bottom, right bottom.
            if let [lt, rt, lb, rb] = quad[..] {
                into.push([lb, rb, rt, lt]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_becomes_letters_and_an_empty_one_nothing() {
        let set = Set { sign: "Hi".into(), ..Set::default() };
        let (parts, image) = parts(&set, FontDefinitions::default()).unwrap();
        assert_eq!(parts.len(), 1);
        assert!(
            image.width() > 0 && image.data.is_some_and(|d| d.iter().skip(3).step_by(4).any(|a| *a > 128))
        );
        let set = Set { sign: " ".into(), ..Set::default() };
        assert!(super::parts(&set, FontDefinitions::default()).is_none());
    }
}
