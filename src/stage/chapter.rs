//! What a recording is about at the moment: a title and a line below it, in the lower third of what panels leave free.

use bevy::prelude::*;
use bevy_egui::{
    EguiContexts, EguiPrimaryContextPass,
    egui::{self, Align2, Area, CornerRadius, Frame, Id, Margin, Order, Pos2, Rect, RichText, Vec2},
};

use super::{
    Framing,
    theme::{ROUND, Theme},
};

/// How long it takes to come or to go, in seconds.
const COMES_S: f32 = 0.35;
/// How far it moves meanwhile, in points.
const MOVES: f32 = 18.0;
/// The space to the left edge, and to what is below, in points.
const EDGE: (f32, f32) = (20.0, 8.0);
/// While nobody is there the invitation stands below it: so high, in points.
const INVITATION: f32 = 226.0;
/// The widest it gets, in points: it stands over the desk and leaves the hands in sight.
const WIDEST: f32 = 440.0;
/// The width of the mark at its left edge, in points.
const MARK: f32 = 6.0;

/// What is said, and how much of it is there.
#[derive(Resource, Debug, Default)]
pub struct Chapter {
    wanted: Option<(String, String)>,
    shown: Option<(String, String)>,
    /// From 0, not there, to 1.
    there: f32,
}

impl Chapter {
    /// From now on this is said, or nothing.
    pub fn say(&mut self, chapter: Option<&(String, String)>) {
        if self.wanted.as_ref() != chapter {
            self.wanted = chapter.cloned();
        }
    }

    /// Lets time pass: what was said goes before something else comes.
    fn step(&mut self, seconds: f32) {
        let change = seconds / COMES_S;
        if self.shown == self.wanted {
            self.there = (self.there + change).min(1.0);
        } else {
            self.there -= change;
            if self.there <= 0.0 || self.shown.is_none() {
                self.there = 0.0;
                self.shown.clone_from(&self.wanted);
            }
        }
    }
}

/// Draws what [`Chapter`] says.
#[derive(Debug, Default)]
pub struct ChapterPlugin;

impl Plugin for ChapterPlugin {
    fn build(&self, app: &mut App) {
        app.init_resource::<Chapter>().add_systems(EguiPrimaryContextPass, draw);
    }
}

fn draw(
    mut contexts: EguiContexts,
    mut chapter: ResMut<Chapter>,
    time: Res<Time>,
    theme: Res<Theme>,
    framing: Res<Framing>,
) -> Result {
    chapter.step(time.delta_secs());
    let Some((title, text)) = &chapter.shown else { return Ok(()) };
    let context = contexts.ctx_mut()?;
    let whole = context.content_rect();
    let there = smooth(chapter.there);
    let bottom = match framing.attract {
        true => whole.bottom() - INVITATION * theme.scale,
        false => whole.top() + framing.free.max.y * whole.height(),
    };
    let at = Pos2::new(whole.left() + EDGE.0 - MOVES * (1.0 - there), bottom - EDGE.1);
    let room = framing.free.max.x * whole.width() - EDGE.0 * 2.0;
    Area::new(Id::new("chapter"))
        .order(Order::Tooltip)
        .pivot(Align2::LEFT_BOTTOM)
        .fixed_pos(at)
        .constrain(false)
        .interactable(false)
        .show(context, |ui| {
            ui.multiply_opacity(there);
            ui.set_max_width(room.clamp(120.0, WIDEST * theme.scale));
            lower_third(ui, &theme, title, text);
        });
    Ok(())
}

/// A panel with a mark at its left edge.
fn lower_third(ui: &mut egui::Ui, theme: &Theme, title: &str, text: &str) {
    let inner = Margin { left: 22, right: 18, top: 8, bottom: 10 };
    let frame = Frame::new().fill(theme.panel).corner_radius(CornerRadius::same(ROUND)).inner_margin(inner);
    let shown = frame.show(ui, |ui| {
        ui.spacing_mut().item_spacing = Vec2::new(0.0, 2.0);
        ui.label(RichText::new(title).font(theme.size(22.0)).strong().color(theme.text));
        ui.label(RichText::new(text).font(theme.size(16.0)).color(theme.muted));
    });
    let rect = shown.response.rect;
    let mark = Rect::from_min_size(
        rect.min + Vec2::new(8.0, 10.0),
        Vec2::new(MARK, (rect.height() - 20.0).max(0.0)),
    );
    ui.painter().rect_filled(mark, CornerRadius::same(3), theme.gold);
}

/// Begins and ends softly.
fn smooth(part: f32) -> f32 {
    part * part * (3.0 - 2.0 * part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_goes_before_the_next_one_comes() {
        let (first, second) = (("a".to_owned(), "b".to_owned()), ("c".to_owned(), "d".to_owned()));
        let mut chapter = Chapter::default();
        chapter.step(1.0);
        assert!(chapter.shown.is_none());
        chapter.say(Some(&first));
        chapter.step(0.1);
        chapter.step(1.0);
        assert_eq!((chapter.shown.as_ref(), chapter.there), (Some(&first), 1.0));
        chapter.say(Some(&second));
        chapter.step(COMES_S / 2.0);
        assert!(chapter.shown.as_ref() == Some(&first) && chapter.there < 0.6);
        chapter.step(COMES_S);
        assert!(chapter.shown.as_ref() == Some(&second) && chapter.there == 0.0);
        chapter.say(None);
        chapter.step(COMES_S);
        assert!(chapter.shown.is_none());
    }
}
