"""Draws a VRM file to PNG without any GPU: a small rasteriser in numpy with toon shading and outlines.

    python3 tools/avatar/preview.py FILE.vrm OUT.png [--view front,three,side,face] [--set happy=1,aa=0.5] [--pose wave] [--size 480]
    python3 tools/avatar/preview.py FILE.vrm OUT.png --sheet     (the contact sheet)

It reads the file's own bytes (skin, morphs, expressions, MToon factors), so it shows what a viewer will show.
"""

import argparse
import json
import os
import struct
import sys
import zlib
from itertools import product

import numpy as np

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from maker.paint import png  # noqa: E402
from poses import POSES, at_ease  # noqa: E402

VIEWS = {  # eye position, target, vertical field of view in degrees
    "front": ((0, 1.30, 2.0), (0, 1.30, 0), 24),
    "desk": ((0, 1.32, 2.0), (0, 1.24, 0), 28),
    "three": ((1.2, 1.45, 1.6), (0, 1.32, 0), 24),
    "side": ((2.0, 1.36, 0.0), (0, 1.36, 0), 24),
    "back": ((0.3, 1.40, -2.0), (0, 1.32, 0), 24),
    "face": ((0, 1.50, 1.1), (0, 1.495, 0), 22),
    "face3": ((0.68, 1.53, 0.88), (0, 1.495, 0), 22),
    "face3r": ((-0.68, 1.53, 0.88), (0, 1.495, 0), 22),
    "faceside": ((1.1, 1.505, 0.02), (0, 1.505, 0), 21),
    "faceback": ((-0.5, 1.53, -1.0), (0, 1.505, 0), 21),
    "far": ((0, 1.53, 3.0), (0, 1.492, 0), 7.9),
    "far3": ((1.35, 1.53, 2.68), (0, 1.492, 0), 7.9),
    "eye": ((0.05, 1.46, 0.5), (0.036, 1.45, 0), 14),
    "mouth": ((0.0, 1.40, 0.7), (0.0, 1.385, 0), 14),
    "mouth3": ((0.42, 1.36, 0.55), (0.0, 1.385, 0), 14),
    "half": ((0, 1.36, 2.6), (0, 1.22, 0), 26),
    "half3": ((1.5, 1.40, 2.1), (0, 1.22, 0), 26),
    "halfback": ((-1.2, 1.45, -2.3), (0, 1.22, 0), 26),
    "up": ((0, 1.36, 2.6), (0, 1.34, 0), 30),
    "chest": ((0.25, 1.30, 1.1), (0, 1.22, 0), 19),
    "top": ((0, 2.45, 0.75), (0, 1.50, 0), 22),
    "body": ((0, 0.95, 3.4), (0, 0.82, 0), 29),
    "hand": ((0.75, 1.6, 0.45), (0.60, 1.23, 0), 22),
}


def unpng(data):
    """8-bit RGB PNG bytes to (h, w, 3); knows the filters None and Sub, which are what the generator writes."""
    at, idat = 8, b""
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        body = data[at + 8 : at + 8 + size]
        if kind == b"IHDR":
            w, h = struct.unpack(">II", body[:8])
        elif kind == b"IDAT":
            idat += body
        at += size + 12
    lines = np.frombuffer(zlib.decompress(idat), np.uint8).reshape(h, w * 3 + 1)
    rows = lines[:, 1:].reshape(h, w, 3).astype(np.uint64)
    sub = lines[:, 0] == 1
    rows[sub] = np.cumsum(rows[sub], axis=1) % 256
    return rows.astype(float)


