// The avatar's surface: one directional light turned into two tones, a rim, no lights of the engine.
#import bevy_pbr::forward_io::VertexOutput
#import bevy_pbr::mesh_view_bindings::view

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
}

@group(#{MATERIAL_BIND_GROUP}) @binding(0) var<uniform> toon: Toon;
#ifdef TOON_TEXTURE
@group(#{MATERIAL_BIND_GROUP}) @binding(1) var picture: texture_2d<f32>;
@group(#{MATERIAL_BIND_GROUP}) @binding(2) var picture_sampler: sampler;
#endif

@fragment
fn fragment(in: VertexOutput, @builtin(front_facing) front: bool) -> @location(0) vec4<f32> {
    var albedo = vec4<f32>(1.0);
#ifdef VERTEX_COLORS
    albedo = in.color;
#endif
#ifdef TOON_TEXTURE
#ifdef VERTEX_UVS_A
    albedo = albedo * textureSample(picture, picture_sampler, in.uv);
#endif
#endif
#ifdef TOON_CUT
    if albedo.a * toon.base.a < toon.glow.w {
        discard;
    }
#endif
    let n = normalize(in.world_normal) * select(-1.0, 1.0, front);
    let lit = smoothstep(-toon.light.w, toon.light.w, dot(n, toon.light.xyz) + toon.shade.w);
    let v = normalize(view.world_position.xyz - in.world_position.xyz);
    let edge = 1.0 - clamp(dot(n, v), 0.0, 1.0);
    let rim = edge * edge * edge * toon.rim.w * clamp(n.y * 0.5 + 0.6, 0.0, 1.0);
    let tone = mix(toon.shade.rgb, toon.base.rgb, lit);
    return vec4<f32>(albedo.rgb * tone + toon.rim.rgb * rim + toon.glow.rgb, albedo.a * toon.base.a);
}
