//! A code for a phone's camera, and below it in words where it leads.

use std::sync::Arc;

use bevy_egui::egui::{
    Color32, Galley, Mesh, Pos2, Rect, Response, Sense, Shape, Ui, Vec2, WidgetInfo, WidgetType,
};

use crate::stage::theme::Theme;

/// The light ground around a QR code, in modules: a quiet zone of 4, as ISO/IEC 18004 asks, and one for round corners.
pub const BORDER: usize = 5;
/// The radius of its corners, in modules: the quiet zone stays whole.
const ROUND: f32 = 2.5;
/// The smallest and the largest module, in pixels of the screen: what a phone tells apart, and what looks well.
const MODULE_PIXELS: (f32, f32) = (3.0, 8.0);
/// Between the code and the words, in points.
const SPACE: f32 = 6.0;
/// The size of the words, and the least width that they get, in points.
const WORDS: f32 = 14.0;
const WORDS_WIDTH: f32 = 130.0;

/// A code that is not drawn yet: how large it will be.
#[derive(Debug, Clone)]
pub struct Scan {
    /// The modules of a side of the code.
    side: usize,
    /// The size of one in points: whole pixels, so that all are alike.
    module: f32,
    words: Arc<Galley>,
}

impl Scan {
    /// For a code with this many modules a side, about `wished` points wide; `words` say where it leads.
    pub fn new(ui: &Ui, theme: &Theme, side: usize, words: &str, wished: f32) -> Self {
        let pixels = ui.ctx().pixels_per_point();
        let (least, most) = MODULE_PIXELS;
        let whole =
            (wished * pixels / (side + 2 * BORDER) as f32).floor().clamp(least, most * pixels.max(1.0));
        let module = whole / pixels;
        let width = (module * (side + 2 * BORDER) as f32).max(WORDS_WIDTH * theme.scale);
        let words = ui.painter().layout(words.to_owned(), theme.size(WORDS), theme.text, width);
        Self { side, module, words }
    }

    fn ground(&self) -> f32 {
        self.module * (self.side + 2 * BORDER) as f32
    }

    /// The size of all of it, in points.
    pub fn size(&self) -> Vec2 {
        let words = self.words.size();
        Vec2::new(self.ground().max(words.x), self.ground() + SPACE + words.y)
    }

    /// Draws it. `is_dark` tells of a column and a row whether its module is dark.
    pub fn show(self, ui: &mut Ui, is_dark: impl Fn(usize, usize) -> bool) -> Response {
        let (rect, response) = ui.allocate_exact_size(self.size(), Sense::hover());
        let pixels = ui.ctx().pixels_per_point();
        let corner = (rect.min.to_vec2() * pixels).round() / pixels;
        let ground = Rect::from_min_size(corner.to_pos2(), Vec2::splat(self.ground()));
        // Black on white, whatever the theme: many phones do not read the reverse.
        ui.painter().rect_filled(ground, self.module * ROUND, Color32::WHITE);
        let first = ground.min + Vec2::splat(BORDER as f32 * self.module);
        ui.painter().add(Shape::mesh(dark_mesh(first, self.module, self.side, is_dark)));
        let below = Pos2::new(rect.left(), ground.bottom() + SPACE);
        let label = self.words.text().to_owned();
        ui.painter().galley(below, self.words, Color32::WHITE);
        response.widget_info(|| WidgetInfo::labeled(WidgetType::Label, true, &label));
        response
    }
}

/// The dark modules, those beside each other as one.
fn dark_mesh(first: Pos2, module: f32, side: usize, is_dark: impl Fn(usize, usize) -> bool) -> Mesh {
    let mut mesh = Mesh::default();
    let at = |x: usize, y: usize| first + Vec2::new(x as f32, y as f32) * module;
    for y in 0..side {
        let mut start = None;
        for x in 0..=side {
            match (start, x < side && is_dark(x, y)) {
                (None, true) => start = Some(x),
                (Some(from), false) => {
                    mesh.add_colored_rect(Rect::from_min_max(at(from, y), at(x, y + 1)), Color32::BLACK);
                    start = None;
                }
                _ => {}
            }
        }
    }
    mesh
}
