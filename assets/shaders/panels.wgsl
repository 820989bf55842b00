// Panels: what egui draws. It stands in for bevy_egui's own shader, with the same bindings. That one turns colours from
// linear to sRGB and back with powers, six for each pixel; here it is roots and cubics, equal within one step of 255.

struct Place {
    scale: vec2<f32>,
    translation: vec2<f32>,
}

struct Corner {
    @builtin(position) position: vec4<f32>,
    @location(0) colour: vec4<f32>,
    @location(1) uv: vec2<f32>,
}

@group(0) @binding(0) var<uniform> place: Place;
@group(1) @binding(0) var picture: texture_2d<f32>;
@group(1) @binding(1) var picture_sampler: sampler;

@vertex
fn vs_main(
    @location(0) position: vec2<f32>,
    @location(1) uv: vec2<f32>,
    @location(2) colour: vec4<f32>,
) -> Corner {
    return Corner(vec4<f32>(position * place.scale + place.translation, 0.0, 1.0), colour, uv);
}

fn to_srgb(c: vec3<f32>) -> vec3<f32> {
    let root = sqrt(c);
    let fourth = sqrt(root);
    return 0.662003 * root + 0.684122 * fourth - 0.323584 * sqrt(fourth) - 0.022541 * c;
}

fn to_linear(c: vec3<f32>) -> vec3<f32> {
    return c * (c * (c * 0.305306 + 0.682171) + 0.012523);
}

@fragment
fn fs_main(in: Corner) -> @location(0) vec4<f32> {
    // egui multiplies colours in sRGB: text looks right only so.
    let texel = textureSampleLevel(picture, picture_sampler, in.uv, 0.0);
    let colour = vec4<f32>(to_srgb(texel.rgb), texel.a) * in.colour;
    return vec4<f32>(to_linear(colour.rgb), colour.a);
}
