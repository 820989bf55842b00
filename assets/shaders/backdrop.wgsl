// Copies the set, which was drawn once into a picture, to the same place on the screen.
#import bevy_pbr::forward_io::VertexOutput

@group(#{MATERIAL_BIND_GROUP}) @binding(0) var picture: texture_2d<f32>;

@fragment
fn fragment(in: VertexOutput) -> @location(0) vec4<f32> {
    return textureLoad(picture, vec2<i32>(in.position.xy), 0);
}
