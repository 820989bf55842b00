"""Naive surface nets: a signed distance function becomes a closed mesh of even quads, cut into triangles."""

import numpy as np

from . import sdf


def surface_net(f, low, high, step, project=True):
    """Returns (vertices (N, 3), triangles (M, 3)), wound so that normals point outwards."""
    axes = [np.arange(low[i], high[i] + step, step) for i in range(3)]
    grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    shape = grid.shape[:3]
    values = f(grid.reshape(-1, 3)).reshape(shape)
    cells = tuple(s - 1 for s in shape)

    total = np.zeros(cells + (3,))
    count = np.zeros(cells)
    for axis in range(3):
        a = [slice(None)] * 3
        b = [slice(None)] * 3
        a[axis], b[axis] = slice(0, -1), slice(1, None)
        va, vb = values[tuple(a)], values[tuple(b)]
        crosses = (va < 0) != (vb < 0)
        t = np.where(crosses, va / np.where(crosses, va - vb, 1.0), 0.0)
        point = grid[tuple(a)].copy()
        point[..., axis] += t * step
        other = [i for i in range(3) if i != axis]
        for da in (0, 1):
            for db in (0, 1):
                pick = [slice(None)] * 3
                for o, d in zip(other, (da, db)):
                    pick[o] = slice(d, d + cells[o])
                m = crosses[tuple(pick)]
                total += np.where(m[..., None], point[tuple(pick)], 0)
                count += m
    used = count > 0
    index = np.full(cells, -1)
    index[used] = np.arange(used.sum())
    vertices = total[used] / count[used][:, None]

    triangles = []
    for axis in range(3):
        a = [slice(1, -1)] * 3
        b = [slice(1, -1)] * 3
        a[axis], b[axis] = slice(0, -1), slice(1, None)
        inside_a, inside_b = values[tuple(a)] < 0, values[tuple(b)] < 0
        where = np.argwhere(inside_a != inside_b)
        flip = inside_a[tuple(where.T)]
        u, v = [(1, 2), (2, 0), (0, 1)][axis]
        base = where.copy()
        for o in (u, v):
            base[:, o] += 1
        corner = []
        for du, dv in ((-1, -1), (0, -1), (0, 0), (-1, 0)):
            c = base.copy()
            c[:, u] += du
            c[:, v] += dv
            corner.append(index[tuple(c.T)])
        q = np.stack(corner, axis=1)
        q[~flip] = q[~flip][:, ::-1]
        triangles += [q[:, [0, 1, 2]], q[:, [0, 2, 3]]]
    tris = np.concatenate(triangles)
    tris = tris[(tris >= 0).all(axis=1)]
    if project:
        vertices = sdf.project(f, vertices, steps=2)
    return vertices, tris
