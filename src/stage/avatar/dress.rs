//! Swaps the avatar's materials for our own small ones, and adds an outline where the preset has one.

use bevy::{
    camera::visibility::NoFrustumCulling,
    mesh::{morph::MeshMorphWeights, skinning::SkinnedMesh},
    prelude::*,
    render::render_resource::TextureFormat,
};
use bevy_vrm1::prelude::{VrmcMaterialRegistry, VrmcMaterialsExtensitions};

use super::{AvatarSystems, load::Avatar};
use crate::stage::{
    camera::StageCamera,
    look::{OutlineMaterial, Preset, ToonMaterial},
    set::{self, Set},
};

/// The softest border that is kept from a file: a hard one flickers without smoothing of edges.
const LEAST_SOFT: f32 = 0.10;
/// A file's shade is never darker than this part of its colour.
const LEAST_SHADE: f32 = 0.5;
/// A change of the hidden height that is worth telling the driver, in metres.
const LEAST_STEP: f32 = 0.002;
/// Strength of the light from behind, that sets the avatar off the wall.
const RIM: f32 = 0.28;

/// Wears our material.
#[derive(Component)]
struct Dressed;

/// An outline of the avatar.
#[derive(Component)]
struct Outline;

/// What the file says of its materials beyond glTF.
///
/// It is bevy_vrm1's registry, taken away from it: with it in place that crate would swap the materials for its own, whose
/// outline pass keeps drawing meshes that have long had another material.
#[derive(Component)]
struct FileMaterials(VrmcMaterialRegistry);

pub(super) fn plugin(app: &mut App) {
    app.add_observer(take_registry)
        .add_systems(Update, (dress, draw_outlines).chain().in_set(AvatarSystems::Load))
        .add_systems(PostUpdate, press_hidden.after(TransformSystems::Propagate));
}

fn take_registry(added: On<Add, VrmcMaterialRegistry>, mut commands: Commands) {
    commands.entity(added.entity).queue(|mut avatar: EntityWorldMut| {
        if let Some(registry) = avatar.take::<VrmcMaterialRegistry>() {
            avatar.insert(FileMaterials(registry));
        }
    });
}

#[expect(clippy::too_many_arguments, reason = "a system names what it uses")]
fn dress(
    set: Res<Set>,
    mut commands: Commands,
    sources: Res<Assets<StandardMaterial>>,
    mut materials: ResMut<Assets<ToonMaterial>>,
    mut images: ResMut<Assets<Image>>,
    meshes: Query<(Entity, &MeshMaterial3d<StandardMaterial>)>,
    avatars: Query<Option<&FileMaterials>, With<Avatar>>,
    parents: Query<&ChildOf>,
) {
    for (entity, source) in &meshes {
        let Ok(file) = avatars.get(parents.root_ancestor(entity)) else { continue };
        let Some(material) = sources.get(&source.0) else { continue };
        let extension = file.and_then(|f| f.0.materials.get(&source.0.id()));
        let mut toon = toon(&set, material, extension);
        toon.encoded = toon.picture.as_ref().is_some_and(|picture| keep_encoded(&mut images, picture));
        let toon = materials.add(toon);
        commands.entity(entity).remove::<MeshMaterial3d<StandardMaterial>>().insert((
            MeshMaterial3d(toon),
            NoFrustumCulling,
            Dressed,
        ));
    }
}

/// Keeps what the desk hides from the camera out of the drawing.
fn press_hidden(
    set: Res<Set>,
    mut materials: ResMut<Assets<ToonMaterial>>,
    cameras: Query<&GlobalTransform, With<StageCamera>>,
    dressed: Query<&MeshMaterial3d<ToonMaterial>, With<Dressed>>,
    mut last: Local<f32>,
    new: Query<(), Added<Dressed>>,
) {
    let eye = cameras.iter().next().map(GlobalTransform::translation);
    let height = match (set.desk_before_avatar(), eye) {
        (Some(desk), Some(eye)) => set::hidden_below(&desk, eye),
        _ => f32::MIN,
    };
    if new.is_empty() && (height - *last).abs() < LEAST_STEP {
        return;
    }
    *last = height;
    for material in &dressed {
        if let Some(mut material) = materials.get_mut(&material.0) {
            material.hidden_below = height;
        }
    }
}

/// Tells the driver nothing of a picture's sRGB: a driver in software decodes each texel that it blends, four for each
/// pixel. Returns whether the shader has to decode.
fn keep_encoded(images: &mut Assets<Image>, picture: &Handle<Image>) -> bool {
    match images.get(picture).map(|image| image.texture_descriptor.format) {
        Some(TextureFormat::Rgba8UnormSrgb) => {
            if let Some(mut image) = images.get_mut(picture) {
                image.texture_descriptor.format = TextureFormat::Rgba8Unorm;
            }
            true
        }
        Some(TextureFormat::Rgba8Unorm) => true,
        _ => false,
    }
}

