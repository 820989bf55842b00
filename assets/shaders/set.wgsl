// The set: everything that stands still. On slow machines it is drawn once, so it may cost a little. Nothing branches on what is
// read from the material: Mesa's software driver would compile the shader again for each value.
#import bevy_pbr::forward_io::VertexOutput
#import bevy_pbr::mesh_view_bindings::view

struct Surface {
    // x: what it is (the constants below), y: gloss 0..1, z: ribs per metre, w: alpha.
    kind: vec4<f32>,
    // rgb: colour over the vertex colours.
    tint: vec4<f32>,
    // rgb: second colour (glow of a strip, end of a gradient), w: strength.
    second: vec4<f32>,
    // xyz: towards the key light, w: strength.
    key: vec4<f32>,
    key_colour: vec4<f32>,
    sky: vec4<f32>,
    ground: vec4<f32>,
    // The desk's arc, for its shadow and its reflection: centre z, outer radius, half angle, height.
    desk: vec4<f32>,
    // rgb: the desk's light, w: unused.
    accent: vec4<f32>,
}

@group(#{MATERIAL_BIND_GROUP}) @binding(0) var<uniform> surface: Surface;
@group(#{MATERIAL_BIND_GROUP}) @binding(1) var picture: texture_2d<f32>;
@group(#{MATERIAL_BIND_GROUP}) @binding(2) var picture_sampler: sampler;

const PLAIN: i32 = 0;
const WOOD: i32 = 1;
const LIGHT: i32 = 2;
const FLOOR: i32 = 3;
const RIBBED: i32 = 4;
const LEAF: i32 = 5;
const TEXT: i32 = 6;
const SCREEN: i32 = 7;
const SHADOW: i32 = 8;
const HALO: i32 = 9;
const PICTURE: i32 = 10;

fn hash(p: vec2<f32>) -> f32 {
    return fract(sin(dot(p, vec2<f32>(127.1, 311.7))) * 43758.547);
}

fn noise(p: vec2<f32>) -> f32 {
    let cell = floor(p);
    let f = fract(p);
    let s = f * f * (3.0 - 2.0 * f);
    let low = mix(hash(cell), hash(cell + vec2<f32>(1.0, 0.0)), s.x);
    let high = mix(hash(cell + vec2<f32>(0.0, 1.0)), hash(cell + vec2<f32>(1.0, 1.0)), s.x);
    return mix(low, high, s.y);
}

// Boards along u with year rings that bend; uv in metres.
fn wood(uv: vec2<f32>) -> f32 {
    let board = floor(uv.y / 0.14);
    let along = uv.x * 0.9 + board * 7.3;
    let bend = noise(vec2<f32>(along * 1.3, uv.y * 6.0 + board * 3.1)) * 1.6;
    let rings = sin((uv.y * 70.0 + bend * 7.0)) * 0.5 + 0.5;
    let pores = noise(vec2<f32>(along * 14.0, uv.y * 420.0));
    let gap = smoothstep(0.0, 0.02, abs(fract(uv.y / 0.14) - 0.5) * -1.0 + 0.5);
    return (0.86 + 0.10 * rings + 0.10 * (pores - 0.5) + 0.05 * (hash(vec2<f32>(board, 4.0)) - 0.5)) * mix(0.82, 1.0, gap);
}

// What a visitor information screen shows: hills of soft light, nothing that competes with the avatar.
fn screen(uv: vec2<f32>, low: vec3<f32>, high: vec3<f32>) -> vec3<f32> {
    var c = mix(low, high, smoothstep(0.0, 1.0, uv.y + 0.15 * sin(uv.x * 4.0)));
    for (var i = 0; i < 4; i++) {
        let f = f32(i);
        let hill = 0.30 - f * 0.07 + 0.05 * sin(uv.x * (3.0 + f) + f * 1.7) + 0.03 * sin(uv.x * 9.0 + f * 4.0);
        c = mix(c, mix(surface.accent.rgb, low, 0.35 + f * 0.2), smoothstep(hill + 0.012, hill - 0.012, uv.y) * 0.55);
    }
    let sun = length((uv - vec2<f32>(0.72, 0.66)) * vec2<f32>(1.6, 1.0));
    c += surface.accent.rgb * (smoothstep(0.115, 0.105, sun) * 0.55 + exp(-sun * 6.0) * 0.25);
    return c;
}

@fragment
fn fragment(in: VertexOutput) -> @location(0) vec4<f32> {
    // One of the constants above, fixed when the pipeline is made.
    let kind: i32 = #{KIND};
    var albedo = in.color.rgb * surface.tint.rgb;
    var alpha = in.color.a * surface.kind.w;
    let p = in.world_position.xyz;
    let v = normalize(view.world_position.xyz - p);
    // Every surface is seen from its lit side, whichever way its triangles go around.
    var n = normalize(in.world_normal);
    n = n * select(-1.0, 1.0, dot(n, v) >= 0.0);

    if kind == LIGHT {
        return vec4<f32>(albedo * surface.second.w, alpha);
    }
    if kind == TEXT {
        return vec4<f32>(albedo, alpha * textureSampleLevel(picture, picture_sampler, in.uv, 0.0).a);
    }
    if kind == PICTURE {
        let texel = textureSampleLevel(picture, picture_sampler, in.uv, 0.0);
        return vec4<f32>(albedo * texel.rgb, alpha * texel.a);
    }
    if kind == SHADOW {
        let d = length(in.uv * 2.0 - 1.0);
        return vec4<f32>(albedo, alpha * pow(clamp(1.0 - d, 0.0, 1.0), 1.6));
    }
    if kind == HALO {
        let d = length(in.uv * 2.0 - 1.0);
        return vec4<f32>(albedo, alpha * exp(-d * d * 4.5) * smoothstep(1.0, 0.75, d));
    }
    if kind == SCREEN {
        let glass = screen(in.uv, surface.tint.rgb, surface.second.rgb);
        let sheen = smoothstep(0.25, 0.0, abs(in.uv.x + in.uv.y * 0.35 - 0.62)) * 0.035;
        return vec4<f32>(glass + sheen, alpha);
    }
    if kind == WOOD {
        albedo *= wood(in.uv);
    }
    if kind == RIBBED {
        // Round ribs: the normal turns from one side to the other, the grooves are dark.
        let turn = fract(in.uv.x * surface.kind.z) * 2.0 - 1.0;
        let side = normalize(cross(vec3<f32>(0.0, 1.0, 0.0), n));
        n = normalize(n + side * turn * 0.75);
        albedo *= mix(0.45, 1.0, smoothstep(1.0, 0.72, abs(turn)));
    }

    let facing = dot(n, surface.key.xyz);
    var direct = clamp(facing, 0.0, 1.0);
    if kind == LEAF {
        direct = clamp(abs(facing) * 0.6 + 0.35, 0.0, 1.0);
    }
    let hemi = mix(surface.ground.rgb, surface.sky.rgb, n.y * 0.5 + 0.5);
    var light = hemi + surface.key_colour.rgb * direct * surface.key.w;

    if kind == FLOOR {
        // The desk's shadow and its light, mirrored: an arc, so distances are measured to its ring.
        let ground = vec2<f32>(p.x, p.z - surface.desk.x);
        let radius = length(ground);
        let angle = abs(atan2(ground.x, ground.y));
        let inside = smoothstep(surface.desk.z + 0.25, surface.desk.z - 0.15, angle);
        let off = radius - surface.desk.y;
        light *= 1.0 - 0.55 * inside * exp(-off * off * 9.0);
        let mirrored = inside * exp(-max(off, 0.0) * 3.2) * step(0.0, off);
        albedo = albedo * 0.9 + surface.accent.rgb * mirrored * 0.35;
        let back = smoothstep(-0.4, -2.6, p.z);
        albedo += surface.second.rgb * back * 0.25;
    }

    var colour = albedo * light;
    let h = normalize(v + surface.key.xyz);
    let gloss = surface.kind.y;
    colour += surface.key_colour.rgb * pow(clamp(dot(n, h), 0.0, 1.0), 8.0 + 90.0 * gloss) * gloss * 0.35;
    let edge = 1.0 - clamp(dot(n, v), 0.0, 1.0);
    colour += surface.sky.rgb * edge * edge * edge * gloss * 0.5;
    if kind == RIBBED || kind == PLAIN {
        // Light strips wash over what is near them: second.rgb from below, as far as second.w metres.
        colour += surface.second.rgb * albedo * surface.second.w * exp(-max(p.y, 0.0) * 1.6);
    }
    return vec4<f32>(colour, alpha);
}
