//! Nobody is there: an invitation.

use bevy_egui::egui::{Align, Context, Layout as Flow, Pos2, Rect, RichText, Vec2};

use super::Panels;
use super::layout::{layout, place, touched_anywhere};
use crate::kiosk::core::Core;
use crate::stage::theme::Theme;
use crate::stage::widgets::{Weight, button};
use crate::texts::id;
use crate::visit::{Input, Nearness};

/// The size of the panel for somebody on foot, in points.
const ON_FOOT: Vec2 = Vec2::new(560.0, 110.0);

pub fn show(context: &Context, theme: &Theme, core: &mut Core, panels: &mut Panels) {
    let cut = layout(context, theme.scale);
    // Who is on foot touches where they want to go.
    let touched = !panels.on_foot && touched_anywhere(context, "attract-anywhere");
    let far = panels.on_foot && core.state().near < Nearness::Beside;
    // Who walks sees where.
    let (width, height) = if far { (ON_FOOT.x * theme.scale, ON_FOOT.y) } else { (f32::INFINITY, 190.0) };
    let size = Vec2::new(width.min(cut.screen.width()), height * theme.scale);
    let corner = Pos2::new(cut.screen.center().x - size.x * 0.5, cut.screen.bottom() - size.y);
    let band = Rect::from_min_size(corner, size);
    let pressed = place(context, "attract", band, |ui| {
        theme
            .frame()
            .show(ui, |ui| {
                ui.set_width(ui.available_width());
                ui.with_layout(Flow::top_down(Align::Center), |ui| {
                    let texts = core.texts();
                    if !far {
                        let title = RichText::new(texts.get(id::ATTRACT_TITLE)).font(theme.size(34.0));
                        ui.label(title.strong().color(theme.text));
                    }
                    let invitation = if far { texts.get(id::ATTRACT_WALK) } else { invitation(core, panels) };
                    ui.label(RichText::new(invitation).font(theme.size(19.0)).color(theme.muted));
                    let wanted = match (panels.on_foot, far) {
                        (false, _) => id::ATTRACT_TOUCH,
                        (true, true) => id::ATTRACT_COME,
                        (true, false) => id::ATTRACT_BEGIN,
                    };
                    let pressed = button(ui, theme, &texts.get(wanted), Weight::Main).clicked();
                    if !far {
                        ui.add_space(2.0);
                        let privacy = RichText::new(texts.get(id::ATTRACT_PRIVACY)).font(theme.size(15.0));
                        ui.label(privacy.color(theme.muted));
                    }
                    ui.allocate_space(Vec2::ZERO);
                    pressed
                })
                .inner
            })
            .inner
    });
    if pressed && far {
        panels.to_the_desk = true;
    } else if touched || pressed {
        core.input(Input::Touched);
    }
}

/// What can be asked here: by turns in general, and one of the desk's suggested questions.
fn invitation(core: &Core, panels: &Panels) -> String {
    let state = core.state();
    let each_ms = u64::from(state.rules.timeouts_secs.attract.max(1)) * 1000;
    let questions = core.suggested(&panels.knowledge);
    let turns = u64::try_from(questions.len()).unwrap_or(0) + 1;
    match usize::try_from(state.now.0 / each_ms % turns).ok().and_then(|turn| turn.checked_sub(1)) {
        Some(n) => questions.get(n).map(|question| format!("“{question}”")).unwrap_or_default(),
        None => core.texts().get(id::ATTRACT_TOPICS),
    }
}
