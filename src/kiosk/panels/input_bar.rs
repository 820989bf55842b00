//! The line at the bottom: what the kiosk is doing, the meter, the text box and the buttons.

use bevy_egui::egui::{Align, Id, Key, Layout, Margin, Response, RichText, TextEdit, Ui, Vec2};

use super::{Panels, layout};
use crate::kiosk::core::Core;
use crate::scene::ListenMode;
use crate::stage::theme::{TOUCH, Theme};
use crate::stage::widgets::{Activity, LEVEL_WIDTH, Weight, button, level, pill};
use crate::texts::{self, id};
use crate::visit::{Input, Preferences, State, TextSize, Turn};

/// The longest text that can be typed, in characters.
const TYPED_MAX_CHARS: usize = 1000;
/// The size of what is typed, in points.
const TYPED: f32 = 20.0;
/// The quietest level on the meter, in decibels below full scale.
const METER_FLOOR_DB: f32 = -60.0;
/// Where the width of the buttons is kept.
const BUTTONS_WIDTH: &str = "width of the buttons";
/// The space before and behind what is typed, in points.
const TYPED_MARGIN: i8 = 14;

pub fn show(ui: &mut Ui, theme: &Theme, core: &mut Core, panels: &mut Panels) {
    ui.set_width(ui.available_width());
    let still = core.state().preferences.reduce_motion;
    let mut inputs = Vec::new();
    let narrow = layout::is_narrow(ui.available_width(), theme.scale);
    ui.horizontal_wrapped(|ui| {
        let (state, texts) = (core.state(), core.texts());
        let (activity, text) = activity(state);
        pill(ui, theme, activity, &texts.get(text), still);
        // At the right, where what is before them leaves as much room as they took in the last frame; otherwise in lines.
        let wanted = Id::new(BUTTONS_WIDTH);
        let took = ui.data(|data| data.get_temp::<f32>(wanted)).unwrap_or(0.0);
        let room = ui.available_size_before_wrap().x - took;
        // The meter gives way to them where that saves a line.
        let crowded = (0.0..LEVEL_WIDTH + ui.spacing().item_spacing.x).contains(&room) && took > 0.0;
        if state.listening && !crowded {
            let loud = (core.level_db() / -METER_FLOOR_DB + 1.0).clamp(0.0, 1.0);
            level(ui, theme, loud, state.hearing);
        }
        if let Some(hint) = hint(state).filter(|_| !narrow) {
            ui.label(RichText::new(texts.get(hint)).font(theme.size(15.0)).color(theme.muted));
        }
        if state.is_speaking() && button(ui, theme, &texts.get(id::BUTTON_STOP), Weight::Usual).clicked() {
            inputs.push(Input::StopPressed);
        }
        let takes = if narrow || ui.available_size_before_wrap().x < took {
            buttons(ui, theme, core, panels, &mut inputs)
        } else {
            let from_right = Layout::right_to_left(Align::Center);
            ui.with_layout(from_right, |ui| buttons(ui, theme, core, panels, &mut inputs)).inner
        };
        ui.data_mut(|data| data.insert_temp(wanted, takes));
    });
    if panels.settings_open {
        settings(ui, theme, core, &mut inputs);
    }
    for input in inputs {
        core.input(input);
    }
    text_box(ui, theme, core, panels);
}

/// What is always there: microphone, articles, settings. Returns how wide they are beside each other, in points.
fn buttons(ui: &mut Ui, theme: &Theme, core: &Core, panels: &mut Panels, inputs: &mut Vec<Input>) -> f32 {
    let mut row = Row { theme, width: 0.0 };
    microphone(ui, &mut row, core, inputs);
    let texts = core.texts();
    if row.button(ui, &texts.get(id::BUTTON_BROWSE), Weight::Quiet).clicked() {
        inputs.push(Input::BrowseOpened);
    }
    if row.button(ui, &texts.get(id::BUTTON_SETTINGS), Weight::Quiet).clicked() {
        panels.settings_open = !panels.settings_open;
    }
    row.width
}

/// Buttons beside each other, and how wide they are.
struct Row<'a> {
    theme: &'a Theme,
    width: f32,
}

impl Row<'_> {
    fn button(&mut self, ui: &mut Ui, text: &str, weight: Weight) -> Response {
        let response = button(ui, self.theme, text, weight);
        self.width += response.rect.width() + ui.spacing().item_spacing.x;
        response
    }
}

/// What visitors would hardly find out by themselves.
fn hint(state: &State) -> Option<texts::Id> {
    if state.is_speaking() && state.listening && state.rules.barge_in {
        Some(id::HINT_INTERRUPT)
    } else if activity(state).1 == id::STATE_HOLD_TO_TALK {
        Some(id::HINT_SPACE)
    } else {
        None
    }
}

fn activity(state: &State) -> (Activity, texts::Id) {
    match state.turn() {
        Turn::Speaking => (Activity::Speaking, id::STATE_SPEAKING),
        Turn::Thinking => (Activity::Thinking, id::STATE_THINKING),
        Turn::Listening if state.hearing => (Activity::Listening, id::STATE_HEARING),
        Turn::Listening if !state.voice_consent || !state.can_hear() => (Activity::Waiting, id::STATE_TYPE),
        Turn::Listening if state.muted => (Activity::Waiting, id::STATE_MUTED),
        Turn::Listening if state.listen == ListenMode::PushToTalk && !state.talk_held => {
            (Activity::Waiting, id::STATE_HOLD_TO_TALK)
        }
        Turn::Listening => (Activity::Listening, id::STATE_LISTENING),
    }
}

