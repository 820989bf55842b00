//! Puts the set up, and puts it up again when the scene changes.

use bevy::{camera::visibility::RenderLayers, prelude::*};

use super::{
    body,
    desk::{self, Part},
    input::Set,
    lobby, plant, room, sign,
};
use crate::stage::{
    fonts::Lettering,
    look::{BackdropMaterial, Baked, Kind, LAYER_PICTURE, LAYER_SET, Preset, Surface, SurfaceMaterial},
};

/// A new description of the set has come.
#[derive(Message, Debug, Clone)]
pub struct SetChanged(pub Set);

/// Counts how often the set was put up.
#[derive(Resource, Debug, Default)]
pub struct SetBuilt {
    /// Times so far.
    pub times: u32,
}

/// Belongs to the set that stands now.
#[derive(Component)]
pub(super) struct SetPiece;

/// A piece that hides the avatar behind it; drawn from the set's picture.
#[derive(Component)]
struct BeforeAvatar;

/// Everything about putting up the set.
pub(in crate::stage) fn plugin(app: &mut App) {
    app.init_resource::<SetBuilt>()
        .add_message::<SetChanged>()
        .add_systems(Update, (take_changes, build.run_if(resource_exists_and_changed::<Set>)).chain())
        .add_plugins(super::wall::plugin)
        .add_systems(PostUpdate, show_picture_on_pieces.run_if(resource_exists::<Baked>));
}

fn take_changes(mut changes: MessageReader<SetChanged>, mut set: ResMut<Set>) {
    if let Some(SetChanged(new)) = changes.read().last() {
        set.set_if_neq(new.clone());
    }
}

#[expect(clippy::too_many_arguments, reason = "a system names what it touches")]
pub(super) fn build(
    set: Res<Set>,
    lettering: Res<Lettering>,
    mut built: ResMut<SetBuilt>,
    mut commands: Commands,
    mut meshes: ResMut<Assets<Mesh>>,
    mut images: ResMut<Assets<Image>>,
    mut materials: ResMut<Assets<SurfaceMaterial>>,
    old: Query<Entity, With<SetPiece>>,
) {
    for entity in &old {
        commands.entity(entity).despawn();
    }
    let mut parts = room::parts(&set);
    parts.extend(lobby::parts(&set));
    parts.extend(set.plants.iter().flat_map(|plan| plant::parts(plan, set.palette.desk)));
    parts.extend(desk::parts(&set));
    parts.extend(set.bodies.iter().map(body::part));
    for part in parts {
        place(&set, part, None, &mut commands, &mut meshes, &mut materials);
    }
    if let Some(desk) = &set.desk {
        let mesh = meshes.add(desk::screen_of(desk).mesh());
        commands.spawn((
            SetPiece,
            BeforeAvatar,
            Name::new("desk before avatar"),
            Mesh3d(mesh),
            Transform::IDENTITY,
            RenderLayers::layer(LAYER_PICTURE),
        ));
    }
    if let Some((parts, image)) = sign::parts(&set, lettering.definitions.clone()) {
        let picture = images.add(image);
        for part in parts {
            place(&set, part, Some(picture.clone()), &mut commands, &mut meshes, &mut materials);
        }
    }
    built.times = built.times.saturating_add(1);
}

fn place(
    set: &Set,
    part: Part,
    picture: Option<Handle<Image>>,
    commands: &mut Commands,
    meshes: &mut Assets<Mesh>,
    materials: &mut Assets<SurfaceMaterial>,
) {
    let material = materials.add(material(set, &part, picture));
    let mesh = meshes.add(part.shape.mesh());
    if part.in_front {
        commands.spawn((
            SetPiece,
            BeforeAvatar,
            Name::new(part.name),
            Mesh3d(mesh.clone()),
            Transform::IDENTITY,
            RenderLayers::layer(LAYER_PICTURE),
        ));
    }
    commands.spawn((
        SetPiece,
        Name::new(part.name),
        Mesh3d(mesh),
        MeshMaterial3d(material),
        Transform::IDENTITY,
        RenderLayers::layer(LAYER_SET),
    ));
}

/// What a part is drawn with, under the set's light.
pub(super) fn material(set: &Set, part: &Part, picture: Option<Handle<Image>>) -> SurfaceMaterial {
    SurfaceMaterial {
        surface: surface(set, part),
        picture,
        alpha: if part.blend.is_some() { AlphaMode::Blend } else { AlphaMode::Opaque },
        bias: part.blend.unwrap_or(0.0),
    }
}

/// What the shader needs to know of one part under the set's light.
fn surface(set: &Set, part: &Part) -> Surface {
    let (palette, desk) = (&set.palette, set.desk.unwrap_or_default());
    let warm = set.light_colour.to_linear().to_vec4();
    let sky = palette.wall_light.mix(&Color::WHITE, 0.72).to_linear().to_vec4() * 0.60 * set.ambient;
    let ground = palette.wall.mix(&palette.wood, 0.5).to_linear().to_vec4() * 0.9 * set.ambient;
    Surface {
        kind: Vec4::new(part.kind as u8 as f32, part.gloss, part.ribs, 1.0),
        tint: part.tint.to_linear().to_vec4(),
        second: part.second.to_linear().to_vec3().extend(part.strength),
        key: set.light_from.normalize_or(Vec3::Y).extend(0.62 * set.light),
        key_colour: warm,
        sky,
        ground,
        desk: Vec4::new(desk.centre_z(), desk.radius - 0.06, desk.half_angle(), desk.height),
        accent: palette.accent.to_linear().to_vec4(),
    }
}

/// Gives the pieces before the avatar the set's picture to wear.
fn show_picture_on_pieces(
    baked: Res<Baked>,
    preset: Res<Preset>,
    mut commands: Commands,
    mut materials: ResMut<Assets<BackdropMaterial>>,
    mut last: Local<Option<Handle<Image>>>,
    pieces: Query<(Entity, Has<MeshMaterial3d<BackdropMaterial>>), With<BeforeAvatar>>,
) {
    let Some(picture) = baked.picture.clone() else { return };
    let new_picture = last.as_ref() != Some(&picture);
    if !new_picture && pieces.iter().all(|(_, dressed)| dressed) {
        return;
    }
    let material =
        materials.add(BackdropMaterial { picture: picture.clone(), paint: !preset.quality().copies_set() });
    for (piece, _) in &pieces {
        commands.entity(piece).insert(MeshMaterial3d(material.clone()));
    }
    *last = Some(picture);
}

const _: () = assert!(Kind::Picture as u8 == 10, "the numbers are those of set.wgsl");
