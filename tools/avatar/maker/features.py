"""What lies on and in the face and moves with it: lid rims, lashes, brows, the mouth's inside, teeth, tongue; and the eyeballs.

Each builder returns (vertices, triangles, uv) for a pose, with the same topology whatever the pose.
"""

import numpy as np

from . import head as head_map
from . import sdf
from .face import EYE_HALF
from .paint import eye_uv, swatch, teeth_uv
from .part import Part, grid_triangles, mesh_normals, smoothstep


SOFT_LIGHT = 0.8


def flat_uv(name, count):
    return np.tile(swatch(name), (count, 1))


def eye_centre(head, side):
    return head.centre + head.eye * [side, 1, 1]


def lid_rims(face, v):
    """Skin from each lid margin back to just inside the eyeball, so that no gap shows."""
    out, tris, start = [], [], 0
    for side in (1, -1):
        margin = v[face.index[("eye", side, 0)]]
        centre = eye_centre(face.head, side)
        away = margin - centre
        away /= np.linalg.norm(away, axis=1, keepdims=True)
        inner = centre + away * (face.head.eye_radius - 0.0012)
        out += [margin, inner]
        n = len(margin)
        t = grid_triangles(2, n, closed=True)
        tris.append((t if side == -1 else t[:, ::-1]) + start)
        start += 2 * n
    return np.concatenate(out), np.concatenate(tris)


