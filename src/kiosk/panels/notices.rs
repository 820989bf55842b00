//! Short messages, and what is not as it should be at this kiosk.

use bevy_egui::egui::{Context, Pos2, Rect};

use super::Panels;
use super::layout::{layout, place};
use crate::conversation::Language;
use crate::kiosk::core::Core;
use crate::stage::theme::Theme;
use crate::stage::widgets::{Tone, notice};
use crate::texts::{Id, id};
use crate::visit::{Notice, Phase, Who};

/// The width of notices, in points.
const WIDTH: f32 = 420.0;

pub fn show(context: &Context, theme: &Theme, core: &Core, panels: &Panels) {
    let (state, texts) = (core.state(), core.texts());
    let mut lines: Vec<(Tone, String)> = Vec::new();
    if let Some((saying, _)) = &state.toast {
        lines.push((Tone::Info, saying.resolve(texts, core.greeting())));
    }
    // While nobody is there, notices would only worry who walks by; the log has them.
    if state.phase != Phase::Attract {
        // How to speak so that one is understood is told until the visitor has done so, and where speech is understood at all.
        let asked = state.captions.iter().any(|caption| caption.who == Who::Visitor);
        let comes = matches!(state.phase, Phase::Welcome { .. } | Phase::Talk);
        let advised = comes && !asked && !state.notices.contains(&Notice::LanguageNotHeard);
        let told = |notice: &&Notice| **notice != Notice::SmallModel || advised;
        lines.extend(state.notices.iter().filter(told).map(|notice| {
            let tone = match notice {
                Notice::SmallModel | Notice::StandInVoice => Tone::Info,
                _ => Tone::Warning,
            };
            (tone, texts.get(text_of(*notice)))
        }));
    }
    // In English: in Chinese it could not be read.
    if let Some(sentence) = panels.no_chinese.filter(|_| state.rules.languages.contains(&Language::Zh)) {
        lines.push((Tone::Warning, sentence.to_owned()));
    }
    if lines.is_empty() {
        return;
    }
    let screen = layout(context, theme.scale).screen;
    let right = (screen.left() + WIDTH * theme.scale).min(screen.right());
    let rect = Rect::from_min_max(screen.min, Pos2::new(right, screen.bottom()));
    place(context, "notices", rect, |ui| {
        for (tone, text) in lines {
            notice(ui, theme, tone, &text);
        }
    });
}

fn text_of(notice: Notice) -> Id {
    match notice {
        Notice::NoMicrophone => id::NOTICE_NO_MICROPHONE,
        Notice::NoLoudspeaker => id::NOTICE_NO_LOUDSPEAKER,
        Notice::NoVoice => id::NOTICE_NO_VOICE,
        Notice::StandInVoice => id::NOTICE_STAND_IN_VOICE,
        Notice::NoSpeechModel => id::NOTICE_NO_SPEECH_MODEL,
        Notice::LanguageNotHeard => id::NOTICE_LANGUAGE_NOT_HEARD,
        Notice::SmallModel => id::NOTICE_SMALL_MODEL,
        Notice::SceneBroken => id::NOTICE_SCENE_BROKEN,
        Notice::AvatarBroken => id::NOTICE_AVATAR_BROKEN,
        Notice::RelayUnreachable => id::NOTICE_RELAY_UNREACHABLE,
    }
}
