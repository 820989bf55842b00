//! A page on the wall's screen, laid out in pixels: letters, plates of colour, a code, a picture.

use bevy::prelude::*;
use bevy_egui::egui::{
    Color32, ColorImage, FontDefinitions, FontId,
    epaint::text::{Fonts, LayoutJob, TextOptions, TextWrapping},
};

use super::{
    desk::{Part, linear},
    shape::Shape,
};
use crate::stage::look::Kind;

/// The largest side of the picture of glyphs, in pixels.
const ATLAS_PIXELS: usize = 2048;
/// Characters of a text beyond which it is cut.
const MOST_CHARACTERS: usize = 400;
/// Between one layer and the next, in metres.
const LAYER: f32 = 0.0012;

/// Where on its line a text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// From here to the right.
    Left,
    /// Around here.
    Middle,
}

/// A page in the making.
pub struct Page {
    /// The left upper corner.
    corner: Vec3,
    /// Pixels a metre.
    density: f32,
    /// Width and height, in pixels.
    pub size: Vec2,
    fonts: Fonts,
    plates: Shape,
    letters: Vec<([(Vec3, Vec2); 4], Vec4)>,
    picture: Option<Shape>,
    layers: f32,
}

/// What a page becomes.
pub struct Parts {
    /// Plates of colour.
    pub plates: Part,
    /// Letters, and the picture of their glyphs.
    pub letters: Option<(Part, ColorImage)>,
    /// Where the picture stands.
    pub picture: Option<Part>,
}

impl Page {
    /// An empty page whose left upper corner is here. `size` in metres.
    pub fn new(corner: Vec3, size: Vec2, density: f32, fonts: FontDefinitions) -> Self {
        let options = TextOptions { max_texture_side: ATLAS_PIXELS, ..TextOptions::default() };
        Self {
            corner,
            density,
            size: size * density,
            fonts: Fonts::new(options, fonts),
            plates: Shape::default(),
            letters: Vec::new(),
            picture: None,
            layers: 1.0,
        }
    }

    fn at(&self, pixel: Vec2, layer: f32) -> Vec3 {
        self.corner + Vec3::new(pixel.x, -pixel.y, 0.0) / self.density + Vec3::Z * layer * LAYER
    }

    /// A plate of colour over what is there: its left upper corner, its size, the radius of its corners.
    pub fn plate(&mut self, corner: Vec2, size: Vec2, round: f32, colour: Color) {
        self.layers += 1.0;
        let middle = self.at(corner + size * 0.5, self.layers);
        self.plates.plaque(middle, size / self.density, round / self.density, linear(colour));
    }

    /// The dark ones of a square's cells.
    pub fn cells(&mut self, corner: Vec2, cell: f32, side: usize, is_dark: impl Fn(usize, usize) -> bool) {
        self.layers += 1.0;
        let black = linear(Color::BLACK);
        for y in 0..side {
            let mut from = None;
            for x in 0..=side {
                match (from, x < side && is_dark(x, y)) {
                    (None, true) => from = Some(x),
                    (Some(start), false) => {
                        let (low, high) =
                            (Vec2::new(start as f32, y as f32), Vec2::new(x as f32, y as f32 + 1.0));
                        let half = (high - low) * cell * 0.5;
                        let middle = self.at(corner + (low + high) * 0.5 * cell, self.layers);
                        let half = half / self.density;
                        self.plates.rectangle(middle, Vec3::X * half.x, Vec3::Y * half.y, black, black);
                        from = None;
                    }
                    _ => {}
                }
            }
        }
    }

    /// Where the picture stands: its left upper corner and its size.
    pub fn picture(&mut self, corner: Vec2, size: Vec2) {
        self.layers += 1.0;
        let middle = self.at(corner + size * 0.5, self.layers);
        let half = size / self.density * 0.5;
        let mut shape = Shape::default();
        // Rows of a picture go down.
        shape.rectangle(middle, Vec3::X * half.x, Vec3::NEG_Y * half.y, Vec4::ONE, Vec4::ONE);
        self.picture = Some(shape);
    }

