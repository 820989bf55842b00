"""Signed distance functions and what is done with them: projecting points, normals, casting rays.

Every function takes points of shape (N, 3) in metres and returns (N,) distances, negative inside.
Smooth joins use the quadratic polynomial blend with radius k in metres.
"""

import numpy as np

EPSILON_M = 4e-4


def vec(*v):
    return np.array(v, dtype=float)


def sphere(p, c, r):
    return np.linalg.norm(p - vec(*c), axis=1) - r


def ellipsoid(p, c, r):
    """Not exact away from the surface, but its zero set and gradient direction are right."""
    q = p - vec(*c)
    r = vec(*r)
    k0 = np.linalg.norm(q / r, axis=1)
    k1 = np.linalg.norm(q / (r * r), axis=1) + 1e-9
    return k0 * (k0 - 1.0) / k1


def cone(p, a, b, ra, rb):
    """A capsule from a to b whose radius goes from ra to rb."""
    a, b = vec(*a), vec(*b)
    ab = b - a
    h = np.clip(((p - a) @ ab) / (ab @ ab), 0.0, 1.0)
    return np.linalg.norm(p - a - h[:, None] * ab, axis=1) - (ra + (rb - ra) * h)


def flat_cone(p, a, b, ra, rb, squash):
    """A cone whose space is stretched by `squash` (3 factors) first: gives oval cross-sections."""
    s = vec(*squash)
    return cone(p / s, vec(*a) / s, vec(*b) / s, ra, rb) * s.min()


def box(p, c, half, r):
    q = np.abs(p - vec(*c)) - (vec(*half) - r)
    return np.linalg.norm(np.maximum(q, 0), axis=1) + np.minimum(q.max(axis=1), 0) - r


def smin(a, b, k):
    h = np.maximum(k - np.abs(a - b), 0.0) / k
    return np.minimum(a, b) - h * h * k * 0.25


def smax(a, b, k):
    return -smin(-a, -b, k)


def mirror_x(p):
    """Folds space so that one half describes both."""
    q = p.copy()
    q[:, 0] = np.abs(q[:, 0])
    return q


def gradient(f, p):
    g = np.empty_like(p)
    for axis in range(3):
        d = np.zeros(3)
        d[axis] = EPSILON_M
        g[:, axis] = f(p + d) - f(p - d)
    return g / (2 * EPSILON_M)


def normals(f, p):
    g = gradient(f, p)
    return g / (np.linalg.norm(g, axis=1, keepdims=True) + 1e-12)


def project(f, p, steps=4, offset=0.0):
    """Moves points along the gradient onto the surface f = offset."""
    p = np.array(p, dtype=float)
    for _ in range(steps):
        g = gradient(f, p)
        p = p - ((f(p) - offset) / (np.sum(g * g, axis=1) + 1e-9))[:, None] * g
    return p


def cast(f, origins, directions, steps=60, far=0.6):
    """First hit of each ray, by sphere tracing with a cautious step."""
    t = np.zeros(len(origins))
    for _ in range(steps):
        t = np.minimum(t + 0.8 * f(origins + t[:, None] * directions), far)
    return origins + t[:, None] * directions


def cast_out(f, origin, directions, start=0.3, steps=80):
    """The outermost surface point along each direction from `origin`, found from outside."""
    o = origin + directions * start
    return cast(f, o, -directions, steps=steps)


def openness(f, p, n, reach=0.06):
    """How open the sky is above surface points, 0..1: soft shade in folds, under arms, below what sticks out."""
    free = np.ones(len(p))
    for part, weight in ((0.2, 0.30), (0.5, 0.35), (1.0, 0.35)):
        h = reach * part
        free -= weight * np.clip(1 - f(p + n * h) / h, 0, 1)
    return np.clip(free, 0, 1)
