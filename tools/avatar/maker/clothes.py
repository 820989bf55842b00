"""The uniform: a jacket or a waistcoat over a shirt, with what is on it; cuffs, trousers, shoes, earrings."""

import numpy as np

from . import neckwear, rig, sdf
from .blend import cut, skin_of
from .cloth import Tailor, bar, disc, grown, panel
from .paint import swatch
from .part import Part, grid_triangles, swap_side
from .sdf import smax, smin
from .torso import Torso

ARMHOLE_M = 0.010  # where a waistcoat's armhole is: so much nearer the arm than the trunk


def build(params, head):
    torso = Torso(params)
    factor, pivot = params["head"]["scale"], np.array([0.0, params["body"]["neck_y"], -0.025])

    def around(p):
        return np.minimum(torso(p), head(pivot + (p - pivot) / factor) * factor)

    tailor = Tailor(torso, around)
    style = params["clothes"]["style"]
    out = trunk(params, torso, tailor, style)
    out += jacket_front(tailor) if style == "jacket" else waistcoat_front(tailor)
    out += neckwear.build(params, tailor)
    out += cuffs(params, tailor, style)
    out += legs(params)
    return out


def trunk(params, torso, tailor, style):
    b, c = params["body"], params["clothes"]
    reach = torso.arm_point(torso.reach)
    v, t, _ = skin_of(
        torso,
        (-reach[0] - 0.03, min(c["hem_y"], reach[1]) - 0.04, -0.16),
        (reach[0] + 0.03, b["arm_y"] + 0.1, 0.14),
        0.0110,
        keep=0.28,
    )
    if style == "jacket":
        return [tailor.cloth("blazer", v, t, sdf.normals(torso, v))]
    out = []
    v, below, above = cut(v, t, torso.side(v) - ARMHOLE_M)
    v = sdf.project(torso, v, steps=2)
    for tris, colour in ((below, "blazer"), (above, "shirt")):
        used, index = np.unique(tris, return_inverse=True)
        p = v[used]
        out.append(tailor.cloth(colour, p, index.reshape(-1, 3), sdf.normals(torso, p)))
    return out


def badge(tailor, x, y):
    """A name badge, tilted as the chest is."""
    return [
        tailor.flat(panel(x, y, 0.0250, 0.0108), "badge", 0.0048, spacing=0.02),
        tailor.flat(panel(x, y, 0.0226, 0.0084, 0.002), "shirt", 0.0062, spacing=0.02),
        tailor.flat(panel(x + 0.005, y + 0.0026, 0.0130, 0.0014, 0.001), "badge_ink", 0.0070, spacing=0.02),
        tailor.flat(panel(x + 0.002, y - 0.0034, 0.0100, 0.0009, 0.0008), "badge_ink", 0.0070, spacing=0.02),
        tailor.flat(disc(x - 0.0150, y, 0.0048, 10), "scarf", 0.0070, spacing=0.02),
    ]


def key(tailor, x, y, lift, turned):
    """A small golden key, the sign of the house."""
    way = np.array([np.sin(turned), np.cos(turned)])
    side = np.array([way[1], -way[0]])
    c = np.array([x, y])
    ring, foot = c + way * 0.0085, c - way * 0.0110
    return [
        tailor.flat(disc(*ring, 0.0052, 10), "pin", lift, spacing=0.02),
        tailor.flat(disc(*ring, 0.0024, 8), "lapel", lift + 0.0008, spacing=0.02),
        tailor.flat(bar(ring - way * 0.004, foot, 0.0014), "pin", lift, spacing=0.02),
        tailor.flat(
            bar(foot + way * 0.001, foot + way * 0.001 + side * 0.0050, 0.0014), "pin", lift, spacing=0.02
        ),
    ]


def button(tailor, x, y, r=0.0085):
    return [
        tailor.flat(disc(x, y, r), "button", 0.0052, spacing=0.02),
        tailor.flat(disc(x, y, r * 0.58, 8), "pin", 0.0064, spacing=0.02),
    ]


