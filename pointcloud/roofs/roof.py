"""The roof of one building from the points in its footprint: LoD2.2, LoD1.3 or LoD1.2, whichever is sound and fits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
import shapely

from pointcloud.roofs.fit import UNEXPLAINED, distances, heights
from pointcloud.roofs.labelling import label_cells
from pointcloud.roofs.levels import level_parts
from pointcloud.roofs.lines import Picture, draw, roof_lines
from pointcloud.roofs.manifold import without_pinches
from pointcloud.roofs.partition import GRID, owners, partition, shared_edges
from pointcloud.roofs.planes import detect_planes, ordered, thinned
from pointcloud.solids.check import defects
from pointcloud.solids.extrusion import extrude
from pointcloud.solids.faces import Face

LOD12, LOD13, LOD22 = LODS = "1.2", "1.3", "2.2"  # Biljecki, Ledoux, Stoter: An improved LOD specification (2016)
RIM_COST = 0.1  # m³ of misfit that one metre of rim between two planes has to save
FARTHEST = 1.0  # metres: a point further from a plane speaks no more against it
LOWEST_EAVE = 0.5  # metres above the ground
_OVERSHOOT = 1.0  # metres by which a roof may rise above the highest point
_IMPOSSIBLE = 1e5
_PLANARITY = 0.0005  # metres from the middle of a face, half of what the model allows across it
_MOST_LINES = 150
_POOR = 0.4  # metres: a model that misses its points by more has to be better than the level below


@dataclass(frozen=True)
class Fit:
    """How one model fits the points of its roof. Distances to roofs and walls in metres; shares 0–1."""

    rmse: float
    p95: float
    unexplained: float


@dataclass(frozen=True)
class Solid:
    """One level of detail: shells of faces."""

    lod: str
    shells: list[list[Face]]


@dataclass(frozen=True)
class Roof:
    """What was made of one footprint.

    `solids`: one for each level that came out sound, lowest first; `fit`: of the highest; `planes`: of its roof;
    `nodata`: share of the footprint without a point within 1.5 m; `reason`: why a higher level was not made, in
    Chinese, empty for LoD2.2.
    """

    solids: list[Solid]
    fit: Fit
    planes: int
    nodata: float
    reason: str = ""

    @property
    def lod(self) -> str:
        """The highest level."""
        return self.solids[-1].lod if self.solids else ""

    def scaled(self, factor: float) -> Roof:
        """The same with x and y multiplied by `factor`."""
        scale = np.array([factor, factor, 1.0])
        return self if factor == 1.0 else self._with(lambda ring: ring * scale)

    def moved(self, shift: np.ndarray) -> Roof:
        """The same moved by `shift` (3,)."""
        return self._with(lambda ring: ring + shift)

    def _with(self, change: Callable[[np.ndarray], np.ndarray]) -> Roof:
        solids = [
            Solid(
                solid.lod,
                [[Face(tuple(map(change, face.rings)), face.kind) for face in shell] for shell in solid.shells],
            )
            for solid in self.solids
        ]
        return replace(self, solids=solids)


@dataclass(frozen=True)
class _Cells:
    """A partition with a plane for each cell."""

    cells: np.ndarray
    plane: np.ndarray
    planes: np.ndarray


def reconstruct(footprint: shapely.Geometry, points: np.ndarray, ground: float, level: float) -> Roof:
    """The roof over a valid footprint from `points` (n, 3) inside it; all in metres, in any metric CRS.

    `ground`, `level`: heights of the ground and of the block of LoD1.2. The result depends on nothing else, and not on
    the order of the points.
    """
    origin = np.floor(shapely.get_coordinates(shapely.envelope(footprint)).min(axis=0))
    local = ordered(points - [*origin, 0.0])
    parts = [
        _reconstruct_part(part, local, ground, level)
        for part in shapely.get_parts(shapely.transform(footprint, lambda places: places - origin))
    ]
    return _together(parts, local).moved(np.array([*origin, 0.0]))


@dataclass
class _Part:
    """Levels of one part of a footprint: cells and sound shells."""

    cells: dict[str, tuple[_Cells, list[list[Face]]]] = field(default_factory=dict)
    planes: int = 0
    nodata: float = 1.0
    area: float = 0.0
    ground: float = 0.0
    reason: str = ""

    def highest(self, lod: str) -> str:
        """The highest level up to `lod`; empty when there is none."""
        return max((name for name in self.cells if name <= lod), default="")


def _reconstruct_part(part: shapely.Polygon, points: np.ndarray, ground: float, level: float) -> _Part:
    result = _Part(area=part.area, ground=ground)
    footprint = _tidy(part)
    if footprint is None:
        result.reason = "轮廓太窄或太小，不能建立三维体"
        return result
    shapely.prepare(footprint)
    inside = thinned(points[shapely.contains_xy(footprint, points[:, 0], points[:, 1])])
    _add(result, LOD12, _block(footprint, level))
    planes, label = detect_planes(inside)
    if not len(planes):
        result.reason = f"轮廓内 {len(inside)} 个屋顶点里没有找到平面"
        return result
    picture = draw(footprint, inside, label)
    result.nodata, result.planes = picture.unknown_share, len(planes)
    made = _sloped(footprint, inside, planes, picture, ground)
    if made is None:
        result.reason = "屋顶平面太多或不高于地面，没有建立 LoD2.2"
        return result
    roof, cell = made
    result.planes = len(np.unique(roof.plane))
    flat = _Cells(roof.cells, *level_parts(roof.cells, roof.plane, _heights(roof, inside, cell)))
    _add(result, LOD13, flat if len(flat.planes) > 1 else _block(footprint, float(flat.planes[0, 2])))
    if not _add(result, LOD22, roof):
        result.reason = "LoD2.2 的三维体没有通过有效性检查"
    return result


def _block(footprint: shapely.Polygon, level: float) -> _Cells:
    return _Cells(np.array([footprint]), np.zeros(1, np.intp), np.array([[0.0, 0.0, level]]))


def _heights(roof: _Cells, points: np.ndarray, cell: np.ndarray) -> list[np.ndarray]:
    """Heights of the points over each cell; of the cell's middle on its plane where there are none."""
    order = np.argsort(cell, kind="stable")
    bounds = np.searchsorted(cell[order], np.arange(len(roof.cells) + 1))
    level = heights(roof.cells, roof.plane, roof.planes, shapely.get_coordinates(shapely.point_on_surface(roof.cells)))
    return [
        points[order[start:end], 2] if end > start else np.array([level[index]])
        for index, (start, end) in enumerate(pairwise(bounds.tolist()))
    ]


