//! How things are drawn: presets, materials, the set as a picture.

mod backdrop;
mod bake;
mod copy;
mod govern;
mod kept;
mod outline;
mod parts;
mod preset;
mod seen;
mod surface;
mod toon;

pub use backdrop::BackdropMaterial;
pub use bake::{Baked, SetCamera};
pub use copy::FrameTarget;
pub use govern::Governor;
pub use kept::KeepPanels;
pub use outline::OutlineMaterial;
pub use preset::{Preset, Quality};
pub use surface::{Kind, Surface, SurfaceMaterial};
pub use toon::ToonMaterial;

pub(super) use bake::plugin as bake_plugin;
pub(super) use kept::Kept;

use bevy::{
    asset::{load_internal_asset, uuid_handle},
    prelude::*,
};

use bevy_egui::render::EGUI_SHADER_HANDLE;

const TOON: Handle<Shader> = uuid_handle!("6f0c8a55-2c34-4c5b-9d3e-0b6a5d1f7a01");
const BACKDROP: Handle<Shader> = uuid_handle!("6f0c8a55-2c34-4c5b-9d3e-0b6a5d1f7a02");
const OUTLINE: Handle<Shader> = uuid_handle!("6f0c8a55-2c34-4c5b-9d3e-0b6a5d1f7a03");
const SURFACE: Handle<Shader> = uuid_handle!("6f0c8a55-2c34-4c5b-9d3e-0b6a5d1f7a04");

/// The layer of what moves, and of what a camera sees by default.
pub const LAYER_LIVE: usize = 0;
/// The layer of the set.
pub const LAYER_SET: usize = 1;
/// The layer of the set's picture and of what stands in front of the avatar.
pub const LAYER_PICTURE: usize = 2;

/// Registers materials and shaders. The shaders are part of the program, so that no asset folder is needed for them.
pub(super) fn plugin(app: &mut App) {
    load_internal_asset!(app, TOON, "../../../assets/shaders/toon.wgsl", Shader::from_wgsl);
    load_internal_asset!(app, BACKDROP, "../../../assets/shaders/backdrop.wgsl", Shader::from_wgsl);
    load_internal_asset!(app, OUTLINE, "../../../assets/shaders/outline.wgsl", Shader::from_wgsl);
    load_internal_asset!(app, SURFACE, "../../../assets/shaders/set.wgsl", Shader::from_wgsl);
    // Only while nothing is bindless, which `app` sees to: the shader knows one picture at a time.
    load_internal_asset!(app, EGUI_SHADER_HANDLE, "../../../assets/shaders/panels.wgsl", Shader::from_wgsl);
    app.add_plugins((
        copy::plugin,
        kept::plugin,
        MaterialPlugin::<ToonMaterial>::default(),
        MaterialPlugin::<BackdropMaterial>::default(),
        MaterialPlugin::<OutlineMaterial>::default(),
        MaterialPlugin::<SurfaceMaterial>::default(),
    ));
}
