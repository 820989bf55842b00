"""A part: a piece of mesh with everything a glTF primitive needs, before parts are merged by material."""

from dataclasses import dataclass, field

import numpy as np


@dataclass
class Part:
    """vertices, normals (N, 3); triangles (M, 3); uv (N, 2); weights {bone: (N,)}; morphs {name: (dp, dn)}."""

    vertices: np.ndarray
    triangles: np.ndarray
    normals: np.ndarray
    uv: np.ndarray
    weights: dict
    morphs: dict = field(default_factory=dict)

    def mirrored(self, rename):
        """The part on the other side of x = 0, its bones renamed by `rename`."""
        flip = np.array([-1.0, 1.0, 1.0])
        return Part(
            self.vertices * flip,
            self.triangles[:, ::-1].copy(),
            self.normals * flip,
            self.uv.copy(),
            {rename(b): w.copy() for b, w in self.weights.items()},
            {rename(n): (p * flip, q * flip) for n, (p, q) in self.morphs.items()},
        )


def enlarge(part, pivot, factor):
    """Scales a part about a point, with its morphs."""
    part.vertices = pivot + (part.vertices - pivot) * factor
    part.morphs = {n: (dp * factor, dn) for n, (dp, dn) in part.morphs.items()}


def swap_side(name):
    """left… becomes right… and _l becomes _r, both ways."""
    for a, b in (("left", "right"), ("Left", "Right")):
        if a in name:
            return name.replace(a, b)
        if b in name:
            return name.replace(b, a)
    for a, b in (("_l", "_r"), ("_r", "_l")):
        if name.endswith(a) or a + "_" in name:
            return name.replace(a, b)
    return name


def merge(parts):
    """One part out of many. Bones and morphs that a part lacks count as zero there."""
    bones = sorted({b for p in parts for b in p.weights})
    names = sorted({m for p in parts for m in p.morphs})
    start, triangles = 0, []
    for p in parts:
        triangles.append(p.triangles + start)
        start += len(p.vertices)
    weights = {b: np.concatenate([p.weights.get(b, np.zeros(len(p.vertices))) for p in parts]) for b in bones}
    morphs = {}
    for m in names:
        pairs = [p.morphs.get(m) or (np.zeros_like(p.vertices), np.zeros_like(p.vertices)) for p in parts]
        morphs[m] = tuple(np.concatenate([pair[i] for pair in pairs]) for i in (0, 1))
    joined = [np.concatenate([getattr(p, k) for p in parts]) for k in ("vertices", "normals", "uv")]
    return Part(joined[0], np.concatenate(triangles), joined[1], joined[2], weights, morphs)


def mesh_normals(vertices, triangles, weld=True):
    """Smooth normals weighted by area; vertices at one place share one normal when `weld`."""
    a, b, c = (vertices[triangles[:, i]] for i in range(3))
    face = np.cross(b - a, c - a)
    target = np.arange(len(vertices))
    if weld:
        _, target = np.unique(np.round(vertices, 6), axis=0, return_inverse=True)
        target = target.reshape(-1)
    out = np.zeros((target.max() + 1, 3))
    for i in range(3):
        np.add.at(out, target[triangles[:, i]], face)
    out = out[target]
    return out / (np.linalg.norm(out, axis=1, keepdims=True) + 1e-12)


def grid_triangles(rows, columns, closed=False):
    """Triangles of a grid of rows × columns vertices; `closed` joins the last column to the first."""
    last = columns if closed else columns - 1
    r, c = np.meshgrid(np.arange(rows - 1), np.arange(last), indexing="ij")
    r, c = r.ravel(), c.ravel()
    d = (c + 1) % columns
    a, b, e, g = r * columns + c, r * columns + d, (r + 1) * columns + d, (r + 1) * columns + c
    return np.concatenate([np.stack([a, b, e], 1), np.stack([a, e, g], 1)])


def smoothstep(a, b, x):
    t = np.clip((x - a) / (b - a), 0.0, 1.0)
    return t * t * (3 - 2 * t)
