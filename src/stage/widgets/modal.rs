//! A question that must be answered before anything else.

use bevy_egui::egui::{self, Align2, Color32, Context, Id, Modal, Rect, Ui};

use crate::stage::theme::Theme;

/// Space inside it, in points.
const MARGIN: i8 = 26;

/// Shows a panel in the middle over everything else; returns what `content` returns, and whether the visitor tapped
/// beside it or pressed Escape. In the middle of `within` it leaves the rest in sight.
pub fn modal<R>(
    context: &Context,
    theme: &Theme,
    name: &str,
    within: Option<Rect>,
    content: impl FnOnce(&mut Ui) -> R,
) -> (R, bool) {
    let shade = match (theme.high_contrast, within) {
        (true, _) => 230,
        (false, None) => 150,
        (false, Some(_)) => 90,
    };
    let id = Id::new(name);
    let screen = context.content_rect();
    let offset = within.map_or(egui::Vec2::ZERO, |rect| rect.center() - screen.center());
    let room = within.map_or(screen.width() - 80.0, |rect| rect.width() - f32::from(MARGIN) * 2.0);
    let shown = Modal::new(id)
        .area(Modal::default_area(id).anchor(Align2::CENTER_CENTER, offset))
        .frame(theme.frame().inner_margin(egui::Margin::same(MARGIN)))
        .backdrop_color(Color32::from_black_alpha(shade))
        .show(context, |ui| {
            ui.set_max_width(room.clamp(200.0, 640.0));
            content(ui)
        });
    let leave = shown.should_close();
    (shown.inner, leave)
}
