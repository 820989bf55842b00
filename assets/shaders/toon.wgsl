// The avatar's surface: one directional light turned into two tones, and a rim. No lights of the engine.
//
// Light and rim are worked out per corner, not per pixel: the meshes are fine, and a machine without a graphics card
// pays for each pixel.
#import bevy_pbr::{
    forward_io::Vertex,
    mesh_functions,
    mesh_view_bindings::view,
    view_transformations::position_world_to_clip,
}
#ifdef SKINNED
#import bevy_pbr::skinning
#endif
#ifdef MORPH_TARGETS
#import bevy_pbr::morph
#import bevy_pbr::mesh_bindings::mesh
#endif

struct Toon {
    base: vec4<f32>,
    // rgb: the colour in the shade, w: how far the border of light moves into the shade.
    shade: vec4<f32>,
    // rgb: colour of the rim, w: strength.
    rim: vec4<f32>,
    // xyz: towards the light, w: half width of the border between light and shade.
    light: vec4<f32>,
    // rgb: added light, w: alpha below which nothing is drawn.
    glow: vec4<f32>,
    // x: height in metres below which the desk hides the body in any case.
    hidden: vec4<f32>,
}

@group(#{MATERIAL_BIND_GROUP}) @binding(0) var<uniform> toon: Toon;
#ifdef TOON_TEXTURE
@group(#{MATERIAL_BIND_GROUP}) @binding(1) var picture: texture_2d<f32>;
@group(#{MATERIAL_BIND_GROUP}) @binding(2) var picture_sampler: sampler;
#endif

struct Corner {
    @builtin(position) position: vec4<f32>,
    // x: cosine to the light, y: rim.
    @location(0) light: vec2<f32>,
    @location(1) uv: vec2<f32>,
#ifdef VERTEX_COLORS
    @location(2) color: vec4<f32>,
#endif
}

@vertex
fn vertex(given: Vertex) -> Corner {
    var out: Corner;
    var position = given.position;
    var normal = given.normal;
#ifdef MORPH_TARGETS
    let first = mesh[given.instance_index].first_vertex_index;
    let count = morph::layer_count(given.instance_index);
    for (var i: u32 = 0u; i < count; i++) {
        let weight = morph::weight_at(i, given.instance_index);
        if weight != 0.0 {
            position += weight * morph::morph_position(given.index - first, i, given.instance_index);
            normal += weight * morph::morph_normal(given.index - first, i, given.instance_index);
        }
    }
#endif
#ifdef SKINNED
    let model = skinning::skin_model(given.joint_indices, given.joint_weights, given.instance_index);
#else
    let model = mesh_functions::get_world_from_local(given.instance_index);
#endif
    var world = model * vec4<f32>(position, 1.0);
    // What nobody can see is pressed flat, so that it covers no pixels that must then be hidden again.
    world.y = max(world.y, toon.hidden.x);
    // Bones turn and move but do not stretch, so the matrix serves for normals as it is.
    let n = normalize((model * vec4<f32>(normal, 0.0)).xyz);
    let v = normalize(view.world_position.xyz - world.xyz);
    let edge = 1.0 - abs(dot(n, v));
    out.position = position_world_to_clip(world.xyz);
    out.light = vec2<f32>(dot(n, toon.light.xyz), edge * edge * edge * toon.rim.w * clamp(n.y * 0.5 + 0.6, 0.0, 1.0));
#ifdef VERTEX_UVS_A
    out.uv = given.uv;
#endif
#ifdef VERTEX_COLORS
    out.color = given.color;
#endif
    return out;
}

@fragment
fn fragment(in: Corner, @builtin(front_facing) front: bool) -> @location(0) vec4<f32> {
    var albedo = vec4<f32>(1.0);
#ifdef TOON_TEXTURE
    albedo = textureSampleLevel(picture, picture_sampler, in.uv, 0.0);
#ifdef TOON_ENCODED
    // sRGB to linear by a cubic: the picture is kept as it is in memory, since decoding each texel costs more.
    albedo = vec4<f32>(albedo.rgb * (albedo.rgb * (albedo.rgb * 0.305306 + 0.682171) + 0.012523), albedo.a);
#endif
#endif
#ifdef VERTEX_COLORS
    albedo *= in.color;
#endif
#ifdef TOON_CUT
    if albedo.a * toon.base.a < toon.glow.w {
        discard;
    }
#endif
#ifdef TOON_BOTH_SIDES
    let facing = select(-in.light.x, in.light.x, front);
#else
    let facing = in.light.x;
#endif
    let lit = smoothstep(-toon.light.w, toon.light.w, facing + toon.shade.w);
    let tone = mix(toon.shade.rgb, toon.base.rgb, lit);
    return vec4<f32>(albedo.rgb * tone + toon.rim.rgb * in.light.y + toon.glow.rgb, albedo.a * toon.base.a);
}