def jacket_front(tailor):
    out = [
        # The shirt in the opening.
        tailor.flat(
            [
                (0, -0.170),
                (0.034, -0.08),
                (0.050, 0.02),
                (0.046, 0.046),
                (0, 0.050),
                (-0.046, 0.046),
                (-0.050, 0.02),
                (-0.034, -0.08),
            ],
            "shirt",
            0.0024,
        )
    ]
    lapel = [
        (0.000, -0.180),
        (0.026, -0.150),
        (0.064, -0.078),
        (0.088, -0.020),
        (0.062, -0.010),
        (0.070, 0.008),
        (0.060, 0.036),
        (0.046, 0.050),
        (0.036, 0.030),
        (0.031, -0.010),
        (0.020, -0.090),
        (0.004, -0.165),
    ]
    out += tailor.pair(grown(lapel, 0.0028), "scarf_accent", 0.0044, spacing=0.014)
    out += tailor.pair(lapel, "lapel", 0.0066, spacing=0.014)
    # The notch between collar and lapel.
    out += tailor.pair(bar((0.0640, -0.0094), (0.0385, 0.0010), 0.0009), "blazer_dark", 0.0080, spacing=0.008)
    out.append(tailor.flat(bar((0, -0.425), (0, -0.176), 0.0013), "blazer_dark", 0.0014))
    for py in (-0.200, -0.262):
        out += button(tailor, 0.0, py)
    out += key(tailor, 0.0590, -0.052, 0.0078, 0.5) + key(tailor, -0.0590, -0.052, 0.0078, -0.5)
    out += badge(tailor, 0.0745, -0.104)
    out.append(tailor.flat(panel(-0.070, -0.110, 0.021, 0.0042, 0.0015), "blazer_dark", 0.0040, spacing=0.02))
    square = [
        (-0.088, -0.108),
        (-0.053, -0.108),
        (-0.055, -0.088),
        (-0.064, -0.097),
        (-0.072, -0.082),
        (-0.080, -0.096),
        (-0.086, -0.090),
    ]
    out.append(tailor.flat(square, "pocket", 0.0030, spacing=0.02))
    for s in (1, -1):
        flap = [(s * 0.034, -0.300), (s * 0.074, -0.293), (s * 0.078, -0.312), (s * 0.035, -0.320)]
        out.append(tailor.flat(grown(flap, 0.0014), "blazer_dark", 0.0030, spacing=0.02))
        out.append(tailor.flat(flap, "blazer", 0.0046, spacing=0.02))
    return out


def waistcoat_front(tailor):
    out = [
        tailor.flat(
            [
                (0, -0.200),
                (0.040, -0.09),
                (0.056, 0.01),
                (0.050, 0.048),
                (0, 0.050),
                (-0.050, 0.048),
                (-0.056, 0.01),
                (-0.040, -0.09),
            ],
            "shirt",
            0.0024,
        )
    ]
    # A collar that rolls from the neck into the point of the V, left over right.
    roll = [
        (0.006, -0.222),
        (0.044, -0.150),
        (0.070, -0.060),
        (0.076, 0.006),
        (0.062, 0.044),
        (0.048, 0.052),
        (0.048, 0.0),
        (0.036, -0.09),
        (0.004, -0.196),
        (-0.006, -0.212),
    ]
    out += tailor.pair(grown(roll, 0.0028), "scarf_accent", 0.0044)
    out += tailor.pair(roll, "lapel", 0.0062)
    out.append(tailor.flat(bar((-0.006, -0.352), (-0.006, -0.218), 0.0012), "blazer_dark", 0.0014))
    for py in (-0.238, -0.286, -0.334):
        for x in (0.030, -0.030):
            out += button(tailor, x, py, 0.0078)
    out += badge(tailor, 0.0800, -0.128)
    out.append(tailor.flat(panel(-0.078, -0.140, 0.022, 0.0045, 0.0015), "blazer_dark", 0.0040, spacing=0.02))
    # A folded cloth with a straight edge.
    out.append(
        tailor.flat(
            [(-0.096, -0.138), (-0.060, -0.138), (-0.060, -0.127), (-0.096, -0.122)],
            "pocket",
            0.0030,
            spacing=0.02,
        )
    )
    for s in (1, -1):
        welt = [(s * 0.046, -0.302), (s * 0.092, -0.290), (s * 0.094, -0.301), (s * 0.047, -0.313)]
        out.append(tailor.flat(welt, "blazer_dark", 0.0036, spacing=0.02))
    return out


def cuffs(params, tailor, style):
    u, r = tailor.torso.reach, params["clothes"]["arm"][2]
    if style == "jacket":
        return (
            tailor.tubes(u - 0.034, u - 0.006, r - 0.0022, "shirt")
            + tailor.tubes(u - 0.034, u - 0.030, r + 0.0016, "scarf_accent")
            + tailor.tubes(u - 0.046, u - 0.042, r + 0.0018, "scarf_accent")
        )
    # Shirt sleeves: a broad cuff with a link, and a garter on the upper arm.
    arm = params["clothes"]["arm"][0]
    return (
        tailor.tubes(u - 0.058, u - 0.008, r + 0.0022, "collar")
        + tailor.tubes(u - 0.036, u - 0.031, r + 0.0036, "scarf_accent")
        + tailor.tubes(0.118, 0.131, arm - 0.0005, "blazer_dark", inner=0.008)
        + tailor.tubes(0.122, 0.127, arm + 0.0008, "scarf_accent", inner=0.008)
    )


def earrings(params, head):
    e = params["head"]["ear"]
    if "ring" not in e:
        return []
    at = head.centre + e["at"] + np.array(e["ring"])

    def bead(p):
        return sdf.sphere(p, at, 0.0048)

    v, t, n = skin_of(bead, at - 0.007, at + 0.007, 0.0030)
    part = Part(v, t, n, swatch("pin", np.ones(len(v))), {"head": np.ones(len(v))})
    return [part, part.mirrored(swap_side)]


