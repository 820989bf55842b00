"""Round the neck: the shirt's collar, and a scarf or a tie."""

import numpy as np

from . import sdf
from .sdf import smax, smin


def build(params, tailor):
    out = collar(params, tailor)
    out += scarf(params, tailor) if params["clothes"]["neckwear"] == "scarf" else tie(params, tailor)
    return out


def neck_line(params, p):
    """(how far outside the neck's middle, height above the collar's line) of points."""
    b = params["body"]
    q = p - [0, b["neck_y"] + 0.006, -0.026]
    # The line falls towards the front.
    return np.hypot(q[:, 0], q[:, 2] * 0.97), q[:, 1] + 0.20 * (q[:, 2] + 0.02)


def collar(params, tailor):
    """A white stand that lets the neck out, a little wider above."""
    b = params["body"]
    r = b["neck_radius"] * params["head"]["scale"]
    middle = np.array([0, b["neck_y"] + 0.006, -0.026])
    # Under a tie it reaches down to where the shirt begins.
    foot = -0.024 if params["clothes"]["neckwear"] == "scarf" else -0.034
    rows = [
        (r + 0.0004, -0.020),
        (r + 0.0016, 0.0105),
        (r + 0.0034, 0.0122),
        (r + 0.0050, 0.0102),
        (r + 0.0080 - 0.3 * (foot + 0.024), foot),
    ]
    return [tailor.ring(middle, rows, 0.20, "collar", bone_share=0.4)]


def scarf(params, tailor):
    b = params["body"]
    y, r = b["neck_y"], b["neck_radius"] * params["head"]["scale"]
    neck = (y - 0.03, y + 0.03)

    def ring(p):
        out, up = neck_line(params, p)
        turn = np.arctan2(p[:, 0], p[:, 2])
        fold = 0.0013 * np.sin(up * 420 + 2.5 * turn)
        return np.hypot((out - (r + 0.0108)) * 1.20, (up + 0.001) * 0.66) - 0.0120 + fold

    k = np.array([0.012, y - 0.024, 0.041])

    def knot(p):
        q = p - k
        q = np.column_stack([q[:, 0] * 0.94 + q[:, 1] * 0.34, q[:, 1] * 0.94 - q[:, 0] * 0.34, q[:, 2]])
        d = sdf.ellipsoid(q, (0, 0, 0), (0.0135, 0.0165, 0.0140))
        return d + 0.0016 * np.cos(q[:, 0] * 700) * np.clip(1 - np.abs(q[:, 1]) / 0.02, 0, 1)

    out = [
        tailor.solid(ring, "scarf", (-0.10, y - 0.05, -0.12), (0.10, y + 0.05, 0.07), 0.0050, 0.5, neck),
        tailor.solid(knot, "scarf", k - 0.024, k + 0.024, 0.0042, 0.55, neck),
    ]
    # Two ends with a band near the tip, the longer one on top.
    top = y - tailor.torso.y - 0.028
    for root, tip, width, lift in (
        ((0.008, top + 0.004), (-0.034, top - 0.078), 0.026, 0.0125),
        ((0.016, top + 0.004), (0.050, top - 0.092), 0.031, 0.0150),
    ):
        root, tip = np.array(root), np.array(tip)
        way = tip - root
        side = np.array([-way[1], way[0]]) / np.linalg.norm(way)

        def at(t, s, root=root, way=way, side=side, width=width):
            return root + way * t + side * s * width * 0.5

        shape = [
            at(0, 0.34),
            at(0, -0.34),
            at(0.62, -1.0),
            at(0.80, -1.06),
            at(1.0, 0.12),
            at(0.84, 1.0),
            at(0.58, 0.9),
        ]
        band = [at(0.66, -1.03), at(0.74, -1.05), at(0.795, 0.99), at(0.72, 0.97)]
        out.append(tailor.flat(shape, "scarf", lift, spacing=0.011))
        out.append(tailor.flat(band, "scarf_accent", lift + 0.0012, spacing=0.02))
    return out


def tie(params, tailor):
    b = params["body"]
    y, r = b["neck_y"], b["neck_radius"] * params["head"]["scale"]
    k = np.array([0.0, y - 0.021, r - 0.026 + 0.021])

    def knot(p):
        q = p - k
        half = 0.0125 + 0.30 * (q[:, 1] + 0.004)
        d = smax(np.abs(q[:, 0]) - half, np.abs(q[:, 1]) - 0.015, 0.006)
        return smax(d, np.abs(q[:, 2] + 0.25 * q[:, 1]) - 0.011, 0.009)

    top = y - tailor.torso.y - 0.034
    blade = [(-0.0085, top), (0.0085, top), (0.020, -0.205), (0.0, -0.228), (-0.020, -0.205)]
    out = [
        tailor.solid(knot, "scarf", k - 0.026, k + 0.026, 0.0046, 0.5, (y - 0.03, y + 0.03)),
        tailor.flat(blade, "scarf", 0.0070, spacing=0.013),
        tailor.flat(
            [(-0.0135, top + 0.016), (-0.0085, top - 0.012), (0.0085, top - 0.012), (0.0135, top + 0.016)],
            "scarf",
            0.0105,
        ),
    ]
    for low in (-0.075, -0.120, -0.165):
        w = 0.0085 + (0.0115) * (top - low) / (top + 0.205) + 0.0004
        out.append(
            tailor.flat(
                [(-w, low), (-w, low - 0.009), (w, low + 0.010), (w, low + 0.019)],
                "scarf_accent",
                0.0079,
                spacing=0.02,
            )
        )
    # The points of the collar lie over it.
    out += tailor.pair(
        [
            (0.012, top + 0.014),
            (0.027, top - 0.026),
            (0.050, top + 0.010),
            (0.046, top + 0.034),
            (0.020, top + 0.030),
        ],
        "collar",
        0.0090,
        spacing=0.014,
    )
    return out
