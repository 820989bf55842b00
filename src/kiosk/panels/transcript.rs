//! The captions of both sides, newest below; the visitor's own can be tapped and mended.

use bevy_egui::egui::{RichText, ScrollArea, TextEdit, Ui};

use super::Panels;
use crate::kiosk::core::Core;
use crate::protocol::Reach;
use crate::stage::theme::Theme;
use crate::stage::widgets::{Speaker, Weight, button, caption};
use crate::texts::id;
use crate::visit::{Caption, Input, Who};

pub fn show(ui: &mut Ui, theme: &Theme, core: &mut Core, panels: &mut Panels, height: f32) {
    let mut tapped = None;
    ScrollArea::vertical().id_salt("captions").max_height(height).stick_to_bottom(true).show(ui, |ui| {
        ui.set_width(ui.available_width());
        let (texts, state) = (core.texts(), core.state());
        for item in &state.captions {
            let words = item.saying.resolve(texts, core.greeting());
            let response = caption(ui, theme, side(item), &name(core, item), &words, true);
            if item.who == Who::Visitor && item.voiced && response.clicked() {
                tapped = Some((item.id, words));
            }
        }
        if let Some(partial) = &state.partial {
            caption(ui, theme, Speaker::Visitor, &texts.get(id::WHO_YOU), partial, false);
        } else if state.hearing {
            caption(ui, theme, Speaker::Visitor, &texts.get(id::WHO_YOU), "…", false);
        }
    });
    if tapped.is_some() {
        panels.mending = tapped;
    }
    mend(ui, theme, core, panels);
    ask_back(ui, theme, core);
}

fn side(item: &Caption) -> Speaker {
    if item.who == Who::Visitor { Speaker::Visitor } else { Speaker::Avatar }
}

fn name(core: &Core, item: &Caption) -> String {
    let texts = core.texts();
    let badge = || core.desk().badge.any(item.language).map_or(String::new(), |b| b.name.clone());
    let name = match &item.who {
        Who::Visitor => texts.get(id::WHO_YOU),
        Who::Bot => texts.get_with(id::WHO_BOT, &[("name", badge().into())]),
        Who::Person { name } => texts.get_with(id::WHO_PERSON, &[("name", name.clone().into())]),
        Who::Kiosk => badge(),
    };
    let mended = item.corrected.then_some(id::CAPTION_MENDED);
    // How far they have come is shown at the visitor's newest words only.
    let reach = core.state().reach().filter(|(caption, _)| *caption == item.id);
    let reach = reach.map(|(_, reach)| match reach {
        Reach::Stored => id::CAPTION_SENT,
        Reach::Delivered => id::CAPTION_DELIVERED,
        Reach::Seen => id::CAPTION_SEEN,
    });
    let small = mended.into_iter().chain(reach);
    small.fold(name, |name, id| format!("{name} · {}", texts.get(id)))
}

/// The box in which a misheard caption is mended.
fn mend(ui: &mut Ui, theme: &Theme, core: &mut Core, panels: &mut Panels) {
    let Some((caption, mut words)) = panels.mending.take() else { return };
    let mut done = false;
    theme.frame().show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.label(RichText::new(core.texts().get(id::HINT_CORRECT)).font(theme.size(16.0)).color(theme.muted));
        ui.add(TextEdit::multiline(&mut words).desired_rows(2).desired_width(f32::INFINITY).char_limit(1000));
        ui.horizontal(|ui| {
            if button(ui, theme, &core.texts().get(id::BUTTON_CORRECT), Weight::Main).clicked() {
                core.corrected(caption, &words);
                done = true;
            }
            done |= button(ui, theme, &core.texts().get(id::BUTTON_CANCEL), Weight::Quiet).clicked();
        });
    });
    if let Some(masked) = core.typing(&words) {
        words = masked;
    }
    if !done {
        panels.mending = Some((caption, words));
    }
}

/// "Did you say …?"
fn ask_back(ui: &mut Ui, theme: &Theme, core: &mut Core) {
    let Some(ask) = &core.state().ask_back else { return };
    let heard = ask.text.clone();
    let mut answer = None;
    theme.frame().show(ui, |ui| {
        ui.set_width(ui.available_width());
        let texts = core.texts();
        ui.label(texts.get_with(id::ASK_BACK, &[("heard", heard.into())]));
        ui.horizontal(|ui| {
            if button(ui, theme, &texts.get(id::BUTTON_YES), Weight::Main).clicked() {
                answer = Some(true);
            }
            if button(ui, theme, &texts.get(id::BUTTON_NO), Weight::Usual).clicked() {
                answer = Some(false);
            }
        });
    });
    if let Some(yes) = answer {
        core.input(Input::AskBackAnswered { yes });
    }
}