    /// A text, so many pixels high and at most so wide, in so many rows; a longer one is cut with "…". Returns its height.
    pub fn text(
        &mut self,
        text: &str,
        (at, side): (Vec2, Side),
        size: f32,
        most: (f32, usize),
        ink: Color,
    ) -> f32 {
        let text: String = text.chars().filter(|c| !c.is_control()).take(MOST_CHARACTERS).collect();
        let (width, rows) = most;
        let font = FontId::proportional(size.max(1.0));
        let mut job = LayoutJob::simple(text, font, Color32::WHITE, width);
        job.wrap = TextWrapping { max_width: width, max_rows: rows, break_anywhere: rows == 1, ..job.wrap };
        let galley = self.fonts.with_pixels_per_point(1.0).layout_job(job);
        let ink = linear(ink);
        for row in &galley.rows {
            let shift = if side == Side::Middle { row.row.size.x * 0.5 } else { 0.0 };
            for corners in row.visuals.mesh.vertices.chunks_exact(4) {
                let corners: Vec<(Vec3, Vec2)> = corners
                    .iter()
                    .map(|v| {
                        let pixel = at + Vec2::new(v.pos.x + row.pos.x - shift, v.pos.y + row.pos.y);
                        (self.at(pixel, self.layers + 1.0), Vec2::new(v.uv.x, v.uv.y))
                    })
                    .collect();
                // egui's corners come as left top, right top, left bottom, right bottom.
                if let [lt, rt, lb, rb] = corners[..] {
                    self.letters.push(([lb, rb, rt, lt], ink));
                }
            }
        }
        galley.size().y
    }

    /// In how many rows a text would be.
    pub fn rows(&mut self, text: &str, size: f32, width: f32) -> usize {
        let text: String = text.chars().filter(|c| !c.is_control()).take(MOST_CHARACTERS).collect();
        let font = FontId::proportional(size.max(1.0));
        self.fonts.with_pixels_per_point(1.0).layout(text, font, Color32::WHITE, width).rows.len()
    }

    /// How wide a text of one row would be.
    pub fn width(&mut self, text: &str, size: f32) -> f32 {
        let font = FontId::proportional(size.max(1.0));
        self.fonts.with_pixels_per_point(1.0).layout_no_wrap(text.to_owned(), font, Color32::WHITE).size().x
    }

    /// The page as parts of the set.
    pub fn parts(self) -> Parts {
        let atlas = self.fonts.image();
        let scale = Vec2::new(atlas.size[0].max(1) as f32, atlas.size[1].max(1) as f32);
        let mut letters = Shape::default();
        for (corners, ink) in &self.letters {
            let corners = corners.map(|(at, uv)| letters.corner(at, Vec3::Z, uv / scale, *ink));
            letters.face(corners);
        }
        let light = |name, shape| Part { strength: 1.0, ..Part::new(name, Kind::Light, shape) };
        let letters = Part { blend: Some(4.0), ..Part::new("wall letters", Kind::Text, letters) };
        Parts {
            plates: light("wall plates", self.plates),
            letters: (!self.letters.is_empty()).then_some((letters, atlas)),
            picture: self
                .picture
                .map(|shape| Part { blend: Some(3.0), ..Part::new("wall picture", Kind::Picture, shape) }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page() -> Page {
        Page::new(Vec3::ZERO, Vec2::new(1.0, 0.5), 400.0, FontDefinitions::default())
    }

    #[test]
    fn a_long_text_keeps_its_width_and_its_rows() {
        let mut page = page();
        let one = page.text("word", (Vec2::ZERO, Side::Left), 20.0, (300.0, 2), Color::WHITE);
        let many = page.text(&"word ".repeat(99), (Vec2::ZERO, Side::Left), 20.0, (300.0, 2), Color::WHITE);
        assert!((many - 2.0 * one).abs() < 2.0, "{one} {many}");
        let (low, high) = page.parts().letters.unwrap().0.shape.bounds();
        assert!(low.x > -0.01 && high.x < 310.0 / 400.0, "{low} {high}");
        assert!(high.y < 0.01 && low.y > -0.13, "{low} {high}");
    }

    #[test]
    fn a_code_is_as_large_as_its_cells() {
        let mut page = page();
        page.cells(Vec2::new(40.0, 0.0), 4.0, 10, |x, y| x == y);
        let (low, high) = page.parts().plates.shape.bounds();
        assert!((low.x - 0.1).abs() < 1e-4 && (high.x - 0.2).abs() < 1e-4 && (low.y + 0.1).abs() < 1e-4);
    }
}
