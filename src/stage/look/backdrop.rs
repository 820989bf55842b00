//! Shows the picture of the set, at the far end of the view and on everything that stands before the avatar.

use bevy::{
    mesh::MeshVertexBufferLayoutRef,
    pbr::{MaterialPipeline, MaterialPipelineKey},
    prelude::*,
    render::render_resource::{AsBindGroup, RenderPipelineDescriptor, SpecializedMeshPipelineError},
    shader::ShaderRef,
};

/// Copies the picture's pixel that lies under it. The picture must be as large as the view.
#[derive(Asset, AsBindGroup, TypePath, Debug, Clone)]
pub struct BackdropMaterial {
    /// The set, as the camera sees it.
    #[texture(0)]
    pub picture: Handle<Image>,
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
        _key: MaterialPipelineKey<Self>,
    ) -> Result<(), SpecializedMeshPipelineError> {
        // What stands before the avatar hides it from whichever side it is seen.
        descriptor.primitive.cull_mode = None;
        Ok(())
    }
}
