"""Puts a character together: skeleton, parts, textures, materials, extensions, file."""

import time

import numpy as np

from . import body, clothes, face, features, hair, head, paint, pose, rig, vrm
from .glb import FLOAT, Glb
from .part import enlarge, merge

SKIN, FEATURES, EYES, HAIR, CLOTHES = "Skin", "Features", "Eyes", "Hair", "Clothes"


def make(params, path):
    started = time.time()
    bones = rig.build(params)
    shape = head.Head(params)
    skin_of_face = face.Face(params, shape)
    all_poses = {"rest": pose.REST, **pose.poses(params["expression"])}
    skin, feature = features.face_parts(skin_of_face, params, all_poses)
    locks, springs = hair.build(params, shape, bones)
    balls = features.eyeballs(shape, params)
    rings, glasses = clothes.earrings(params, shape), clothes.glasses(params, shape)
    bare = body.build(params, shape)
    big_head(params, bones, [skin, feature, *locks, *balls, *rings, *glasses, *bare[: body.EARS]])
    meshes = {
        "Face": [(SKIN, skin), (FEATURES, feature)],
        "Eyeballs": [(EYES, merge(balls + glasses))],
        "HairMesh": [(HAIR, merge(locks))],
        "Body": [(SKIN, merge(bare)), (CLOTHES, merge(clothes.build(params, shape) + rings))],
    }
    write(params, path, bones, shape, meshes, [n for n in all_poses if n != "rest"], springs)
    for mesh, primitives in meshes.items():
        for material, p in primitives:
            print(f"{mesh:9} {material:9} {len(p.vertices):6} vertices {len(p.triangles):6} triangles")
    print(f"wrote {path} in {time.time() - started:.1f} s")


def big_head(params, bones, parts):
    """Enlarges all of the head about the neck's root: how large the head is against the body is a matter of style."""
    factor = params["head"]["scale"]
    pivot = np.array([0.0, params["body"]["neck_y"], -0.025])
    for p in parts:
        enlarge(p, pivot, factor)
    for name, (parent, place) in bones.items():
        if name in ("head", "leftEye", "rightEye") or name.startswith("hair"):
            bones[name] = (parent, pivot + (place - pivot) * factor)


def write(params, path, bones, shape, meshes, morph_names, springs):
    out = Glb("avatardesk tools/avatar")
    node_of, places = {}, []
    out.add("nodes", {"name": "Armature", "children": []})
    for name, (parent, place) in bones.items():
        local = place - (bones[parent][1] if parent else 0)
        node = out.add("nodes", {"name": name, "translation": [round(float(v), 6) for v in local]})
        node_of[name] = node
        out.doc["nodes"][node_of[parent] if parent else 0].setdefault("children", []).append(node)
        places.append(place)
    inverse = np.tile(np.eye(4), (len(places), 1, 1))
    inverse[:, 3, :3] = -np.array(places)  # column-major: translation is the last column
    skin = out.add(
        "skins",
        {
            "name": "Skeleton",
            "joints": [node_of[b] for b in bones],
            "skeleton": 0,
            "inverseBindMatrices": out.accessor(inverse.reshape(-1, 16), FLOAT, "MAT4", target=None),
        },
    )
    skin_map = out.image(paint.png(paint.paint_skin(shape, face, params)), "skin")
    atlas = out.image(paint.png(paint.paint_atlas(params)), "atlas")
    material_of = {name: out.add("materials", m) for name, m in materials(params, skin_map, atlas).items()}
    joint_of = {b: i for i, b in enumerate(bones)}
    mesh_nodes, face_node = [], None
    for name, primitives in meshes.items():
        morphs = morph_names if name == "Face" else []
        mesh = {
            "name": name,
            "primitives": [out.primitive(p, joint_of, material_of[m], morphs) for m, p in primitives],
        }
        if morphs:
            mesh["weights"] = [0.0] * len(morphs)
            mesh["extras"] = {"targetNames": morphs}
        node = out.add("nodes", {"name": name, "mesh": out.add("meshes", mesh), "skin": skin})
        mesh_nodes.append(node)
        if morphs:
            face_node = node
    out.add("scenes", {"name": params["name"], "nodes": [0, *mesh_nodes]})
    out.doc["scene"] = 0
    human = [b for b in bones if not b.startswith("hair")]
    eyes = (bones["leftEye"][1] + bones["rightEye"][1]) / 2
    morph_index = {n: i for i, n in enumerate(morph_names)}
    out.doc["extensionsUsed"] = [
        "VRMC_vrm",
        "VRMC_springBone",
        "VRMC_materials_mtoon",
        "KHR_texture_transform",
    ]
    out.doc["extensions"] = {
        "VRMC_vrm": vrm.vrmc_vrm(
            params, node_of, human, face_node, morph_index, mesh_nodes, eyes - bones["head"][1]
        ),
        "VRMC_springBone": vrm.spring_bone(springs, hair.colliders(params, shape, bones), node_of),
    }
    out.save(path)


def materials(params, skin_map, atlas):
    c = params["colours"]
    white = [1.0, 1.0, 1.0]

    def ratio(shade, base):
        s, b = paint.linear(c[shade]), paint.linear(c[base])
        return [round(min(1.0, x / max(y, 0.01)), 4) for x, y in zip(s, b)]

    dark = [v * 0.35 for v in paint.linear(c["hair_shade"])]
    made = {
        SKIN: vrm.mtoon(
            white, ratio("skin_shade", "skin"), skin_map, 0.9, paint.linear(c["skin_line"]), rim=0.03
        ),
        FEATURES: vrm.mtoon(white, [0.86, 0.80, 0.80], atlas, 0, white),
        EYES: vrm.mtoon(white, [0.90, 0.90, 0.94], atlas, 0, white, shift=0.3),
        HAIR: vrm.mtoon(white, ratio("hair_shade", "hair"), atlas, 1.0, dark, rim=0.06),
        CLOTHES: vrm.mtoon(white, [0.46, 0.46, 0.58], atlas, 1.1, paint.linear(c["cloth_line"]), rim=0.03),
    }
    for name, m in made.items():
        m["name"] = name
    return made