def _tidy(part: shapely.Polygon) -> shapely.Polygon | None:
    """The footprint on the grid of corners; None when nothing is left of it."""
    rounded = shapely.set_precision(part, GRID)
    pieces = [piece for piece in shapely.get_parts(rounded) if piece.geom_type == "Polygon" and piece.area > 0.1]
    return max(pieces, key=lambda piece: piece.area) if pieces else None


def _sloped(
    footprint: shapely.Polygon, points: np.ndarray, planes: np.ndarray, picture: Picture, ground: float
) -> tuple[_Cells, np.ndarray] | None:
    """The partition with its planes, and the cell of each point."""
    lines = roof_lines(footprint, planes, picture)
    if len(lines) > _MOST_LINES:
        return None
    cells = partition(footprint, lines)
    cell = owners(cells, points[:, :2])
    costs = _costs(cells, cell, points, planes, ground, len(points) / footprint.area)
    helpless = costs.min(axis=1) >= _IMPOSSIBLE / 2
    if helpless.any():  # a level roof there, as high as most points
        planes = np.vstack([planes, [0.0, 0.0, max(float(np.median(points[:, 2])), ground + LOWEST_EAVE)]])
        costs = np.column_stack([costs, np.where(helpless, 0.0, _IMPOSSIBLE)])
    pairs, lengths = shared_edges(cells)
    plane = label_cells(costs, pairs, RIM_COST * lengths)
    plane = without_pinches(cells, plane, planes, costs)
    return _Cells(cells, plane, planes), cell


