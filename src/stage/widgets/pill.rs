//! What is going on, in one word with moving dots.

use std::time::Duration;

use bevy_egui::egui::{Align2, Color32, Response, Sense, Ui, Vec2, pos2};

use crate::stage::theme::Theme;

/// Milliseconds between two pictures of the moving dots: enough for eyes, little for a slow machine.
const REFRESH: Duration = Duration::from_millis(66);

/// What is going on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activity {
    /// Nothing: the dots rest.
    Waiting,
    /// A visitor is heard.
    Listening,
    /// An answer is looked for.
    Thinking,
    /// The avatar speaks.
    Speaking,
}

/// How high a dot is at a moment, -1..1.
fn bounce(activity: Activity, seconds: f64, dot: usize) -> f32 {
    let (speed, spread) = match activity {
        Activity::Waiting => return 0.0,
        Activity::Listening => (5.0, 0.9),
        Activity::Thinking => (3.2, 0.7),
        Activity::Speaking => (8.0, 1.3),
    };
    (seconds * speed - dot as f64 * spread).sin() as f32
}

/// A pill with three dots and a text. `still` keeps the dots where they are, for visitors whom motion makes unwell.
pub fn pill(ui: &mut Ui, theme: &Theme, activity: Activity, text: &str, still: bool) -> Response {
    let colour = match activity {
        Activity::Waiting => theme.muted,
        Activity::Listening => theme.listening,
        Activity::Thinking => theme.thinking,
        Activity::Speaking => theme.speaking,
    };
    let galley = ui.painter().layout_no_wrap(text.to_owned(), theme.size(18.0), theme.text);
    let size = Vec2::new(galley.size().x + 78.0, 40.0_f32.max(galley.size().y + 12.0));
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    ui.painter().rect_filled(rect, size.y * 0.5, theme.panel);
    // Between two pictures nothing moves: what is drawn of panels is kept while they are the same.
    let seconds = (ui.input(|i| i.time) / REFRESH.as_secs_f64()).floor() * REFRESH.as_secs_f64();
    for dot in 0..3 {
        let high = if still { 0.0 } else { bounce(activity, seconds, dot) };
        let at = pos2(rect.left() + 20.0 + dot as f32 * 12.0, rect.center().y - high * 4.0);
        let fill: Color32 = colour.gamma_multiply(0.75 + 0.25 * high);
        ui.painter().circle_filled(at, 4.2, fill);
    }
    let at = pos2(rect.left() + 60.0, rect.center().y);
    let at = Align2::LEFT_CENTER.anchor_size(at, galley.size()).min;
    ui.painter().galley(at, galley, theme.text);
    if !still && activity != Activity::Waiting {
        ui.ctx().request_repaint_after(REFRESH);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_move_while_something_goes_on_and_rest_otherwise() {
        assert_eq!(bounce(Activity::Waiting, 3.0, 1), 0.0);
        assert_ne!(bounce(Activity::Thinking, 3.0, 1), bounce(Activity::Thinking, 3.3, 1));
        assert_ne!(bounce(Activity::Listening, 3.0, 0), bounce(Activity::Listening, 3.0, 1));
    }
}
