"""The model as one coloured triangle mesh: terrain with land use, vegetation from the surface, solid buildings."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from rasterio.features import rasterize
from rasterio.transform import Affine
from scipy import ndimage

from tim.picture.content import Grid, ModelContent, land_colours

_MOST_CELLS = 700  # along the longer side of the terrain mesh
_LOWEST_TREE = 2.0  # metres above the ground
_HIGHEST_TREE = 45.0
_GRASS, _TREE, _BARE, _SKIRT = (0.62, 0.72, 0.48), (0.24, 0.45, 0.24), (0.74, 0.72, 0.62), (0.55, 0.48, 0.40)
_WALL = np.array([0.97, 0.95, 0.91])
_ROOFS = np.array([[0.76, 0.42, 0.32], [0.80, 0.52, 0.36], [0.62, 0.64, 0.68], [0.50, 0.56, 0.66], [0.70, 0.46, 0.40]])
_LOW_ROOF_HEIGHT = 12.0  # metres; lower buildings get tiles, higher ones grey
_TEXTURE_CELLS = 2400  # along the longer side
_SATURATION = 0.62
_FOUNDATION = 1.5  # metres that walls reach into the ground, so that no light shows under them on a slope
_MOSTLY, _SMALLEST_BRIDGE = 0.6, 100.0  # share of a group of cells; m²
_PAVED_OR_WATER = ("10", "11")


@dataclass
class Texture:
    """Colours of the ground by land use: `index` (rows from the north) into `palette` (k, 3)."""

    index: np.ndarray
    palette: np.ndarray
    transform: Affine

    def at(self, places: np.ndarray) -> np.ndarray:
        """Colours (k, 3) at map coordinates (k, 2); beyond the edge those of the edge."""
        column, row = (np.floor(part).astype(int) for part in ~self.transform * (places[:, 0], places[:, 1]))
        rows, columns = self.index.shape
        return self.palette[self.index[np.clip(row, 0, rows - 1), np.clip(column, 0, columns - 1)]]


@dataclass
class Mesh:
    """Triangles: `vertices` (n, 3) float64 relative to `origin` (3,), `triangles` (m, 3), `colours` (m, 3) 0..1.

    `textured` (m,) marks the bare ground, whose colour at a place is finer in `texture` than in `colours`. `solid` is
    the number of the solid that a piece was made of. `lit`: whether light is cast on it; photographs hold theirs.
    """

    vertices: np.ndarray
    triangles: np.ndarray
    colours: np.ndarray
    origin: np.ndarray
    textured: np.ndarray
    texture: Texture | None = None
    solid: int = -1
    lit: bool = True

    def colours_at(self, triangle: np.ndarray, places: np.ndarray) -> np.ndarray:
        """Colours (k, 3) of the places (k, 3) on the given triangles (k,)."""
        colours = self.colours[triangle]
        if self.texture is not None:
            bare = self.textured[triangle]
            colours[bare] = self.texture.at(places[bare, :2] + self.origin[:2])
        return colours

    def normals(self) -> np.ndarray:
        """Unit normals (m, 3) by the order of the corners."""
        a, b, c = (self.vertices[self.triangles[:, k]] for k in range(3))
        normal = np.cross(b - a, c - a)
        return normal / np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-12)


def model_pieces(content: ModelContent, most_cells: int = _MOST_CELLS) -> tuple[np.ndarray, list[Mesh]]:
    """The origin (3,), and the terrain and each solid as meshes relative to it."""
    west, east, south, north = content.extent
    ground = _coarse(content.terrain, most_cells) if content.terrain is not None else _flat(content)
    origin = np.array([(west + east) / 2, (south + north) / 2, float(np.nanmin(ground.values))])
    return origin, [_terrain(ground, content, origin), *_buildings(content, origin)]


def model_mesh(content: ModelContent) -> Mesh:
    """The whole model as one mesh, relative to the middle of its extent."""
    origin, pieces = model_pieces(content)
    shifts = np.cumsum([0] + [len(piece.vertices) for piece in pieces[:-1]])
    return Mesh(
        np.concatenate([piece.vertices for piece in pieces]),
        np.concatenate([piece.triangles + shift for piece, shift in zip(pieces, shifts)]),
        np.concatenate([piece.colours for piece in pieces]),
        origin,
        np.concatenate([piece.textured for piece in pieces]),
        pieces[0].texture,
    )


def _coarse(grid: Grid, most_cells: int) -> Grid:
    """Every n-th cell, so that the mesh stays small; gaps become the lowest height."""
    step = max(1, int(np.ceil(max(grid.values.shape) / most_cells)))
    values = grid.values[::step, ::step].astype(float)
    values = np.where(np.isfinite(values), values, np.nanmin(values) if np.isfinite(values).any() else 0.0)
    # the cell's centre stays where it was
    shift = Affine.translation(-(step - 1) / 2.0, -(step - 1) / 2.0)
    return Grid(values, grid.transform * shift * Affine.scale(step))


def _flat(content: ModelContent) -> Grid:
    """A level ground under buildings without a terrain."""
    west, east, south, north = content.extent
    known = content.ground[np.isfinite(content.ground)]
    cell = max(east - west, north - south) / 50.0
    shape = int(np.ceil((north - south) / cell)) + 1, int(np.ceil((east - west) / cell)) + 1
    return Grid(np.full(shape, known.min() if len(known) else 0.0), Affine(cell, 0, west, 0, -cell, north))


def _terrain(ground: Grid, content: ModelContent, origin: np.ndarray) -> Mesh:
    rows, columns = ground.values.shape
    texture = _texture(content)
    c, r = np.meshgrid(np.arange(columns) + 0.5, np.arange(rows) + 0.5)
    x, y = ground.transform * (c, r)
    colours = texture.at(np.column_stack((x.ravel(), y.ravel()))).reshape(rows, columns, 3)
    heights, leafy = _with_vegetation(ground, content, colours)
    vertices = np.column_stack((x.ravel(), y.ravel(), heights.ravel())) - origin
    index = np.arange(rows * columns).reshape(rows, columns)
    nw, ne, sw, se = index[:-1, :-1].ravel(), index[:-1, 1:].ravel(), index[1:, :-1].ravel(), index[1:, 1:].ravel()
    triangles = np.concatenate((np.column_stack((nw, sw, se)), np.column_stack((nw, se, ne))))
    # a cell is leafy when one of its corners is
    green = leafy[:-1, :-1] | leafy[:-1, 1:] | leafy[1:, :-1] | leafy[1:, 1:]
    cell = np.where(green[..., None] & ~leafy[:-1, :-1, None], _TREE, colours[:-1, :-1])
    foot, skirt = _skirt(index, vertices)
    return Mesh(
        np.concatenate((vertices, foot)),
        np.concatenate((triangles, skirt)),
        np.concatenate((np.tile(cell.reshape(-1, 3), (2, 1)), np.tile(_SKIRT, (len(skirt), 1)))),
        origin,
        np.concatenate((np.tile(~green.ravel(), 2), np.zeros(len(skirt), bool))),
        texture,
    )


def _skirt(index: np.ndarray, vertices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Walls down from the edge of the terrain, so that it looks like a block: new vertices, triangles."""
    rim = np.concatenate((index[0, :-1], index[:-1, -1], index[-1, :0:-1], index[:0:-1, 0]))
    width = np.ptp(vertices[:, 0])
    foot = vertices[rim].copy()
    foot[:, 2] = vertices[:, 2].min() - 0.015 * width
    low = len(vertices) + np.arange(len(rim))
    following = np.roll(np.arange(len(rim)), -1)
    upper = np.column_stack((rim, low, low[following]))
    lower = np.column_stack((rim, low[following], rim[following]))
    return foot, np.concatenate((upper, lower))[:, ::-1]


