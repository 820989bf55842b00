//! "How was it?"

use bevy_egui::egui::{Align, Context, Id, Layout as Flow, RichText, Ui, Vec2};

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
            let words = |ui: &mut Ui, text: String, size: f32| {
                ui.with_layout(Flow::top_down(Align::Center), |ui| {
                    ui.label(RichText::new(text).font(theme.size(size)).color(theme.text));
                });
            };
            words(ui, texts.get(id::RATING_TITLE), 28.0);
            in_the_middle(ui, "stars", |ui| {
                if let Some(stars) = stars(ui, theme, given.unwrap_or(0)) {
                    inputs.push(Input::Rated { stars });
                }
            });
            ui.add_space(GAP);
            words(ui, texts.get(id::RESOLVED_QUESTION), 20.0);
            in_the_middle(ui, "resolved", |ui| {
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

/// A row that stands in the middle; how wide it is was seen in the last frame. Where it does not fit it takes several lines.
fn in_the_middle(ui: &mut Ui, name: &str, add: impl FnOnce(&mut Ui)) {
    let id = Id::new(("row in the middle", name));
    let wide = ui.data(|data| data.get_temp::<f32>(id)).unwrap_or(0.0);
    let room = ui.available_width();
    if wide > room {
        ui.horizontal_wrapped(add);
        return;
    }
    let row = ui.horizontal(|ui| {
        ui.add_space(((room - wide) * 0.5 - ui.spacing().item_spacing.x).max(0.0));
        let from = ui.cursor().left();
        add(ui);
        ui.min_rect().right() - from
    });
    if (row.inner - wide).abs() > 0.5 {
        ui.data_mut(|data| data.insert_temp(id, row.inner));
        ui.ctx().request_repaint();
    }
}
