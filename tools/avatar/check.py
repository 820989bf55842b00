"""Checks a VRM 1.0 file: what a viewer and the stage rely on. Exits with 1 and a sentence per fault.

python3 tools/avatar/check.py FILE.vrm
python3 tools/avatar/check.py --self-test FILE.vrm     (breaks copies of a good file and sees each fault found)
"""

import copy
import json
import struct
import sys

import numpy as np

from breakages import breakages
from check_face import check_face

MAX_TRIANGLES = 30_000
MAX_BYTES = 4 * 1024 * 1024
MAX_PRIMITIVES = 8
HEIGHT_M = (1.2, 2.1)
MIN_MORPH_M = 0.001  # a morph that moves nothing further than this is empty
REQUIRED_BONES = (
    "hips spine head leftUpperLeg leftLowerLeg leftFoot rightUpperLeg rightLowerLeg rightFoot "
    "leftUpperArm leftLowerArm leftHand rightUpperArm rightLowerArm rightHand"
).split()
EXPECTED_BONES = (
    "chest upperChest neck leftEye rightEye leftShoulder rightShoulder leftToes rightToes".split()
)
PRESETS = (
    "aa ih ou ee oh blink blinkLeft blinkRight happy angry sad relaxed surprised neutral lookUp lookDown lookLeft lookRight"
).split()
MAY_BE_EMPTY = {"neutral", "lookUp", "lookDown", "lookLeft", "lookRight"}
MTOON_FIELDS = (
    "specVersion transparentWithZWrite renderQueueOffsetNumber shadeColorFactor shadingShiftFactor "
    "shadingToonyFactor giEqualizationFactor matcapFactor parametricRimColorFactor parametricRimLiftFactor "
    "rimLightingMixFactor outlineWidthMode outlineColorFactor outlineLightingMixFactor "
    "uvAnimationScrollXSpeedFactor uvAnimationScrollYSpeedFactor uvAnimationRotationSpeedFactor"
).split()
TYPES = {5126: "<f4", 5123: "<u2", 5121: "u1", 5125: "<u4"}
WIDTH = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}


class Fault(Exception):
    """The file cannot be read far enough to check the rest."""


class Document:
    """The JSON and the accessors of a GLB."""

    def __init__(self, data):
        if len(data) < 20 or data[:4] != b"glTF" or struct.unpack("<I", data[4:8])[0] != 2:
            raise Fault("this is not a glTF 2.0 binary")
        if struct.unpack("<I", data[8:12])[0] != len(data):
            raise Fault("the length in the file's header is not the file's length")
        size = struct.unpack("<I", data[12:16])[0]
        self.json = json.loads(data[20 : 20 + size])
        self.blob = bytearray(data[20 + size + 8 :])
        self.size = len(data)

    def place(self, index):
        a = self.json["accessors"][index]
        v = self.json["bufferViews"][a["bufferView"]]
        return a, v.get("byteOffset", 0) + a.get("byteOffset", 0)

    def read(self, index):
        a, start = self.place(index)
        n, dtype = WIDTH[a["type"]], np.dtype(TYPES[a["componentType"]])
        out = np.frombuffer(bytes(self.blob[start : start + a["count"] * n * dtype.itemsize]), dtype)
        if len(out) != a["count"] * n:
            raise Fault(f"accessor {index} reaches past the end of the buffer")
        return out.reshape(a["count"], n)

    def overwrite(self, index, array):
        a, start = self.place(index)
        data = np.ascontiguousarray(array, dtype=TYPES[a["componentType"]]).tobytes()
        self.blob[start : start + len(data)] = data

    def places(self):
        """World position of each node (the generator writes no rotations; a file with some is refused)."""
        out = {}

        def visit(i, at):
            node = self.json["nodes"][i]
            if "matrix" in node or node.get("rotation", [0, 0, 0, 1]) != [0, 0, 0, 1]:
                raise Fault(f"node {node.get('name')} is turned: its rest rotation must be none")
            out[i] = at + np.array(node.get("translation", [0, 0, 0]))
            for child in node.get("children", []):
                visit(child, out[i])

        for root in self.json["scenes"][self.json.get("scene", 0)]["nodes"]:
            visit(root, np.zeros(3))
        return out


