//! The avatar's outline: the mesh once more, a little larger, seen from inside.

use bevy::{
    mesh::MeshVertexBufferLayoutRef,
    pbr::{MaterialPipeline, MaterialPipelineKey},
    prelude::*,
    render::render_resource::{AsBindGroup, Face, RenderPipelineDescriptor, SpecializedMeshPipelineError},
    shader::ShaderRef,
};

/// One colour; `w` is the width in metres at one metre from the camera.
#[derive(Asset, AsBindGroup, TypePath, Debug, Clone)]
pub struct OutlineMaterial {
    /// rgb: colour, linear; w: width.
    #[uniform(0)]
    pub ink: Vec4,
}

impl Material for OutlineMaterial {
    fn vertex_shader() -> ShaderRef {
        super::OUTLINE.into()
    }

    fn fragment_shader() -> ShaderRef {
        super::OUTLINE.into()
    }

    fn alpha_mode(&self) -> AlphaMode {
        // As the avatar itself: after what stands before it.
        AlphaMode::Mask(0.0)
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
        descriptor.primitive.cull_mode = Some(Face::Front);
        Ok(())
    }
}
