//! What lies over the page: idle warning, secret warning, reconnecting.

use bevy_egui::egui::{Context, Rect, RichText};

use super::layout::{layout, place};
use crate::kiosk::core::Core;
use crate::stage::theme::Theme;
use crate::stage::widgets::{Tone, Weight, button, modal, notice};
use crate::texts::id;
use crate::visit::{Input, Overlay, SecretKind};

/// The least width of a warning, in points at the usual size of text.
const WARNING_LEAST: f32 = 400.0;

pub fn show(context: &Context, theme: &Theme, core: &mut Core, overlay: Overlay) {
    let texts = core.texts();
    match overlay {
        Overlay::IdleWarning { until } => {
            let seconds = until.since_ms(core.state().now).div_ceil(1000);
            let (stay, _) = modal(context, theme, "idle", None, |ui| {
                ui.label(
                    RichText::new(texts.get(id::IDLE_TITLE))
                        .font(theme.size(28.0))
                        .strong()
                        .color(theme.text),
                );
                ui.label(texts.get_with(id::IDLE_COUNTDOWN, &[("seconds", seconds.into())]));
                ui.horizontal_wrapped(|ui| {
                    let stay = button(ui, theme, &texts.get(id::BUTTON_STAY), Weight::Main).clicked();
                    let leave = button(ui, theme, &texts.get(id::BUTTON_LEAVE), Weight::Quiet).clicked();
                    if stay { Some(Input::Stay) } else { leave.then_some(Input::Leave) }
                })
                .inner
            });
            if let Some(input) = stay {
                core.input(input);
            }
        }
        Overlay::SecretWarning { kind } => {
            let (kind, why) = match kind {
                SecretKind::SeedPhrase => (id::SECRET_KIND_SEED_PHRASE, id::SECRET_SHOWN_WALLET),
                SecretKind::PrivateKey => (id::SECRET_KIND_PRIVATE_KEY, id::SECRET_SHOWN_WALLET),
                SecretKind::Card => (id::SECRET_KIND_CARD, id::SECRET_SHOWN_CARD),
                SecretKind::Identity => (id::SECRET_KIND_IDENTITY, id::SECRET_SHOWN_IDENTITY),
                SecretKind::Other => (id::SECRET_KIND_OTHER, id::SECRET_SHOWN_ACCESS),
            };
            let kind = texts.get(kind);
            let (understood, _) = modal(context, theme, "secret", beside_avatar(context, theme), |ui| {
                let title = RichText::new(texts.get(id::SECRET_TITLE))
                    .font(theme.size(28.0))
                    .strong()
                    .color(theme.text);
                ui.label(title.color(theme.warning));
                ui.label(texts.get_with(id::SECRET_MASKED, &[("kind", kind.into())]));
                ui.label(texts.get(why));
                button(ui, theme, &texts.get(id::BUTTON_UNDERSTOOD), Weight::Main).clicked()
            });
            if understood {
                core.input(Input::SecretUnderstood);
            }
        }
        Overlay::Reconnecting { .. } => {
            let cut = layout(context, theme.scale);
            let text = format!("{}. {}", texts.get(id::RECONNECTING), texts.get(id::RECONNECTING_SAFE));
            place(context, "reconnecting", cut.screen, |ui| notice(ui, theme, Tone::Info, &text));
        }
        Overlay::Browse => {}
    }
}

/// Where who has been cut in on can read why and still sees who cuts in: over the conversation, where that stands beside the
/// avatar and is wide enough.
fn beside_avatar(context: &Context, theme: &Theme) -> Option<Rect> {
    let cut = layout(context, theme.scale);
    let beside = cut.side.left() > cut.screen.center().x && cut.side.width() >= WARNING_LEAST * theme.scale;
    beside.then_some(cut.side)
}