/// Our material for one of the file, with what its MToon extension says where there is one.
fn toon(set: &Set, m: &StandardMaterial, mtoon: Option<&VrmcMaterialsExtensitions>) -> ToonMaterial {
    let base = m.base_color.to_linear();
    let rim = set.palette.wall_light.to_linear();
    // Who draws MToon looks at it alone; that a material is also called unlit is for those who do not.
    let unlit = m.unlit && mtoon.is_none();
    // Our material has one picture. Without theirs, those that glow here and there would glow all over.
    let glows = !unlit && m.emissive_texture.is_none();
    let plain = ToonMaterial {
        base,
        shade: if unlit { base } else { (base * 0.62).with_alpha(base.alpha) },
        rim,
        rim_strength: if unlit { 0.0 } else { RIM },
        glow: if glows { m.emissive } else { LinearRgba::BLACK },
        light: set.light_from,
        picture: m.base_color_texture.clone(),
        alpha: m.alpha_mode,
        double_sided: m.double_sided || m.cull_mode.is_none(),
        ..ToonMaterial::default()
    };
    match mtoon {
        None => plain,
        Some(file) => ToonMaterial {
            shade: brighter(file.shade_color(), base * LEAST_SHADE),
            shift: file.shading_shift_factor,
            softness: (1.0 - file.shading_toony_factor).max(LEAST_SOFT),
            rim: brighter(file.parametric_rim_color(), rim),
            ..plain
        },
    }
}

/// Of two colours the brighter in each channel.
fn brighter(a: LinearRgba, b: LinearRgba) -> LinearRgba {
    LinearRgba::rgb(a.red.max(b.red), a.green.max(b.green), a.blue.max(b.blue))
}

type Wearing = (
    Entity,
    &'static Mesh3d,
    &'static MeshMaterial3d<ToonMaterial>,
    Option<&'static SkinnedMesh>,
    Option<&'static MeshMorphWeights>,
);

fn draw_outlines(
    preset: Res<Preset>,
    mut commands: Commands,
    toons: Res<Assets<ToonMaterial>>,
    mut inks: ResMut<Assets<OutlineMaterial>>,
    new: Query<(), Added<Dressed>>,
    dressed: Query<Wearing, With<Dressed>>,
    old: Query<Entity, With<Outline>>,
) {
    if new.is_empty() && !preset.is_changed() {
        return;
    }
    for entity in &old {
        commands.entity(entity).despawn();
    }
    let width = preset.quality().outline * 1e-3;
    if width <= 0.0 {
        return;
    }
    for (entity, mesh, toon, skin, morph) in &dressed {
        let Some(toon) = toons.get(&toon.0).filter(|t| t.alpha == AlphaMode::Opaque) else { continue };
        // Ink in a dark tone of the surface itself looks drawn; black looks cut out.
        let ink = (toon.shade * 0.22).to_vec3().extend(width);
        let mut outline = commands.spawn((
            Outline,
            Mesh3d(mesh.0.clone()),
            MeshMaterial3d(inks.add(OutlineMaterial { ink })),
            Transform::IDENTITY,
            NoFrustumCulling,
            ChildOf(entity),
        ));
        if let Some(skin) = skin {
            outline.insert(skin.clone());
        }
        if let Some(morph) = morph {
            outline.insert(morph.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn toon_file(shade: [f32; 3]) -> VrmcMaterialsExtensitions {
        let mut toon = serde_json::json!({
            "specVersion": "1.0", "outlineWidthMode": "none", "transparentWithZWrite": false, "shadeColorFactor": shade,
        });
        let colours = ["matcapFactor", "outlineColorFactor", "parametricRimColorFactor"];
        let numbers = [
            "outlineLightingMixFactor",
            "parametricRimLiftFactor",
            "rimLightingMixFactor",
            "renderQueueOffsetNumber",
            "shadingShiftFactor",
            "shadingToonyFactor",
            "uvAnimationRotationSpeedFactor",
            "uvAnimationScrollXSpeedFactor",
            "uvAnimationScrollYSpeedFactor",
            "giEqualizationFactor",
        ];
        let fields = toon.as_object_mut().unwrap();
        fields.extend(colours.map(|c| (c.to_owned(), serde_json::json!([0.0, 0.0, 0.0]))));
        fields.extend(numbers.map(|n| (n.to_owned(), serde_json::json!(0.0))));
        serde_json::from_value(toon).unwrap()
    }

    #[test]
    fn a_toon_material_that_is_also_called_unlit_is_lit() {
        let source =
            StandardMaterial { unlit: true, emissive: LinearRgba::RED, ..StandardMaterial::default() };
        let file = toon_file([0.75, 0.5, 0.5]);
        let lit = toon(&Set::default(), &source, Some(&file));
        assert!(lit.rim_strength > 0.0 && lit.glow == LinearRgba::RED && lit.shade.red == 0.75);
        let flat = toon(&Set::default(), &source, None);
        assert!(flat.rim_strength == 0.0 && flat.glow == LinearRgba::BLACK && flat.shade == flat.base);
    }

    #[test]
    fn what_glows_in_places_does_not_glow_all_over() {
        let source = StandardMaterial {
            emissive: LinearRgba::WHITE,
            emissive_texture: Some(Handle::default()),
            ..StandardMaterial::default()
        };
        assert_eq!(toon(&Set::default(), &source, None).glow, LinearRgba::BLACK);
    }
}