class Model:
    def __init__(self, path):
        data = open(path, "rb").read()
        size = struct.unpack("<I", data[12:16])[0]
        self.doc = json.loads(data[20 : 20 + size])
        self.blob = data[20 + size + 8 :]
        self.images = [unpng(self.view(i["bufferView"])) for i in self.doc["images"]]

    def view(self, index):
        v = self.doc["bufferViews"][index]
        return self.blob[v["byteOffset"] : v["byteOffset"] + v["byteLength"]]

    def read(self, index):
        a = self.doc["accessors"][index]
        dtype = {5126: "<f4", 5123: "<u2", 5121: "u1", 5125: "<u4"}[a["componentType"]]
        n = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}[a["type"]]
        out = np.frombuffer(self.view(a["bufferView"]), dtype)[: a["count"] * n]
        return out.reshape(a["count"], n) if n > 1 else out

    def joint_matrices(self, turns):
        nodes = self.doc["nodes"]
        world = {}

        def visit(i, parent):
            m = np.eye(4)
            m[:3, 3] = nodes[i].get("translation", [0, 0, 0])
            if nodes[i]["name"] in turns:
                m[:3, :3] = turns[nodes[i]["name"]]
            world[i] = parent @ m
            for c in nodes[i].get("children", []):
                visit(c, world[i])

        for root in self.doc["scenes"][0]["nodes"]:
            visit(root, np.eye(4))
        skin = self.doc["skins"][0]
        inverse = self.read(skin["inverseBindMatrices"]).reshape(-1, 4, 4).transpose(0, 2, 1)
        return np.stack([world[j] @ inverse[k] for k, j in enumerate(skin["joints"])])

    def morph_weights(self, expressions):
        out = {}
        for name, value in expressions.items():
            for b in self.doc["extensions"]["VRMC_vrm"]["expressions"]["preset"][name]["morphTargetBinds"]:
                out[(b["node"], b["index"])] = out.get((b["node"], b["index"]), 0) + value * b["weight"]
        return out

    def triangles(self, expressions, turns):
        """Every primitive as (positions, normals, uv, triangles, material), morphed and skinned."""
        matrices, weights = self.joint_matrices(turns), self.morph_weights(expressions)
        for i, node in enumerate(self.doc["nodes"]):
            if "mesh" not in node:
                continue
            for p in self.doc["meshes"][node["mesh"]]["primitives"]:
                a = p["attributes"]
                v, n = self.read(a["POSITION"]).astype(float), self.read(a["NORMAL"]).astype(float)
                for k, target in enumerate(p.get("targets", [])):
                    w = weights.get((i, k), 0)
                    if w:
                        v = v + w * self.read(target["POSITION"])
                        n = n + w * self.read(target["NORMAL"])
                joint, share = self.read(a["JOINTS_0"]), self.read(a["WEIGHTS_0"])
                m = np.einsum("nk,nkij->nij", share, matrices[joint])
                v = np.einsum("nij,nj->ni", m[:, :3, :3], v) + m[:, :3, 3]
                n = np.einsum("nij,nj->ni", m[:, :3, :3], n)
                n /= np.linalg.norm(n, axis=1, keepdims=True) + 1e-9
                yield v, n, self.read(a["TEXCOORD_0"]), self.read(p["indices"]).reshape(-1, 3), p["material"]


def camera(view):
    eye, target, fov = (np.array(v, dtype=float) for v in VIEWS[view])
    z = eye - target
    z /= np.linalg.norm(z)
    x = np.cross([0, 1, 0], z)
    x /= np.linalg.norm(x)
    return np.stack([x, np.cross(z, x), z]), eye, 1 / np.tan(np.radians(fov) / 2)


def cross2(a, b):
    return a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]


