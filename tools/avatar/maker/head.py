"""The head as a signed distance function, and the flat map ("disc") that the face mesh and its texture share.

The disc is the azimuthal map of directions from the head's centre: its middle is straight ahead, the distance
from the middle is the angle from straight ahead in radians.
"""

import numpy as np

from . import sdf
from .sdf import smax, smin


class Head:
    """Knows the head's surface and maps between points, directions, the disc and texture coordinates."""

    def __init__(self, params):
        self.p = params["head"]
        self.body = params["body"]
        self.centre = np.array([0.0, self.p["centre_y"], self.p["centre_z"]])
        eye = self.p["eye"]
        self.eye = np.array([eye["x"], eye["y"], eye["z"]])
        self.eye_radius = eye["radius"]
        self.lid_radius = eye["radius"] + eye["lid_thickness"]

    def local(self, q):
        """Distance to the head at points relative to its centre."""
        h, s = self.p, self.p["shape"]
        m = sdf.mirror_x(q)
        d = sdf.ellipsoid(q, s["cranium"][:3], s["cranium"][3:])
        d = smin(d, sdf.ellipsoid(q, s["face"][:3], s["face"][3:]), 0.05)
        d = smin(d, sdf.ellipsoid(m, s["cheek"][:3], s["cheek"][3:]), 0.035)
        d = smin(d, sdf.ellipsoid(q, s["chin"][:3], s["chin"][3:]), s["chin_blend"])
        d = smin(d, sdf.cone(m, s["jaw"][:3], s["jaw"][3:6], s["jaw"][6], s["jaw"][7]), 0.04)
        d = smax(d, -sdf.ellipsoid(m, s["socket"][:3], s["socket"][3:]), 0.018)
        d = smin(d, sdf.ellipsoid(q, s["muzzle"][:3], s["muzzle"][3:]), 0.022)
        d = smin(d, sdf.sphere(m, self.eye, self.lid_radius), 0.009)
        n = s["nose"]
        d = smin(d, sdf.cone(q, n[:3], n[3:6], n[6], n[7]), 0.016)
        d = smin(d, sdf.ellipsoid(m, s["nostril"][:3], s["nostril"][3:]), 0.006)
        low = self.body["neck_y"] - 0.03 - self.centre[1]
        r = self.body["neck_radius"]
        neck = sdf.cone(q, (0, -0.05, -0.022), (0, low, -0.03), r * 0.97, r * 1.06)
        return smin(d, neck, h["shape"]["neck_blend"])

    def soft(self, p):
        """The head without eyes, nose and lips: what the light falls on. Drawn in two tones, every dent would be a blot."""
        q, s = p - self.centre, self.p["shape"]
        m = sdf.mirror_x(q)
        d = sdf.ellipsoid(q, s["cranium"][:3], s["cranium"][3:])
        d = smin(d, sdf.ellipsoid(q, s["face"][:3], s["face"][3:]), 0.06)
        d = smin(d, sdf.ellipsoid(m, s["cheek"][:3], s["cheek"][3:]), 0.05)
        d = smin(d, sdf.ellipsoid(q, s["chin"][:3], s["chin"][3:]), 0.06)
        return smin(d, sdf.cone(m, s["jaw"][:3], s["jaw"][3:6], s["jaw"][6], s["jaw"][7]), 0.05)

    def __call__(self, p):
        return self.local(p - self.centre)

    def on_front(self, xy):
        """Surface points in the world for (N, 2) offsets from the head's centre, seen from the front."""
        start = np.column_stack([xy, np.full(len(xy), 0.16)]) + self.centre
        hit = sdf.cast(self, start, np.tile([0.0, 0.0, -1.0], (len(xy), 1)), steps=50, far=0.3)
        return hit

    def along(self, directions, steps=60):
        """Surface points in the world along directions from the centre."""
        t = np.full(len(directions), 0.02)
        for _ in range(steps):
            t = np.minimum(t - 0.85 * self.local(t[:, None] * directions), 0.3)
        return self.centre + t[:, None] * directions

    def to_disc(self, p):
        d = p - self.centre
        d = d / np.linalg.norm(d, axis=1, keepdims=True)
        angle = np.arccos(np.clip(d[:, 2], -1, 1))
        around = np.arctan2(d[:, 1], d[:, 0])
        return np.column_stack([angle * np.cos(around), angle * np.sin(around)])


def disc_directions(disc):
    angle = np.linalg.norm(disc, axis=1)
    unit = disc / np.maximum(angle, 1e-9)[:, None]
    return np.column_stack([unit * np.sin(angle)[:, None], np.cos(angle)])


UV_RATE, UV_FAR = 1.2, 2.8


def disc_to_uv(disc):
    """More texels for the face, fewer for the back of the head; v points down as glTF wants."""
    angle = np.linalg.norm(disc, axis=1)
    r = (1 - np.exp(-UV_RATE * angle)) / (1 - np.exp(-UV_RATE * UV_FAR))
    unit = disc / np.maximum(angle, 1e-9)[:, None]
    return np.column_stack([0.5 + 0.5 * r * unit[:, 0], 0.5 - 0.5 * r * unit[:, 1]])


def uv_to_disc(uv):
    x, y = (uv[:, 0] - 0.5) * 2, (0.5 - uv[:, 1]) * 2
    r = np.hypot(x, y)
    inner = np.minimum(r * (1 - np.exp(-UV_RATE * UV_FAR)), 0.97)
    angle = -np.log(1 - inner) / UV_RATE
    return np.column_stack([x, y]) / np.maximum(r, 1e-9)[:, None] * angle[:, None]
