//! The card of the last answer, to read along: its steps, and a code that takes the link to the visitor's phone.

use bevy_egui::egui::{Align, Layout, RichText, ScrollArea, Ui, Vec2};

use super::Panels;
use crate::kiosk::core::Core;
use crate::knowledge::{Card, Line, Link};
use crate::stage::theme::{GAP, PAD, Theme};
use crate::stage::widgets::{Mark, Scan, marked};
use crate::texts::id;

/// The height of the card's frame and title, in points.
const AROUND: f32 = 80.0;
/// The most height of its text, in points.
const TEXT_MAX: f32 = 130.0;
/// The code stands beside the text where that keeps this width, in points.
const TEXT_BESIDE: f32 = 200.0;
/// The width of a code as a part of the panel's height, and its bounds in points.
const CODE_SHARE: f32 = 0.28;
const CODE: (f32, f32) = (105.0, 220.0);

/// The card of the last answer, if there is anything on it.
fn card<'a>(core: &Core, panels: &'a Panels) -> Option<&'a Card> {
    let article = core.article().and_then(|id| panels.knowledge.article(id, core.state().language))?;
    (!article.card.is_empty()).then_some(&article.card)
}

/// Whether the last answer has a card to show.
pub fn is_shown(core: &Core, panels: &Panels) -> bool {
    card(core, panels).is_some()
}

/// The room that the card wants in a panel, in points; nothing where there is none.
pub fn height(ui: &Ui, theme: &Theme, core: &Core, panels: &Panels) -> f32 {
    let Some(card) = card(core, panels) else { return 0.0 };
    let beside = card.link.as_ref().map(|link| scan(ui, theme, link));
    let beside = beside.filter(|scan| is_beside(scan, theme, ui.available_width() - 2.0 * f32::from(PAD)));
    let text = beside.map_or(0.0, |scan| scan.size().y).max(TEXT_MAX * theme.scale);
    AROUND * theme.scale + text
}

pub fn show(ui: &mut Ui, theme: &Theme, core: &Core, panels: &Panels) {
    let Some(card) = card(core, panels) else { return };
    // Its size is that of the panel around the frame.
    let link = card.link.as_ref().map(|link| (scan(ui, theme, link), link));
    theme.frame().show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.label(RichText::new(&card.title).font(theme.size(19.0)).strong().color(theme.gold));
        let most = TEXT_MAX * theme.scale;
        let width = ui.available_width();
        match link {
            Some((scan, link))
                if is_beside(&scan, theme, width) && scan.size().y <= ui.available_height() =>
            {
                let height = most.max(scan.size().y).min(ui.available_height());
                let text = Vec2::new(width - scan.size().x - GAP, height);
                ui.horizontal_top(|ui| {
                    ui.allocate_ui_with_layout(text, Layout::top_down(Align::Min), |ui| {
                        ui.set_width(text.x);
                        scrolled(ui, theme, core, card, text.y, true);
                    });
                    code(ui, scan, link);
                });
            }
            _ => scrolled(ui, theme, core, card, most, false),
        }
    });
}

/// The text. Half a code is none: where it has no room, the address stands here in words, above
/// all else; the article's page has the code.
fn scrolled(ui: &mut Ui, theme: &Theme, core: &Core, card: &Card, most: f32, has_code: bool) {
    ScrollArea::vertical().id_salt("answer-card").max_height(most).show(ui, |ui| {
        ui.set_width(ui.available_width());
        if let Some(link) = card.link.as_ref().filter(|_| !has_code) {
            ui.label(RichText::new(link.words()).font(theme.size(17.0)).strong());
        }
        lines(ui, theme, &card.lines);
        if !card.experts.is_empty() {
            ui.collapsing(core.texts().get(id::ARTICLE_EXPERT), |ui| lines(ui, theme, &card.experts));
        }
    });
}

/// A code in proportion to the panel that it stands in.
fn scan(ui: &Ui, theme: &Theme, link: &Link) -> Scan {
    let wished = (ui.max_rect().height() * CODE_SHARE).clamp(CODE.0, CODE.1);
    scan_of(ui, theme, link, wished)
}

fn is_beside(scan: &Scan, theme: &Theme, width: f32) -> bool {
    width - scan.size().x - GAP >= TEXT_BESIDE * theme.scale
}

/// The code of a link, about `wished` points wide.
pub fn scan_of(ui: &Ui, theme: &Theme, link: &Link, wished: f32) -> Scan {
    Scan::new(ui, theme, link.modules().side(), link.words(), wished)
}

pub fn code(ui: &mut Ui, scan: Scan, link: &Link) {
    scan.show(ui, |x, y| link.modules().is_dark(x, y));
}

/// The lines of a card, one below the other.
pub fn lines(ui: &mut Ui, theme: &Theme, lines: &[Line]) {
    for line in lines {
        match line {
            Line::Heading(text) => ui.label(RichText::new(text).font(theme.size(19.0)).strong()),
            Line::Step { number, text } => marked(ui, theme, Mark::Number(*number), text),
            Line::Point(text) => marked(ui, theme, Mark::Dot, text),
            Line::Note(text) => ui.label(RichText::new(text).font(theme.size(17.0))),
        };
    }
}