def _costs(
    cells: np.ndarray, cell: np.ndarray, points: np.ndarray, planes: np.ndarray, ground: float, density: float
) -> np.ndarray:
    """Misfit (m³) of each plane in each cell; much for planes that sink into the ground or rise over all points.

    `cell`: the cell of each point, −1 outside.
    """
    inside = cell >= 0
    held = points[inside]
    z = planes[:, :2] @ held[:, :2].T + planes[:, 2:]
    away = np.minimum(np.abs(z - held[:, 2]), FARTHEST) / max(density, 1e-6)
    costs = np.column_stack([np.bincount(cell[inside], weights=row, minlength=len(cells)) for row in away])
    places, owner = shapely.get_coordinates(cells, return_index=True)
    corner = places @ planes[:, :2].T + planes[:, 2]
    wrong = (corner < ground + LOWEST_EAVE) | (corner > points[:, 2].max() + _OVERSHOOT)
    np.add.at(costs, owner, np.where(wrong, _IMPOSSIBLE, 0.0))
    return costs


def _add(part: _Part, lod: str, cells: _Cells) -> bool:
    """Extrude a level and keep it when it is sound."""
    shells = extrude(cells.cells, cells.plane, cells.planes, part.ground)
    plain = len(cells.cells) == 1 and _touches_itself_nowhere(cells.cells[0])  # an upright block cannot be wrong
    if not shells or (not plain and any(defects(shell, planarity=_PLANARITY, crossing=False) for shell in shells)):
        return False
    part.cells[lod] = cells, shells
    return True


def _touches_itself_nowhere(polygon: shapely.Polygon) -> bool:
    places = np.concatenate([shapely.get_coordinates(ring)[:-1] for ring in shapely.get_rings(polygon)])
    return len(np.unique(places, axis=0)) == len(places)


def _together(parts: list[_Part], points: np.ndarray) -> Roof:
    """One roof from the parts of a footprint: each level takes the highest that a part has up to it."""
    made = {}
    for lod in LODS:
        if any(lod in part.cells for part in parts):
            chosen = [part.cells[name] for part in parts if (name := part.highest(lod))]
            made[lod] = [shell for _, shells in chosen for shell in shells]
    reasons = [part.reason for part in parts if part.reason]
    fit = _fit_of(parts, points, list(made)[-1]) if made else _fit(np.empty(0))
    while len(made) > 1 and fit.rmse > _POOR:
        lower = _fit_of(parts, points, list(made)[-2])
        if lower.rmse >= fit.rmse:
            break
        lod, _ = made.popitem()
        reasons.append(f"LoD{lod} 与点的中误差 {fit.rmse:.2f} 米，不如较低层次的 {lower.rmse:.2f} 米")
        fit = lower
    area = sum(part.area for part in parts) or 1.0
    return Roof(
        [Solid(lod, shells) for lod, shells in made.items()],
        fit,
        sum(part.planes for part in parts),
        sum(part.nodata * part.area for part in parts) / area,
        "；".join(dict.fromkeys(reasons)),
    )


def _fit_of(parts: list[_Part], points: np.ndarray, lod: str) -> Fit:
    away = [np.full(len(points), np.inf)]
    for part in parts:
        if name := part.highest(lod):
            cells, _ = part.cells[name]
            away.append(distances(cells.cells, cells.plane, cells.planes, part.ground, points))
    return _fit(np.min(away, axis=0))


def _fit(away: np.ndarray) -> Fit:
    known = away[np.isfinite(away)]
    if not len(known):
        return Fit(float("nan"), float("nan"), 1.0)
    return Fit(float(np.sqrt(np.mean(known**2))), float(np.percentile(known, 95)), float((known > UNEXPLAINED).mean()))
