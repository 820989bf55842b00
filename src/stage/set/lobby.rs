//! The lobby before the desk, for visitors who walk: side walls, a way of light to the desk, planters and posts beside it.

use bevy::prelude::*;

use super::{
    desk::{Part, linear},
    input::{PlantPlan, Set, SignPlan},
    plant,
    room::WALL_Z,
    shape::Shape,
};
use crate::stage::{look::Kind, walk::Ground};

/// Half the width that can be walked on, in metres.
const HALF_WIDTH: f32 = 5.2;
/// How far behind where visitors begin the lobby ends, in metres.
const BEHIND: f32 = 1.5;
/// Of the side walls, in metres.
const HEIGHT: f32 = 6.0;
/// Between two pairs of planters, in metres.
const EVERY: f32 = 2.6;
/// How far beside the way they stand, in metres.
const BESIDE: f32 = 2.9;
/// Half the width of the way, in metres.
const WAY: f32 = 1.15;
/// Lines of light overhead: so far to the side, so high, in metres.
const OVERHEAD: (f32, f32) = (2.0, 3.6);
/// How long the upright lines on the side walls are, in metres.
const LINE: f32 = 2.7;
/// How high the host's name hangs, in metres.
const NAME_Y: f32 = 3.55;

impl Set {
    /// Where visitors begin, and what they may walk on; `None` where nobody walks.
    pub fn ground(&self) -> Option<(Vec2, Ground)> {
        let from = self.walk_from?;
        let place = &self.avatar_place;
        let avatar = Vec2::new(place.translation.x, place.translation.z);
        let ahead = place.rotation * Vec3::Z;
        let ahead = Vec2::new(ahead.x, ahead.z).try_normalize().unwrap_or(Vec2::Y);
        let desk = self.desk_before_avatar().unwrap_or_default();
        let (middle, radius) = (avatar + ahead * desk.centre_z(), desk.radius);
        let room = Rect::from_corners(Vec2::new(-HALF_WIDTH, WALL_Z), Vec2::new(HALF_WIDTH, from.y + BEHIND));
        Some((from, Ground { room, desk: (middle, radius), avatar: (avatar, ahead) }))
    }
}

/// How far the floor goes towards visitors, in metres.
pub fn floor_end(set: &Set) -> Option<f32> {
    set.walk_from.map(|from| from.y + BEHIND + 1.0)
}

/// All parts of the lobby.
pub fn parts(set: &Set) -> Vec<Part> {
    let Some(end) = floor_end(set) else { return Vec::new() };
    let colours = &set.palette;
    let mut parts = vec![side(set, -1.0, end), side(set, 1.0, end)];

    let mut way = Shape::default();
    let gold = linear(colours.gold);
    let (near, far) = (set.desk_before_avatar().map_or(1.0, |desk| desk.front) + 0.35, end - 0.6);
    for side in [-1.0, 1.0] {
        way.rectangle(
            Vec3::new(side * WAY, 0.006, (near + far) * 0.5),
            Vec3::X * 0.018,
            Vec3::NEG_Z * (far - near) * 0.5,
            gold,
            gold,
        );
    }
    // The same overhead, seen from below.
    for side in [-1.0, 1.0] {
        way.rectangle(
            Vec3::new(side * OVERHEAD.0, OVERHEAD.1, (near + far) * 0.5),
            Vec3::X * 0.035,
            Vec3::Z * (far - near) * 0.5,
            gold,
            gold,
        );
    }

    let mut z = near + 1.2;
    let mut seed = 21;
    while z < far - 0.8 {
        for side in [-1.0, 1.0] {
            let plan = PlantPlan { x: side * BESIDE, z, height: 1.35, seed };
            parts.extend(plant::parts(&plan, colours.desk));
            seed += 1;
        }
        // Upright lines on the side walls: so one sees how far it is.
        for side in [-1.0, 1.0] {
            way.rectangle(
                Vec3::new(side * (HALF_WIDTH + 0.48), LINE * 0.5 + 0.1, z - EVERY * 0.5),
                Vec3::Z * side * 0.02,
                Vec3::Y * LINE * 0.5,
                gold * Vec4::new(0.25, 0.25, 0.25, 1.0),
                gold,
            );
        }
        z += EVERY;
    }
    parts.push(Part { strength: 0.8, ..Part::new("way", Kind::Light, way) });
    parts
}

/// The host's name high above the desk, to be seen from where visitors begin.
pub fn sign(text: &str, colour: Color) -> SignPlan {
    let at = Vec3::new(0.0, NAME_Y, WALL_Z + 0.07);
    SignPlan { text: text.to_owned(), at, facing_deg: 0.0, size: Vec2::new(4.2, 0.56), colour }
}

/// A wall at one side, ribbed as the one behind the avatar, with a line of light above.
fn side(set: &Set, side: f32, end: f32) -> Part {
    let mut shape = Shape::default();
    let x = side * (HALF_WIDTH + 0.5);
    let normal = Vec3::NEG_X * side;
    let columns = 6;
    let depth = (end - WALL_Z) / columns as f32;
    for column in 0..columns {
        let z = WALL_Z + depth * column as f32;
        let corner = |shape: &mut Shape, along: f32, y: f32| {
            // Darker above, and away from the desk.
            let dark = 0.35 + 0.35 * (along - WALL_Z) / (end - WALL_Z) + 0.3 * y / HEIGHT;
            let colour = Vec4::ONE.lerp(Vec3::splat(0.3).extend(1.0), dark.min(1.0));
            shape.corner(Vec3::new(x, y, along), normal, Vec2::new(along, y), colour)
        };
        // Seen from the middle, counted against the clock.
        let (first, last) = if side > 0.0 { (z, z + depth) } else { (z + depth, z) };
        let face = [(first, 0.0), (last, 0.0), (last, HEIGHT), (first, HEIGHT)];
        let face = face.map(|(along, y)| corner(&mut shape, along, y));
        shape.face(face);
    }
    Part {
        ribs: 7.0,
        tint: set.palette.wall,
        second: set.palette.gold,
        strength: 0.9,
        ..Part::new("side wall", Kind::Ribbed, shape)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_walks_unless_the_scene_says_from_where() {
        let set = Set::default();
        assert!(set.ground().is_none() && parts(&set).is_empty());
    }

    #[test]
    fn the_ground_has_the_desk_the_avatar_and_where_visitors_begin() {
        let set = Set { walk_from: Some(Vec2::new(0.0, 8.0)), ..Set::default() };
        let (from, ground) = set.ground().unwrap();
        assert!(ground.room.contains(from) && ground.room.contains(ground.before_desk()));
        assert!(ground.before_desk().distance(ground.avatar.0) < crate::visit::GREET_M);
        assert!(from.distance(ground.avatar.0) > crate::visit::NOTICE_M);
        assert!(parts(&set).len() > 4);
    }

    /// A plant in the way would be walked through.
    #[test]
    fn planters_stand_beside_the_way() {
        let set = Set { walk_from: Some(Vec2::new(0.0, 8.0)), ..Set::default() };
        let (way, ground) = set.ground().unwrap();
        for pot in parts(&set).iter().filter(|part| part.name == "pot") {
            let xs = pot.shape.positions.iter().map(|[x, ..]| *x);
            let nearest = xs.map(|x| (x - way.x).abs()).fold(f32::MAX, f32::min);
            assert!(nearest > WAY + 0.5 && nearest < ground.room.max.x, "{nearest} m from the way");
        }
    }
}
