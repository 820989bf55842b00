//! A line that tells something and does not stop anybody: no microphone, reconnecting, fonts missing.

use bevy_egui::egui::{CornerRadius, Frame, Margin, Response, RichText, Stroke, Ui, Vec2};

use crate::stage::theme::{ROUND, Theme};

/// How serious it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Good to know.
    Info,
    /// Something does not work as it should.
    Warning,
}

/// A notice with a coloured mark.
pub fn notice(ui: &mut Ui, theme: &Theme, tone: Tone, text: &str) -> Response {
    let mark = match tone {
        Tone::Info => theme.listening,
        Tone::Warning => theme.warning,
    };
    let frame = Frame::new()
        .fill(theme.panel)
        .corner_radius(CornerRadius::same(ROUND))
        .stroke(Stroke::new(1.5, mark))
        .inner_margin(Margin::symmetric(14, 8));
    frame
        .show(ui, |ui| {
            ui.horizontal(|ui| {
                let (rect, _) = ui.allocate_exact_size(Vec2::splat(12.0), bevy_egui::egui::Sense::hover());
                ui.painter().circle_filled(rect.center(), 6.0, mark);
                ui.add(
                    bevy_egui::egui::Label::new(RichText::new(text).font(theme.size(17.0)).color(theme.text))
                        .wrap(),
                );
            });
        })
        .response
}
