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
        let triangles = world.resource::<Assets<Mesh>>().get(&mesh.0).map_or(0, |mesh| {
            mesh.indices().map_or_else(|| mesh.count_vertices() / 3, |indices| indices.len() / 3)
        });
        drawn.calls += 1;
        drawn.triangles += triangles;
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
