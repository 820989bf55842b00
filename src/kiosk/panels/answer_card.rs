//! The steps that belong to the last answer, to read along.

use bevy_egui::egui::{RichText, ScrollArea, Ui};

use super::Panels;
use crate::kiosk::core::Core;
use crate::stage::theme::Theme;
use crate::texts::id;

/// The height of the card with its frame, in points.
pub const HEIGHT: f32 = 210.0;
/// The most height of its text, in points.
const TEXT_MAX: f32 = 130.0;

/// Whether the last answer has steps to show.
pub fn is_shown(core: &Core, panels: &Panels) -> bool {
    let language = core.state().language;
    let article = core.article().and_then(|id| panels.knowledge.article(id, language));
    article.is_some_and(|article| !article.detail.is_empty())
}

pub fn show(ui: &mut Ui, theme: &Theme, core: &Core, panels: &Panels) {
    let language = core.state().language;
    let Some(article) = core.article().and_then(|id| panels.knowledge.article(id, language)) else { return };
    if article.detail.is_empty() {
        return;
    }
    theme.frame().show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.label(RichText::new(&article.title).font(theme.size(19.0)).strong().color(theme.gold));
        ScrollArea::vertical().id_salt("answer-card").max_height(TEXT_MAX * theme.scale).show(ui, |ui| {
            ui.set_width(ui.available_width());
            markdown(ui, theme, &article.detail);
            if let Some(experts) = &article.experts {
                ui.collapsing(core.texts().get(id::ARTICLE_EXPERT), |ui| markdown(ui, theme, experts));
            }
        });
    });
}

/// The plain part of Markdown that articles use: paragraphs, numbered and dotted lists, headings.
pub fn markdown(ui: &mut Ui, theme: &Theme, text: &str) {
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (line, size) = match line.trim_start_matches('#') {
            heading if heading.len() < line.len() => (heading.trim(), 19.0),
            _ => (line, 17.0),
        };
        let line = line.replace("**", "").replace('`', "");
        ui.label(RichText::new(line).font(theme.size(size)));
    }
}