def check(doc):
    """All faults as sentences."""
    vrm = doc.json.get("extensions", {}).get("VRMC_vrm")
    if vrm is None:
        return ["extension VRMC_vrm is missing: this is no VRM 1.0 file"]
    faults = []
    for part in (
        check_meta,
        check_bones,
        check_meshes,
        check_expressions,
        check_face,
        check_look_at,
        check_springs,
        check_materials,
    ):
        try:
            faults += part(doc, vrm)
        except (Fault, KeyError, IndexError, TypeError) as error:
            faults.append(f"{part.__name__}: {type(error).__name__}: {error}")
    if doc.size > MAX_BYTES:
        faults.append(f"the file has {doc.size} bytes, more than {MAX_BYTES}")
    if any("camera" in n or "KHR_lights_punctual" in n.get("extensions", {}) for n in doc.json["nodes"]):
        faults.append("the file holds a camera or a light")
    for name in doc.json.get("extensionsRequired", []):
        faults.append(f"extension {name} is required: nothing may be")
    return faults


def check_meta(doc, vrm):
    out = [] if vrm.get("specVersion") == "1.0" else ["VRMC_vrm.specVersion must be 1.0"]
    meta = vrm["meta"]
    for name in ("name", "authors", "licenseUrl"):
        if not meta.get(name):
            out.append(f"meta.{name} is missing")
    if meta.get("licenseUrl") != "https://vrm.dev/licenses/1.0/":
        out.append("meta.licenseUrl must be https://vrm.dev/licenses/1.0/")
    if meta.get("allowRedistribution") is not True:
        out.append("meta.allowRedistribution must be true: the file is part of a free program")
    return out


def check_bones(doc, vrm):
    out, bones = [], vrm["humanoid"]["humanBones"]
    for name in REQUIRED_BONES + EXPECTED_BONES:
        if name not in bones:
            out.append(f"bone {name} is missing")
    nodes = [b["node"] for b in bones.values()]
    if len(set(nodes)) != len(nodes):
        out.append("two human bones share a node")
    names = [n.get("name") for n in doc.json["nodes"]]
    if len(set(names)) != len(names) or None in names:
        out.append("every node needs a name of its own: bevy_vrm1 finds bones by name")
    if out:
        return out
    at = {name: doc.places()[b["node"]] for name, b in bones.items()}
    if at["leftUpperArm"][0] <= at["rightUpperArm"][0]:
        out.append("the left arm is not at +x: the model does not face +z")
    if at["leftToes"][2] <= at["leftFoot"][2]:
        out.append("the toes are not before the ankle: the model does not face +z")
    for side in ("left", "right"):
        arm = at[f"{side}Hand"] - at[f"{side}UpperArm"]
        if abs(arm[1]) > 0.1 * abs(arm[0]) or abs(arm[2]) > 0.1 * abs(arm[0]):
            out.append(f"the {side} arm is not stretched sideways: the rest pose must be a T")
    if not at["hips"][1] < at["spine"][1] < at["chest"][1] < at["neck"][1] < at["head"][1]:
        out.append("the spine's bones are not one above the other")
    return out