fn microphone(ui: &mut Ui, row: &mut Row<'_>, core: &Core, inputs: &mut Vec<Input>) {
    let (state, texts) = (core.state(), core.texts());
    // A button that is held must be let go before it goes away.
    if state.rules.private || (!state.can_hear() && !state.talk_held) {
        return;
    }
    if !state.voice_consent {
        if row.button(ui, &texts.get(id::BUTTON_TALK), Weight::Usual).clicked() {
            inputs.push(Input::Consented { voice: true });
        }
        return;
    }
    let (other, name) = match state.listen {
        ListenMode::HandsFree => (ListenMode::PushToTalk, id::BUTTON_HOLD_TO_TALK),
        ListenMode::PushToTalk => (ListenMode::HandsFree, id::BUTTON_HANDS_FREE),
    };
    if state.listen == ListenMode::PushToTalk {
        let held =
            row.button(ui, &texts.get(id::BUTTON_HOLD_TO_TALK), Weight::Main).is_pointer_button_down_on();
        if held != state.talk_held && ui.input(|i| i.pointer.any_pressed() || i.pointer.any_released()) {
            inputs.push(Input::TalkHeld { held });
        }
    }
    if row.button(ui, &texts.get(name), Weight::Quiet).clicked() {
        inputs.push(Input::ListenModeChosen { mode: other });
    }
    let mute = if state.muted { id::BUTTON_UNMUTE } else { id::BUTTON_MUTE };
    if row.button(ui, &texts.get(mute), Weight::Quiet).clicked() {
        inputs.push(Input::MuteChosen { muted: !state.muted });
    }
}

fn settings(ui: &mut Ui, theme: &Theme, core: &Core, inputs: &mut Vec<Input>) {
    let (state, texts) = (core.state(), core.texts());
    let mut new: Preferences = state.preferences;
    ui.horizontal_wrapped(|ui| {
        ui.label(texts.get(id::SETTING_VOLUME));
        ui.add(bevy_egui::egui::Slider::new(&mut new.volume, 0..=100).show_value(false));
        ui.checkbox(&mut new.quiet, texts.get(id::SETTING_QUIET));
        ui.label(texts.get(id::SETTING_TEXT_SIZE));
        for (size, name) in [
            (TextSize::Normal, id::SIZE_NORMAL),
            (TextSize::Large, id::SIZE_LARGE),
            (TextSize::Largest, id::SIZE_LARGEST),
        ] {
            let weight = if new.text_size == size { Weight::Main } else { Weight::Quiet };
            if button(ui, theme, &texts.get(name), weight).clicked() {
                new.text_size = size;
            }
        }
        ui.checkbox(&mut new.reduce_motion, texts.get(id::SETTING_REDUCE_MOTION));
        ui.checkbox(&mut new.high_contrast, texts.get(id::SETTING_HIGH_CONTRAST));
        for language in &state.rules.languages {
            if *language != state.language {
                let name = match language {
                    crate::conversation::Language::En => id::LANGUAGE_ENGLISH,
                    crate::conversation::Language::Zh => id::LANGUAGE_CHINESE,
                };
                if button(ui, theme, &texts.get(name), Weight::Quiet).clicked() {
                    inputs.push(Input::LanguageChosen { language: *language });
                }
            }
        }
    });
    if new != state.preferences {
        inputs.push(Input::PreferencesChanged { preferences: new });
    }
}

fn text_box(ui: &mut Ui, theme: &Theme, core: &mut Core, panels: &mut Panels) {
    // No higher than it must be: the whole line is as high as what is in it.
    let high = TOUCH.max(theme.size(TYPED).size * 1.8);
    let line = Vec2::new(ui.available_width(), high);
    ui.allocate_ui_with_layout(line, Layout::right_to_left(Align::Center), |ui| {
        let send = core.texts().get(id::BUTTON_SEND);
        let pressed = button(ui, theme, &send, Weight::Usual).clicked();
        let keyboard = button(ui, theme, "⌨", Weight::Quiet)
            .on_hover_text(core.texts().get(id::BUTTON_KEYBOARD))
            .clicked();
        if keyboard {
            panels.keyboard.toggle(ui.ctx(), core.state().language);
        }
        let hint = RichText::new(core.texts().get(id::HINT_TYPE)).color(theme.muted);
        let edit = TextEdit::singleline(&mut panels.draft)
            .hint_text(hint)
            .desired_width(f32::INFINITY)
            .margin(Margin::symmetric(TYPED_MARGIN, 0))
            .min_size(Vec2::new(0.0, TOUCH))
            .vertical_align(Align::Center)
            .char_limit(TYPED_MAX_CHARS);
        let response = ui.add(edit);
        if keyboard && panels.keyboard.is_open() {
            response.request_focus();
        }
        let entered = response.lost_focus() && ui.input(|i| i.key_pressed(Key::Enter));
        if (entered || pressed) && !panels.draft.trim().is_empty() {
            let text = std::mem::take(&mut panels.draft);
            core.typed(&text);
            response.request_focus();
        } else if response.changed() {
            core.input(Input::Touched);
            if let Some(masked) = core.typing(&panels.draft) {
                panels.draft = masked;
            }
        }
    });
}
