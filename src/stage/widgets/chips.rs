//! Suggested questions in a row that wraps.

use bevy_egui::egui::{Button, RichText, Stroke, Ui, Vec2};

use crate::stage::theme::{TOUCH, Theme};

/// Shows them and returns the number of the one that was pressed.
pub fn chips<'a>(ui: &mut Ui, theme: &Theme, texts: impl IntoIterator<Item = &'a str>) -> Option<usize> {
    let mut pressed = None;
    ui.horizontal_wrapped(|ui| {
        for (number, text) in texts.into_iter().enumerate() {
            let label = RichText::new(text).font(theme.size(18.0)).color(theme.text);
            let chip = Button::new(label)
                .fill(theme.raised)
                .stroke(Stroke::new(1.0, theme.accent.gamma_multiply(0.6)))
                .corner_radius(TOUCH * 0.5)
                .min_size(Vec2::new(TOUCH, TOUCH))
                .wrap();
            if ui.add(chip).clicked() {
                pressed = Some(number);
            }
        }
    });
    pressed
}
