//! How loud the microphone hears: visitors see that they are heard.

use bevy_egui::egui::{Response, Sense, Ui, Vec2, pos2};

use crate::stage::theme::Theme;

/// Bars of the meter.
const BARS: usize = 14;
/// The width of the meter, in points.
pub const LEVEL_WIDTH: f32 = BARS as f32 * 9.0;
/// The quietest level that moves the meter, in decibels below full.
const FLOOR_DB: f32 = -54.0;

/// How many of `bars` light up at a level (root mean square, 0..1).
fn lit(level: f32, bars: usize) -> usize {
    let db = 20.0 * level.max(1e-6).log10();
    let part = ((db - FLOOR_DB) / -FLOOR_DB).clamp(0.0, 1.0);
    (part * bars as f32).round() as usize
}

/// A meter for a level (root mean square, 0..1); `heard` colours it as speech.
pub fn level(ui: &mut Ui, theme: &Theme, level: f32, heard: bool) -> Response {
    let size = Vec2::new(LEVEL_WIDTH, 30.0);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    let lit = lit(level, BARS);
    let colour = if heard { theme.listening } else { theme.muted };
    for bar in 0..BARS {
        // Higher in the middle, so that it looks like a voice and not like a bill.
        let middle = 1.0 - ((bar as f32 + 0.5) / BARS as f32 * 2.0 - 1.0).abs();
        let on = bar.abs_diff(BARS / 2) * 2 <= lit;
        let height = if on && lit > 0 { size.y * (0.30 + 0.70 * middle) } else { 4.0 };
        let x = rect.left() + bar as f32 * 9.0 + 4.5;
        let fill = if on && lit > 0 { colour } else { theme.raised };
        let bar = bevy_egui::egui::Rect::from_center_size(pos2(x, rect.center().y), Vec2::new(5.0, height));
        ui.painter().rect_filled(bar, 2.5, fill);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_lights_nothing_and_full_everything() {
        assert_eq!(lit(0.0, 14), 0);
        assert_eq!(lit(1.0, 14), 14);
        assert!(lit(0.05, 14) > 3);
        assert_eq!(lit(f32::NAN, 14), 0);
    }
}
