//! A button that a finger hits and that says how important it is.

use bevy_egui::egui::{self, Button, Response, RichText, Stroke, Ui, Vec2};

use crate::stage::theme::{ROUND, TOUCH, Theme};

/// How important a button is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Weight {
    /// What most visitors want next.
    Main,
    /// Something else that can be done.
    #[default]
    Usual,
    /// Rarely wanted.
    Quiet,
}

/// A button with a text.
pub fn button(ui: &mut Ui, theme: &Theme, text: &str, weight: Weight) -> Response {
    let (fill, ink, edge) = match weight {
        Weight::Main => (theme.accent, theme.on_accent, Stroke::NONE),
        Weight::Usual => (theme.raised, theme.text, Stroke::NONE),
        Weight::Quiet => (egui::Color32::TRANSPARENT, theme.text, Stroke::new(1.5, theme.muted)),
    };
    let edge = if theme.high_contrast { Stroke::new(2.0, egui::Color32::WHITE) } else { edge };
    let text = RichText::new(text).font(theme.size(20.0)).color(ink);
    let response =
        ui.add(Button::new(text).fill(fill).stroke(edge).corner_radius(ROUND).min_size(Vec2::splat(TOUCH)));
    if response.has_focus() {
        ui.painter().rect_stroke(
            response.rect.expand(3.0),
            ROUND + 3,
            Stroke::new(3.0, theme.text),
            egui::StrokeKind::Outside,
        );
    }
    response
}
