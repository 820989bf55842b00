//! Goodbye; a touch anywhere begins the next visit.

use bevy_egui::egui::{Align, Context, Layout as Flow, Pos2, Rect, RichText};

use super::layout::{layout, place, touched_anywhere};
use crate::kiosk::core::Core;
use crate::stage::theme::Theme;
use crate::texts::id;
use crate::visit::Input;

pub fn show(context: &Context, theme: &Theme, core: &mut Core) {
    let cut = layout(context, theme.scale);
    let touched = touched_anywhere(context, "farewell-anywhere");
    let top = cut.screen.bottom() - 130.0 * theme.scale;
    let rect = Rect::from_min_max(Pos2::new(cut.screen.left(), top), cut.screen.max);
    place(context, "farewell", rect, |ui| {
        theme.frame().show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.with_layout(Flow::top_down(Align::Center), |ui| {
                let texts = core.texts();
                ui.label(
                    RichText::new(texts.get(id::FAREWELL)).font(theme.size(30.0)).strong().color(theme.text),
                );
                let privacy = RichText::new(texts.get(id::FAREWELL_PRIVACY));
                ui.label(privacy.font(theme.size(17.0)).color(theme.muted));
            });
        });
    });
    if touched {
        core.input(Input::Touched);
    }
}