def lashes(face, v, params):
    """A bold line on each upper lid that grows towards the outer corner and ends in a wing; a thin one below."""
    head, out, tris, start = face.head, [], [], 0
    size = params["head"]["lash"]
    for side in (1, -1):
        ring0, ring1 = v[face.index[("eye", side, 0)]], v[face.index[("eye", side, 1)]]
        for upper in (True, False):
            if upper:
                ids = np.arange(EYE_HALF + 1)
            else:
                ids = np.concatenate([np.arange(EYE_HALF, 2 * EYE_HALF), [0]])[: EYE_HALF * 3 // 4]
            m, r = ring0[ids], ring1[ids]
            up = r - m
            up /= np.linalg.norm(up, axis=1, keepdims=True) + 1e-9
            n = m - eye_centre(head, side)
            n /= np.linalg.norm(n, axis=1, keepdims=True)
            s = np.linspace(0, 1, len(ids))[:, None]
            if upper:
                thick = size * (0.35 + 0.75 * smoothstep(0.0, 0.75, s))
                wing = smoothstep(0.72, 1.0, s)
                # The wing leaves the lid outwards and a little up.
                flick = np.array([side * 0.0052, 0.0026, -0.0012]) * wing
                inner = m - up * 0.0006 + n * 0.0004 + flick * 0.55
                middle = m + up * thick * 0.35 + n * (0.0010 + 0.0016 * (0.4 + 0.6 * s)) + flick
                outer = m + up * thick + n * 0.0006 + flick * 0.9
            else:
                thick = size * 0.30 * np.sin(np.pi * np.clip(1.0 - 0.92 * s, 0, 1)) ** 0.6 + 1e-5
                inner = m - up * 0.0002 + n * 0.0003
                middle = m + up * thick * 0.5 + n * 0.0006
                outer = m + up * thick + n * 0.0003
            out += [inner, middle, outer]
            t = grid_triangles(3, len(ids))
            tris.append((t if (side == 1) == upper else t[:, ::-1]) + start)
            start += 3 * len(ids)
    v = np.concatenate(out)
    return v, np.concatenate(tris), flat_uv("lash", len(v))


def brows(face, pose, params):
    head, b = face.head, params["head"]["brow"]
    out, tris, start, n = [], [], 0, 11
    s = np.linspace(0, 1, n)
    for side in (1, -1):
        x = b["inner_x"] + (b["outer_x"] - b["inner_x"]) * s - pose.brow_pinch * (1 - s) ** 2
        lift = pose.brow_in * (1 - s) ** 1.6 + pose.brow_mid * 4 * s * (1 - s) * 0.8 + pose.brow_out * s**1.6
        y = b["y"] + b["arch"] * np.sin(np.pi * np.minimum(s * 0.92, 1)) - b["outer_drop"] * s**2 + lift
        half = (
            0.5 * b["thick"] * (0.75 + 0.35 * smoothstep(0, 0.35, s)) * (1 - 0.86 * smoothstep(0.35, 1.0, s))
        )
        half[0] *= 0.55
        slope = np.gradient(y, x)
        nx, ny = -slope / np.hypot(1, slope), 1 / np.hypot(1, slope)
        rows = []
        for k, raise_m in ((-1, 0.0002), (0, 0.0021), (1, 0.0002)):
            xy = np.column_stack([side * (x + nx * half * k), y + ny * half * k])
            p = head.on_front(xy)
            rows.append(p + sdf.normals(head, p) * raise_m)
        out += rows
        t = grid_triangles(3, n)
        tris.append((t if side == 1 else t[:, ::-1]) + start)
        start += 3 * n
    v = np.concatenate(out)
    return v, np.concatenate(tris), flat_uv("brow", len(v))


def mouth_inside(face, v, pose, params):
    """Bag, teeth and tongue. The bag starts at the lips' margin."""
    m, c = params["head"]["mouth"], face.head.centre
    ids = face.index[("mouth", 0, 0)]
    margin = v[ids] - c
    n = len(ids)
    middle = margin.mean(axis=0)
    # The bag widens about the line between the lips, wherever that has gone.
    line = (margin[:, 1] + margin[-np.arange(n), 1]) / 2
    rings = []
    for back, grow_x, grow_y, extra in (
        (0, 1, 1, 0),
        (0.004, 1.0, 1.02, 0.0004),
        (0.014, 0.96, 1.15, 0.002),
        (0.030, 0.8, 1.0, 0.001),
        (0.036, 0.0, 0.0, 0),
    ):
        r = margin.copy()
        r[:, 0] = middle[0] + (r[:, 0] - middle[0]) * grow_x
        r[:, 1] = line + (r[:, 1] - line) * grow_y + np.sign(r[:, 1] - line) * extra
        if back > 0.02:
            r[:, 1] = middle[1] + (r[:, 1] - middle[1]) * grow_x
        r[:, 2] = r[:, 2] - back
        if back > 0.03:
            r[:, 2] = middle[2] - back
        rings.append(r)
    bag = np.concatenate(rings)
    uv = np.concatenate(
        [flat_uv("lip_inner", n), flat_uv("mouth", n), flat_uv("mouth", n), flat_uv("mouth_deep", 2 * n)]
    )
    tri = grid_triangles(5, n, closed=True)[:, ::-1]
    pieces = [(bag, tri, uv)]
    front = middle[2] - 0.0045
    jaw_y = -pose.jaw * 0.75 - pose.corner * 0.22
    for low in (False, True):
        k, arc = 11, np.linspace(-1, 1, 11)
        half = m["half_width"] * (0.87 if not low else 0.75) * (0.45 + 0.55 * min(pose.width, 1.2))
        x = arc * half
        z = front - 0.0018 - 0.0125 * (m["half_width"] / 0.0242) ** 2 * arc**2 - (0.0012 if low else 0)
        if low:
            top = m["y"] - 0.0060 + jaw_y + pose.teeth_low - 0.0006 * arc**2
            ys = (top, top - 0.0065)
        else:
            edge = m["y"] + 0.0010 - pose.teeth_up + 0.0014 * arc**2 + pose.corner * (0.5 * arc**2 - 0.22)
            # Under lips that hang at their ends the teeth keep away.
            edge = edge + 0.0012 * np.abs(arc) ** 6 + 0.25 * max(0.0, -pose.corner)
            ys = (m["y"] + 0.0105 - pose.teeth_up * 0.3 + 0 * arc, edge)
        rows = [
            np.column_stack([x, ys[0], z - 0.0006]),
            np.column_stack([x, ys[1], z]),
            np.column_stack([x, ys[1], z - 0.003]),
        ]
        if low:
            rows = [
                np.column_stack([x, ys[0], z - 0.003]),
                np.column_stack([x, ys[0], z]),
                np.column_stack([x, ys[1], z - 0.0006]),
            ]
        t = grid_triangles(3, k)[:, ::-1]
        # The rows from the gum to the edge, and behind the edge; below the other way round.
        light = (1.0, 1.0, 0.0) if low else (0.0, 1.0, 1.0)
        uv = np.concatenate([teeth_uv(arc, np.full(k, v)) for v in light])
        pieces.append((np.concatenate(rows), t, uv))
    # Tongue: a low dome that follows the jaw.
    k, rows = 9, []
    for d, w, h in ((0.0, 0.55, -0.004), (0.004, 0.9, 0.0005), (0.012, 1.0, 0.0025), (0.024, 0.9, 0.003)):
        arc = np.linspace(-1, 1, k)
        x = arc * m["half_width"] * 0.58 * w * (0.75 + 0.25 * pose.width)
        y = (
            m["y"]
            - 0.0072
            + jaw_y * 1.02
            + h
            + pose.tongue
            - 0.0022 * arc**2
            - 0.0012 * np.exp(-((arc / 0.3) ** 2))
        )
        rows.append(np.column_stack([x, y, np.full(k, front - 0.006 - d) - 0.004 * arc**2]))
    pieces.append((np.concatenate(rows), grid_triangles(4, k), flat_uv("tongue", 4 * k)))
    return join([(p + c, t, u) for p, t, u in pieces])


def join(pieces):
    start, vs, ts, us = 0, [], [], []
    for v, t, u in pieces:
        vs.append(v)
        ts.append(t + start)
        us.append(u)
        start += len(v)
    return np.concatenate(vs), np.concatenate(ts), np.concatenate(us)


def moving(face, pose, params):
    """All features of the face in a pose, as one (vertices, triangles, uv)."""
    v = face.state(pose)
    return join([lashes(face, v, params), brows(face, pose, params), mouth_inside(face, v, pose, params)])


def eyeballs(head, params):
    """Front caps of both eyes with painted irises, and the two lights in each, as a Part that needs no morphs."""
    rings, around, limit = 9, 22, np.radians(78)
    parts = []
    for side, name in ((1, "leftEye"), (-1, "rightEye")):
        centre = eye_centre(head, side)
        angle = np.linspace(0, 1, rings + 1)[1:] ** 1.1 * limit
        turn = np.linspace(0, 2 * np.pi, around, endpoint=False)
        a, b = np.meshgrid(angle, turn, indexing="ij")
        d = np.stack([np.sin(a) * np.cos(b), np.sin(a) * np.sin(b), np.cos(a)], axis=-1).reshape(-1, 3)
        flat = np.stack([a * np.cos(b), a * np.sin(b)], axis=-1).reshape(-1, 2) / limit
        d = np.concatenate([[[0, 0, 1]], d])
        flat = np.concatenate([[[0, 0]], flat])
        tri = grid_triangles(rings, around, closed=True)[:, ::-1] + 1
        fan = np.stack(
            [np.zeros(around, int), 1 + np.arange(around), 1 + (np.arange(around) + 1) % around], 1
        )
        v = centre + d * head.eye_radius
        parts.append(
            Part(v, orient(v, np.concatenate([fan, tri]), centre), d, eye_uv(flat), {name: np.ones(len(v))})
        )
        for x, y, r in params["head"]["eye"]["lights"]:
            turn = np.linspace(0, 2 * np.pi, 12, endpoint=False)
            disc = np.concatenate(
                [[[x, y]], np.column_stack([x + r * np.cos(turn), y + r * 1.15 * np.sin(turn)])]
            )
            d = np.column_stack([disc, np.sqrt(head.eye_radius**2 - np.sum(disc**2, axis=1))])
            d /= np.linalg.norm(d, axis=1, keepdims=True)
            v = centre + d * (head.eye_radius + 0.0007)
            t = np.stack([np.zeros(12, int), 1 + np.arange(12), 1 + (np.arange(12) + 1) % 12], 1)
            half = np.full(len(v), 0.5)
            parts.append(Part(v, t, d, flat_uv("light", len(v)), {name: half, "head": half}))
    return parts


def orient(v, tris, centre):
    """Turns triangles so that they face away from `centre`."""
    a, b, c = (v[tris[:, i]] for i in range(3))
    inward = np.sum(np.cross(b - a, c - a) * ((a + b + c) / 3 - centre), axis=1) < 0
    tris = tris.copy()
    tris[inward] = tris[inward][:, ::-1]
    return tris


def face_parts(face, params, poses):
    """The skin part and the feature part with every pose as a morph, all bound to the head (the neck to the neck)."""
    head = face.head
    rest_pose = poses["rest"]

    def skin_at(pose):
        v = face.state(pose)
        rims, rim_tris = lid_rims(face, v)
        return np.concatenate([v, rims]), rim_tris

    v, rim_tris = skin_at(rest_pose)
    n_face = len(face.rest)
    tris = np.concatenate([face.triangles, rim_tris + n_face])
    uv = head_map.disc_to_uv(face.disc)
    uv = np.concatenate([uv, np.tile([0.02, 0.02], (len(v) - n_face, 1))])
    base = mesh_normals(v, tris)
    smooth = sdf.normals(head, v[:n_face])
    # Light falls on a softer face than the one that is there.
    q = v[:n_face] - head.centre
    front = SOFT_LIGHT * smoothstep(0.0, 0.05, q[:, 2]) * smoothstep(-0.125, -0.100, q[:, 1])
    smooth = smooth + (sdf.normals(head.soft, v[:n_face]) - smooth) * front[:, None]
    smooth /= np.linalg.norm(smooth, axis=1, keepdims=True)
    normal = base.copy()
    normal[:n_face] = smooth
    hard = np.ones(len(v))
    hard[:n_face] = 1 - front
    stiff = smoothstep(params["body"]["neck_y"] + 0.0, params["body"]["neck_y"] + 0.055, v[:, 1])
    skin = Part(v, tris, normal, uv, {"head": stiff, "neck": 1 - stiff})

    fv, ft, fu = moving(face, rest_pose, params)
    fbase = mesh_normals(fv, ft, weld=False)
    features = Part(fv, ft, fbase, fu, {"head": np.ones(len(fv))})
    for name, pose in poses.items():
        if name == "rest":
            continue
        pv, _ = skin_at(pose)
        skin.morphs[name] = (pv - v, (mesh_normals(pv, tris) - base) * hard[:, None])
        qv, _, _ = moving(face, pose, params)
        features.morphs[name] = (qv - fv, mesh_normals(qv, ft, weld=False) - fbase)
    return skin, features
