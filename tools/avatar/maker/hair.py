"""Hair: a cap that hides the scalp, and tapered locks that lie on a shell round the head.

A lock is a path of (azimuth, polar, lift): azimuth in degrees from straight ahead towards the character's left,
polar in degrees down from the top, lift in millimetres above the shell. Its section is a flat lens.
"""

import numpy as np

from . import sdf
from .paint import hair_uv, swatch
from .part import Part, grid_triangles, mesh_normals, smoothstep

RINGS = 10
SECTION = 7


class Shell:
    """The volume that the hair fills, star-shaped round the head's centre."""

    def __init__(self, params, head):
        self.head, self.h = head, params["hair"]
        cranium = params["head"]["shape"]["cranium"]
        self.c, self.r = cranium[:3], np.array(cranium[3:]) + self.h["volume"]

    def local(self, q):
        d = sdf.ellipsoid(q, self.c, self.r)
        low = self.h["low"]
        return sdf.smin(d, sdf.ellipsoid(q, low[:3], low[3:]), 0.06)

    def at(self, azimuth, polar, lift_mm):
        a, b = np.radians(azimuth), np.radians(polar)
        d = np.column_stack([np.sin(b) * np.sin(a), np.cos(b), np.sin(b) * np.cos(a)])
        t = np.full(len(d), 0.03)
        for _ in range(40):
            t = t - 0.85 * self.local(t[:, None] * d)
        p = t[:, None] * d
        n = sdf.normals(self.local, p)
        return self.head.centre + p + n * (np.asarray(lift_mm) / 1000)[:, None], n


def spline(keys, count):
    """Catmull-Rom through the keys (K, D), sampled evenly in parameter."""
    keys = np.array(keys, dtype=float)
    padded = np.concatenate([2 * keys[:1] - keys[1:2], keys, 2 * keys[-1:] - keys[-2:-1]])
    t = np.linspace(0, len(keys) - 1, count)
    i = np.minimum(t.astype(int), len(keys) - 2)
    f = (t - i)[:, None]
    a, b, c, d = (padded[i + k] for k in range(4))
    return 0.5 * (2 * b + (c - a) * f + (2 * a - 5 * b + 4 * c - d) * f**2 + (3 * b - a - 3 * c + d) * f**3)


