"""The uniform: jacket with lapels, shirt, scarf, badge, buttons, cuffs, trousers, shoes."""

import numpy as np

from . import rig, sdf
from .blend import fill, skin_of, subdivide_outline
from .paint import swatch
from .part import Part, mesh_normals, swap_side
from .sdf import smax, smin


def coloured(name, v, t, n, weights):
    return Part(v, t, n, np.tile(swatch(name), (len(v), 1)), weights)


class Jacket:
    """The jacket's surface, on which the flat pieces lie."""

    def __init__(self, params):
        self.b, self.c = params["body"], params["clothes"]

    def __call__(self, p):
        b, c = self.b, self.c
        m = sdf.mirror_x(p)
        y, x = b["arm_y"], b["shoulder_x"]
        d = sdf.ellipsoid(p, (0, y - 0.072, -0.016), (c["chest"], 0.125, 0.082))
        d = smin(d, sdf.ellipsoid(p, (0, b["waist_y"] + 0.015, -0.008), (c["waist"], 0.13, 0.070)), 0.05)
        d = smin(d, sdf.ellipsoid(p, (0, b["hips_y"] - 0.035, -0.004), (c["hips"], 0.115, 0.098)), 0.06)
        d = smin(d, sdf.ellipsoid(m, (0.046, y - 0.090, 0.034), (0.050, 0.052, 0.046)), 0.05)
        d = smin(
            d, sdf.cone(m, (0.02, y + 0.030, -0.022), (x + 0.012, y + 0.003, -0.02), 0.040, 0.043), 0.035
        )
        sleeve = sdf.cone(m, (x, y, -0.02), (b["elbow_x"], y, -0.02), 0.043, 0.038)
        sleeve = smin(
            sleeve, sdf.cone(m, (b["elbow_x"], y, -0.02), (b["wrist_x"], y, -0.02), 0.038, 0.0350), 0.01
        )
        sleeve = smax(sleeve, m[:, 0] - (b["wrist_x"] - 0.018), 0.004)
        d = smin(d, sleeve, 0.035)
        d = smax(d, c["hem_y"] - p[:, 1], 0.008)
        # Room for the neck.
        return smax(d, -sdf.cone(p, (0, y + 0.060, -0.024), (0, y + 0.15, -0.020), 0.042, 0.070), 0.010)


def build(params, head):
    b, c = params["body"], params["clothes"]
    jacket = Jacket(params)
    reach = b["wrist_x"]
    v, t, n = skin_of(
        jacket,
        (-reach - 0.02, c["hem_y"] - 0.02, -0.16),
        (reach + 0.02, b["arm_y"] + 0.1, 0.14),
        0.0115,
        keep=0.30,
    )
    out = [coloured("blazer", v, t, n, rig.torso_weights(params, v))]
    out += front(params, jacket)
    out += scarf(params)
    out += cuffs(params)
    out += legs(params)
    return out


def flat(params, f, corners, colour, lift, edge=0.0035, spacing=0.017):
    """A flat piece of cloth with thickness on the front of f: corners (x, y) counter-clockwise seen from the front."""
    outline = subdivide_outline(corners, spacing)
    points, tris = fill(outline, spacing)
    start = np.column_stack([points, np.full(len(points), 0.3)])
    hit = sdf.cast(f, start, np.tile([0.0, 0.0, -1.0], (len(points), 1)), steps=60, far=0.6)
    n = sdf.normals(f, hit)
    k = len(outline)
    # The rim sits lower than the middle, which rounds the edge.
    height = np.full(len(points), lift)
    height[:k] = lift - 0.0008
    top = hit + n * height[:, None]
    # A wall from the rim down into the cloth below.
    side = np.roll(outline, -1, axis=0) - np.roll(outline, 1, axis=0)
    out2 = np.column_stack([side[:, 1], -side[:, 0], np.zeros(k)])
    out2 /= np.linalg.norm(out2, axis=1, keepdims=True)
    low = hit[:k] - n[:k] * 0.002
    v = np.concatenate([top, top[:k], low])
    normal = np.concatenate([n, out2, out2])
    i = np.arange(k)
    j = (i + 1) % k
    s = len(points)
    walls = np.concatenate(
        [np.stack([s + i, s + k + i, s + k + j], 1), np.stack([s + i, s + k + j, s + j], 1)]
    )
    w = rig.torso_weights(params, np.concatenate([hit, hit[:k], hit[:k]]))
    return coloured(colour, v, np.concatenate([tris, walls]), normal, w)


def both(part):
    return [part, part.mirrored(swap_side)]


def disc(x, y, r, n=12, squeeze=1.0):
    a = np.linspace(0, 2 * np.pi, n, endpoint=False)
    return np.column_stack([x + r * np.cos(a), y + r * squeeze * np.sin(a)])