def check_meshes(doc, vrm):
    out, triangles, primitives, low, high = [], 0, 0, [], []
    joints = len(doc.json["skins"][0]["joints"])
    if len(doc.json["skins"]) != 1:
        out.append("there must be one skin")
    for node in (n for n in doc.json["nodes"] if "mesh" in n):
        mesh = doc.json["meshes"][node["mesh"]]
        counts = {len(p.get("targets", [])) for p in mesh["primitives"]}
        if len(counts) != 1:
            out.append(f"mesh {mesh['name']}: its primitives have different numbers of morph targets")
        for p in mesh["primitives"]:
            where = f"mesh {mesh['name']}, material {p['material']}"
            a = p["attributes"]
            v, n = doc.read(a["POSITION"]), doc.read(a["NORMAL"])
            tri = doc.read(p["indices"]).reshape(-1, 3)
            triangles, primitives = triangles + len(tri), primitives + 1
            low.append(v.min(axis=0)), high.append(v.max(axis=0))
            if not np.isfinite(v).all() or not np.isfinite(n).all():
                out.append(f"{where}: a position or normal is not a number")
                continue
            if tri.max() >= len(v):
                out.append(f"{where}: a triangle names a vertex that is not there")
                continue
            if (v.max(axis=0) - v.min(axis=0)).min() < 1e-4:
                out.append(f"{where}: its bounding box is flat")
            if np.abs(np.linalg.norm(n, axis=1) - 1).max() > 0.01:
                out.append(f"{where}: a normal is not of length 1")
            e1, e2 = v[tri[:, 1]] - v[tri[:, 0]], v[tri[:, 2]] - v[tri[:, 0]]
            face = np.cross(e1, e2)
            against = np.sum(face * n[tri].mean(axis=1), axis=1) < 0
            share = np.linalg.norm(face[against], axis=1).sum() / np.linalg.norm(face, axis=1).sum()
            if share > 0.03:
                out.append(f"{where}: {share:.0%} of the surface is turned against its normals")
            w, j = doc.read(a["WEIGHTS_0"]), doc.read(a["JOINTS_0"])
            if np.abs(w.sum(axis=1) - 1).max() > 1e-3 or w.min() < 0:
                out.append(f"{where}: weights of a vertex do not sum to 1")
            if j.max() >= joints:
                out.append(f"{where}: a vertex names a joint that is not in the skin")
            if "JOINTS_1" in a:
                out.append(f"{where}: more than four joints at a vertex")
            for t in p.get("targets", []):
                if set(t) - {"POSITION", "NORMAL"}:
                    out.append(f"{where}: a morph target holds more than positions and normals")
    box_low, box_high = np.min(low, axis=0), np.max(high, axis=0)
    height = box_high[1] - box_low[1]
    if not HEIGHT_M[0] <= height <= HEIGHT_M[1]:
        out.append(f"the model is {height:.2f} m high: is it in metres?")
    if abs(box_low[1]) > 0.02:
        out.append(f"the lowest point is at y = {box_low[1]:.3f} m: feet must stand at 0")
    if triangles > MAX_TRIANGLES:
        out.append(f"{triangles} triangles are more than {MAX_TRIANGLES}")
    if primitives > MAX_PRIMITIVES:
        out.append(f"{primitives} primitives are more than {MAX_PRIMITIVES}")
    doc.figures = {"triangles": triangles, "primitives": primitives, "height_m": round(float(height), 3)}
    return out


def movement(doc, bind):
    """How far the bind's morph target moves its furthest vertex, in metres."""
    node = doc.json["nodes"][bind["node"]]
    most = 0.0
    for p in doc.json["meshes"][node["mesh"]]["primitives"]:
        target = p["targets"][bind["index"]]
        most = max(most, float(np.linalg.norm(doc.read(target["POSITION"]), axis=1).max()))
    return most * bind["weight"]


def check_expressions(doc, vrm):
    out, preset = [], vrm["expressions"]["preset"]
    for name in PRESETS:
        e = preset.get(name)
        if e is None:
            out.append(f"expression {name} is missing")
            continue
        for field in ("isBinary", "overrideBlink", "overrideLookAt", "overrideMouth"):
            if field not in e:
                out.append(f"expression {name} lacks {field}, which bevy_vrm1 insists on")
        moved = max((movement(doc, b) for b in e.get("morphTargetBinds", [])), default=0.0)
        if moved < MIN_MORPH_M and name not in MAY_BE_EMPTY:
            out.append(f"expression {name} moves nothing further than {MIN_MORPH_M * 1000:.0f} mm")
    return out


