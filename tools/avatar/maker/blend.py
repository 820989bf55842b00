"""What Blender itself is used for: thinning meshes by edge collapse, and cutting outlines into triangles."""

import bpy
import numpy as np
from mathutils import Vector
from mathutils.geometry import delaunay_2d_cdt

from . import sdf
from .face import inside


def decimate(vertices, triangles, keep):
    """Edge-collapse to the fraction `keep` of the triangles."""
    mesh = bpy.data.meshes.new("thin")
    mesh.from_pydata(vertices.tolist(), [], triangles.tolist())
    thing = bpy.data.objects.new("thin", mesh)
    bpy.context.scene.collection.objects.link(thing)
    thing.modifiers.new("thin", "DECIMATE").ratio = keep
    done = thing.evaluated_get(bpy.context.evaluated_depsgraph_get()).to_mesh()
    done.calc_loop_triangles()
    v = np.array([p.co[:] for p in done.vertices])
    t = np.array([p.vertices[:] for p in done.loop_triangles])
    bpy.data.objects.remove(thing)
    bpy.data.meshes.remove(mesh)
    return v, t


def skin_of(f, low, high, step, keep=1.0):
    """The surface of f inside the box, thinned, with exact normals: (vertices, triangles, normals)."""
    from .isosurface import surface_net

    v, t = surface_net(f, low, high, step)
    if keep < 1:
        v, t = decimate(v, t, keep)
        v = sdf.project(f, v, steps=2)
    return v, t, sdf.normals(f, v)


def fill(outline, spacing):
    """Triangles over a polygon (N, 2), counter-clockwise, with inner points on a grid: (points, triangles)."""
    low, high = outline.min(axis=0), outline.max(axis=0)
    xs = np.arange(low[0] + spacing / 2, high[0], spacing)
    ys = np.arange(low[1] + spacing / 2, high[1], spacing)
    inner = np.array([(x, y) for x in xs for y in ys]).reshape(-1, 2)
    if len(inner):
        inner = inner[inside(inner, outline)]
        gap = (
            np.sqrt(((inner[:, None] - outline[None]) ** 2).sum(-1)).min(axis=1)
            if len(inner)
            else np.zeros(0)
        )
        inner = inner[gap > spacing * 0.45]
    points = np.concatenate([outline, inner])
    n = len(outline)
    edges = [(i, (i + 1) % n) for i in range(n)]
    out = delaunay_2d_cdt([Vector(p) for p in points], edges, [], 0, 1e-7)
    order = np.array([ids[0] for ids in out[3]])
    tris = order[np.array(out[2])]
    tris = tris[inside(points[tris].mean(axis=1), outline)]
    a, b, c = (points[tris[:, i]] for i in range(3))
    area = (b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]
    tris[area < 0] = tris[area < 0][:, ::-1]
    return points, tris


def subdivide_outline(corners, longest):
    """Adds points along the sides of a polygon so that none is longer than `longest`."""
    out = []
    corners = np.array(corners, dtype=float)
    for a, b in zip(corners, np.roll(corners, -1, axis=0)):
        n = max(1, int(np.ceil(np.linalg.norm(b - a) / longest)))
        out += [a + (b - a) * i / n for i in range(n)]
    return np.array(out)


def cut(vertices, triangles, field):
    """Cuts a mesh along field = 0: (vertices, triangles where it is below, triangles where it is above)."""
    v, made = list(vertices), {}
    below, above = [], []

    def crossing(i, j):
        key = (min(i, j), max(i, j))
        if key not in made:
            t = field[i] / (field[i] - field[j])
            made[key] = len(v)
            v.append(vertices[i] + (vertices[j] - vertices[i]) * t)
        return made[key]

    for tri in triangles.tolist():
        high = [field[i] >= 0 for i in tri]
        if all(high) or not any(high):
            (above if high[0] else below).append(tri)
            continue
        lone = high.index(sum(high) == 1)
        a, b, c = tri[lone], tri[lone - 2], tri[lone - 1]
        ab, ac = crossing(a, b), crossing(a, c)
        one, two = (above, below) if high[lone] else (below, above)
        one.append([a, ab, ac])
        two += [[ab, b, c], [ab, c, ac]]
    return np.array(v), np.array(below).reshape(-1, 3), np.array(above).reshape(-1, 3)