def glasses(params, head):
    """Thin frames before the eyes, with sides that end at the ears."""
    g = params["head"].get("glasses")
    if not g:
        return []
    eye, (half, high) = head.eye, g["size"]
    turn = np.linspace(0, 2 * np.pi, 26, endpoint=False)
    x, y = np.cos(turn), np.sin(turn)
    square = (np.abs(x) ** 2.8 + np.abs(y) ** 2.8) ** (-1 / 2.8)
    rim = np.column_stack([eye[0] + half * x * square, eye[1] + g["up"] + high * y * square])

    def before(xy):
        return np.column_stack([xy, g["z"] - g["wrap"] * np.maximum(xy[:, 0] - 0.02, 0) ** 2])

    ear = np.array(params["head"]["ear"]["at"]) + [-0.002, 0.012, 0.004]
    corner = before(np.array([[eye[0] + half, eye[1] + g["up"] + high * 0.45]]))[0]
    hinge = corner + [0.003, 0, -0.012]
    s = np.linspace(-1, 1, 7)
    bridge = np.column_stack(
        [s * (eye[0] - half), eye[1] + g["up"] + high * (0.20 + 0.22 * (1 - s * s)), np.full(7, g["z"])]
    )
    side = hinge + np.linspace(0, 1, 7)[:, None] * (ear - hinge)
    # Never inside the temple.
    for _ in range(6):
        deep = head(side + head.centre) - 2 * g["wire"]
        side[:, 0] -= np.minimum(deep, 0)
    parts = [wire(before(rim), g["wire"], True), wire(np.vstack([corner, side]), g["wire"], False)]
    out = [wire(bridge, g["wire"], False)]
    for v, t, n in parts:
        flip = np.array([-1.0, 1, 1])
        out += [(v, t, n), (v * flip, t[:, ::-1], n * flip)]
    return [
        Part(v + head.centre, t, n, swatch("glasses", np.ones(len(v))), {"head": np.ones(len(v))})
        for v, t, n in out
    ]


def wire(path, radius, closed, sides=5):
    """A thin tube along a path: (vertices, triangles, normals)."""
    ahead = np.roll(path, -1, axis=0) - np.roll(path, 1, axis=0) if closed else np.gradient(path, axis=0)
    ahead = ahead / np.linalg.norm(ahead, axis=1, keepdims=True)
    side = np.cross(ahead, [0.0, 0.1, 1.0])
    side /= np.linalg.norm(side, axis=1, keepdims=True)
    up = np.cross(side, ahead)
    a = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    n = (side[:, None] * np.cos(a)[:, None] + up[:, None] * np.sin(a)[:, None]).reshape(-1, 3)
    v = np.repeat(path, sides, axis=0) + n * radius
    t = grid_triangles(len(path), sides, closed=True)
    if closed:
        last = (len(path) - 1) * sides
        i = np.arange(sides)
        j = (i + 1) % sides
        t = np.concatenate([t, np.stack([last + i, last + j, j], 1), np.stack([last + i, j, i], 1)])
    p, q, r = (v[t[:, i]] for i in range(3))
    if np.sum(np.cross(q - p, r - p) * n[t].mean(axis=1)) < 0:
        t = t[:, ::-1]
    return v, t, n


def legs(params):
    b, c = params["body"], params["clothes"]
    hip, knee, ankle, lx = b["hips_y"], b["knee_y"], b["ankle_y"], b["leg_x"]

    def trousers(p):
        m = sdf.mirror_x(p)
        d = sdf.ellipsoid(p, (0, hip - 0.03, -0.012), (c["hips"], 0.115, c["hips"] * 0.72))
        thigh = c["thigh"]
        leg = sdf.cone(m, (lx, hip - 0.09, -0.004), (lx, knee, 0.004), thigh, 0.052)
        leg = smin(leg, sdf.cone(m, (lx, knee, 0.004), (lx, ankle - 0.03, -0.012), 0.052, 0.046), 0.03)
        leg = smax(leg, (ankle - 0.030) - p[:, 1], 0.006)
        return smin(d, leg, 0.03)

    v, t, n = skin_of(trousers, (-0.18, 0.03, -0.13), (0.18, hip + 0.11, 0.13), 0.018, keep=0.35)
    light = sdf.openness(trousers, v, n)
    out = [Part(v, t, n, swatch("skirt", light), rig.leg_weights(params, v))]

    def shoe(p):
        d = sdf.flat_cone(p, (lx, 0.036, -0.022), (lx, 0.032, 0.088), 0.042, 0.040, (0.92, 0.9, 1))
        d = smin(d, sdf.cone(p, (lx, 0.05, -0.02), (lx, 0.10, -0.018), 0.040, 0.040), 0.02)
        return smax(d, -p[:, 1], 0.003)

    v, t, n = skin_of(shoe, (lx - 0.07, -0.01, -0.09), (lx + 0.07, 0.16, 0.15), 0.012, keep=0.35)
    v[:, 1] = np.maximum(v[:, 1], 0)
    toes = np.clip((v[:, 2] - 0.04) / 0.04, 0, 1)
    part = Part(v, t, n, swatch("shoe", np.ones(len(v))), {"leftFoot": 1 - toes, "leftToes": toes})
    return out + [part, part.mirrored(swap_side)]
