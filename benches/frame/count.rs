//! What of a stage was drawn in the last frame, and from where.

use avatardesk::stage::StageCamera;
use bevy::camera::visibility::VisibleEntities;
use bevy::prelude::*;

/// Meshes and their triangles, by all cameras. Panels are not among them.
#[derive(Debug, Clone, Copy, Default)]
pub struct Drawn {
    pub calls: usize,
    pub triangles: usize,
}

pub fn drawn(world: &mut World) -> Drawn {
    let mut cameras = world.query::<(&Camera, &VisibleEntities)>();
    let seen: Vec<Entity> = cameras
        .iter(world)
        .filter(|(camera, _)| camera.is_active)
        .flat_map(|(_, seen)| seen.entities.values().flatten().copied().collect::<Vec<_>>())
        .collect();
    let mut drawn = Drawn::default();
    let mut meshes = world.query::<&Mesh3d>();
    for entity in seen {
        let Ok(mesh) = meshes.get(world, entity) else { continue };
        // Of what only the graphics card has kept the triangles are not known: a few hundred of the set.
        let meshes = world.resource::<Assets<Mesh>>();
        let triangles = meshes.get(&mesh.0).and_then(|mesh| Some(mesh.try_indices().ok()?.len() / 3));
        drawn.calls += 1;
        drawn.triangles += triangles.unwrap_or(0);
    }
    drawn
}

/// Where the stage's camera stands, a place that it looks at, and its vertical field of view in degrees.
pub fn view(world: &mut World) -> Option<(Vec3, Vec3, f32)> {
    let mut cameras = world.query_filtered::<(&Transform, &Projection), With<StageCamera>>();
    let (place, lens) = cameras.iter(world).next()?;
    let Projection::Perspective(lens) = lens else { return None };
    Some((place.translation, place.translation + *place.forward(), lens.fov.to_degrees()))
}
