//! Copies of whole pictures by memory instead of by drawing: the set's picture under the avatar, and the frame to its target.
//!
//! On a machine without a graphics card a drawn copy of 1280×720 pixels costs about as much as the avatar; a copied one a tenth. Only what
//! has changed since the frame before is copied at all.

use bevy::{
    core_pipeline::{Core3d, Core3dSystems, upscaling::upscaling},
    prelude::*,
    render::{
        RenderApp,
        extract_component::{ExtractComponent, ExtractComponentPlugin},
        render_asset::RenderAssets,
        render_resource::{CommandEncoder, Extent3d, Origin3d, Texture, TextureId},
        renderer::{RenderContext, ViewQuery},
        texture::GpuImage,
        view::ViewTarget,
    },
};
use bevy_egui::render::egui_pass;

use super::kept::Kept;

/// On a camera: before anything is drawn, this picture of the same size is laid under it.
#[derive(Component, ExtractComponent, Clone, Debug)]
pub struct LaidUnder(pub Handle<Image>);

/// On a camera: the picture that its frame belongs to. How it gets there depends on the preset.
#[derive(Component, Clone, Debug)]
pub struct FrameTarget(pub Handle<Image>);

/// On a camera that does not write its frame itself: the frame goes to this picture of the same size.
#[derive(Component, ExtractComponent, Clone, Debug)]
pub struct CopiedTo(pub Handle<Image>);

pub(super) fn plugin(app: &mut App) {
    app.add_plugins((
        ExtractComponentPlugin::<LaidUnder>::default(),
        ExtractComponentPlugin::<CopiedTo>::default(),
        ExtractComponentPlugin::<Kept>::default(),
    ));
    if let Some(render) = app.get_sub_app_mut(RenderApp) {
        render.init_resource::<Before>().add_systems(
            Core3d,
            (
                lay_under.after(Core3dSystems::Prepass).before(Core3dSystems::MainPass),
                (keep_panels, copy_out)
                    .chain()
                    .after(Core3dSystems::PostProcess)
                    .after(egui_pass)
                    .before(upscaling),
            ),
        );
    }
}

/// What a frame shows beside the kept picture: only that must be made good in the next one.
#[derive(Resource, Default)]
struct Before {
    /// The frame's texture and the kept picture's.
    textures: Option<[TextureId; 2]>,
    /// Where the frame is not as the kept picture.
    drawn: Vec<URect>,
    /// Where it is not as the frame before; `None`: anywhere.
    changed: Option<Vec<URect>>,
    /// Where the frame before was copied to.
    out: Option<TextureId>,
}

fn lay_under(
    view: ViewQuery<(&ViewTarget, &LaidUnder, Option<&Kept>)>,
    images: Res<RenderAssets<GpuImage>>,
    mut before: ResMut<Before>,
    mut context: RenderContext,
) {
    let (target, picture, kept) = view.into_inner();
    let was = std::mem::take(&mut *before);
    let Some(set) = images.get(&picture.0) else { return };
    let to = target.main_texture();
    // In the frame in which a window changes its size the picture is still the old one.
    if to.size() != set.texture_descriptor.size {
        return;
    }
    let kept = kept.and_then(|kept| Some((kept, images.get(kept.picture.as_ref()?)?)));
    let Some((kept, with_panels)) = kept.filter(|(_, image)| image.texture_descriptor.size == to.size())
    else {
        return copy(context.command_encoder(), &set.texture, to, whole(to));
    };
    let textures = Some([to.id(), with_panels.texture.id()]);
    let same = was.textures == textures;
    let worn = if same { was.drawn.clone() } else { vec![whole(to)] };
    for part in worn {
        copy(context.command_encoder(), &with_panels.texture, to, part);
    }
    for part in &kept.anew {
        copy(context.command_encoder(), &set.texture, to, *part);
    }
    let drawn: Vec<URect> = kept.anew.iter().chain([&kept.moves]).copied().collect();
    let changed = same.then(|| was.drawn.iter().chain(&drawn).copied().collect());
    *before = Before { textures, drawn, changed, out: was.out };
}

/// Puts what was drawn of panels into the picture that is kept of them.
fn keep_panels(
    view: ViewQuery<(&ViewTarget, &Kept)>,
    images: Res<RenderAssets<GpuImage>>,
    mut context: RenderContext,
) {
    let (target, kept) = view.into_inner();
    let Some(to) = kept.picture.as_ref().and_then(|picture| images.get(picture)) else { return };
    let frame = target.main_texture();
    if frame.size() == to.texture_descriptor.size {
        for part in &kept.keep {
            copy(context.command_encoder(), frame, &to.texture, *part);
        }
    }
}

fn copy_out(
    view: ViewQuery<(&ViewTarget, &CopiedTo)>,
    images: Res<RenderAssets<GpuImage>>,
    mut before: ResMut<Before>,
    mut context: RenderContext,
) {
    let (target, picture) = view.into_inner();
    let Some(to) = images.get(&picture.0) else { return };
    let frame = target.main_texture();
    if frame.size() != to.texture_descriptor.size {
        return;
    }
    let same = before.out.replace(to.texture.id()) == Some(to.texture.id());
    let parts = before.changed.take().filter(|_| same).unwrap_or_else(|| vec![whole(frame)]);
    for part in parts {
        copy(context.command_encoder(), frame, &to.texture, part);
    }
}

fn whole(picture: &Texture) -> URect {
    URect::new(0, 0, picture.width(), picture.height())
}

/// Copies a part of one picture to the same place of another.
fn copy(encoder: &mut CommandEncoder, from: &Texture, to: &Texture, part: URect) {
    if part.is_empty() {
        return;
    }
    let origin = Origin3d { x: part.min.x, y: part.min.y, z: 0 };
    let (mut source, mut target) = (from.as_image_copy(), to.as_image_copy());
    source.origin = origin;
    target.origin = origin;
    let size = Extent3d { width: part.width(), height: part.height(), depth_or_array_layers: 1 };
    encoder.copy_texture_to_texture(source, target, size);
}
