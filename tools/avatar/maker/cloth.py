"""What the uniform is made of: pieces of the trunk's surface, flat pieces laid on it, tubes round an arm, rings round the neck.

All are made with lowered arms; `Tailor.cloth` shades them, binds them to the bones and brings them to the rest pose.
"""

import numpy as np

from . import sdf
from .blend import fill, skin_of, subdivide_outline
from .paint import swatch
from .part import Part, grid_triangles, mesh_normals


class Tailor:
    """`torso` is the surface everything lies on; `around` is all that can shade it (trunk, arms, head)."""

    def __init__(self, torso, around):
        self.torso, self.around = torso, around

    def cloth(self, colour, v, t, n, at=None, weights=None):
        """A part in one colour. `at` are the points of the trunk whose movement the vertices share."""
        light = sdf.openness(self.around, v, n)
        weights = weights or self.torso.weights(v if at is None else at)
        v, n = self.torso.to_rest(v, n, weights)
        return Part(v, t, n, swatch(colour, light), weights)

    def solid(self, f, colour, low, high, step, keep, neck=None):
        """The surface of a distance function. `neck` (y0, y1): heights between which the neck takes half of it."""
        v, t, n = skin_of(f, np.array(low), np.array(high), step, keep=keep)
        weights = None
        if neck:
            share = 0.5 * np.clip((v[:, 1] - neck[0]) / (neck[1] - neck[0]), 0, 1)
            weights = {"neck": share, "upperChest": 1 - share}
        return self.cloth(colour, v, t, n, weights=weights)

    def flat(self, corners, colour, lift, spacing=0.017, back=False):
        """A flat piece with thickness: corners (x, y) counter-clockwise seen from the front, y from the shoulders' height."""
        corners = np.array(corners, dtype=float) + [0, self.torso.y]
        if area(corners) < 0:
            corners = corners[::-1]
        outline = subdivide_outline(corners, spacing)
        points, tris = fill(outline, spacing)
        start = np.column_stack([points, np.full(len(points), 0.3)])
        hit = sdf.cast(self.torso, start, np.tile([0.0, 0.0, -1.0], (len(points), 1)), steps=90, far=0.6)
        n = sdf.normals(self.torso, hit)
        k, s = len(outline), len(points)
        # The rim sits lower than the middle, which rounds the edge.
        height = np.full(s, lift)
        height[:k] = lift - 0.0008
        top = hit + n * height[:, None]
        # A wall from the rim down into the cloth below.
        side = np.roll(outline, -1, axis=0) - np.roll(outline, 1, axis=0)
        out = np.column_stack([side[:, 1], -side[:, 0], np.zeros(k)])
        out /= np.linalg.norm(out, axis=1, keepdims=True)
        low = hit[:k] - n[:k] * 0.002
        i = np.arange(k)
        j = (i + 1) % k
        walls = np.concatenate(
            [np.stack([s + i, s + k + i, s + k + j], 1), np.stack([s + i, s + k + j, s + j], 1)]
        )
        v = np.concatenate([top, top[:k], low])
        at = np.concatenate([hit, hit[:k], hit[:k]])
        return self.cloth(colour, v, np.concatenate([tris, walls]), np.concatenate([n, out, out]), at)

    def pair(self, corners, colour, lift, **more):
        """The same piece on both sides."""
        mirror = np.array(corners, dtype=float) * [-1, 1]
        return [self.flat(corners, colour, lift, **more), self.flat(mirror, colour, lift, **more)]

    def ring(self, middle, rows, tilt, colour, sides=30, bone_share=0.5):
        """A band round the neck: rows of (radius, height), inside to outside over the top; it falls towards the front."""
        a = np.linspace(0, 2 * np.pi, sides, endpoint=False)
        v = []
        for radius, height in rows:
            x, z = radius * np.sin(a), radius * 1.03 * np.cos(a)
            v.append(np.column_stack([x, height - tilt * z, z]) + middle)
        v = np.concatenate(v)
        t = grid_triangles(len(rows), sides, closed=True)
        p, q, r = (v[t[:, i]] for i in range(3))
        top = v[t].mean(axis=1) - middle
        # Outwards where the band is outermost.
        outer = np.repeat([i >= len(rows) - 2 for i in range(len(rows) - 1)], sides)
        outer = np.concatenate([outer, outer])
        if np.sum((np.cross(q - p, r - p) * top * [1, 0, 1]).sum(axis=1)[outer]) < 0:
            t = t[:, ::-1]
        share = np.full(len(v), bone_share)
        return self.cloth(colour, v, t, mesh_normals(v, t), weights={"neck": share, "upperChest": 1 - share})

    def tubes(self, u0, u1, radius, colour, inner=0.005, sides=18):
        """A ring of cloth round each arm, from u0 to u1 metres from the shoulder."""
        out = []
        a = np.linspace(0, 2 * np.pi, sides, endpoint=False)
        for s in (1, -1):
            along = self.torso.along * [s, 1, 1]
            up = np.array([along[1] * -s, abs(along[0]), 0.0])
            circle = np.cos(a)[:, None] * up + np.sin(a)[:, None] * np.array([0, 0, 1.0])
            rows = [(u0, radius - inner), (u0 + 0.001, radius), (u1 - 0.001, radius), (u1, radius - inner)]
            joint = self.torso.joint * [s, 1, 1]
            v = np.concatenate([joint + along * u + circle * r for u, r in rows])
            t = grid_triangles(4, sides, closed=True)
            t = t[:, ::-1] if s == -1 else t
            middle = v[t].mean(axis=1) - joint
            out_of = middle - (middle @ along)[:, None] * along
            p, q, r = (v[t[:, i]] for i in range(3))
            wrong = np.sum(np.cross(q - p, r - p) * out_of, axis=1) < 0
            if wrong.mean() > 0.5:
                t = t[:, ::-1]
            out.append(self.cloth(colour, v, t, mesh_normals(v, t)))
        return out


