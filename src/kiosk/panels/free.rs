//! What panels leave free of the screen: there the avatar stands.

use bevy::math::Vec2;
use bevy_egui::egui::{Pos2, Rect};

use super::layout::cut;
use crate::stage::Region;
use crate::visit::Phase;

/// The height of the welcome page, in points at the usual size of text.
const WELCOME_HEIGHT: f32 = 430.0;
/// Where a page in the middle of the screen begins, as a part of its height: above is the head.
const PAGE_FROM: f32 = 0.46;

/// The free part of a screen of this size, in points, at this size of text.
pub fn free_region(phase: Phase, whole: Rect, scale: f32) -> Region {
    let layout = cut(whole, scale);
    let wide = layout.screen.width() > layout.screen.height();
    let free = match phase {
        Phase::Attract => whole,
        Phase::Welcome { .. } => {
            let top = layout.screen.bottom() - (WELCOME_HEIGHT * scale).min(layout.screen.height());
            Rect::from_min_max(whole.min, Pos2::new(whole.right(), top))
        }
        Phase::Talk if wide => {
            Rect::from_min_max(whole.min, Pos2::new(layout.side.left(), layout.bottom.top()))
        }
        Phase::Talk => Rect::from_min_max(whole.min, Pos2::new(whole.right(), layout.side.top())),
        Phase::Rating { .. } | Phase::Farewell { .. } => {
            Rect::from_min_max(whole.min, Pos2::new(whole.right(), whole.top() + whole.height() * PAGE_FROM))
        }
    };
    let part = |at: Pos2| {
        Vec2::new(
            (at.x - whole.left()) / whole.width().max(1.0),
            (at.y - whole.top()) / whole.height().max(1.0),
        )
    };
    Region { min: part(free.min), max: part(free.max) }
}

/// The middle of where the conversation stands, on the screen from -1 (left, bottom) to 1: what the avatar's hand shows.
pub fn card_place(whole: Rect, scale: f32) -> Vec2 {
    let at = cut(whole, scale).side.center();
    let part = Vec2::new(
        (at.x - whole.left()) / whole.width().max(1.0),
        (at.y - whole.top()) / whole.height().max(1.0),
    );
    Vec2::new(part.x * 2.0 - 1.0, 1.0 - part.y * 2.0)
}

#[cfg(test)]
mod tests {
    use bevy::math::Vec3;

    use super::*;
    use crate::conversation::{Language, Time};
    use crate::stage::set::Set;
    use crate::stage::{Figure, conversation};

    /// Width and height in pixels, and pixels a point.
    const SCREENS: [(f32, f32, f32); 10] = [
        (720.0, 1280.0, 1.0),
        (1080.0, 1920.0, 1.0),
        (1080.0, 1920.0, 1.5),
        (2160.0, 3840.0, 2.0),
        (1024.0, 768.0, 1.0),
        (1280.0, 720.0, 1.0),
        (1280.0, 800.0, 1.0),
        (1920.0, 1080.0, 1.0),
        (2560.0, 1080.0, 1.0),
        (3840.0, 2160.0, 2.0),
    ];

    fn screen((width, height, per_point): (f32, f32, f32)) -> Rect {
        Rect::from_min_size(Pos2::ZERO, bevy_egui::egui::Vec2::new(width, height) / per_point)
    }

    #[test]
    fn head_and_hands_stand_free_of_panels_on_every_screen() {
        let scene = crate::scene::parse(include_str!("../../../scenes/helpdesk.ron")).unwrap();
        let plan = Set::from_scene(&scene, &scene.desks[0], Language::En).camera;
        let figure = Figure { feet: Vec3::ZERO, head_top: 1.62 };
        let (middle, half) = figure.head_and_hands();
        for size in SCREENS {
            for scale in [1.0, 1.4, 2.0] {
                let whole = screen(size);
                let aspect = size.0 / size.1;
                let free = free_region(Phase::Talk, whole, scale);
                let shot = conversation(&plan, aspect, free, &figure);
                for (x, y) in [(-1.0, -1.0), (-1.0, 1.0), (1.0, -1.0), (1.0, 1.0)] {
                    let at = shot.on_screen(middle + Vec3::new(half.x * x, half.y * y, 0.0), aspect);
                    let point = whole.min + bevy_egui::egui::Vec2::new(at.x, at.y) * whole.size();
                    let layout = cut(whole, scale);
                    assert!(
                        whole.expand(1.0).contains(point),
                        "{size:?} at {scale}: {point} is off the screen"
                    );
                    for (name, panel) in [("conversation", layout.side), ("bottom line", layout.bottom)] {
                        assert!(
                            !panel.shrink(2.0).contains(point),
                            "{size:?} at {scale}: {point} is behind the {name}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn on_other_pages_the_face_is_not_covered() {
        let figure = Figure { feet: Vec3::ZERO, head_top: 1.62 };
        let scene = crate::scene::parse(include_str!("../../../scenes/helpdesk.ron")).unwrap();
        let plan = Set::from_scene(&scene, &scene.desks[0], Language::En).camera;
        let welcome = Phase::Welcome { since: Time(0), language_chosen: false };
        for size in SCREENS {
            let (whole, aspect) = (screen(size), size.0 / size.1);
            for phase in [welcome, Phase::Farewell { since: Time(0) }] {
                let free = free_region(phase, whole, 1.0);
                let shot = conversation(&plan, aspect, free, &figure);
                for height in [1.62, 1.36] {
                    let at = shot.on_screen(Vec3::Y * height, aspect);
                    assert!(
                        at.y > 0.0 && at.y < free.max.y + 1e-3,
                        "{size:?}, {phase:?}: {at}, free to {}",
                        free.max.y
                    );
                }
            }
        }
    }

    #[test]
    fn the_hand_shows_where_the_conversation_stands() {
        assert!(card_place(screen((1920.0, 1080.0, 1.0)), 1.0).x > 0.4);
        assert!(card_place(screen((720.0, 1280.0, 1.0)), 1.0).y < -0.2);
    }
}
