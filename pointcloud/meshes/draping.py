"""Pictures for planar faces, taken from a textured mesh that runs near them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from pointcloud.meshes.mesh import Material, Mesh
from pointcloud.meshes.pictures import jpeg_of
from pointcloud.meshes.sampling import Colours

_PLAIN = (200, 200, 195)  # RGB where no mesh is near
_BORDER = 1  # pixels around each face, against bleeding
_WIDEST = 4096  # pixels of a picture's side: every viewer takes that
_FILLED = 1.0  # metres: farther from what was seen, a face has its mean colour
_LEVEL = 0.999  # of the normal's vertical part: such faces lie flat


@dataclass(frozen=True)
class Draped:
    """A mesh with its picture, and for each face the share of its pixels that the source covers."""

    mesh: Mesh
    seen: np.ndarray


@dataclass(frozen=True)
class _Panel:
    """A face in its own plane: `corner` is where u is lowest and v highest; u and v are unit vectors."""

    corner: np.ndarray
    u: np.ndarray
    v: np.ndarray
    outward: np.ndarray
    size: tuple[float, float]

    def pixels(self, step: float) -> tuple[int, int]:
        """Rows and columns with the border."""
        width, height = (max(1, int(np.ceil(length / step))) + 2 * _BORDER for length in self.size)
        return height, width

    def places(self, step: float) -> np.ndarray:
        """Middles of the pixels (rows, columns, 3)."""
        rows, columns = self.pixels(step)
        right = (np.arange(columns) - _BORDER + 0.5) * step
        down = (np.arange(rows) - _BORDER + 0.5) * step
        return self.corner + right[None, :, None] * self.u - down[:, None, None] * self.v

    def flat(self, places: np.ndarray) -> np.ndarray:
        """Places (k, 3) in the plane of the panel (k, 2), metres right of and below its corner."""
        away = places - self.corner
        return np.column_stack((away @ self.u, -(away @ self.v)))

    def covers(self, places: np.ndarray, triangles: np.ndarray) -> np.ndarray:
        """Whether places lie in a face that triangles (m, 3, 3) fill."""
        corners = self.flat(triangles.reshape(-1, 3)).reshape(-1, 3, 2)
        face = shapely.union_all(shapely.polygons(corners))
        shapely.prepare(face)
        return np.asarray(shapely.contains_xy(face, self.flat(places)))


class Surroundings:
    """The triangles of meshes near some faces, asked for their colours. Positions in metres near zero.

    Raises `ImportError` or `OSError` where Open3D cannot be loaded.
    """

    def __init__(self, meshes: Sequence[Mesh], colours: Colours) -> None:
        import open3d

        core: Any = open3d.core
        self._tensor = core.Tensor
        self._meshes = [mesh for mesh in meshes if len(mesh.triangles)]
        self._colours = colours
        self._scene: Any = open3d.t.geometry.RaycastingScene()
        for mesh in self._meshes:
            positions, triangles = mesh.positions.astype(np.float32), mesh.triangles.astype(np.uint32)
            self._scene.add_triangles(self._tensor(positions), self._tensor(triangles))

    def colours(self, places: np.ndarray, outward: np.ndarray, reach: float) -> tuple[np.ndarray, np.ndarray]:
        """RGB uint8 (k, 3) of what lies nearest along ±`outward` (3,) within `reach`, and whether there is any."""
        result = np.tile(np.array(_PLAIN, np.uint8), (len(places), 1))
        if not self._meshes:
            return result, np.zeros(len(places), bool)
        front, back = self._cast(places, outward), self._cast(places, -outward)
        nearer = back["t_hit"] < front["t_hit"]
        away = np.where(nearer, back["t_hit"], front["t_hit"])
        seen = away <= reach
        hit = {name: np.where(nearer if one.ndim == 1 else nearer[:, None], back[name], one)
               for name, one in front.items()}  # fmt: skip
        for number, mesh in enumerate(self._meshes):
            own = np.flatnonzero(seen & (hit["geometry_ids"] == number))
            if len(own):
                second, third = hit["primitive_uvs"][own].T.astype(float)
                shares = np.column_stack((1.0 - second - third, second, third))
                result[own] = self._colours.at(mesh, hit["primitive_ids"][own], shares)
        return result, seen

    def _cast(self, places: np.ndarray, direction: np.ndarray) -> dict[str, np.ndarray]:
        rays = np.column_stack((places, np.broadcast_to(direction, places.shape))).astype(np.float32)
        answer = self._scene.cast_rays(self._tensor(rays))
        return {name: answer[name].numpy() for name in ("t_hit", "geometry_ids", "primitive_ids", "primitive_uvs")}


def drape(
    faces: Sequence[np.ndarray],
    normals: np.ndarray,
    triangles: Sequence[np.ndarray],
    around: Surroundings,
    step: float,
    reach: float,
) -> Draped | None:
    """Planar faces as a mesh with one picture, whose pixels are `step` metres wide or wider, as many as fit.

    `faces`: corners (n, 3) of each; `normals` (k, 3) outward units; `triangles`: corners (m, 3, 3) that fill each
    face. Pixels take the colour of what lies nearest along the normal within `reach` (m). Those without any take that
    of the nearest pixel of their face that has one within a metre, or the mean of the face. None when nothing has an
    area or no face meets the mesh.
    """
    kept = [number for number, corners in enumerate(triangles) if len(corners)]
    panels = [_panel(faces[number], normals[number]) for number in kept]
    if not panels:
        return None
    step, corners, size = _fitted(panels, step)
    picture = np.full((*size, 3), _PLAIN, np.uint8)
    seen = np.zeros(len(faces))
    for number, panel, (top, left) in zip(kept, panels, corners):
        rows, columns = panel.pixels(step)
        pixels = panel.places(step).reshape(-1, 3)
        colours, there = around.colours(pixels, panel.outward, reach)
        inside = panel.covers(pixels, triangles[number])
        seen[number] = there[inside].mean() if inside.any() else 0.0
        part = _filled(colours.reshape(rows, columns, 3), there.reshape(rows, columns), step)
        picture[top : top + rows, left : left + columns] = part
    if not seen.any():
        return None
    places = np.concatenate([triangles[number].reshape(-1, 3) for number in kept])
    uv = np.concatenate([
        _uv(panel, triangles[number].reshape(-1, 3), step, corner, size)
        for number, panel, corner in zip(kept, panels, corners)
    ])  # fmt: skip
    turned = np.concatenate([np.repeat(normals[number][None], 3 * len(triangles[number]), axis=0) for number in kept])
    material = Material("drape", image=jpeg_of(picture), repeat=False, unlit=True)
    order = np.arange(len(places), dtype=np.uint32).reshape(-1, 3)
    return Draped(Mesh(places, order, turned.astype(np.float32), uv.astype(np.float32), material=material), seen)


def _panel(face: np.ndarray, normal: np.ndarray) -> _Panel:
    if abs(normal[2]) > _LEVEL:
        u = np.array([1.0, 0.0, 0.0])
    else:
        u = np.array([-normal[1], normal[0], 0.0])
        u /= np.linalg.norm(u)
    v = np.cross(normal, u)
    v /= np.linalg.norm(v)
    base = face.mean(axis=0)
    across, up = (face - base) @ u, (face - base) @ v
    corner = base + across.min() * u + up.max() * v
    return _Panel(corner, u, v, normal, (float(np.ptp(across)), float(np.ptp(up))))


def _fitted(panels: Sequence[_Panel], step: float) -> tuple[float, list[tuple[int, int]], tuple[int, int]]:
    """The step at which all panels fit into one picture, the top left corners, and the size of the picture."""
    while True:
        corners, size = _shelves([panel.pixels(step) for panel in panels])
        if max(size) <= _WIDEST:
            return step, corners, size
        step *= 1.25


def _shelves(sizes: Sequence[tuple[int, int]]) -> tuple[list[tuple[int, int]], tuple[int, int]]:
    """Places (top, left) of rectangles put side by side on shelves, the highest first, and the size of all."""
    area = sum(rows * columns for rows, columns in sizes)
    width = max(max(columns for _, columns in sizes), int(np.ceil(np.sqrt(area))))
    corners = [(0, 0)] * len(sizes)
    top = left = height = 0
    for number in sorted(range(len(sizes)), key=lambda number: (-sizes[number][0], number)):
        rows, columns = sizes[number]
        if left + columns > width:
            top, left, height = top + height, 0, 0
        corners[number] = top, left
        left, height = left + columns, max(height, rows)
    return corners, (top + height, width)


def _filled(pixels: np.ndarray, seen: np.ndarray, step: float) -> np.ndarray:
    """Pixels without a colour of their own take that of the nearest one within `_FILLED`, or the mean of the face."""
    if seen.all() or not seen.any():
        return pixels
    from scipy.ndimage import distance_transform_edt

    away, (rows, columns) = distance_transform_edt(~seen, return_indices=True)
    mean = pixels[seen].mean(axis=0).round().astype(np.uint8)
    return np.where((away * step > _FILLED)[:, :, None], mean, pixels[rows, columns])


def _uv(panel: _Panel, places: np.ndarray, step: float, corner: tuple[int, int], size: tuple[int, int]) -> np.ndarray:
    column, row = (panel.flat(places) / step + _BORDER + corner[::-1]).T
    return np.column_stack((column / size[1], 1.0 - row / size[0]))
