"""The face's skin: which vertices it has (rings round eyes and mouth, a fill between them) and where they go in a pose."""

import numpy as np
from mathutils import Vector
from mathutils.geometry import delaunay_2d_cdt

from . import head as head_map
from .part import smoothstep

EYE_HALF = 13  # segments along one lid
EYE_RINGS = (0.0, 0.0022, 0.0050, 0.0085, 0.0130)
EYE_FALL = (1.0, 0.88, 0.55, 0.2, 0.0)
MOUTH_HALF = 14  # segments along one lip
MOUTH_RINGS = (0.0, 0.0024, 0.0052, 0.0092)
MOUTH_GAP = 0.0004
NECK_RING = 28
BACK_ANGLE = 2.55
MOUTH_REACH = 0.020


def lid_curves(eye, t):
    """Upper and lower lid heights over t in [-1, 1] (inner to outer corner), relative to the eye's middle."""
    base = eye["tilt"] * t
    upper = base + eye["open_up"] * (1 - np.abs(t) ** 2.6) ** 0.62 * (1 + 0.10 * t)
    lower = base - eye["open_low"] * (1 - np.abs(t) ** 2.4) ** 0.75 * (1 + 0.12 * t)
    return upper, lower


class Face:
    """Topology once; `state(pose)` then gives every vertex in any pose."""

    def __init__(self, params, head):
        self.head, self.p = head, params["head"]
        self.low = params["body"]["neck_y"] - 0.012
        self.eye_rest = [self.eye_ring(j) for j in range(len(EYE_RINGS))]
        self.mouth_rest = [self.mouth_ring(j) for j in range(len(MOUTH_RINGS))]
        self.build()

    # --- where rings lie -------------------------------------------------------------------------------

    def eye_t(self):
        """Positions along the loop: upper lid inner to outer corner, then lower lid back; is-upper flags."""
        s = np.linspace(0, np.pi, EYE_HALF + 1)
        t = np.concatenate([-np.cos(s), np.cos(s)[1:-1]])
        return t, np.arange(len(t)) <= EYE_HALF

    def eye_ring(self, j):
        """Rest loop of ring j of the left eye, 2D, relative to the head's centre."""
        eye = self.p["eye"]
        t, upper = self.eye_t()
        up, low = lid_curves(eye, t)
        y = np.where(upper, up, low)
        window = np.sqrt(np.maximum(1 - t * t, 0))
        out = np.column_stack([t * 0.75, np.where(upper, 1, -1) * window + eye["tilt"] * t * 20])
        out /= np.linalg.norm(out, axis=1, keepdims=True) + 1e-9
        ring = np.column_stack([t * eye["half_width"], y]) + out * EYE_RINGS[j]
        return ring + self.head.eye[:2]

    def eye_moves(self, pose, closed):
        """2D movement of the left eye's margin in a pose."""
        eye = self.p["eye"]
        t, upper = self.eye_t()
        up, low = lid_curves(eye, t)
        # Shut eyes are a bow that hangs; laughing ones a bow that stands.
        meet = low + (up - low) * (0.14 + 0.50 * pose.arch)
        lower_to = low + (meet - low) * max(pose.squint, closed)
        window = (1 - t * t) ** 0.5
        raised = up + pose.wide * window - pose.lid_tilt * (0.35 - t) * window
        upper_to = raised + (meet - 0.0012 * window - raised) * closed
        dy = np.where(upper, upper_to - up, lower_to - low)
        return np.column_stack([np.zeros(len(t)), dy])

    def mouth_t(self):
        s = np.linspace(0, np.pi, MOUTH_HALF + 1)
        t = np.concatenate([-np.cos(s), np.cos(s)[1:-1]])
        return t, np.arange(len(t)) <= MOUTH_HALF

    def mouth_line(self, t):
        m = self.p["mouth"]
        return m["y"] + m["smile"] * (np.abs(t) ** 2.2 - 0.25) - m["bow"] * np.exp(-((t / 0.28) ** 2))

    def mouth_ring(self, j):
        m = self.p["mouth"]
        t, upper = self.mouth_t()
        sign = np.where(upper, 1.0, -1.0)
        window = np.sqrt(np.maximum(1 - t * t, 0))
        y = self.mouth_line(t) + sign * MOUTH_GAP * 0.5 * window
        out = np.column_stack([t * 0.8, sign * window])
        out /= np.linalg.norm(out, axis=1, keepdims=True)
        return np.column_stack([t * m["half_width"], y]) + out * MOUTH_RINGS[j]

    def mouth_moves(self, pose):
        """3D movement of the mouth's margin in a pose."""
        m = self.p["mouth"]
        t, upper = self.mouth_t()
        almond = np.maximum(1 - np.abs(t) ** 2, 0) ** 1.1
        circle = np.maximum(1 - t * t, 0) ** 0.5
        profile = almond + (circle - almond) * pose.roundness
        dy = np.where(upper, pose.up, -pose.down) * profile
        dy = dy + pose.corner * (np.abs(t) ** 1.7 - 0.22)
        # A round mouth has its corners half-way down, not at the upper lip's height.
        dy = dy + (pose.up - pose.down) * 0.42 * pose.roundness * (1 - profile)
        dy = dy - pose.roundness * m["smile"] * (np.abs(t) ** 2.2 - 0.25)
        dx = t * m["half_width"] * (pose.width - 1)
        dz = pose.pucker * (1 - 0.35 * t * t) - pose.corner_deep * t * t
        dz = dz - np.where(upper, 0, pose.jaw * 0.25) * profile
        return np.column_stack([dx, dy, dz])

    # --- topology --------------------------------------------------------------------------------------

    def build(self):
        head = self.head
        loops = []  # (kind, ring index, world points)
        flip = np.array([-1.0, 1.0])
        for side in (1, -1):
            for j, ring in enumerate(self.eye_rest):
                loops.append((("eye", side, j), head.on_front(ring if side == 1 else ring * flip)))
        for j, ring in enumerate(self.mouth_rest):
            loops.append((("mouth", 0, j), head.on_front(ring)))
        loops.append((("neck", 0, 0), self.neck_points()))
        points, edges, self.index = [], [], {}
        start = 0
        for key, world in loops:
            n = len(world)
            self.index[key] = np.arange(start, start + n)
            points.append(head.to_disc(world))
            edges += [(start + i, start + (i + 1) % n) for i in range(n)]
            start += n
        around = np.linspace(0, 2 * np.pi, 36, endpoint=False)
        points.append(BACK_ANGLE * np.column_stack([np.cos(around), np.sin(around)]))
        edges += [(start + i, start + (i + 1) % 36) for i in range(36)]
        fixed = np.concatenate(points)
        fill = self.fill_points(fixed)
        disc = np.concatenate([fixed, fill])
        out = delaunay_2d_cdt([Vector(v) for v in disc], edges, [], 0, 1e-7)
        if len(out[0]) != len(disc):
            raise ValueError(
                "the face's rings touch each other: change eye or mouth sizes in the character file"
            )
        # The triangulation may reorder vertices: find each one again.
        order = np.array([ids[0] for ids in out[3]])
        tris = order[np.array(out[2])]
        middle = disc[tris].mean(axis=1)
        keep = np.linalg.norm(middle, axis=1) < BACK_ANGLE
        for hole in (("eye", 1, 0), ("eye", -1, 0), ("mouth", 0, 0), ("neck", 0, 0)):
            keep &= ~inside(middle, disc[self.index[hole]])
        tris = tris[keep]
        a, b, c = (disc[tris[:, i]] for i in range(3))
        area = (b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]
        tris[area < 0] = tris[area < 0][:, ::-1]
        self.triangles = tris[np.abs(area) > 1e-9]
        self.disc = disc
        self.rest = head.along(head_map.disc_directions(disc))
        for key, world in loops:
            self.rest[self.index[key]] = world

    def neck_points(self):
        around = np.linspace(0, 2 * np.pi, NECK_RING, endpoint=False)
        out = np.column_stack([np.cos(around), np.zeros(NECK_RING), np.sin(around)])
        axis = np.array([0, self.low, self.head.centre[2] - 0.028])
        t = np.full(NECK_RING, 0.01)
        for _ in range(60):
            t = t - 0.85 * self.head(axis + t[:, None] * out)
        return axis + t[:, None] * out

    def fill_points(self, fixed):
        """Spread points over the disc, dense in the face and sparse behind, the same left and right."""
        rng = np.random.default_rng(7)
        outer_eye, outer_mouth = len(EYE_RINGS) - 1, len(MOUTH_RINGS) - 1
        rings = (("eye", 1, outer_eye), ("eye", -1, outer_eye), ("mouth", 0, outer_mouth), ("neck", 0, 0))
        polygons = [fixed[self.index[k]] for k in rings]

        def spacing(q):
            r = np.linalg.norm(q - [0, -0.25], axis=-1)
            neck = np.linalg.norm(q - [0, -1.45], axis=-1)
            return 0.062 + 0.16 * smoothstep(0.75, 1.9, r) * smoothstep(0.3, 0.9, neck)

        kept = [np.array(v) for v in fixed]
        fill = []
        middle = np.arange(-2.4, 2.4, 0.02)
        candidates = [np.array([0.0, y]) for y in middle]
        candidates += list(rng.uniform(-2.5, 2.5, size=(26000, 2)))
        cloud = np.array(kept)
        for q in candidates:
            q = np.array([abs(q[0]), q[1]])
            s = float(spacing(q))
            if np.linalg.norm(q) > BACK_ANGLE - 0.6 * s or (0 < q[0] < 0.4 * s):
                continue
            if np.min(np.sum((cloud - q) ** 2, axis=1)) < (0.72 * s) ** 2:
                continue
            if any(inside(q[None], poly)[0] for poly in polygons):
                continue
            new = [q] if q[0] == 0 else [q, q * [-1, 1]]
            fill += new
            cloud = np.concatenate([cloud, np.array(new)])
        return np.array(fill)

    # --- poses -----------------------------------------------------------------------------------------

    def state(self, pose):
        """Vertex positions of the skin in a pose, in the order of `rest`."""
        v = self.rest.copy()
        flip = np.array([-1.0, 1.0])
        for side, closed in ((1, pose.blink_l), (-1, pose.blink_r)):
            moves = self.eye_moves(pose, closed)
            for j, fall in enumerate(EYE_FALL):
                if fall == 0 or not np.abs(moves).max() > 0:
                    continue
                ring = self.eye_rest[j] + moves * fall
                v[self.index[("eye", side, j)]] = self.head.on_front(ring if side == 1 else ring * flip)
        return v + self.field(pose)

    def field(self, pose):
        """Movement of all skin by jaw, cheeks and lips."""
        p = self.rest - self.head.centre
        m = self.p["mouth"]
        move = np.zeros_like(p)
        jaw = self.jaw_weight(p)
        move[:, 1] -= pose.jaw * jaw
        move[:, 2] -= pose.jaw * 0.3 * jaw
        front = smoothstep(0.0, 0.05, p[:, 2])
        cheek = np.exp(-(((np.abs(p[:, 0]) - 0.042) / 0.016) ** 2) - ((p[:, 1] + 0.050) / 0.014) ** 2) * front
        move[:, 1] += pose.cheek * 0.8 * cheek
        move[:, 2] += pose.cheek * 0.6 * cheek
        ids = self.index[("mouth", 0, 0)]
        t, upper = self.mouth_t()
        margin = p[ids]
        margin_move = self.mouth_moves(pose) - move[ids]
        half = m["half_width"]
        d2 = (p[:, None, 0] - margin[None, :, 0]) ** 2 + (p[:, None, 1] - margin[None, :, 1]) ** 2
        distance = np.sqrt(d2.min(axis=1))
        # Above the line of the mouth only the upper lip counts, below it only the lower one.
        line = self.mouth_line(np.clip(p[:, 0] / half, -1, 1))
        angle = np.arctan2(p[:, 1] - line, np.maximum(np.abs(p[:, 0]) - half, 0) + 1e-5)
        above = smoothstep(-0.5, 0.5, angle)
        above[ids] = np.where(upper, 1.0, 0.0)
        for j in range(1, len(MOUTH_RINGS)):
            above[self.index[("mouth", 0, j)]] = np.where(upper, 1.0, 0.0)
        corner = np.isclose(np.abs(t), 1)
        parts = []
        for which in (upper | corner, ~upper | corner):
            nearest = np.where(which[None], d2, 9).min(axis=1, keepdims=True)
            w = np.exp(-(d2 - nearest) / 0.004**2) * which[None]
            parts.append((w @ margin_move) / (w.sum(axis=1, keepdims=True) + 1e-12))
        lips = parts[1] + (parts[0] - parts[1]) * above[:, None]
        # Lips go fully with their margin near it; the pull ends before nose and chin.
        reach = np.where(p[:, 1] > line, 0.016, MOUTH_REACH)
        pull = np.exp(-((np.maximum(distance - 0.002, 0) / reach) ** 2)) * front
        lips = lips * pull[:, None]
        lips[ids] = margin_move
        for j in range(1, len(MOUTH_RINGS)):
            ring = self.index[("mouth", 0, j)]
            fall = np.exp(-((max(MOUTH_RINGS[j] - 0.002, 0) / 0.018) ** 2))
            lips[ring] = margin_move * fall
        return move + lips

    def jaw_weight(self, p):
        below = smoothstep(-0.050, -0.088, p[:, 1])
        front = smoothstep(-0.02, 0.045, p[:, 2])
        neck = smoothstep(-0.150, -0.122, p[:, 1])
        return below * front * neck


def inside(points, polygon):
    """Even-odd test of (N, 2) points against a polygon."""
    x, y = points[:, 0][:, None], points[:, 1][:, None]
    a, b = polygon, np.roll(polygon, -1, axis=0)
    crosses = (a[None, :, 1] > y) != (b[None, :, 1] > y)
    at = a[None, :, 0] + (y - a[None, :, 1]) / (b[None, :, 1] - a[None, :, 1] + 1e-15) * (b - a)[None, :, 0]
    return (crosses & (x < at)).sum(axis=1) % 2 == 1
