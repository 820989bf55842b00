"""The clothed trunk and arms as one surface, and how it follows the bones.

It is designed with the arms lowered, which is how they are nearly always seen. The file's rest pose is the T: each vertex
is brought there by the inverse of what its own weights do when the arm is lowered. Lowering the arm again gives exactly
the design, so the shoulder has no dent where people look at it.
"""

import numpy as np

from . import rig, sdf
from .part import smoothstep
from .sdf import smax, smin

LOWERED = np.radians(52)
ARM_BLEND_M = 0.040  # from all trunk to all arm, across the shoulder


def smooth_table(table):
    """A function of height that runs softly through the rows of a table (height, values…)."""
    table = np.array(table, dtype=float)
    table = table[np.argsort(table[:, 0])]
    taps = ((-0.014, 0.06), (-0.007, 0.24), (0.0, 0.40), (0.007, 0.24), (0.014, 0.06))

    def at(y):
        return [
            sum(w * np.interp(y + o, table[:, 0], table[:, k]) for o, w in taps)
            for k in range(1, table.shape[1])
        ]

    return at


class Torso:
    """Distance to the clothed trunk with lowered arms; weights; the way back to the T pose."""

    def __init__(self, params):
        self.b, self.c = params["body"], params["clothes"]
        b = self.b
        self.y = b["arm_y"]
        self.joint = np.array([b["shoulder_x"], b["arm_y"], -0.02])
        self.along = np.array([np.cos(LOWERED), -np.sin(LOWERED), 0.0])
        self.fore = b["elbow_x"] - b["shoulder_x"]
        self.reach = b["wrist_x"] - b["shoulder_x"]
        self.section = smooth_table(self.c["torso"])

    def arm_point(self, u):
        """A point of the lowered left arm's axis, `u` metres from the shoulder."""
        return self.joint + self.along * u

    def trunk(self, p):
        m = sdf.mirror_x(p)
        y = p[:, 1] - self.y
        width, front, back = self.section(y)
        z = p[:, 2] + 0.016
        depth = np.where(z > 0, front, back)
        round_by = 2.35
        k = (np.abs(p[:, 0] / width) ** round_by + np.abs(z / depth) ** round_by) ** (1 / round_by) + 1e-6
        d = np.hypot(p[:, 0], z) * (1 - 1 / k)
        step = 0.004
        up, down = self.section(y + step), self.section(y - step)
        slope = (up[0] - down[0]) / (2 * step)
        d = d / np.sqrt(1 + slope * slope * smoothstep(0.0, 0.7, np.abs(p[:, 0]) / width))
        bust = self.c["bust"]
        if bust[0] > 0:
            d = smin(d, sdf.ellipsoid(m, (bust[1], self.y + bust[2], bust[3]), bust[4:7]), bust[0])
        top = self.c["torso"][0][0] + self.y
        d = smax(d, self.c["hem_y"] - p[:, 1], 0.006)
        d = smax(d, p[:, 1] - top, 0.006)
        # Room for the neck.
        return smax(
            d, -sdf.cone(p, (0, self.y + 0.052, -0.024), (0, self.y + 0.15, -0.020), 0.034, 0.062), 0.008
        )

    def arm(self, p):
        m = sdf.mirror_x(p)
        r = self.c["arm"]
        # The shoulder is small at its joint and full below it.
        d = sdf.cone(m, self.arm_point(0.0), self.arm_point(0.055), r[0] * 0.80, r[0])
        d = smin(d, sdf.cone(m, self.arm_point(0.055), self.arm_point(self.fore), r[0], r[1]), 0.012)
        d = smin(d, sdf.cone(m, self.arm_point(self.fore), self.arm_point(self.reach), r[1], r[2]), 0.012)
        return smax(d, self.u_of(m) - (self.reach - 0.018), 0.004)

    def u_of(self, m):
        return (m - self.joint) @ self.along

    def __call__(self, p):
        return smin(self.trunk(p), self.arm(p), self.c["arm_blend"])

    def side(self, p):
        """How much nearer the arm is than the trunk, in metres: the armhole is where it is 0."""
        return self.trunk(p) - self.arm(p)

    def weights(self, v):
        """Weights of points on or near the surface, with lowered arms."""
        b, y = self.b, self.y
        m = sdf.mirror_x(v)
        up = rig.torso_weights(self.b, v)
        arm = smoothstep(-ARM_BLEND_M, ARM_BLEND_M, self.side(v) + 0.004)
        girdle = 0.65 * smoothstep(0.02, b["shoulder_x"], m[:, 0]) * smoothstep(y - 0.10, y + 0.01, v[:, 1])
        out = {k: w * (1 - arm) for k, w in up.items()}
        limb = rig.limb_weights(self.u_of(m), self.fore, self.reach)
        for side, mine in (("left", v[:, 0] >= 0), ("right", v[:, 0] < 0)):
            for name, w in limb.items():
                out[f"{side}{name}"] = w * arm * mine
            move = out["upperChest"] * girdle * mine
            out[f"{side}Shoulder"] = move
            out["upperChest"] = out["upperChest"] - move
        return out

    def to_rest(self, v, n, weights):
        """Vertices and normals in the file's T pose."""
        total = {
            side: sum(
                w for k, w in weights.items() if k in (f"{side}UpperArm", f"{side}LowerArm", f"{side}Hand")
            )
            for side in ("left", "right")
        }
        matrix = np.tile(np.eye(3), (len(v), 1, 1))
        shift = np.zeros_like(v)
        for side, s in (("left", 1), ("right", -1)):
            share = total[side] if not np.isscalar(total[side]) else np.zeros(len(v))
            c, q = np.cos(LOWERED), np.sin(LOWERED) * -s
            turn = np.array([[c, -q, 0], [q, c, 0], [0, 0, 1.0]])
            joint = self.joint * [s, 1, 1]
            matrix += share[:, None, None] * (turn - np.eye(3))
            shift += share[:, None] * (joint - turn @ joint)
        back = np.linalg.inv(matrix)
        normal = np.einsum("nij,nj->ni", back, n)
        normal /= np.linalg.norm(normal, axis=1, keepdims=True) + 1e-12
        return np.einsum("nij,nj->ni", back, v - shift), normal
