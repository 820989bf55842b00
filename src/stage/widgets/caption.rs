//! What was said, in words: both sides, under the picture.

use bevy_egui::egui::{Align, CornerRadius, Frame, Layout, Margin, Response, RichText, Sense, Ui};

use crate::stage::theme::{PAD, ROUND, Theme};

/// Who said it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speaker {
    /// At the left, on a light ground.
    Avatar,
    /// At the right; can be tapped to correct what was misheard.
    Visitor,
}

/// One caption. `name` stands above it; `settled` is false while words may still change.
pub fn caption(
    ui: &mut Ui,
    theme: &Theme,
    speaker: Speaker,
    name: &str,
    text: &str,
    settled: bool,
) -> Response {
    let (align, fill) = match speaker {
        Speaker::Avatar => (Align::Min, theme.panel),
        Speaker::Visitor => (Align::Max, theme.raised),
    };
    let widest = ui.available_width() * 0.92;
    ui.with_layout(Layout::top_down(align), |ui| {
        let frame = Frame::new()
            .fill(fill)
            .corner_radius(CornerRadius::same(ROUND))
            .inner_margin(Margin::symmetric(PAD, 10));
        let inner = frame.show(ui, |ui| {
            ui.set_max_width(widest);
            ui.with_layout(Layout::top_down(Align::Min), |ui| {
                ui.spacing_mut().item_spacing.y = 2.0;
                if !name.is_empty() {
                    ui.label(RichText::new(name).font(theme.size(14.0)).color(theme.muted));
                }
                let ink = if settled { theme.text } else { theme.muted };
                ui.label(RichText::new(text).font(theme.size(21.0)).color(ink));
            });
        });
        let sense = if speaker == Speaker::Visitor { Sense::click() } else { Sense::hover() };
        inner.response.interact(sense)
    })
    .inner
}
