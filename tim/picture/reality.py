"""Pictures of meshes with their own textures, and of point clouds."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from pointcloud.meshes.mesh import Mesh as SourceMesh
from pointcloud.meshes.sampling import Colours
from pointcloud.task import Task
from tim.picture.camera import Camera, sky
from tim.picture.mesh import Mesh
from tim.picture.view import View

_LARGEST_POINT = 6  # pixels along a side
_FILL = 2.2  # points are drawn that much larger than their spacing, so that surfaces close
_MOST_AROUND, _GAP, _PASSES = 5, 0.02, 3  # neighbours that are nearer, by that share of the depth, close a gap
_EDGE, _EDGE_REACH = 900.0, 2  # strength and reach (pixels) of the shading at steps of depth


@dataclass
class TexturedMesh(Mesh):
    """A mesh that looks up the pictures of its parts: `parts` with the number of the first triangle of each."""

    parts: list[SourceMesh] = field(default_factory=list)
    firsts: np.ndarray = field(default_factory=lambda: np.zeros(1, np.int64))
    colouring: Colours = field(default_factory=Colours)

    def colours_at(self, triangle: np.ndarray, places: np.ndarray) -> np.ndarray:
        """Colours (k, 3) of the places (k, 3) on the given triangles (k,)."""
        shares = _shares(self.vertices[self.triangles[triangle]], places)
        part = np.searchsorted(self.firsts, triangle, side="right") - 1
        result = np.empty((len(triangle), 3))
        for number in np.unique(part):
            chosen = part == number
            local = triangle[chosen] - self.firsts[number]
            result[chosen] = self.colouring.at(self.parts[number], local, shares[chosen]) / 255.0
        return result


def textured_mesh(view: View) -> TexturedMesh:
    """All meshes of a view as one."""
    parts = [mesh for mesh in view.meshes if len(mesh.triangles)]
    sizes = [len(mesh.positions) for mesh in parts]
    counts = [len(mesh.triangles) for mesh in parts]
    vertices = np.concatenate([mesh.positions for mesh in parts]).astype(np.float64)
    shifts = np.cumsum([0, *sizes[:-1]])
    triangles = np.concatenate([mesh.triangles.astype(np.int64) + shift for mesh, shift in zip(parts, shifts)])
    colouring = Colours()
    middle = [np.full((count, 3), 1 / 3) for count in counts]
    tones = [colouring.at(mesh, np.arange(count), share) for mesh, count, share in zip(parts, counts, middle)]
    return TexturedMesh(
        vertices,
        triangles,
        np.concatenate(tones) / 255.0,
        view.origin,
        np.zeros(len(triangles), bool),
        lit=view.lit,
        parts=parts,
        firsts=np.cumsum([0, *counts[:-1]]),
        colouring=colouring,
    )


def _shares(corners: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Barycentric shares (k, 3) of places on triangles (k, 3, 3)."""
    a, ab, ac = corners[:, 0], corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    p = places - a
    bb, bc, cc = (np.sum(one * other, axis=1) for one, other in ((ab, ab), (ab, ac), (ac, ac)))
    pb, pc = np.sum(p * ab, axis=1), np.sum(p * ac, axis=1)
    scale = np.maximum(bb * cc - bc * bc, 1e-18)
    u, v = (cc * pb - bc * pc) / scale, (bb * pc - bc * pb) / scale
    shares = np.clip(np.column_stack((1.0 - u - v, u, v)), 0.0, 1.0)
    return shares / np.maximum(shares.sum(axis=1, keepdims=True), 1e-12)


def render_points(view: View, camera: Camera, task: Task) -> np.ndarray:
    """The picture (height, width, 3) uint8 of a cloud: near points hide far ones, steps of depth are darkened."""
    background = sky(np.arange(camera.height) / camera.height)
    picture = np.repeat(np.round(255 * background)[:, None], camera.width, axis=1).astype(np.uint8)
    task.progress(0.1, "绘制点云")
    pixels, depth = camera.project(view.points.astype(np.float64))
    extent = np.ptp(view.points[:, :2], axis=0)
    spacing = np.sqrt(max(float(np.prod(extent)), 1e-6) / len(view.points))
    size = int(np.clip(round(_FILL * spacing * camera.focal / float(np.median(depth))), 1, _LARGEST_POINT))
    order = np.argsort(-depth, kind="stable")  # far ones first, so that near ones are written over them
    columns, rows = (np.floor(pixels[order, axis]).astype(np.int64) - size // 2 for axis in (0, 1))
    nearest = np.full((camera.height, camera.width), np.inf)
    # all offsets of the far points must not hide near ones: depth decides
    for offset in range(size * size):
        task.progress(0.2 + 0.6 * offset / size**2, "绘制点云")
        x, y = columns + offset % size, rows + offset // size
        good = (x >= 0) & (x < camera.width) & (y >= 0) & (y < camera.height)
        x, y, d, c = x[good], y[good], depth[order][good], view.colours[order][good]
        layer = np.full_like(nearest, np.inf)
        layer[y, x] = d
        colour = np.zeros_like(picture)
        colour[y, x] = c
        nearer = layer < nearest
        nearest[nearer], picture[nearer] = layer[nearer], colour[nearer]
    for _ in range(_PASSES):
        _close_gaps(nearest, picture)
    shade = _edges(nearest)
    return np.where(np.isfinite(nearest)[:, :, None], np.round(picture * shade[:, :, None]), picture).astype(np.uint8)


def _close_gaps(depth: np.ndarray, picture: np.ndarray) -> None:
    """Pixels through which one looks between the points of a nearer surface take the nearest neighbour's colour."""
    steps = [(dy, dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1) if dy or dx]
    around = np.stack([np.roll(depth, step, axis=(0, 1)) for step in steps])
    nearer = (around < depth * (1.0 - _GAP)).sum(axis=0)
    best = around.argmin(axis=0)
    gap = nearer >= _MOST_AROUND
    rows, columns = np.nonzero(gap)
    offsets = np.array(steps)[best[gap]]
    from_rows, from_columns = (rows - offsets[:, 0]) % depth.shape[0], (columns - offsets[:, 1]) % depth.shape[1]
    picture[rows, columns] = picture[from_rows, from_columns]
    depth[rows, columns] = around.min(axis=0)[gap]


def _edges(depth: np.ndarray) -> np.ndarray:
    """How bright a pixel stays: darker where its neighbours are nearer (eye-dome lighting, Boucheny 2009)."""
    far = float(depth[np.isfinite(depth)].max()) if np.isfinite(depth).any() else 1.0
    logarithm = np.log2(np.where(np.isfinite(depth), depth, 2.0 * far))
    total = np.zeros_like(logarithm)
    for dy, dx in ((0, 1), (1, 0), (0, -1), (-1, 0)):
        neighbour = np.roll(logarithm, (dy * _EDGE_REACH, dx * _EDGE_REACH), axis=(0, 1))
        total += np.maximum(0.0, logarithm - neighbour)
    return np.clip(np.exp(-_EDGE * total / 4.0 / 50.0), 0.35, 1.0)
