//! Rating with stars.

use std::f32::consts::TAU;

use bevy_egui::egui::{Color32, Key, Mesh, Pos2, Sense, Shape, Stroke, Ui, Vec2};

use crate::stage::theme::{TOUCH, Theme};

/// Stars at most.
const STARS: u8 = 5;

/// Five stars; shows how many are `chosen` and returns a new choice (1..=5).
pub fn stars(ui: &mut Ui, theme: &Theme, chosen: u8) -> Option<u8> {
    let mut pressed = None;
    ui.horizontal(|ui| {
        for star in 1..=STARS {
            let (rect, response) = ui.allocate_exact_size(Vec2::splat(TOUCH * 1.15), Sense::click());
            let on = star <= chosen || response.hovered();
            let fill = if on { theme.gold } else { Color32::TRANSPARENT };
            let edge = Stroke::new(2.0, if response.has_focus() { theme.text } else { theme.gold });
            draw(ui, rect.center(), rect.width() * 0.46, fill, edge);
            let by_key =
                response.has_focus() && ui.input(|i| i.key_pressed(Key::Enter) || i.key_pressed(Key::Space));
            if response.clicked() || by_key {
                pressed = Some(star);
            }
        }
    });
    pressed
}

/// The corners of a star around a point, from the top clockwise; outer and inner ones in turn.
fn corners(middle: Pos2, radius: f32) -> Vec<Pos2> {
    (0..10)
        .map(|corner| {
            let angle = corner as f32 / 10.0 * TAU;
            let reach = if corner % 2 == 0 { radius } else { radius * 0.45 };
            middle + Vec2::new(angle.sin(), -angle.cos()) * reach
        })
        .collect()
}

fn draw(ui: &Ui, middle: Pos2, radius: f32, fill: Color32, edge: Stroke) {
    let corners = corners(middle, radius);
    // A star is not convex: it is filled as ten triangles in one mesh, which has no seams, then its edge is drawn.
    let mut mesh = Mesh::default();
    mesh.colored_vertex(middle, fill);
    for corner in &corners {
        mesh.colored_vertex(*corner, fill);
    }
    for corner in 0..corners.len() as u32 {
        mesh.add_triangle(0, corner + 1, (corner + 1) % corners.len() as u32 + 1);
    }
    ui.painter().add(mesh);
    ui.painter().add(Shape::closed_line(corners, edge));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_points_upwards() {
        let corners = corners(Pos2::ZERO, 10.0);
        assert_eq!(corners.len(), 10);
        assert!((corners[0].y + 10.0).abs() < 1e-4 && corners[0].x.abs() < 1e-4);
    }
}
