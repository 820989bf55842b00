// A dark hull around the avatar: the mesh once more, blown up along its normals, only its inside drawn.
#import bevy_pbr::{
    forward_io::{Vertex, VertexOutput},
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

// rgb: colour, w: width in metres at one metre from the camera.
@group(#{MATERIAL_BIND_GROUP}) @binding(0) var<uniform> ink: vec4<f32>;

@vertex
fn vertex(given: Vertex) -> VertexOutput {
    var out: VertexOutput;
    var position = given.position;
#ifdef MORPH_TARGETS
    let first = mesh[given.instance_index].first_vertex_index;
    let count = morph::layer_count(given.instance_index);
    for (var i: u32 = 0u; i < count; i++) {
        let weight = morph::weight_at(i, given.instance_index);
        if weight != 0.0 {
            position += weight * morph::morph_position(given.index - first, i, given.instance_index);
        }
    }
#endif
#ifdef SKINNED
    let model = skinning::skin_model(given.joint_indices, given.joint_weights, given.instance_index);
    let normal = skinning::skin_normals(model, given.normal);
#else
    let model = mesh_functions::get_world_from_local(given.instance_index);
    let normal = mesh_functions::mesh_normal_local_to_world(given.normal, given.instance_index);
#endif
    let world = model * vec4<f32>(position, 1.0);
    let away = distance(world.xyz, view.world_position.xyz);
    out.world_position = vec4<f32>(world.xyz + normal * ink.w * away, 1.0);
    out.world_normal = normal;
    out.position = position_world_to_clip(out.world_position.xyz);
    return out;
}

@fragment
fn fragment(in: VertexOutput) -> @location(0) vec4<f32> {
    return vec4<f32>(ink.rgb, 1.0);
}
