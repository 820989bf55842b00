"""Bare skin apart from the face: ears and hands."""

import numpy as np

from . import rig, sdf
from .blend import skin_of
from .part import Part, swap_side

DARK_UV = (0.02, 0.02)  # its corner for lid rims and the ear's bowl
PLAIN_U = 0.96  # the corner of the skin texture that is plain skin, its shade below it


EARS = 2  # so many of the parts that `build` returns belong to the head


def build(params, head):
    out = []
    for part in (ear(params, head), hand(params)):
        out += [part, part.mirrored(swap_side)]
    return out


def plain(light):
    """Texture coordinates of plain skin, in the soft shade where `light` is below 1."""
    return np.column_stack([np.full(len(light), PLAIN_U), 0.008 + 0.060 * (1 - np.clip(light, 0, 1))])


def ear(params, head):
    e = params["head"]["ear"]
    c = head.centre + e["at"]
    tilt = np.radians(e["tilt"])
    turn = np.radians(e["out"])

    def local(p):
        q = p - c
        y = q[:, 1] * np.cos(tilt) - q[:, 2] * np.sin(tilt)
        z = q[:, 1] * np.sin(tilt) + q[:, 2] * np.cos(tilt)
        x = q[:, 0] * np.cos(turn) + z * np.sin(turn)
        z = -q[:, 0] * np.sin(turn) + z * np.cos(turn)
        return np.column_stack([x, y, z])

    def f(p):
        q = local(p)
        s = e["size"]
        d = sdf.ellipsoid(q, (0, 0.004 * s, 0), (0.0075 * s, 0.0255 * s, 0.0175 * s))
        d = sdf.smin(
            d, sdf.ellipsoid(q, (0, -0.019 * s, 0.005 * s), (0.0065 * s, 0.012 * s, 0.0095 * s)), 0.008
        )
        d = sdf.smax(
            d,
            -sdf.ellipsoid(q, (0.0085 * s, 0.0055 * s, 0.001 * s), (0.006 * s, 0.0175 * s, 0.0105 * s)),
            0.004,
        )
        d = sdf.smin(
            d, sdf.ellipsoid(q, (0.002 * s, -0.003 * s, 0.013 * s), (0.004 * s, 0.006 * s, 0.005 * s)), 0.004
        )
        return d

    v, t, n = skin_of(f, c - 0.036, c + 0.036, 0.0032, keep=0.5)
    # The bowl of the ear is darker: its triangles get vertices of their own with the texture's dark corner.
    middle = local(v[t].mean(axis=1))
    s = e["size"]
    bowl = (
        sdf.ellipsoid(middle, (0.0085 * s, 0.0055 * s, 0.001 * s), (0.0066 * s, 0.0165 * s, 0.0095 * s)) < 0
    )
    extra, back = np.unique(t[bowl], return_inverse=True)
    t[bowl] = back.reshape(-1, 3) + len(v)
    uv = np.concatenate([plain(np.ones(len(v))), np.tile(DARK_UV, (len(extra), 1))])
    v, n = np.concatenate([v, v[extra]]), np.concatenate([n, n[extra]])
    return Part(v, t, n, uv, {"head": np.ones(len(v))})


def hand(params):
    b = params["body"]
    s = b["hand_scale"]
    wrist = np.array([b["wrist_x"], b["arm_y"], -0.02])

    def at(x, y, z):
        return wrist + s * np.array([x, y, z])

    fingers = {name: rig.finger_joints(params, name) for name in rig.FINGERS}
    thick = {"Thumb": 0.0098, "Index": 0.0082, "Middle": 0.0086, "Ring": 0.0081, "Little": 0.0071}

    def f(p):
        d = sdf.flat_cone(p, at(-0.035, 0, 0), at(0.015, 0, 0), 0.026 * s, 0.027 * s, (1, 0.82, 1))
        palm = sdf.flat_cone(
            p, at(0.030, 0, 0.006), at(0.072, 0.001, 0.010), 0.0265 * s, 0.0235 * s, (1, 0.56, 1)
        )
        palm = sdf.smin(
            palm,
            sdf.flat_cone(p, at(0.030, 0, -0.008), at(0.066, 0, -0.020), 0.0235 * s, 0.019 * s, (1, 0.56, 1)),
            0.012,
        )
        d = sdf.smin(d, palm, 0.022)
        mound = sdf.cone(p, at(0.018, -0.005, 0.016), fingers["Thumb"][1], 0.016 * s, 0.0115 * s)
        d = sdf.smin(d, mound, 0.014)
        for name, joints in fingers.items():
            r = thick[name] * s
            finger = None
            for i in range(3):
                part = sdf.cone(p, joints[i], joints[i + 1], r * (1.04 - 0.07 * i), r * (0.97 - 0.09 * i))
                finger = part if finger is None else sdf.smin(finger, part, 0.003)
            d = sdf.smin(d, finger, 0.0065)
        return sdf.smax(d, (wrist[0] - 0.028) - p[:, 0], 0.002)

    v, t, n = skin_of(f, wrist + [-0.035, -0.065, -0.06], wrist + [0.20, 0.035, 0.115], 0.0042, keep=0.21)
    light = sdf.openness(f, v, n, 0.022)
    return Part(v, t, n, plain(light), rig.hand_weights(params, v))