def panel(x, y, w, h, r=0.003):
    """A rectangle with rounded corners, counter-clockwise."""
    out = []
    for cx, cy, a0 in ((w - r, h - r, 0), (-w + r, h - r, 90), (-w + r, -h + r, 180), (w - r, -h + r, 270)):
        for a in np.radians([a0, a0 + 45, a0 + 90]):
            out.append((x + cx + r * np.cos(a), y + cy + r * np.sin(a)))
    return np.array(out)


def front(params, jacket):
    y = params["body"]["arm_y"]
    out = []

    def at(*pairs):
        return [(px, y + py) for px, py in pairs]

    # Shirt in the opening, a darker line where the jacket closes.
    out.append(
        flat(
            params,
            jacket,
            at((0, -0.178), (0.040, -0.06), (0.058, 0.052), (0, 0.030), (-0.058, 0.052), (-0.040, -0.06)),
            "shirt",
            0.0022,
        )
    )
    lapel = at(
        (0.002, -0.186),
        (0.030, -0.150),
        (0.072, -0.070),
        (0.096, -0.012),
        (0.066, -0.006),
        (0.071, 0.012),
        (0.062, 0.050),
        (0.046, 0.052),
        (0.038, 0.0),
        (0.028, -0.06),
        (0.014, -0.120),
    )
    out += both(flat(params, jacket, lapel, "lapel", 0.0062))
    out += both(
        flat(
            params,
            jacket,
            at((0.010, 0.006), (0.034, -0.030), (0.056, 0.022), (0.056, 0.056), (0.030, 0.046)),
            "collar",
            0.0090,
        )
    )
    seam = at((-0.0016, -0.40), (0.0016, -0.40), (0.0016, -0.178), (-0.0016, -0.178))
    out.append(flat(params, jacket, seam, "blazer_dark", 0.0012))
    for py in (-0.205, -0.268):
        out.append(flat(params, jacket, disc(0.0, y + py, 0.0085), "button", 0.0050, spacing=0.02))
        out.append(flat(params, jacket, disc(0.0, y + py, 0.0050, 8), "scarf_accent", 0.0062, spacing=0.02))
    # Badge on the left, pocket with a folded cloth on the right.
    out.append(flat(params, jacket, panel(0.078, y - 0.095, 0.024, 0.0100), "badge", 0.0048, spacing=0.02))
    out.append(
        flat(params, jacket, panel(0.078, y - 0.095, 0.0216, 0.0076, 0.002), "shirt", 0.0062, spacing=0.02)
    )
    out.append(
        flat(
            params,
            jacket,
            panel(0.0820, y - 0.0925, 0.0135, 0.0013, 0.001),
            "badge_ink",
            0.0070,
            spacing=0.02,
        )
    )
    out.append(
        flat(
            params,
            jacket,
            panel(0.0785, y - 0.0980, 0.0100, 0.0009, 0.0008),
            "badge_ink",
            0.0070,
            spacing=0.02,
        )
    )
    out.append(flat(params, jacket, disc(0.0622, y - 0.095, 0.0042, 10), "scarf", 0.0070, spacing=0.02))
    out.append(
        flat(
            params,
            jacket,
            panel(-0.076, y - 0.098, 0.022, 0.0040, 0.0015),
            "blazer_dark",
            0.0040,
            spacing=0.02,
        )
    )
    cloth = at(
        (-0.095, -0.096),
        (-0.058, -0.096),
        (-0.060, -0.074),
        (-0.070, -0.084),
        (-0.079, -0.068),
        (-0.086, -0.083),
        (-0.093, -0.077),
    )
    out.append(flat(params, jacket, cloth, "pocket", 0.0030, spacing=0.02))
    for x in (0.068, -0.068):
        out.append(
            flat(
                params, jacket, panel(x, y - 0.292, 0.026, 0.0065, 0.002), "blazer_dark", 0.0036, spacing=0.02
            )
        )
    return out


