//! Copies of whole pictures by memory instead of by drawing: the set's picture under the avatar, and the frame to its target.
//!
//! On a machine without a graphics card a drawn copy of 1280×720 pixels costs about as much as the avatar; a copied one a tenth.

use bevy::{
    core_pipeline::{Core3d, Core3dSystems, upscaling::upscaling},
    prelude::*,
    render::{
        RenderApp,
        extract_component::{ExtractComponent, ExtractComponentPlugin},
        render_asset::RenderAssets,
        renderer::{RenderContext, ViewQuery},
        texture::GpuImage,
        view::ViewTarget,
    },
};
use bevy_egui::render::egui_pass;

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
    ));
    if let Some(render) = app.get_sub_app_mut(RenderApp) {
        render.add_systems(
            Core3d,
            (
                lay_under.after(Core3dSystems::Prepass).before(Core3dSystems::MainPass),
                copy_out.after(Core3dSystems::PostProcess).after(egui_pass).before(upscaling),
            ),
        );
    }
}

fn lay_under(
    view: ViewQuery<(&ViewTarget, &LaidUnder)>,
    images: Res<RenderAssets<GpuImage>>,
    mut context: RenderContext,
) {
    let (target, picture) = view.into_inner();
    let Some(source) = images.get(&picture.0) else { return };
    let to = target.main_texture();
    // In the frame in which a window changes its size the picture is still the old one.
    if to.size() == source.texture_descriptor.size {
        context.command_encoder().copy_texture_to_texture(
            source.texture.as_image_copy(),
            to.as_image_copy(),
            source.texture_descriptor.size,
        );
    }
}

fn copy_out(
    view: ViewQuery<(&ViewTarget, &CopiedTo)>,
    images: Res<RenderAssets<GpuImage>>,
    mut context: RenderContext,
) {
    let (target, picture) = view.into_inner();
    let Some(to) = images.get(&picture.0) else { return };
    let frame = target.main_texture();
    if frame.size() == to.texture_descriptor.size {
        context.command_encoder().copy_texture_to_texture(
            frame.as_image_copy(),
            to.texture.as_image_copy(),
            to.texture_descriptor.size,
        );
    }
}
