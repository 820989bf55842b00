//! A line with its mark before it: the number of a step, or a dot.

use bevy_egui::egui::{Align2, Pos2, Rect, Response, Sense, Ui, Vec2, WidgetInfo, WidgetType};

use crate::stage::theme::{GAP, Theme};

/// The size of the words and of the number, in points.
const WORDS: f32 = 17.0;
const NUMBER: f32 = 15.0;
/// The height of a badge, and its least width.
const BADGE: f32 = 26.0;
/// What a wide number has at its sides.
const BADGE_PAD: f32 = 6.0;
/// The radius of a dot.
const DOT: f32 = 3.5;

/// What stands before a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// On a badge.
    Number(u64),
    Dot,
}

/// One line of a list, as wide as there is room; its words never run below the mark.
pub fn marked(ui: &mut Ui, theme: &Theme, mark: Mark, text: &str) -> Response {
    let badge = BADGE * theme.scale;
    let number = match mark {
        Mark::Number(number) => Some(number.to_string()),
        Mark::Dot => None,
    };
    let painter = ui.painter().clone();
    let number = number.map(|number| painter.layout_no_wrap(number, theme.size(NUMBER), theme.on_accent));
    let wide = number.as_ref().map_or(0.0, |number| number.size().x + 2.0 * BADGE_PAD * theme.scale);
    let mark_width = wide.max(badge);
    let width = ui.available_width();
    let room = (width - mark_width - GAP).max(1.0);
    let words = painter.layout(text.to_owned(), theme.size(WORDS), theme.text, room);
    let height = words.size().y.max(badge);
    let (rect, response) = ui.allocate_exact_size(Vec2::new(width, height), Sense::hover());
    // The first line of the words is level with the mark.
    let line = words.size().y / words.rows.len().max(1) as f32;
    let top = rect.top() + ((badge - line) * 0.5).max(0.0);
    let place = Rect::from_min_size(rect.min, Vec2::new(mark_width, badge));
    if let Some(number) = number {
        painter.rect_filled(place, badge * 0.5, theme.accent);
        let at = Align2::CENTER_CENTER.anchor_size(place.center(), number.size()).min;
        painter.galley(at, number, theme.on_accent);
    } else {
        painter.circle_filled(place.center(), DOT * theme.scale, theme.accent);
    }
    painter.galley(Pos2::new(rect.left() + mark_width + GAP, top), words, theme.text);
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Label, true, text));
    response
}
