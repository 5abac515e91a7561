"""Cut meshes along polygons seen from above, with exact borders and their own pictures."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import shapely

from pointcloud.meshes.mesh import Image, Mesh
from pointcloud.meshes.pictures import jpeg_of, pixels_of, png_of

_UPRIGHT = 1e-3  # share of a triangle's area that its plan has, below which it counts as a wall
_CROP = 0.6  # pictures are cropped when less than this share of them is used
_JPEG_QUALITY = 95


def cut(mesh: Mesh, outline: shapely.Geometry) -> Mesh:
    """What lies within `outline` (polygon or multipolygon in x, y): triangles across its border are cut there.

    Upright triangles, which have no plan to cut, belong to it when their middle does. Vertices of cut triangles get
    places, texture coordinates, colours and normals by interpolation.
    """
    shapely.prepare(outline)
    corners = mesh.positions[mesh.triangles][:, :, :2].astype(np.float64)
    inside = shapely.contains_xy(outline, corners[:, :, 0].ravel(), corners[:, :, 1].ravel()).reshape(-1, 3)
    west, south, east, north = outline.bounds
    near = (corners.max(axis=1) >= [west, south]).all(axis=1) & (corners.min(axis=1) <= [east, north]).all(axis=1)
    candidates = np.flatnonzero(near)
    if not len(candidates):
        return mesh.taken(candidates)
    plans = shapely.polygons(corners[candidates])
    upright = _upright(mesh, candidates)
    whole = inside[candidates].all(axis=1) & shapely.covers(outline, plans)
    middle = corners[candidates].mean(axis=1)
    whole |= upright & shapely.contains_xy(outline, middle[:, 0], middle[:, 1])
    crossing = np.flatnonzero(~whole & ~upright & shapely.intersects(outline, plans))
    kept = mesh.taken(candidates[whole])
    if not len(crossing):
        return kept
    return _joined(kept, _clipped(mesh, candidates[crossing], plans[crossing], outline))


def _upright(mesh: Mesh, chosen: np.ndarray) -> np.ndarray:
    """Triangles that seen from above are next to nothing."""
    a, b, c = (mesh.positions[mesh.triangles[chosen, k]].astype(np.float64) for k in range(3))
    normal = np.cross(b - a, c - a)
    return np.abs(normal[:, 2]) <= _UPRIGHT * np.linalg.norm(normal, axis=1)


def _clipped(mesh: Mesh, chosen: np.ndarray, plans: np.ndarray, outline: shapely.Geometry) -> Mesh:
    """The parts of some triangles within the outline, as a mesh whose triangles share no vertices."""
    parts, source = shapely.get_parts(shapely.intersection(plans, outline), return_index=True)
    areal = (shapely.get_type_id(parts) == 3) & (shapely.area(parts) > 0)
    parts, source = parts[areal], source[areal]
    pieces, piece_source = shapely.get_parts(shapely.constrained_delaunay_triangles(parts), return_index=True)
    if not len(pieces):
        return mesh.taken(np.empty(0, np.int64))
    places = shapely.get_coordinates(pieces).reshape(len(pieces), 4, 2)[:, :3]
    triangle = chosen[source[piece_source]]
    shares = _shares(mesh, triangle, places)
    corners = mesh.triangles[triangle]
    order = np.where(_turned(places) != _turned(mesh.positions[corners][:, :, :2]), 2, 1)
    rows = np.arange(len(places))
    second, third = shares[rows, order], shares[rows, 3 - order]
    shares = np.stack((shares[:, 0], second, third), axis=1)

    def mixed(values: np.ndarray | None) -> np.ndarray | None:
        if values is None:
            return None
        result = np.einsum("kpc,kcr->kpr", shares, values[corners].astype(np.float64)).reshape(-1, values.shape[1])
        return np.round(result).astype(values.dtype) if values.dtype.kind in "iu" else result.astype(values.dtype)

    positions = np.einsum("kpc,kcr->kpr", shares, mesh.positions[corners].astype(np.float64)).reshape(-1, 3)
    return replace(
        mesh,
        positions=positions,
        triangles=np.arange(len(positions), dtype=np.uint32).reshape(-1, 3),
        normals=mixed(mesh.normals),
        uv=mixed(mesh.uv),
        colours=mixed(mesh.colours),
        feature=None if mesh.feature is None else np.repeat(mesh.feature[corners[:, 0]], 3),
    )


def _turned(corners: np.ndarray) -> np.ndarray:
    """Whether triangles (k, 3, 2) run clockwise."""
    a, b, c = (corners[:, k].astype(np.float64) for k in range(3))
    return (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) < (c[:, 0] - a[:, 0]) * (b[:, 1] - a[:, 1])


def _shares(mesh: Mesh, triangle: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Barycentric shares (k, 3 places, 3 corners) of places within their triangles, by the plan."""
    corners = mesh.positions[mesh.triangles[triangle]][:, :, :2].astype(np.float64)
    a, b, c = corners[:, None, 0], corners[:, None, 1], corners[:, None, 2]
    area = (b - a)[..., 0] * (c - a)[..., 1] - (c - a)[..., 0] * (b - a)[..., 1]
    p = places - a
    u = (p[..., 0] * (c - a)[..., 1] - p[..., 1] * (c - a)[..., 0]) / area
    v = (p[..., 1] * (b - a)[..., 0] - p[..., 0] * (b - a)[..., 1]) / area
    shares = np.clip(np.stack((1.0 - u - v, u, v), axis=-1), 0.0, 1.0)
    return shares / shares.sum(axis=-1, keepdims=True)