def check_look_at(doc, vrm):
    look, out = vrm["lookAt"], []
    if look["type"] != "bone":
        out.append("lookAt.type must be bone: bevy_vrm1 does not do expressions")
    for name in ("HorizontalInner", "HorizontalOuter", "VerticalDown", "VerticalUp"):
        m = look[f"rangeMap{name}"]
        if not (m["inputMaxValue"] > 0 and 0 < m["outputScale"] <= 30):
            out.append(f"lookAt.rangeMap{name} is not sane: {m}")
    if len(look["offsetFromHeadBone"]) != 3:
        out.append("lookAt.offsetFromHeadBone needs three numbers")
    return out


def check_springs(doc, vrm):
    spring = doc.json["extensions"].get("VRMC_springBone")
    if spring is None:
        return ["extension VRMC_springBone is missing: the hair will not move"]
    out = []
    for s in spring["springs"]:
        if len(s["joints"]) < 2:
            out.append(f"spring {s['name']} has fewer than two joints")
        for a, b in zip(s["joints"], s["joints"][1:]):
            if b["node"] not in doc.json["nodes"][a["node"]].get("children", []):
                out.append(f"spring {s['name']}: a joint is not a child of the one before")
        for j in s["joints"]:
            missing = {"hitRadius", "stiffness", "gravityPower", "gravityDir", "dragForce"} - set(j)
            if missing:
                out.append(f"spring {s['name']}: a joint lacks {', '.join(sorted(missing))}")
    for c in spring["colliders"]:
        if "sphere" not in c["shape"]:
            out.append("a collider is not a sphere: bevy_vrm1 does not know others yet")
    return out


def check_materials(doc, vrm):
    out = []
    for m in doc.json["materials"]:
        toon = m.get("extensions", {}).get("VRMC_materials_mtoon")
        if toon is None:
            out.append(f"material {m['name']} has no VRMC_materials_mtoon")
            continue
        missing = [f for f in MTOON_FIELDS if f not in toon]
        if missing:
            out.append(f"material {m['name']} lacks {', '.join(missing)}, which bevy_vrm1 insists on")
        texture = toon.get("shadeMultiplyTexture")
        if texture and "KHR_texture_transform" not in texture.get("extensions", {}):
            out.append(
                f"material {m['name']}: shadeMultiplyTexture lacks KHR_texture_transform, which bevy_vrm1 insists on"
            )
    return out


def self_test(data):
    """Faults of the checker itself: breakages that it does not notice."""
    out = [f"the whole file is refused: {f}" for f in check(Document(data))]
    for name, damage, word in breakages(MAX_BYTES):
        doc = Document(data)
        doc.json = copy.deepcopy(doc.json)
        damage(doc)
        if not any(word in f for f in check(doc)):
            out.append(f"{name}: not noticed")
    return out


def main():
    arguments = [a for a in sys.argv[1:] if a != "--self-test"]
    if len(arguments) != 1:
        raise SystemExit(__doc__)
    with open(arguments[0], "rb") as source:
        data = source.read()
    try:
        doc = Document(data)
        if "--self-test" in sys.argv:
            faults = self_test(data)
            passed = f"{arguments[0]}: sound, and each of {len(breakages(MAX_BYTES))} breakages is noticed"
        else:
            faults = check(doc)
            passed = f"{arguments[0]}: sound, {getattr(doc, 'figures', {})}, {doc.size} bytes"
    except Fault as fault:
        faults = [str(fault)]
    for fault in faults:
        print(f"{arguments[0]}: {fault}", file=sys.stderr)
    if faults:
        raise SystemExit(1)
    print(passed)


if __name__ == "__main__":
    main()