def area(corners):
    x, y = corners[:, 0], corners[:, 1]
    return 0.5 * np.sum(x * np.roll(y, -1) - y * np.roll(x, -1))


def disc(x, y, r, n=12):
    a = np.linspace(0, 2 * np.pi, n, endpoint=False)
    return np.column_stack([x + r * np.cos(a), y + r * np.sin(a)])


def panel(x, y, w, h, r=0.003):
    """A rectangle with rounded corners; w and h are half its sides."""
    out = []
    for cx, cy, a0 in ((w - r, h - r, 0), (-w + r, h - r, 90), (-w + r, -h + r, 180), (w - r, -h + r, 270)):
        for a in np.radians([a0, a0 + 45, a0 + 90]):
            out.append((x + cx + r * np.cos(a), y + cy + r * np.sin(a)))
    return np.array(out)


def bar(a, b, half):
    """A straight strip from a to b."""
    a, b = np.array(a, dtype=float), np.array(b, dtype=float)
    side = np.array([a[1] - b[1], b[0] - a[0]])
    side *= half / np.linalg.norm(side)
    return np.array([a + side, a - side, b - side, b + side])


def grown(corners, by):
    """A polygon with its sides moved outwards, for an edge in another colour below it."""
    p = np.array(corners, dtype=float)
    if area(p) < 0:
        p = p[::-1]
    before, after = p - np.roll(p, 1, axis=0), np.roll(p, -1, axis=0) - p
    n1 = np.column_stack([before[:, 1], -before[:, 0]]) / np.linalg.norm(before, axis=1, keepdims=True)
    n2 = np.column_stack([after[:, 1], -after[:, 0]]) / np.linalg.norm(after, axis=1, keepdims=True)
    n = n1 + n2
    n /= np.maximum(np.sum(n * n1, axis=1), 0.5)[:, None]
    return p + n * by