def raster(screen, depth, tris, ids, h, w, buffer):
    """Writes (depth, id) keys of triangles (vertex indices) into `buffer`, nearest wins."""
    p = screen[tris]
    low = np.floor(p.min(axis=1)).astype(int)
    high = np.ceil(p.max(axis=1)).astype(int)
    size = (high - low).max(axis=1)
    area = cross2(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0])
    ok = (np.abs(area) > 1e-9) & (high[:, 0] >= 0) & (high[:, 1] >= 0) & (low[:, 0] < w) & (low[:, 1] < h)
    for step in (2, 4, 8, 16, 32, 64, 128, 256, 512):
        pick = np.nonzero(ok & (size <= step) & (size > (step // 2 if step > 2 else -1)))[0]
        chunk = max(1, 4_000_000 // (step + 1) ** 2)
        for s in range(0, len(pick), chunk):
            k = pick[s : s + chunk]
            oy, ox = np.mgrid[0 : step + 1, 0 : step + 1]
            x, y = low[k, 0][:, None] + ox.ravel(), low[k, 1][:, None] + oy.ravel()
            a, b, c = p[k, 0], p[k, 1], p[k, 2]
            px, py = x + 0.5, y + 0.5

            def edge(u, v, px=px, py=py):
                """Twice the signed area of each pixel's middle with the side from u to v."""
                along, up = (v - u)[:, 0, None], (v - u)[:, 1, None]
                return along * (py - u[:, 1, None]) - up * (px - u[:, 0, None])

            whole = area[k][:, None]
            wa, wb, wc = edge(b, c) / whole, edge(c, a) / whole, edge(a, b) / whole
            hit = (wa >= 0) & (wb >= 0) & (wc >= 0) & (x >= 0) & (x < w) & (y >= 0) & (y < h)
            d = depth[tris[k]]
            z = wa * d[:, 0:1] + wb * d[:, 1:2] + wc * d[:, 2:3]
            key = ((z * 1e6).astype(np.int64) << 24) | ids[k][:, None]
            np.minimum.at(buffer, (y * w + x)[hit], key[hit])


def shade(model, material, uv, normal, light):
    m = model.doc["materials"][material]
    toon = m["extensions"]["VRMC_materials_mtoon"]
    image = model.images[
        model.doc["textures"][m["pbrMetallicRoughness"]["baseColorTexture"]["index"]]["source"]
    ]
    h, w, _ = image.shape
    fx, fy = np.clip(uv[:, 0] * w - 0.5, 0, w - 1.001), np.clip(uv[:, 1] * h - 0.5, 0, h - 1.001)
    ix, iy = fx.astype(int), fy.astype(int)
    tx, ty = (fx - ix)[:, None], (fy - iy)[:, None]
    t = (image[iy, ix] * (1 - tx) + image[iy, ix + 1] * tx) * (1 - ty)
    t = (t + (image[iy + 1, ix] * (1 - tx) + image[iy + 1, ix + 1] * tx) * ty) / 255
    t = np.where(t <= 0.04045, t / 12.92, ((t + 0.055) / 1.055) ** 2.4)
    lit = t * np.array(m["pbrMetallicRoughness"]["baseColorFactor"][:3])
    dark = t * np.array(toon["shadeColorFactor"])
    k = toon["shadingToonyFactor"]
    s = np.clip((normal @ light + toon["shadingShiftFactor"] + 1 - k) / (2 * (1 - k)), 0, 1)[:, None]
    return dark + (lit - dark) * s


def draw(model, view, expressions=None, turns=None, size=480, aspect=1.0, background="#dfe6ea", over=2):
    h, w = size * over, int(size * aspect) * over
    axes, eye, zoom = camera(view)
    light = axes.T @ np.array([-0.35, 0.55, 0.76])
    light /= np.linalg.norm(light)
    parts = list(model.triangles(expressions or {}, turns or {}))
    buffer = np.full(h * w, np.iinfo(np.int64).max)
    vs, ns, uvs, ts, mats, outline, start = [], [], [], [], [], [], 0
    for v, n, uv, t, m in parts:
        toon = model.doc["materials"][m]["extensions"]["VRMC_materials_mtoon"]
        layers = [(v, t, False)]
        if toon["outlineWidthMode"] != "none":
            layers.append((v + n * toon["outlineWidthFactor"], t[:, ::-1], True))
        for lv, lt, line in layers:
            vs.append(lv), ns.append(n), uvs.append(uv), ts.append(lt + start)
            mats.append(np.full(len(lt), m)), outline.append(np.full(len(lt), line))
            start += len(lv)
    v, n, uv, t = (np.concatenate(a) for a in (vs, ns, uvs, ts))
    mat, line = np.concatenate(mats), np.concatenate(outline)
    q = (v - eye) @ axes.T
    depth = -q[:, 2]
    screen = np.column_stack([w / 2 + q[:, 0] / depth * zoom * h / 2, h / 2 - q[:, 1] / depth * zoom * h / 2])
    p = screen[t]
    front = cross2(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0]) < 0
    keep = np.nonzero(front)[0]
    raster(screen, depth, t[keep], keep, h, w, buffer)
    bg = np.array([int(background[i : i + 2], 16) for i in (1, 3, 5)]) / 255.0
    image = np.tile(np.where(bg <= 0.04045, bg / 12.92, ((bg + 0.055) / 1.055) ** 2.4), (h * w, 1))
    hit = np.nonzero(buffer != np.iinfo(np.int64).max)[0]
    ids = buffer[hit] & ((1 << 24) - 1)
    corner = screen[t[ids]]
    x, y = hit % w + 0.5, hit // w + 0.5
    pix = np.column_stack([x, y])
    a, b, c = corner[:, 0], corner[:, 1], corner[:, 2]
    area = cross2(b - a, c - a)
    weights = (
        np.stack([cross2(c - b, pix - b), cross2(a - c, pix - c), cross2(b - a, pix - a)], 1) / area[:, None]
    )
    normal = np.einsum("nk,nki->ni", weights, n[t[ids]])
    normal /= np.linalg.norm(normal, axis=1, keepdims=True) + 1e-9
    tex = np.einsum("nk,nki->ni", weights, uv[t[ids]])
    for m in range(len(model.doc["materials"])):
        these = (mat[ids] == m) & ~line[ids]
        image[hit[these]] = shade(model, m, tex[these], normal[these], light)
        lines = (mat[ids] == m) & line[ids]
        image[hit[lines]] = model.doc["materials"][m]["extensions"]["VRMC_materials_mtoon"][
            "outlineColorFactor"
        ]
    image = image.reshape(h // over, over, w // over, over, 3).mean(axis=(1, 3))
    return 255 * np.where(
        image <= 0.0031308, image * 12.92, 1.055 * np.power(np.maximum(image, 1e-9), 1 / 2.4) - 0.055
    )


def sheet(model):
    top = [draw(model, v, {}, at_ease(), 300) for v in ("desk", "three", "side", "back")]
    names = [
        "neutral",
        "aa",
        "ih",
        "ou",
        "ee",
        "oh",
        "blink",
        "happy",
        "angry",
        "sad",
        "relaxed",
        "surprised",
    ]
    small = [draw(model, "face", {n: 1.0}, at_ease(), 200) for n in names]
    rows = [np.concatenate(top, axis=1)]
    rows += [np.concatenate(small[i : i + 6], axis=1) for i in (0, 6)]
    return np.concatenate(rows, axis=0)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file")
    parser.add_argument("out")
    parser.add_argument("--view", default="front")
    parser.add_argument(
        "--set", default="", help="expressions, name=value, separated by commas; + starts another picture"
    )
    parser.add_argument("--size", type=int, default=480)
    parser.add_argument("--tpose", action="store_true")
    parser.add_argument("--pose", default="ease", help=f"separated by commas: {', '.join(POSES)}")
    parser.add_argument("--columns", type=int, default=4)
    parser.add_argument("--draft", action="store_true", help="no smoothing of edges: four times as fast")
    parser.add_argument("--sheet", action="store_true")
    o = parser.parse_args()
    model = Model(o.file)
    if o.sheet:
        picture = sheet(model)
    else:
        shots = []
        for view in o.view.split(","):
            for group, pose in product(o.set.split("+"), o.pose.split(",")):
                values = {k: float(x or 1) for k, _, x in (e.partition("=") for e in group.split(",") if e)}
                turns = {} if o.tpose else POSES[pose]()
                shots.append(draw(model, view, values, turns, o.size, over=1 if o.draft else 2))
        while len(shots) > o.columns and len(shots) % o.columns:
            shots.append(np.zeros_like(shots[0]))
        rows = [np.concatenate(shots[i : i + o.columns], axis=1) for i in range(0, len(shots), o.columns)]
        picture = np.concatenate(rows, axis=0)
    with open(o.out, "wb") as out:
        out.write(png(picture))


if __name__ == "__main__":
    main()
