//! The first page of a visit: language, "I am a bot", consent.

use bevy_egui::egui::{Align, Context, Layout as Flow, RichText, Vec2};

use super::layout::{centred, layout, place};
use crate::conversation::Language;
use crate::kiosk::core::Core;
use crate::stage::theme::{GAP, Theme};
use crate::stage::widgets::{Weight, button};
use crate::texts::id;
use crate::visit::Input;

pub fn show(context: &Context, theme: &Theme, core: &mut Core) {
    let cut = layout(context, theme.scale);
    let rect = centred(cut.screen, Vec2::new(640.0 * theme.scale, cut.screen.height()));
    let rect = rect.with_min_y(cut.screen.bottom() - (430.0 * theme.scale).min(cut.screen.height()));
    let chosen =
        place(context, "welcome", rect, |ui| theme.frame().show(ui, |ui| page(ui, theme, core)).inner);
    if let Some(input) = chosen {
        core.input(input);
    }
}

fn page(ui: &mut bevy_egui::egui::Ui, theme: &Theme, core: &Core) -> Option<Input> {
    let (texts, state) = (core.texts(), core.state());
    let mut chosen = None;
    ui.set_width(ui.available_width());
    ui.horizontal_wrapped(|ui| {
        let title = RichText::new(texts.get(id::WELCOME_TITLE)).font(theme.size(30.0));
        ui.label(title.strong().color(theme.text));
        if let Some(badge) = core.desk().badge.any(state.language) {
            let badge = [badge.name.trim(), badge.title.trim()].join(" · ");
            ui.label(RichText::new(badge.trim_end_matches(" · ")).font(theme.size(17.0)).color(theme.muted));
        }
    });
    ui.label(RichText::new(texts.get(id::WELCOME_I_AM_A_BOT)).font(theme.size(20.0)));
    ui.horizontal_wrapped(|ui| {
        for language in &state.rules.languages {
            let name = match language {
                Language::En => texts.get(id::LANGUAGE_ENGLISH),
                Language::Zh => texts.get(id::LANGUAGE_CHINESE),
            };
            let weight = if *language == state.language { Weight::Main } else { Weight::Usual };
            if button(ui, theme, &name, weight).clicked() {
                chosen = Some(Input::LanguageChosen { language: *language });
            }
        }
    });
    ui.add_space(GAP);
    let small = |ui: &mut bevy_egui::egui::Ui, text: String| {
        ui.label(RichText::new(text).font(theme.size(17.0)).color(theme.muted));
    };
    let talk = !state.rules.private && state.can_hear();
    if state.rules.private {
        small(ui, texts.get(id::PRIVATE_ONLY));
    } else if talk {
        small(ui, texts.get(id::CONSENT_VOICE));
        small(ui, texts.get(id::CONSENT_NOTHING_RECORDED));
    }
    small(ui, texts.get(id::CONSENT_NEVER_SECRETS));
    ui.add_space(GAP);
    ui.with_layout(Flow::left_to_right(Align::Center).with_main_wrap(true), |ui| {
        if talk && button(ui, theme, &texts.get(id::BUTTON_TALK), Weight::Main).clicked() {
            chosen = Some(Input::Consented { voice: true });
        }
        let weight = if talk { Weight::Usual } else { Weight::Main };
        if button(ui, theme, &texts.get(id::BUTTON_TYPE_ONLY), weight).clicked() {
            chosen = Some(Input::Consented { voice: false });
        }
    });
    chosen
}
