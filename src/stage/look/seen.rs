//! Where on the screen something that moves may be seen: the rectangle around it.

use bevy::{
    camera::{primitives::Aabb, visibility::RenderLayers},
    ecs::system::SystemParam,
    math::Affine3A,
    mesh::skinning::{SkinnedMesh, SkinnedMeshInverseBindposes},
    prelude::*,
};

use super::{LAYER_LIVE, ToonMaterial};

/// How far a face's shapes move its skin beyond what its bones reach, in metres.
const SKIN_MOVES: f32 = 0.03;
/// Around it, in pixels: edges are rounded to whole ones.
const EDGE: f32 = 2.0;
/// What is nearer to the camera than this may be anywhere on the screen, in metres.
const NEAR: f32 = 0.1;

type Body = (
    &'static Mesh3d,
    Option<&'static MeshMaterial3d<ToonMaterial>>,
    Option<&'static SkinnedMesh>,
    Option<&'static Aabb>,
    &'static GlobalTransform,
    Option<&'static RenderLayers>,
    &'static InheritedVisibility,
);

/// All that moves.
#[derive(SystemParam)]
pub struct Moving<'w, 's> {
    meshes: Res<'w, Assets<Mesh>>,
    toons: Res<'w, Assets<ToonMaterial>>,
    poses: Res<'w, Assets<SkinnedMeshInverseBindposes>>,
    bodies: Query<'w, 's, Body>,
    joints: Query<'w, 's, &'static GlobalTransform>,
}

impl Moving<'_, '_> {
    /// The rectangle around all of it on a screen of this size, in pixels; `clip` takes a place in the world to the screen.
    pub fn on_screen(&self, clip: Mat4, size: UVec2) -> Option<URect> {
        let mut around = Around { clip, size: size.as_vec2(), min: Vec2::INFINITY, max: Vec2::NEG_INFINITY };
        let live = RenderLayers::layer(LAYER_LIVE);
        for (mesh, toon, skin, bounds, place, layers, visible) in &self.bodies {
            if !visible.get() || layers.is_some_and(|layers| !layers.intersects(&live)) {
                continue;
            }
            let floor = toon.and_then(|toon| self.toons.get(&toon.0)).map_or(f32::MIN, |t| t.hidden_below);
            let known = match (skin, bounds) {
                (Some(skin), _) => self.skinned(mesh, skin, floor, &mut around),
                (None, Some(b)) => around.add(place.affine(), b.center.into(), b.half_extents.into(), floor),
                (None, None) => None,
            };
            if known.is_none() {
                return Some(URect::from_corners(UVec2::ZERO, size));
            }
        }
        around.rect(size)
    }

    /// A body of bones: each bone has a box around the skin that it moves.
    fn skinned(&self, mesh: &Mesh3d, skin: &SkinnedMesh, floor: f32, around: &mut Around) -> Option<()> {
        let bounds = self.meshes.get(&mesh.0)?.skinned_mesh_bounds()?;
        let poses = self.poses.get(&skin.inverse_bindposes)?;
        for (index, bounds) in bounds.iter() {
            let pose = poses.get(usize::from(index.0))?;
            let joint = self.joints.get(*skin.joints.get(usize::from(index.0))?).ok()?;
            let place = joint.affine() * Affine3A::from_mat4(*pose);
            around.add(place, bounds.center, bounds.half_size + SKIN_MOVES, floor)?;
        }
        Some(())
    }
}

/// The rectangle around boxes, as it grows.
struct Around {
    clip: Mat4,
    size: Vec2,
    min: Vec2,
    max: Vec2,
}

impl Around {
    /// A box by its middle and half its size; nothing of it is lower than `floor`. `None` when it may be anywhere.
    fn add(&mut self, place: Affine3A, middle: Vec3, half: Vec3, floor: f32) -> Option<()> {
        for corner in 0..8_u8 {
            let side = |bit: u8| if (corner >> bit) & 1 == 0 { -1.0 } else { 1.0 };
            let at = place.transform_point3(middle + half * Vec3::new(side(0), side(1), side(2)));
            let clip = self.clip * at.with_y(at.y.max(floor)).extend(1.0);
            if !clip.is_finite() || clip.w < NEAR {
                return None;
            }
            let pixel = (clip.truncate().truncate() / clip.w * Vec2::new(0.5, -0.5) + 0.5) * self.size;
            self.min = self.min.min(pixel);
            self.max = self.max.max(pixel);
        }
        Some(())
    }

    fn rect(&self, size: UVec2) -> Option<URect> {
        let min = (self.min - EDGE).floor().max(Vec2::ZERO);
        let max = (self.max + EDGE).ceil().min(self.size).max(Vec2::ZERO);
        let rect = URect::from_corners(min.min(self.size).as_uvec2(), max.as_uvec2());
        // Corners the wrong way round: nothing is seen.
        let seen = min.cmplt(max).all() && !rect.is_empty();
        seen.then(|| rect.intersect(URect::from_corners(UVec2::ZERO, size)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: UVec2 = UVec2::new(1280, 720);

    fn around() -> Around {
        let eye = Transform::from_xyz(0.0, 1.0, 4.0).looking_at(Vec3::Y, Vec3::Y);
        let lens = Mat4::perspective_infinite_reverse_rh(0.5, 16.0 / 9.0, 0.1);
        Around {
            clip: lens * eye.to_matrix().inverse(),
            size: SIZE.as_vec2(),
            min: Vec2::INFINITY,
            max: Vec2::NEG_INFINITY,
        }
    }

    #[test]
    fn a_box_before_the_camera_has_its_rectangle_around_the_middle() {
        let mut seen = around();
        seen.add(Affine3A::from_translation(Vec3::Y), Vec3::ZERO, Vec3::splat(0.2), f32::MIN).unwrap();
        let rect = seen.rect(SIZE).unwrap();
        let middle = (rect.min + rect.max).as_vec2() * 0.5;
        assert!(middle.distance(Vec2::new(640.0, 360.0)) < 2.0, "{rect:?}");
        assert!((120..180).contains(&rect.width()) && (120..180).contains(&rect.height()), "{rect:?}");
        // What is pressed onto the floor's height is not seen below it.
        let mut pressed = around();
        pressed.add(Affine3A::from_translation(Vec3::Y), Vec3::ZERO, Vec3::splat(0.2), 1.1).unwrap();
        assert!(pressed.rect(SIZE).unwrap().max.y < 330);
    }

    #[test]
    fn what_is_beside_the_screen_is_not_seen_and_what_is_at_the_camera_may_be_anywhere() {
        let mut seen = around();
        assert_eq!(seen.rect(SIZE), None);
        seen.add(
            Affine3A::from_translation(Vec3::new(9.0, 1.0, 0.0)),
            Vec3::ZERO,
            Vec3::splat(0.2),
            f32::MIN,
        )
        .unwrap();
        assert_eq!(seen.rect(SIZE), None);
        let here = Affine3A::from_translation(Vec3::new(0.0, 1.0, 4.0));
        assert_eq!(seen.add(here, Vec3::ZERO, Vec3::splat(0.2), f32::MIN), None);
    }
}
