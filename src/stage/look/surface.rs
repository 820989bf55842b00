//! The set's material. The shader is `assets/shaders/set.wgsl`.

use bevy::{
    mesh::MeshVertexBufferLayoutRef,
    pbr::{MaterialPipeline, MaterialPipelineKey},
    prelude::*,
    render::render_resource::{
        AsBindGroup, RenderPipelineDescriptor, ShaderType, SpecializedMeshPipelineError,
    },
    shader::{ShaderDefVal, ShaderRef},
};

/// What a surface is made of. The numbers are the shader's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Painted, with or without gloss.
    Plain = 0,
    /// Boards of wood; uv in metres.
    Wood = 1,
    /// A light.
    Light = 2,
    /// The floor, with the desk's shadow and mirror image.
    Floor = 3,
    /// Round vertical ribs; uv.x in metres.
    Ribbed = 4,
    /// A leaf: light passes through.
    Leaf = 5,
    /// Letters from a picture's alpha.
    Text = 6,
    /// An information screen.
    Screen = 7,
    /// A soft dark spot; uv 0..1.
    Shadow = 8,
    /// A soft bright spot; uv 0..1.
    Halo = 9,
    /// A picture as it is.
    Picture = 10,
}

/// What the shader reads. See `assets/shaders/set.wgsl` for each field.
#[derive(Debug, Clone, Copy, ShaderType)]
pub struct Surface {
    /// Kind, gloss, ribs per metre, alpha.
    pub kind: Vec4,
    /// Colour over the vertex colours.
    pub tint: Vec4,
    /// Second colour and its strength.
    pub second: Vec4,
    /// Towards the key light, and its strength.
    pub key: Vec4,
    /// The key light's colour.
    pub key_colour: Vec4,
    /// Light from above.
    pub sky: Vec4,
    /// Light from below.
    pub ground: Vec4,
    /// The desk's arc: centre z, outer radius, half angle, height.
    pub desk: Vec4,
    /// The colour of the desk's light.
    pub accent: Vec4,
}

/// A surface of the set.
#[derive(Asset, AsBindGroup, TypePath, Debug, Clone)]
#[bind_group_data(SurfaceKey)]
pub struct SurfaceMaterial {
    /// What it is.
    #[uniform(0)]
    pub surface: Surface,
    /// Letters, for [`Kind::Text`], or the picture of [`Kind::Picture`].
    #[texture(1)]
    #[sampler(2)]
    pub picture: Option<Handle<Image>>,
    /// How see-through is drawn.
    pub alpha: AlphaMode,
    /// Among see-through things: larger is drawn later.
    pub bias: f32,
}

/// What needs a pipeline of its own. The kind is a constant of the shader, not read from the material: Mesa's software driver
/// compiles a shader anew for each value that its branches depend on, at each draw, and keeps them all.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SurfaceKey {
    kind: u8,
}

impl From<&SurfaceMaterial> for SurfaceKey {
    fn from(material: &SurfaceMaterial) -> Self {
        Self { kind: (material.surface.kind.x + 0.5) as u8 }
    }
}

impl Material for SurfaceMaterial {
    fn fragment_shader() -> ShaderRef {
        super::SURFACE.into()
    }

    fn alpha_mode(&self) -> AlphaMode {
        self.alpha
    }

    fn depth_bias(&self) -> f32 {
        self.bias
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
        if let Some(fragment) = descriptor.fragment.as_mut() {
            fragment.shader_defs.push(ShaderDefVal::Int("KIND".into(), i32::from(key.bind_group_data.kind)));
        }
        // Thin things such as leaves are seen from both sides; the set is small, so all of it may be.
        descriptor.primitive.cull_mode = None;
        Ok(())
    }
}
