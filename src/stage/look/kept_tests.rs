use bevy_egui::egui::{Color32, Rect, Shape, pos2, vec2};

use super::*;

const SIZE: UVec2 = UVec2::new(1280, 720);

fn keeper() -> Keeper {
    let mut keeper = Keeper { size: SIZE, per_point: 1.0, ..Keeper::default() };
    keeper.forget();
    keeper
}

fn panel(x: f32, y: f32, width: f32, height: f32, fill: Color32) -> ClippedShape {
    let rect = Rect::from_min_size(pos2(x, y), vec2(width, height));
    ClippedShape { clip_rect: Rect::EVERYTHING, shape: Shape::rect_filled(rect, 0.0, fill) }
}

/// A side panel, and a small thing in it.
fn panels(small: Color32) -> Vec<ClippedShape> {
    vec![
        panel(0.0, 0.0, 1280.0, 720.0, Color32::TRANSPARENT),
        panel(800.0, 20.0, 460.0, 500.0, Color32::BLACK),
        panel(820.0, 40.0, 10.0, 10.0, small),
        panel(20.0, 600.0, 1240.0, 100.0, Color32::BLACK),
    ]
}

const AVATAR: URect = URect { min: UVec2::new(200, 80), max: UVec2::new(500, 560) };

fn area(parts: &[URect]) -> u32 {
    parts.iter().map(|part| part.width() * part.height()).sum()
}

#[test]
fn panels_that_stand_still_are_drawn_once() {
    let mut keeper = keeper();
    let (first, anew, keep) = keeper.frame(panels(Color32::RED), AVATAR);
    assert!(!first.is_empty() && area(&anew) >= area(&keep));
    // Everything beside the avatar is kept at once, and what it stood before as soon as it moves.
    assert_eq!(area(&keep), SIZE.x * SIZE.y - area(&[AVATAR]));
    let moved = URect::from_corners(AVATAR.min + UVec2::new(400, 0), AVATAR.max + UVec2::new(400, 0));
    let (_, _, keep) = keeper.frame(panels(Color32::RED), moved);
    assert_eq!(area(&keep), area(&[AVATAR]) - area(&[AVATAR.intersect(moved)]));
    for _ in 0..3 {
        let (drawn, anew, keep) = keeper.frame(panels(Color32::RED), AVATAR);
        assert!(drawn.is_empty() && anew.is_empty() && keep.is_empty(), "{drawn:?} {anew:?} {keep:?}");
    }
}

#[test]
fn what_changes_is_drawn_with_all_that_is_over_and_under_it_and_nothing_else() {
    let mut keeper = keeper();
    keeper.frame(panels(Color32::RED), URect::default());
    let (drawn, anew, keep) = keeper.frame(panels(Color32::GREEN), AVATAR);
    assert_eq!(drawn.len(), 2, "the panel and the small thing in it: {drawn:?}");
    assert!(anew == keep && area(&anew) < 20 * 20, "{anew:?}");
    let part = anew[0];
    assert!(drawn.iter().all(|shape| shape.clip_rect.width() <= part.width() as f32));
    // One thing less: the others are the same ones.
    let mut fewer = panels(Color32::GREEN);
    fewer.remove(2);
    let (drawn, anew, _) = keeper.frame(fewer, AVATAR);
    assert!(drawn.len() == 1 && area(&anew) < 20 * 20, "{drawn:?}");
}

#[test]
fn before_the_avatar_panels_are_drawn_in_each_frame_and_not_kept() {
    let mut keeper = keeper();
    keeper.frame(panels(Color32::RED), URect::default());
    let hand = URect::new(700, 300, 900, 400);
    for _ in 0..3 {
        let (drawn, anew, keep) = keeper.frame(panels(Color32::RED), hand);
        assert_eq!(drawn.len(), 1);
        assert!(keep.is_empty() && anew.len() == 1 && hand.contains(anew[0].min), "{anew:?}");
        assert!(area(&anew) < 110 * 110, "{anew:?}");
    }
    // What changes behind the hand is kept when the hand has gone.
    let hand = URect::new(700, 0, 900, 400);
    let (_, _, keep) = keeper.frame(panels(Color32::GREEN), hand);
    assert!(keep.is_empty(), "{keep:?}");
    let (drawn, _, keep) = keeper.frame(panels(Color32::GREEN), AVATAR);
    assert!(drawn.len() == 2 && area(&keep) > 0, "{drawn:?} {keep:?}");
}

#[test]
fn a_screen_that_scales_points_draws_whole_pixels() {
    let mut keeper = Keeper { per_point: 1.5, ..keeper() };
    keeper.frame(panels(Color32::RED), URect::default());
    let (drawn, anew, _) = keeper.frame(panels(Color32::GREEN), AVATAR);
    let clip = drawn[1].clip_rect;
    let part = anew[0];
    assert!(
        (clip.min.x * 1.5 - part.min.x as f32).abs() < 1e-3
            && (clip.max.y * 1.5 - part.max.y as f32).abs() < 1e-3
    );
}