def _joined(one: Mesh, other: Mesh) -> Mesh:
    """Two meshes of the same material as one."""

    def both(name: str) -> np.ndarray | None:
        first, second = getattr(one, name), getattr(other, name)
        return None if first is None or second is None else np.concatenate((first, second))

    return replace(
        one,
        positions=np.concatenate((one.positions.astype(np.float64), other.positions)),
        triangles=np.concatenate((one.triangles, other.triangles + np.uint32(len(one.positions)))),
        normals=both("normals"),
        uv=both("uv"),
        colours=both("colours"),
        feature=both("feature"),
    )


def with_cropped_picture(mesh: Mesh) -> Mesh:
    """The mesh with only the part of its picture that it uses, where that is much smaller."""
    image = mesh.material.image
    if image is None or mesh.uv is None or not len(mesh.uv):
        return mesh
    low, high = mesh.uv.min(axis=0), mesh.uv.max(axis=0)
    if (low < -1e-4).any() or (high > 1.0001).any() or np.prod(high - low) > _CROP:
        return mesh
    pixels = pixels_of(image)
    if pixels is None:
        return mesh
    rows, columns = pixels.shape[:2]
    left, right = _span(low[0], high[0], columns)
    top, bottom = _span(1.0 - high[1], 1.0 - low[1], rows)
    part = pixels[top:bottom, left:right]
    cropped = _encoded(part, image)
    if cropped is None:
        return mesh
    u = (mesh.uv[:, 0] * columns - left) / (right - left)
    v = 1.0 - ((1.0 - mesh.uv[:, 1]) * rows - top) / (bottom - top)
    material = replace(mesh.material, image=cropped)
    return replace(mesh, uv=np.column_stack((u, v)).astype(np.float32), material=material)


def _span(low: float, high: float, pixels: int) -> tuple[int, int]:
    """The pixels from a share to a share, with two more on each side against bleeding."""
    first = max(0, int(np.floor(low * pixels)) - 2)
    return first, max(first + 1, min(pixels, int(np.ceil(high * pixels)) + 2))


def _encoded(pixels: np.ndarray, image: Image) -> Image | None:
    if image.mime != "image/jpeg":
        return png_of(pixels, image.name)
    return jpeg_of(pixels[:, :, :3], image.name, _JPEG_QUALITY)
