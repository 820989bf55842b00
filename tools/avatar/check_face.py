"""Whether the face says what it should: mouth shapes and moods that differ, a mouth that shuts and opens."""

import numpy as np

MOODS = ("neutral", "happy", "angry", "sad", "relaxed", "surprised")
VOWELS = ("aa", "ih", "ou", "ee", "oh")
MOOD_APART_M = 0.005  # two moods must differ by this much somewhere in the skin of the face
SHUT_M = 0.0012  # the widest gap between the lips of a shut mouth
OPEN_M = 0.012  # the least that "aa" opens
BELOW_EYES_M = 0.035  # lips are at least so far below the eyes
FRONT_M = 0.05  # and so far before the middle of the neck


def face_skin(doc, preset):
    """The first primitive of the mesh that "aa" moves: the skin of the face."""
    bind = preset["aa"]["morphTargetBinds"][0]
    return doc.json["meshes"][doc.json["nodes"][bind["node"]]["mesh"]]["primitives"][0]


def shape(doc, preset, name):
    """How an expression moves each vertex of the face's skin."""
    skin = face_skin(doc, preset)
    move = np.zeros_like(doc.read(skin["attributes"]["POSITION"]))
    for bind in preset[name]["morphTargetBinds"]:
        move = move + bind["weight"] * doc.read(skin["targets"][bind["index"]]["POSITION"])
    return move


def alike(doc, preset, names, least, kind):
    """Pairs of expressions that look the same."""
    shapes = {name: shape(doc, preset, name) for name in names}
    return [
        f"{kind} {a} and {b} look the same"
        for i, a in enumerate(names)
        for b in names[i + 1 :]
        if np.linalg.norm(shapes[a] - shapes[b], axis=1).max() < least
    ]


def lips(doc, preset):
    """Vertices on the edge of the hole between the lips."""
    skin = face_skin(doc, preset)
    v = doc.read(skin["attributes"]["POSITION"])
    triangles = doc.read(skin["indices"]).reshape(-1, 3).astype(int)
    edges = np.sort(
        np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]]), axis=1
    )
    once, count = np.unique(edges, axis=0, return_counts=True)
    rim = np.unique(once[count == 1])
    nodes = doc.json["nodes"]
    up = {child: i for i, n in enumerate(nodes) for child in n.get("children", [])}

    def place(i):
        at = np.zeros(3)
        while i is not None:
            at = at + nodes[i].get("translation", [0, 0, 0])
            i = up.get(i)
        return at

    bones = doc.json["extensions"]["VRMC_vrm"]["humanoid"]["humanBones"]
    eye, neck = place(bones["leftEye"]["node"]), place(bones["neck"]["node"])
    here = (v[rim, 1] < eye[1] - BELOW_EYES_M) & (v[rim, 2] > neck[2] + FRONT_M)
    return v, rim[here]


def gap(v, rim):
    """The widest opening between vertices above each other."""
    p = v[rim]
    near = np.abs(p[:, None, 0] - p[None, :, 0]) < 0.0004
    return float((near * (p[:, None, 1] - p[None, :, 1])).max(initial=0.0))


def check_face(doc, vrm):
    preset = vrm["expressions"]["preset"]
    out = alike(doc, preset, VOWELS, 0.002, "mouth shapes")
    out += alike(doc, preset, MOODS, MOOD_APART_M, "moods")
    v, rim = lips(doc, preset)
    if len(rim) < 8:
        return [*out, "the face has no hole between lips: it cannot speak"]
    if gap(v, rim) > SHUT_M:
        out.append(f"the mouth gapes by {gap(v, rim) * 1000:.1f} mm at rest")
    opened = gap(v + shape(doc, preset, "aa"), rim)
    if opened < OPEN_M:
        out.append(f"the mouth opens by only {opened * 1000:.1f} mm in aa")
    return out
