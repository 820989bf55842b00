//! The avatar's material: two tones and a rim. The shader is `assets/shaders/toon.wgsl`.

use bevy::{
    mesh::MeshVertexBufferLayoutRef,
    pbr::{MaterialPipeline, MaterialPipelineKey},
    prelude::*,
    render::render_resource::{
        AsBindGroup, Face, RenderPipelineDescriptor, ShaderType, SpecializedMeshPipelineError,
    },
    shader::ShaderRef,
};

/// A surface in two tones under one light. Colours are linear.
#[derive(Asset, AsBindGroup, TypePath, Debug, Clone)]
#[bind_group_data(ToonKey)]
#[uniform(0, ToonUniform)]
pub struct ToonMaterial {
    /// Colour in the light, and how solid.
    pub base: LinearRgba,
    /// Colour in the shade.
    pub shade: LinearRgba,
    /// Moves the border into the shade: -1 all shade, 1 all light.
    pub shift: f32,
    /// Half the width of the border between light and shade, as a cosine.
    pub softness: f32,
    /// Colour of the light from behind.
    pub rim: LinearRgba,
    /// Its strength, 0..1.
    pub rim_strength: f32,
    /// Light that it gives by itself.
    pub glow: LinearRgba,
    /// Towards the light; need not be of length one.
    pub light: Vec3,
    /// Multiplied with both tones.
    #[texture(1)]
    #[sampler(2)]
    pub picture: Option<Handle<Image>>,
    /// The picture's bytes are sRGB but its format does not say so: the shader decodes them.
    pub encoded: bool,
    /// How see-through is drawn.
    pub alpha: AlphaMode,
    /// Height above the floor, in metres, below which the desk hides the body in any case.
    pub hidden_below: f32,
    /// Also drawn from behind.
    pub double_sided: bool,
}

impl Default for ToonMaterial {
    fn default() -> Self {
        Self {
            base: LinearRgba::WHITE,
            shade: LinearRgba::gray(0.6),
            shift: 0.1,
            softness: 0.12,
            rim: LinearRgba::WHITE,
            rim_strength: 0.25,
            glow: LinearRgba::BLACK,
            light: Vec3::new(0.35, 0.75, 0.6),
            picture: None,
            encoded: false,
            alpha: AlphaMode::Opaque,
            hidden_below: f32::MIN,
            double_sided: false,
        }
    }
}

/// What the shader reads.
#[derive(Clone, Default, ShaderType)]
pub struct ToonUniform {
    base: Vec4,
    shade: Vec4,
    rim: Vec4,
    light: Vec4,
    glow: Vec4,
    hidden: Vec4,
}

impl From<&ToonMaterial> for ToonUniform {
    fn from(m: &ToonMaterial) -> Self {
        let cut = match m.alpha {
            AlphaMode::Mask(cut) => cut,
            _ => -1.0,
        };
        Self {
            base: m.base.to_vec4(),
            shade: m.shade.to_vec3().extend(m.shift),
            rim: m.rim.to_vec3().extend(m.rim_strength),
            light: m.light.normalize_or(Vec3::Y).extend(m.softness.max(0.01)),
            glow: m.glow.to_vec3().extend(cut),
            hidden: Vec4::new(m.hidden_below, 0.0, 0.0, 0.0),
        }
    }
}

/// What needs a pipeline of its own.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ToonKey {
    picture: bool,
    encoded: bool,
    cut: bool,
    double_sided: bool,
}

impl From<&ToonMaterial> for ToonKey {
    fn from(m: &ToonMaterial) -> Self {
        Self {
            picture: m.picture.is_some(),
            encoded: m.encoded,
            cut: matches!(m.alpha, AlphaMode::Mask(_)),
            double_sided: m.double_sided,
        }
    }
}

impl Material for ToonMaterial {
    fn vertex_shader() -> ShaderRef {
        super::TOON.into()
    }

    fn fragment_shader() -> ShaderRef {
        super::TOON.into()
    }

    fn alpha_mode(&self) -> AlphaMode {
        match self.alpha {
            // Drawn with the cut-out things, which come after the solid ones: what stands before the avatar is there first.
            AlphaMode::Opaque => AlphaMode::Mask(0.0),
            other => other,
        }
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
        let key = key.bind_group_data;
        descriptor.primitive.cull_mode = if key.double_sided { None } else { Some(Face::Back) };
        if let Some(fragment) = descriptor.fragment.as_mut() {
            if key.picture {
                fragment.shader_defs.push("TOON_TEXTURE".into());
            }
            if key.encoded {
                fragment.shader_defs.push("TOON_ENCODED".into());
            }
            if key.double_sided {
                fragment.shader_defs.push("TOON_BOTH_SIDES".into());
            }
            if key.cut {
                fragment.shader_defs.push("TOON_CUT".into());
            }
        }
        Ok(())
    }
}