def _texture(content: ModelContent) -> Texture:
    """Land-use colours, paler than on a map; grass where the model has no land use."""
    west, east, south, north = content.extent
    cell = max(east - west, north - south) / _TEXTURE_CELLS
    transform = Affine(cell, 0.0, west, 0.0, -cell, north)
    shape = max(1, round((north - south) / cell)), max(1, round((east - west) / cell))
    colours = land_colours()
    codes = sorted(set(content.land_codes))
    palette = np.array([_BARE if codes else _GRASS, *(colours.get(code, ("", _BARE))[1] for code in codes)])
    shapes = [(polygon, 1 + codes.index(code)) for polygon, code in zip(content.land_use, content.land_codes)]
    index = (
        rasterize(shapes, out_shape=shape, transform=transform, dtype="int32") if shapes else np.zeros(shape, np.int32)
    )
    grey = palette.mean(axis=1, keepdims=True)
    pale = _SATURATION * palette + (1.0 - _SATURATION) * (0.6 * grey + 0.4 * 0.85)
    return Texture(index, 0.9 * pale, transform)


def _with_vegetation(ground: Grid, content: ModelContent, colours: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Heights with what stands on the ground beside the buildings, and which cells are trees; these are recoloured.

    Wires and masts are left out.
    """
    if content.surface is None:
        return ground.values, np.zeros(ground.values.shape, bool)
    surface = _sampled(content.surface, ground)
    above = ndimage.grey_opening(
        np.nan_to_num(surface - ground.values), size=(2, 2) if abs(ground.transform.a) >= 1.0 else (3, 3)
    )
    if len(content.footprints):
        near = shapely.buffer(content.footprints, 2.0 * abs(ground.transform.a))
        above[rasterize([(shape, 1) for shape in near], out_shape=above.shape, transform=ground.transform) == 1] = 0.0
    tall = _without_wires((above > _LOWEST_TREE) & (above < _HIGHEST_TREE), above, abs(ground.transform.a))
    leafy = tall & ~_on_pavement(tall, ground, content)
    shade = 0.85 + 0.3 * (above / max(float(above.max()), 1.0))
    colours[leafy] = np.clip(np.array(_TREE) * shade[leafy, None], 0.0, 1.0)
    return ground.values + np.where(tall, above, 0.0), leafy


def _without_wires(tall: np.ndarray, above: np.ndarray, cell: float) -> np.ndarray:
    """Leave out groups of cells that are narrower than a third of their height: wires, masts, birds."""
    groups, count = ndimage.label(tall, structure=np.ones((3, 3)))
    numbers = np.arange(1, count + 1)
    area = ndimage.sum_labels(tall, groups, numbers) * cell**2
    height = ndimage.maximum(above, groups, numbers)
    kept = np.concatenate(([False], area >= (np.asarray(height) / 3.0) ** 2))
    return kept[groups]


def _on_pavement(tall: np.ndarray, ground: Grid, content: ModelContent) -> np.ndarray:
    """Groups of cells that lie for the most part on roads or water: bridges, not trees."""
    paved = [
        shape for shape, code in zip(content.land_use, content.land_codes) if str(code).startswith(_PAVED_OR_WATER)
    ]
    if not paved:
        return np.zeros(tall.shape, bool)
    surface = rasterize([(shape, 1) for shape in paved], out_shape=tall.shape, transform=ground.transform)
    groups, count = ndimage.label(tall)
    numbers = np.arange(1, count + 1)
    share = ndimage.mean(surface, groups, numbers)
    area = ndimage.sum_labels(tall, groups, numbers) * ground.transform.a**2
    return np.concatenate(([False], (np.asarray(share) > _MOSTLY) & (area > _SMALLEST_BRIDGE)))[groups]


def _sampled(grid: Grid, like: Grid) -> np.ndarray:
    """The nearest cells of `grid` at the cells of `like`, NaN outside."""
    rows, columns = like.values.shape
    c, r = np.meshgrid(np.arange(columns) + 0.5, np.arange(rows) + 0.5)
    x, y = like.transform * (c, r)
    column, row = (np.floor(part).astype(int) for part in ~grid.transform * (x, y))
    inside = (row >= 0) & (row < grid.values.shape[0]) & (column >= 0) & (column < grid.values.shape[1])
    out = np.full(like.values.shape, np.nan)
    out[inside] = grid.values[row[inside], column[inside]]
    return out


def _buildings(content: ModelContent, origin: np.ndarray) -> list[Mesh]:
    pieces = []
    for number, solid in enumerate(content.solids):
        corners, triangles, normals = triangulate_faces(solid)
        if not len(triangles):
            continue
        height = np.ptp(corners[:, 2])
        choice = number % 2 if height < _LOW_ROOF_HEIGHT else 2 + number % 2
        roof = normals[:, 2] > 0.3
        colours = np.where(roof[:, None], _ROOFS[choice], _WALL * (0.97 + 0.03 * (number % 3)))
        corners[corners[:, 2] < corners[:, 2].min() + 0.01, 2] -= _FOUNDATION
        pieces.append(
            Mesh(
                corners - origin,
                triangles,
                np.clip(colours, 0.0, 1.0),
                origin,
                np.zeros(len(triangles), bool),
                solid=number,
            )
        )
    return pieces


def triangulate_faces(solid: shapely.Geometry) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Faces (MultiPolygon Z) → corners (n, 3), triangles (m, 3) oriented as the faces, unit normals (m, 3)."""
    corners: list[np.ndarray] = []
    triangles: list[np.ndarray] = []
    normals: list[np.ndarray] = []
    count = 0
    for face in shapely.get_parts(solid):
        ring = shapely.get_coordinates(face.exterior, include_z=True)
        normal = np.cross(ring[:-1], ring[1:]).sum(axis=0)  # Newell
        length = np.linalg.norm(normal)
        if length < 1e-9:
            continue
        points, faces = _triangulate(face, normal / length)
        corners.append(points)
        triangles.append(faces + count)
        normals.append(np.tile(normal / length, (len(faces), 1)))
        count += len(points)
    if not corners:
        return np.empty((0, 3)), np.empty((0, 3), int), np.empty((0, 3))
    return np.concatenate(corners), np.concatenate(triangles), np.concatenate(normals)


def _triangulate(face: shapely.Polygon, normal: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Triangles of one flat face, in the plane that shows it largest; no new corners appear."""
    drop = int(np.argmax(np.abs(normal)))
    keep = [axis for axis in range(3) if axis != drop]
    rings = [shapely.get_coordinates(ring, include_z=True) for ring in (face.exterior, *face.interiors)]
    space = np.concatenate(rings)
    flat = shapely.Polygon(rings[0][:, keep], [ring[:, keep] for ring in rings[1:]])
    pieces = shapely.get_parts(shapely.constrained_delaunay_triangles(flat))
    corners = shapely.get_coordinates(pieces).reshape(-1, 4, 2)[:, :3]
    lookup = {tuple(point[keep]): point for point in space}
    points = np.array([lookup[tuple(corner)] for corner in corners.reshape(-1, 2)]).reshape(-1, 3)
    faces = np.arange(len(points)).reshape(-1, 3)
    if len(faces):
        a, b, c = points[faces[:, 0]], points[faces[:, 1]], points[faces[:, 2]]
        turned = np.cross(b - a, c - a) @ normal < 0
        faces[turned] = faces[turned][:, ::-1]
    return points, faces
