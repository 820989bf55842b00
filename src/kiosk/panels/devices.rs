//! Microphone and loudspeaker, for the host: F10 shows and hides it. Visitors at a screen that is touched never see it.

use bevy_egui::egui::{Context, Key, RichText, ScrollArea, Ui};

use crate::kiosk::core::Core;
use crate::kiosk::edges::{DeviceKind, Found};
use crate::stage::theme::Theme;
use crate::stage::widgets::{Weight, button, level, modal};
use crate::texts::{Id, id};

/// The most of the screen's height that each list takes.
const LIST_PART: f32 = 0.26;
/// From silence to loud, at the microphone, in decibels below full scale.
const LEVEL_DB: (f32, f32) = (-60.0, -12.0);

/// What the host wants.
enum Wish {
    Choose(DeviceKind, Option<String>),
    Look,
    Close,
}

/// Draws it, where it is wanted.
pub fn show(context: &Context, theme: &Theme, core: &mut Core, open: &mut bool) {
    if core.devices.is_none() {
        return;
    }
    if context.input(|i| i.key_pressed(Key::F10)) {
        *open = !*open;
        if let Some(devices) = core.devices.as_mut().filter(|_| *open) {
            devices.look();
        }
    }
    if !*open {
        return;
    }
    let height = super::layout::uncovered(context).height() * LIST_PART;
    let (wish, leave) = modal(context, theme, "devices", None, |ui| page(ui, theme, core, height));
    let Some(devices) = &mut core.devices else { return };
    match wish {
        Some(Wish::Choose(kind, name)) => devices.choose(kind, name),
        Some(Wish::Look) => devices.look(),
        Some(Wish::Close) => *open = false,
        None => *open = !leave,
    }
}

fn page(ui: &mut Ui, theme: &Theme, core: &Core, height: f32) -> Option<Wish> {
    let texts = core.texts();
    let mut wish = None;
    let title = texts.get(id::DEVICES_TITLE);
    ui.label(RichText::new(title).font(theme.size(26.0)).strong().color(theme.text));
    let found = core.devices.as_ref().and_then(|devices| devices.found());
    for (kind, name) in
        [(DeviceKind::Microphone, id::DEVICES_MICROPHONE), (DeviceKind::Loudspeaker, id::DEVICES_LOUDSPEAKER)]
    {
        ui.add_space(6.0);
        wish = list(ui, theme, core, (kind, name), found.as_ref(), height).or(wish);
    }
    ui.add_space(6.0);
    ui.horizontal(|ui| {
        if button(ui, theme, &texts.get(id::DEVICES_LOOK), Weight::Usual).clicked() {
            wish = Some(Wish::Look);
        }
        if button(ui, theme, &texts.get(id::BUTTON_CLOSE), Weight::Quiet).clicked() {
            wish = Some(Wish::Close);
        }
    });
    wish
}

fn list(
    ui: &mut Ui,
    theme: &Theme,
    core: &Core,
    (kind, name): (DeviceKind, Id),
    found: Option<&Found>,
    height: f32,
) -> Option<Wish> {
    let texts = core.texts();
    let chosen = core.devices.as_ref().and_then(|devices| devices.chosen(kind));
    ui.horizontal(|ui| {
        ui.label(RichText::new(texts.get(name)).font(theme.size(19.0)).color(theme.muted));
        if kind == DeviceKind::Microphone && core.state().listening {
            let (low, high) = LEVEL_DB;
            let loud = ((core.level_db() - low) / (high - low)).clamp(0.0, 1.0);
            level(ui, theme, loud, core.state().hearing);
        }
    });
    let mut wish = None;
    let mut offer = |ui: &mut Ui, text: &str, device: Option<&str>| {
        // A part of a name is enough for the settings.
        let is_chosen = match (device, chosen.as_deref()) {
            (Some(device), Some(chosen)) => device.contains(chosen),
            (None, None) => true,
            _ => false,
        };
        let weight = if is_chosen { Weight::Main } else { Weight::Usual };
        if button(ui, theme, text, weight).clicked() {
            wish = Some(Wish::Choose(kind, device.map(str::to_owned)));
        }
    };
    ScrollArea::vertical().id_salt(name.as_str()).max_height(height).show(ui, |ui| {
        ui.set_width(ui.available_width());
        offer(ui, &texts.get(id::DEVICES_USUAL), None);
        match found.map(|found| found.of(kind)) {
            None => drop(ui.label(texts.get(id::DEVICES_LOOKING))),
            Some([]) => drop(ui.label(texts.get(id::DEVICES_NONE))),
            Some(devices) => devices.iter().for_each(|device| offer(ui, device, Some(device))),
        }
    });
    wish
}
