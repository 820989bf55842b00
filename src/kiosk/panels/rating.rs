//! "How was it?"

use bevy_egui::egui::{Align, Context, Layout as Flow, RichText, Vec2};

use super::layout::{centred, layout, place};
use crate::kiosk::core::Core;
use crate::stage::theme::{GAP, Theme};
use crate::stage::widgets::{Weight, button, stars};
use crate::texts::id;
use crate::visit::{Input, Phase};

pub fn show(context: &Context, theme: &Theme, core: &mut Core) {
    let Phase::Rating { stars: given, resolved, .. } = core.state().phase else { return };
    let cut = layout(context, theme.scale);
    let rect = centred(cut.screen, Vec2::new(560.0 * theme.scale, cut.screen.height()));
    let rect = rect.with_min_y(cut.screen.bottom() - (330.0 * theme.scale).min(cut.screen.height()));
    let mut inputs = Vec::new();
    place(context, "rating", rect, |ui| {
        theme.frame().show(ui, |ui| {
            let texts = core.texts();
            ui.set_width(ui.available_width());
            ui.with_layout(Flow::top_down(Align::Center), |ui| {
                ui.label(
                    RichText::new(texts.get(id::RATING_TITLE))
                        .font(theme.size(28.0))
                        .strong()
                        .color(theme.text),
                );
            });
            if let Some(stars) = stars(ui, theme, given.unwrap_or(0)) {
                inputs.push(Input::Rated { stars });
            }
            ui.add_space(GAP);
            ui.label(texts.get(id::RESOLVED_QUESTION));
            ui.horizontal_wrapped(|ui| {
                for (name, value) in [(id::BUTTON_YES, Some(true)), (id::BUTTON_NO, Some(false))] {
                    let weight = if resolved == value { Weight::Main } else { Weight::Usual };
                    if button(ui, theme, &texts.get(name), weight).clicked() {
                        inputs.push(Input::ResolvedChosen { resolved: value });
                    }
                }
                let (name, weight) = match given {
                    Some(_) => (id::BUTTON_DONE, Weight::Main),
                    None => (id::BUTTON_SKIP, Weight::Quiet),
                };
                if button(ui, theme, &texts.get(name), weight).clicked() {
                    inputs.push(Input::RatingDone);
                }
            });
        });
    });
    for input in inputs {
        core.input(input);
    }
}
