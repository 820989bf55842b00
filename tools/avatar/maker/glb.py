"""Writes a glTF 2.0 binary: accessors, buffer views, skin, meshes with morph targets, images."""

import json
import struct

import numpy as np

FLOAT, USHORT, UBYTE, UINT = 5126, 5123, 5121, 5125
VERTEX_TARGET, INDEX_TARGET = 34962, 34963


class Glb:
    """Collects a glTF document and its one buffer."""

    def __init__(self, generator):
        self.doc = {"asset": {"version": "2.0", "generator": generator}}
        self.blob = bytearray()

    def add(self, kind, item):
        """Appends to a top-level list and returns the index."""
        self.doc.setdefault(kind, []).append(item)
        return len(self.doc[kind]) - 1

    def view(self, data, target=None):
        self.blob.extend(b"\0" * (-len(self.blob) % 4))
        view = {"buffer": 0, "byteOffset": len(self.blob), "byteLength": len(data)}
        if target:
            view["target"] = target
        self.blob.extend(data)
        return self.add("bufferViews", view)

    def accessor(self, array, component, shape, target=VERTEX_TARGET, bounds=False, normalized=False):
        dtype = {FLOAT: "<f4", USHORT: "<u2", UBYTE: "u1", UINT: "<u4"}[component]
        array = np.ascontiguousarray(array, dtype=dtype)
        item = {
            "bufferView": self.view(array.tobytes(), target),
            "componentType": component,
            "count": len(array),
            "type": shape,
        }
        if normalized:
            item["normalized"] = True
        if bounds:
            item["min"] = [float(v) for v in array.min(axis=0)]
            item["max"] = [float(v) for v in array.max(axis=0)]
        return self.add("accessors", item)

    def primitive(self, part, bone_index, material, morph_names):
        """One primitive of `part`; all primitives of a mesh get the same morphs in the same order."""
        joints, weights = four_weights(part.weights, bone_index, len(part.vertices))
        attributes = {
            "POSITION": self.accessor(part.vertices, FLOAT, "VEC3", bounds=True),
            "NORMAL": self.accessor(part.normals, FLOAT, "VEC3"),
            "TEXCOORD_0": self.accessor(part.uv, FLOAT, "VEC2"),
            "JOINTS_0": self.accessor(joints, UBYTE, "VEC4"),
            "WEIGHTS_0": self.accessor(weights, FLOAT, "VEC4"),
        }
        small = len(part.vertices) < 65535
        out = {
            "attributes": attributes,
            "indices": self.accessor(
                part.triangles.reshape(-1), USHORT if small else UINT, "SCALAR", INDEX_TARGET
            ),
            "material": material,
            "mode": 4,
        }
        if morph_names:
            zero = np.zeros_like(part.vertices)
            out["targets"] = []
            for name in morph_names:
                dp, dn = part.morphs.get(name, (zero, zero))
                out["targets"].append(
                    {
                        "POSITION": self.accessor(dp, FLOAT, "VEC3", bounds=True),
                        "NORMAL": self.accessor(dn, FLOAT, "VEC3"),
                    }
                )
        return out

    def image(self, png, name):
        source = self.add("images", {"bufferView": self.view(png), "mimeType": "image/png", "name": name})
        if "samplers" not in self.doc:
            self.add("samplers", {"magFilter": 9729, "minFilter": 9987, "wrapS": 33071, "wrapT": 33071})
        return self.add("textures", {"source": source, "sampler": 0, "name": name})

    def save(self, path):
        self.blob.extend(b"\0" * (-len(self.blob) % 4))
        self.doc["buffers"] = [{"byteLength": len(self.blob)}]
        text = json.dumps(self.doc, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 4)
        total = 12 + 8 + len(text) + 8 + len(self.blob)
        with open(path, "wb") as out:
            out.write(struct.pack("<4sII", b"glTF", 2, total))
            out.write(struct.pack("<I4s", len(text), b"JSON") + text)
            out.write(struct.pack("<I4s", len(self.blob), b"BIN\0") + bytes(self.blob))


def four_weights(weights, bone_index, count):
    """The four strongest bones of each vertex, normalised to sum to 1."""
    names = list(weights)
    table = np.stack([weights[n] for n in names], axis=1) if names else np.zeros((count, 1))
    ids = np.array([bone_index[n] for n in names])
    if table.shape[1] < 4:
        pad = 4 - table.shape[1]
        table = np.concatenate([table, np.zeros((count, pad))], axis=1)
        ids = np.concatenate([ids, np.zeros(pad, dtype=int)])
    order = np.argsort(-table, axis=1, kind="stable")[:, :4]
    strongest = np.take_along_axis(table, order, axis=1)
    strongest[strongest < 0.004] = 0
    total = strongest.sum(axis=1, keepdims=True)
    if (total <= 0).any():
        raise ValueError(f"{int((total <= 0).sum())} vertices follow no bone: give each part weights")
    strongest = strongest / total
    joints = ids[order]
    joints[strongest == 0] = 0
    return joints, strongest
