//! The set as a picture: a second camera draws it while something has changed, and rests while nothing has.

use bevy::{
    camera::{
        CameraOutputMode, CameraUpdateSystems, RenderTarget,
        visibility::{NoFrustumCulling, RenderLayers},
    },
    core_pipeline::tonemapping::{DebandDither, Tonemapping},
    light::cluster::ClusterConfig,
    prelude::*,
    render::{
        render_resource::{TextureFormat, TextureUsages},
        view::NoIndirectDrawing,
    },
};

use super::{
    BackdropMaterial, LAYER_LIVE, LAYER_PICTURE, LAYER_SET, Preset, Quality,
    copy::{CopiedTo, FrameTarget, LaidUnder},
};
use crate::stage::{camera::StageCamera, set::SetBuilt};

/// The camera that draws the picture of the set.
#[derive(Component)]
pub struct SetCamera;

/// The quad at the far end of the view.
#[derive(Component)]
struct Backdrop;

/// Frames that the set is drawn for after a change: assets need one or two to reach the graphics card.
const FRAMES_AFTER_CHANGE: u32 = 4;
/// The same when only the camera has moved.
const FRAMES_AFTER_MOVE: u32 = 2;

/// How far away the backdrop stands, in metres: behind everything.
const FAR_M: f32 = 40.0;

/// Where the picture stands.
#[derive(Resource, Debug, Default)]
pub struct Baked {
    /// The picture, once there is one.
    pub picture: Option<Handle<Image>>,
    /// Its size in pixels.
    pub size: UVec2,
    /// What it was drawn for.
    seen: Option<(Transform, f32)>,
    /// How often the set has been drawn since the last change; counts up to [`FRAMES_AFTER_CHANGE`].
    drawn: u32,
}

impl Baked {
    /// The picture shows the set as it is.
    pub fn is_done(&self) -> bool {
        self.picture.is_some() && self.drawn >= FRAMES_AFTER_CHANGE
    }
}

/// Everything about the picture.
pub(in crate::stage) fn plugin(app: &mut App) {
    app.init_resource::<Baked>().init_resource::<Preset>().add_systems(
        PostUpdate,
        (follow_preset, resize_picture, follow_camera, redraw_when_changed)
            .chain()
            .before(TransformSystems::Propagate)
            .before(CameraUpdateSystems),
    );
}

/// Chooses what the main camera sees: the set itself, or its picture.
fn follow_preset(
    preset: Res<Preset>,
    mut baked: ResMut<Baked>,
    mut commands: Commands,
    mut cameras: Query<(Entity, Ref<StageCamera>, &mut Camera, Option<&FrameTarget>)>,
) {
    for (entity, stage, mut camera, target) in &mut cameras {
        if !preset.is_changed() && !stage.is_added() {
            continue;
        }
        let quality = preset.quality();
        let second = if quality.baked_set { LAYER_PICTURE } else { LAYER_SET };
        camera.clear_color = if quality.copies_set() {
            ClearColorConfig::None
        } else {
            ClearColorConfig::Custom(stage.background)
        };
        commands
            .entity(entity)
            .remove::<LaidUnder>()
            .insert((RenderLayers::from_layers(&[LAYER_LIVE, second]), Quality::msaa(quality.samples)));
        // The engine leaves out a camera that clears and writes nowhere, so only one that does not clear may be copied.
        match target {
            Some(target) if quality.copies_set() => {
                camera.output_mode = CameraOutputMode::Skip;
                commands.entity(entity).insert(CopiedTo(target.0.clone()));
            }
            _ => {
                camera.output_mode = CameraOutputMode::default();
                commands.entity(entity).remove::<CopiedTo>();
            }
        }
        baked.size = UVec2::ZERO;
    }
}

/// Keeps the picture as large as the view.
#[expect(clippy::too_many_arguments, reason = "a system names what it touches")]
fn resize_picture(
    mut baked: ResMut<Baked>,
    preset: Res<Preset>,
    mut commands: Commands,
    mut images: ResMut<Assets<Image>>,
    mut meshes: ResMut<Assets<Mesh>>,
    mut materials: ResMut<Assets<BackdropMaterial>>,
    cameras: Query<(Entity, &Camera), With<StageCamera>>,
    old: Query<Entity, Or<(With<SetCamera>, With<Backdrop>)>>,
) {
    let Ok((main, camera)) = cameras.single() else { return };
    let Some(size) = camera.physical_viewport_size().filter(|s| s.min_element() > 0) else { return };
    if !preset.quality().baked_set || (baked.picture.is_some() && baked.size == size) {
        return;
    }
    for entity in &old {
        commands.entity(entity).despawn();
    }
    let mut image = Image::new_target_texture(size.x, size.y, TextureFormat::Rgba8UnormSrgb, None);
    image.texture_descriptor.usage |= TextureUsages::COPY_SRC;
    let picture = images.add(image);
    commands.spawn((
        SetCamera,
        Camera3d::default(),
        Camera { order: -1, ..default() },
        RenderTarget::Image(picture.clone().into()),
        RenderLayers::layer(LAYER_SET),
        Quality::msaa(preset.quality().baked_samples),
        Tonemapping::None,
        DebandDither::Disabled,
        NoIndirectDrawing,
        ClusterConfig::Single,
    ));
    if preset.quality().copies_set() {
        commands.entity(main).insert(LaidUnder(picture.clone()));
    } else {
        let material = materials.add(BackdropMaterial { picture: picture.clone(), paint: true });
        commands.spawn((
            Backdrop,
            ChildOf(main),
            Mesh3d(meshes.add(Rectangle::new(1.0, 1.0))),
            MeshMaterial3d(material),
            // Wide enough for any shape of window and any field of view that a scene may ask for.
            Transform::from_xyz(0.0, 0.0, -FAR_M).with_scale(Vec3::splat(FAR_M * 8.0)),
            RenderLayers::layer(LAYER_PICTURE),
            NoFrustumCulling,
        ));
    }
    baked.picture = Some(picture);
    baked.size = size;
    // The new camera has not been told where to stand.
    baked.seen = None;
    baked.drawn = 0;
}

/// The set is drawn from where the main camera stands.
fn follow_camera(
    mut baked: ResMut<Baked>,
    main: Query<(&Transform, &Projection), (With<StageCamera>, Without<SetCamera>)>,
    mut own: Query<(&mut Transform, &mut Projection), With<SetCamera>>,
) {
    let (Ok((place, lens)), Ok((mut own_place, mut own_lens))) = (main.single(), own.single_mut()) else {
        return;
    };
    let Projection::Perspective(perspective) = lens else { return };
    let now = (*place, perspective.fov);
    if baked.seen != Some(now) {
        *own_place = *place;
        *own_lens = lens.clone();
        baked.seen = Some(now);
        baked.drawn = baked.drawn.min(FRAMES_AFTER_CHANGE - FRAMES_AFTER_MOVE);
    }
}

/// Draws while something has changed, and rests otherwise.
fn redraw_when_changed(
    mut baked: ResMut<Baked>,
    built: Res<SetBuilt>,
    preset: Res<Preset>,
    mut cameras: Query<&mut Camera, With<SetCamera>>,
) {
    if built.is_changed() || preset.is_changed() {
        baked.drawn = 0;
    }
    let wanted = preset.quality().baked_set && baked.drawn < FRAMES_AFTER_CHANGE;
    for mut camera in &mut cameras {
        if camera.is_active != wanted {
            camera.is_active = wanted;
        }
        if wanted {
            baked.drawn += 1;
        }
    }
}