def scarf(params):
    b = params["body"]
    y, r = b["neck_y"], b["neck_radius"]

    def ring(p):
        q = p - [0, y + 0.002, -0.026]
        q = np.column_stack([q[:, 0], q[:, 1] + 0.13 * (q[:, 2]) + 0.05 * np.abs(q[:, 0]), q[:, 2]])
        around = np.hypot(q[:, 0], q[:, 2] * 0.97) - (r + 0.007)
        fold = 0.0014 * np.sin(q[:, 1] * 520 + 3 * np.arctan2(q[:, 0], q[:, 2]))
        return np.hypot(around * 1.35, q[:, 1] * 0.72) - 0.0122 + fold

    k = np.array([0.020, y - 0.020, 0.033])

    def knot(p):
        d = sdf.ellipsoid(p, k, (0.013, 0.012, 0.011))
        tail = sdf.flat_cone(
            p, k + [0.003, -0.006, 0.004], k + [0.027, -0.050, 0.036], 0.007, 0.019, (1, 1, 0.32)
        )
        tail = smax(tail, -(p[:, 1] - (k[1] - 0.056)) - 0.35 * (p[:, 0] - k[0] - 0.02), 0.003)
        other = sdf.flat_cone(
            p, k + [-0.003, -0.006, 0.004], k + [-0.010, -0.060, 0.040], 0.007, 0.018, (1, 1, 0.32)
        )
        other = smax(other, -(p[:, 1] - (k[1] - 0.066)) + 0.4 * (p[:, 0] - k[0] + 0.015), 0.003)
        return np.minimum(smin(d, tail, 0.003), smin(d, other, 0.003))

    out = []
    for f, low, high, keep in (
        (ring, (-0.07, y - 0.05, -0.10), (0.07, y + 0.05, 0.05), 0.45),
        (knot, k - [0.05, 0.09, 0.03], k + [0.07, 0.025, 0.07], 0.4),
    ):
        v, t, n = skin_of(f, np.array(low), np.array(high), 0.0048, keep=keep)
        share = np.clip((v[:, 1] - (y - 0.03)) / 0.05, 0, 1) * 0.5
        out.append(coloured("scarf", v, t, n, {"neck": share, "upperChest": 1 - share}))
    return out


def cuffs(params):
    b = params["body"]
    x, y = b["wrist_x"], b["arm_y"]
    out = []
    for x0, x1, r, colour in (
        (x - 0.030, x - 0.008, 0.0315, "shirt"),
        (x - 0.040, x - 0.036, 0.0368, "scarf_accent"),
        (x - 0.050, x - 0.046, 0.0372, "scarf_accent"),
    ):
        n = 18
        a = np.linspace(0, 2 * np.pi, n, endpoint=False)
        circle = np.column_stack([np.zeros(n), np.cos(a), np.sin(a)])
        rows = [(x0, r - 0.004), (x0, r), (x1, r), (x1, r - 0.006)]
        v = np.concatenate([circle * rr + [xx, y, -0.02] for xx, rr in rows])
        i = np.arange(n)
        j = (i + 1) % n
        t = np.concatenate(
            [
                np.concatenate(
                    [
                        np.stack([k * n + i, k * n + j, (k + 1) * n + j], 1),
                        np.stack([k * n + i, (k + 1) * n + j, (k + 1) * n + i], 1),
                    ]
                )
                for k in range(3)
            ]
        )
        out += both(coloured(colour, v, t, mesh_normals(v, t), rig.torso_weights(params, v)))
    return out


def earrings(params, head):
    e = params["head"]["ear"]
    at = head.centre + e["at"] + np.array(e["ring"])

    def bead(p):
        return sdf.sphere(p, at, 0.0042)

    v, t, n = skin_of(bead, at - 0.006, at + 0.006, 0.0026)
    return both(coloured("pin", v, t, n, {"head": np.ones(len(v))}))


def legs(params):
    b, c = params["body"], params["clothes"]
    hip, knee, ankle, lx = b["hips_y"], b["knee_y"], b["ankle_y"], b["leg_x"]

    def trousers(p):
        m = sdf.mirror_x(p)
        d = sdf.ellipsoid(p, (0, hip - 0.03, -0.004), (c["hips"] - 0.026, 0.105, 0.082))
        leg = sdf.cone(m, (lx, hip - 0.09, 0), (lx, knee, 0.004), 0.066, 0.055)
        leg = smin(leg, sdf.cone(m, (lx, knee, 0.004), (lx, ankle - 0.03, -0.012), 0.056, 0.050), 0.02)
        leg = smax(leg, (ankle - 0.022) - p[:, 1], 0.006)
        return smin(d, leg, 0.03)

    v, t, n = skin_of(trousers, (-0.18, 0.03, -0.13), (0.18, hip + 0.1, 0.13), 0.018, keep=0.35)
    out = [coloured("skirt", v, t, n, rig.leg_weights(params, v))]

    def shoe(p):
        d = sdf.flat_cone(p, (lx, 0.034, -0.020), (lx, 0.030, 0.075), 0.036, 0.034, (0.95, 0.9, 1))
        d = smin(d, sdf.cone(p, (lx, 0.05, -0.02), (lx, 0.10, -0.018), 0.036, 0.036), 0.02)
        return smax(d, -p[:, 1], 0.003)

    v, t, n = skin_of(shoe, (lx - 0.06, -0.01, -0.08), (lx + 0.06, 0.15, 0.13), 0.012, keep=0.35)
    v[:, 1] = np.maximum(v[:, 1], 0)
    toes = np.clip((v[:, 2] - 0.04) / 0.04, 0, 1)
    out += both(coloured("shoe", v, t, n, {"leftFoot": 1 - toes, "leftToes": toes}))
    return out
