//! How long the last turn took, for who builds or tunes a desk: F12 shows and hides it. Visitors at a screen that is touched
//! never see it.

use bevy_egui::egui::{Align2, Area, Context, Grid, Id, Key, RichText, Vec2};

use crate::kiosk::core::Core;
use crate::stage::theme::Theme;

/// The space to the edges of the screen, in points.
const EDGE: f32 = 20.0;
/// Of the time between frames, this share is that of the newest one.
const NEWEST: f32 = 0.05;

/// What the overlay remembers.
#[derive(Debug, Default, Clone, Copy)]
pub struct Developer {
    open: bool,
    /// The time between frames of late, in seconds.
    frame: f32,
}

impl Developer {
    /// Draws it, where it is wanted.
    pub fn show(&mut self, context: &Context, theme: &Theme, core: &Core) {
        if context.input(|i| i.key_pressed(Key::F12)) {
            self.open = !self.open;
        }
        let newest = context.input(|i| i.unstable_dt);
        self.frame += (newest - self.frame) * if self.frame > 0.0 { NEWEST } else { 1.0 };
        if !self.open {
            return;
        }
        let lines = lines(core, self.frame);
        let at = Vec2::new(EDGE, EDGE);
        Area::new(Id::new("developer")).anchor(Align2::LEFT_TOP, at).interactable(false).show(
            context,
            |ui| {
                theme.frame().show(ui, |ui| {
                    Grid::new("stages").show(ui, |ui| {
                        for (name, value) in lines {
                            ui.label(RichText::new(name).font(theme.size(15.0)).color(theme.muted));
                            ui.label(RichText::new(value).font(theme.size(15.0)).color(theme.text));
                            ui.end_row();
                        }
                    });
                });
            },
        );
    }
}

/// Names and values: frames, then each stage of the last turn in milliseconds after the end of the visitor's speech.
fn lines(core: &Core, frame: f32) -> Vec<(&'static str, String)> {
    let rate = if frame > 0.0 { format!("{:.0}/s", 1.0 / frame) } else { "–".to_owned() };
    let stages = core.timings().unwrap_or_default().stages();
    let stages =
        stages.into_iter().map(|(name, ms)| (name, ms.map_or("–".to_owned(), |ms| format!("{ms} ms"))));
    std::iter::once(("frames", rate)).chain(stages).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conversation::Language;
    use crate::kiosk::test_world::talking_in;

    #[test]
    fn every_stage_has_a_line_before_there_was_a_turn() {
        let (core, ..) = talking_in(Language::En);
        let lines = lines(&core, 0.02);
        assert_eq!(lines[0], ("frames", "50/s".to_owned()));
        assert!(
            lines.iter().any(|(name, value)| *name == "first_sample_played" && value == "–"),
            "{lines:?}"
        );
    }
}
