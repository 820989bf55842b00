//! A conversation: captions of both sides, suggestions, and the line at the bottom.

use bevy_egui::egui::{Color32, Context, Id, RichText, Vec2};

use super::layout::{layout, place};
use super::{Panels, answer_card, input_bar, transcript};
use crate::kiosk::core::Core;
use crate::stage::theme::{GAP, ROUND, Theme};
use crate::stage::widgets::{Weight, button, chips};
use crate::texts::id;
use crate::visit::{Input, MessageStep, Pilot, Turn};

/// Suggestions are shown until the visitor has asked this often.
const SUGGEST_UNTIL: usize = 2;
/// Room kept for them below the captions, in points at the usual size of type.
const SUGGESTIONS_HEIGHT: f32 = 190.0;
/// The least height of the captions, also above a card, in points.
const CAPTIONS: f32 = 120.0;
const CAPTIONS_BESIDE_CARD: f32 = 80.0;
/// Where the height of the line at the bottom is kept.
const BAR_HEIGHT: &str = "height of the line at the bottom";
/// The ground under the conversation on tall screens: how much darker than panels it is, and how much it hides.
const GROUND_DARK: f32 = 0.3;
const GROUND: f32 = 0.97;

pub fn show(context: &Context, theme: &Theme, core: &mut Core, panels: &mut Panels) {
    let cut = layout(context, theme.scale);
    // The line at the bottom is as high as what was in it in the last frame: settings take one line or several.
    let bar = Id::new(BAR_HEIGHT);
    let high = context.data(|data| data.get_temp::<f32>(bar)).unwrap_or(0.0);
    let cut = cut.with_taller_bottom((high - cut.bottom.height()).max(0.0));
    place(context, "talk", cut.side, |ui| {
        if cut.is_tall() {
            // Here the desk's front is behind the words.
            let ground = theme.panel.lerp_to_gamma(Color32::BLACK, GROUND_DARK).gamma_multiply(GROUND);
            ui.painter().rect_filled(cut.side.expand(GAP), ROUND, ground);
        }
        ui.set_min_size(cut.side.size().max(Vec2::ZERO));
        header(ui, theme, core);
        let asked = core.state().captions.iter().filter(|c| c.who == crate::visit::Who::Visitor).count();
        let quiet = core.state().turn() == Turn::Listening;
        let card = answer_card::is_shown(core, panels);
        let choices = !core.state().choices.is_empty();
        let suggest = choices || asked < SUGGEST_UNTIL && quiet && !card;
        let below = if suggest { SUGGESTIONS_HEIGHT * theme.scale } else { 0.0 };
        let card_room = answer_card::height(ui, theme, core, panels);
        let least = if card { CAPTIONS_BESIDE_CARD } else { CAPTIONS };
        let room = (ui.available_height() - below - card_room).max(least);
        transcript::show(ui, theme, core, panels, room);
        answer_card::show(ui, theme, core, panels);
        if below > 0.0 {
            suggestions(ui, theme, core, panels);
        }
    });
    let shown = place(context, "input-bar", cut.bottom, |ui| {
        theme.frame().show(ui, |ui| input_bar::show(ui, theme, core, panels)).response.rect.height()
    });
    context.data_mut(|data| data.insert_temp(bar, shown));
    if (shown - high).abs() > 0.5 {
        context.request_repaint();
    }
}

/// Who the visitor talks to.
fn header(ui: &mut bevy_egui::egui::Ui, theme: &Theme, core: &mut Core) {
    let mut wanted = None;
    theme.frame().show(ui, |ui| {
        ui.set_width(ui.available_width());
        let (texts, state) = (core.texts(), core.state());
        let badge = core.desk().badge.any(state.language).map_or("", |b| b.name.as_str()).to_owned();
        let to_person = if state.offer_ways { Weight::Main } else { Weight::Quiet };
        let who = match state.pilot() {
            Pilot::Person { name } => texts.get_with(id::WHO_PERSON, &[("name", name.into())]),
            Pilot::Bot | Pilot::Nobody => texts.get_with(id::WHO_BOT, &[("name", badge.into())]),
        };
        ui.horizontal_wrapped(|ui| {
            ui.label(RichText::new(who).font(theme.size(20.0)).strong().color(theme.text));
            if state.queue_line().is_none()
                && !matches!(state.pilot(), Pilot::Person { .. })
                && button(ui, theme, &texts.get(id::BUTTON_PERSON), to_person).clicked()
            {
                wanted = Some(Input::PersonWanted);
            }
            if state.may_leave_message()
                && button(ui, theme, &texts.get(id::BUTTON_MESSAGE), Weight::Usual).clicked()
            {
                wanted = Some(Input::MessageWanted);
            }
            if state.message == MessageStep::Writing
                && button(ui, theme, &texts.get(id::BUTTON_NO_MESSAGE), Weight::Usual).clicked()
            {
                wanted = Some(Input::MessageCancelled);
            }
            if button(ui, theme, &texts.get(id::BUTTON_LEAVE), Weight::Quiet).clicked() {
                wanted = Some(Input::Leave);
            }
        });
        for (line, colour) in [(state.queue_line(), theme.muted), (state.absence_line(), theme.warning)] {
            if let Some(line) = line {
                let text = line.resolve(texts, core.greeting());
                ui.label(RichText::new(text).font(theme.size(17.0)).color(colour));
            }
        }
    });
    if let Some(input) = wanted {
        core.input(input);
    }
}

/// What the pilot gives to choose from, or else questions that many have.
fn suggestions(ui: &mut bevy_egui::egui::Ui, theme: &Theme, core: &mut Core, panels: &Panels) {
    let state = core.state();
    let (title, questions) = if state.choices.is_empty() {
        (id::SUGGESTIONS_TITLE, core.suggested(&panels.knowledge))
    } else {
        (id::CHOICES_TITLE, state.choices.clone())
    };
    if questions.is_empty() {
        return;
    }
    let title = core.texts().get(title);
    let framed = theme.frame().show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.label(RichText::new(title).font(theme.size(16.0)).color(theme.muted));
        chips(ui, theme, questions.iter().map(String::as_str))
    });
    let pressed = framed.inner;
    if let Some(text) = pressed.and_then(|n| questions.get(n)) {
        core.input(Input::SuggestionChosen { text: text.clone() });
    }
}