def lock(shell, keys, width, thick, chain=None, root=0.55, belly=0.5, tip=1.0):
    """One lock as a Part. width and thick in metres at its widest; `chain` [(bone, t)] bends its free end."""
    path = spline(keys, RINGS)
    centre, normal = shell.at(path[:, 0], path[:, 1], path[:, 2])
    tangent = np.gradient(centre, axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    side = np.cross(tangent, normal)
    side /= np.linalg.norm(side, axis=1, keepdims=True)
    normal = np.cross(side, tangent)
    t = np.linspace(0, 1, RINGS)
    w = (root + (1 - root) * smoothstep(0, belly, t)) * np.power(
        np.clip(1 - np.clip((t - belly) / (1 - belly), 0, 1) ** 1.6, 0, 1), 0.95 * tip
    )
    w = np.maximum(w, 0.02) * width / 2
    h = thick * (0.5 + 0.5 * smoothstep(0, 0.3, t)) * (1 - 0.65 * t)
    # Section from left edge over the outside to the right edge and back inside.
    across = np.array([-1.0, -0.62, 0.0, 0.62, 1.0, 0.4, -0.4])
    height = np.array([-0.30, 0.55, 1.0, 0.55, -0.30, -0.45, -0.45])
    v = (
        centre[:, None]
        + side[:, None] * (across[None, :, None] * w[:, None, None])
        + normal[:, None] * (height[None, :, None] * h[:, None, None])
    ).reshape(-1, 3)
    tri = grid_triangles(RINGS, SECTION, closed=True)
    if (
        np.sum(
            np.cross(v[tri[:, 1]] - v[tri[:, 0]], v[tri[:, 2]] - v[tri[:, 0]])
            * (v[tri].mean(axis=1) - np.repeat(centre, SECTION, axis=0)[tri[:, 0]])
        )
        < 0
    ):
        tri = tri[:, ::-1]
    uv = hair_uv(np.tile((across + 1) / 2, RINGS), np.repeat(t, SECTION))
    along = np.repeat(t, SECTION)
    return Part(v, tri, mesh_normals(v, tri), uv, chain_weights(chain, along)), centre


def chain_weights(chain, along):
    """The head holds the root; each bone of the chain takes over round its t."""
    if not chain:
        return {"head": np.ones(len(along))}
    out, rest, before = {}, np.ones(len(along)), "head"
    for bone, t in chain:
        past = smoothstep(t - 0.10, t + 0.12, along)
        out[before] = rest * (1 - past)
        rest = rest * past
        before = bone
    out[before] = rest
    return out


def cap(shell, params):
    """A closed hood under the locks, from the crown to the hairline."""
    rows, columns = 12, 36
    az = np.linspace(-180, 180, columns, endpoint=False)
    edge = np.interp(az, *params["hair"]["hairline"])
    s = np.linspace(0.02, 1, rows)
    polar = s[:, None] * edge[None, :]
    # Behind, its edge goes under the skin of the neck.
    tuck = 3.0 + 9.0 * smoothstep(80, 130, np.abs(az))
    lift = -7.0 - tuck * smoothstep(0.75, 1.0, s)[:, None]
    v, _ = shell.at(np.tile(az, rows), polar.ravel(), lift.ravel())
    top, _ = shell.at(np.array([0.0]), np.array([0.01]), np.array([-7.0]))
    v = np.concatenate([v, top])
    tri = grid_triangles(rows, columns, closed=True)
    fan = np.stack([np.full(columns, len(v) - 1), np.arange(columns), (np.arange(columns) + 1) % columns], 1)
    tri = np.concatenate([tri, fan])
    c = shell.head.centre
    out = np.cross(v[tri[:, 1]] - v[tri[:, 0]], v[tri[:, 2]] - v[tri[:, 0]])
    wrong = np.sum(out * (v[tri].mean(axis=1) - c), axis=1) < 0
    tri[wrong] = tri[wrong][:, ::-1]
    uv = hair_uv(np.full(len(v), 0.5), np.full(len(v), 0.14))
    return Part(v, tri, mesh_normals(v, tri), uv, {"head": np.ones(len(v))})


def build(params, head, bones):
    """Returns (parts, springs) and adds the hair bones to `bones`."""
    h = params["hair"]
    shell = Shell(params, head)
    parts, springs = [cap(shell, params)], []
    chains = {}
    for group in h["group"]:
        locks = list(expand(group))
        names = group.get("chains", [])
        for k, keys in enumerate(locks):
            chain = None
            if names:
                # Neighbouring locks share a chain, which runs along the middle one of them.
                section = k * len(names) // len(locks)
                name = names[section]
                if name not in chains:
                    middle = locks[(2 * section + 1) * len(locks) // (2 * len(names))]
                    chains[name] = make_chain(bones, shell, f"hair_{name}", middle, group["joints"])
                    springs.append((f"hair {name}", [b for b, _ in chains[name]], h["spring"]))
                # The last joint is the end of the chain: it only gives the one before it a length.
                chain = [c for c in chains[name] if c[1] < 0.99]
            part, _ = lock(
                shell,
                keys,
                group["width"],
                group["thick"],
                chain,
                group.get("root", 0.55),
                group.get("belly", 0.5),
                group.get("tip", 1.0),
            )
            if "swatch" in group:
                part.uv[:] = swatch(group["swatch"])
            parts.append(part)
    return parts, springs


def expand(group):
    """The key lists of a group: as written, or `count` steps between the `from` and `to` locks."""
    if "keys" in group:
        yield group["keys"]
        return
    a, b = np.array(group["from"], dtype=float), np.array(group["to"], dtype=float)
    n = group["count"]
    for i in range(n):
        keys = a + (b - a) * (i / max(n - 1, 1))
        wave = np.sin(i * 2.4 + group.get("seed", 0))
        keys[:, 2] += (i % 2) * group.get("stagger", 0) + 0.6 * wave
        keys[-1, 1] += wave * group.get("ragged", 0)
        yield keys


def make_chain(bones, shell, name, keys, joints):
    """Bones at the given t of a lock's path, each a child of the one before."""
    path = spline(keys, 41)
    p, _ = shell.at(path[:, 0], path[:, 1], path[:, 2])
    parent, out = "head", []
    for i, t in enumerate(joints):
        bone = f"{name}_{i}"
        bones[bone] = (parent, p[int(round(t * 40))])
        out.append((bone, t))
        parent = bone
    return out


def colliders(params, head, bones):
    """Spheres that keep the hair out of head, neck and shoulders: (bone, offset, radius)."""
    scale = params["head"]["scale"]
    pivot = np.array([0.0, params["body"]["neck_y"], -0.025])
    c = pivot + (head.centre - pivot) * scale - bones["head"][1]
    x = params["body"]["shoulder_x"]
    return [
        ("head", c + [0, 0.02, -0.01], round(0.088 * scale, 4)),
        ("neck", np.array([0, 0.01, 0]), params["body"]["neck_radius"] + 0.004),
        ("leftShoulder", np.array([x * 0.55, 0.0, 0]), 0.045),
        ("rightShoulder", np.array([-x * 0.55, 0.0, 0]), 0.045),
    ]
