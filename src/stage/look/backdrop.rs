//! Shows the picture of the set, at the far end of the view and on everything that stands before the avatar.

use bevy::{
    mesh::MeshVertexBufferLayoutRef,
    pbr::{MaterialPipeline, MaterialPipelineKey},
    prelude::*,
    render::render_resource::{
        AsBindGroup, ColorWrites, RenderPipelineDescriptor, SpecializedMeshPipelineError,
    },
    shader::ShaderRef,
};

/// Copies the picture's pixel that lies under it. The picture must be as large as the view.
#[derive(Asset, AsBindGroup, TypePath, Debug, Clone)]
#[bind_group_data(BackdropKey)]
pub struct BackdropMaterial {
    /// The set, as the camera sees it.
    #[texture(0)]
    pub picture: Handle<Image>,
    /// Without it only the depth is drawn: it hides what comes later, and the picture is there already.
    pub paint: bool,
}

/// What needs a pipeline of its own.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct BackdropKey {
    paint: bool,
}

impl From<&BackdropMaterial> for BackdropKey {
    fn from(m: &BackdropMaterial) -> Self {
        Self { paint: m.paint }
    }
}

impl Material for BackdropMaterial {
    fn fragment_shader() -> ShaderRef {
        super::BACKDROP.into()
    }

    fn enable_prepass() -> bool {
        false
    }

    fn enable_shadows() -> bool {
        false
    }

    fn specialize(
        _pipeline: &MaterialPipeline,
        descriptor: &mut RenderPipelineDescriptor,
        _layout: &MeshVertexBufferLayoutRef,
        key: MaterialPipelineKey<Self>,
    ) -> Result<(), SpecializedMeshPipelineError> {
        // What stands before the avatar hides it from whichever side it is seen.
        descriptor.primitive.cull_mode = None;
        if !key.bind_group_data.paint
            && let Some(fragment) = descriptor.fragment.as_mut()
        {
            for target in fragment.targets.iter_mut().flatten() {
                target.write_mask = ColorWrites::empty();
            }
        }
        Ok(())
    }
}
