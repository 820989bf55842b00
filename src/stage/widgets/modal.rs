//! A question that must be answered before anything else.

use bevy_egui::egui::{self, Color32, Context, Id, Modal, Ui};

use crate::stage::theme::Theme;

/// Shows a panel in the middle over everything else; returns what `content` returns, and whether the visitor tapped
/// beside it or pressed Escape.
pub fn modal<R>(
    context: &Context,
    theme: &Theme,
    name: &str,
    content: impl FnOnce(&mut Ui) -> R,
) -> (R, bool) {
    let shade = if theme.high_contrast { 230 } else { 150 };
    let shown = Modal::new(Id::new(name))
        .frame(theme.frame().inner_margin(egui::Margin::same(26)))
        .backdrop_color(Color32::from_black_alpha(shade))
        .show(context, |ui| {
            ui.set_max_width((context.content_rect().width() - 80.0).clamp(200.0, 640.0));
            content(ui)
        });
    let leave = shown.should_close();
    (shown.inner, leave)
}
