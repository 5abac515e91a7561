"""What was found against what is true: buildings, heights, terrain, and the changes between two epochs."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import laspy
import numpy as np
import pyogrio.raw
import rasterio
import shapely

from pointcloud.ground.noise import isolated, voxel_size
from pointcloud.ground.smrf import SmrfParameters, classify_ground
from pointcloud.task import Task
from pointcloud.tiles.grid import Frame
from tim.sample import scan
from tim.sample.terrain import ORIGIN, Terrain, on_water
from tim.sample.town import make_town

SAME_BUILDING = 0.5  # intersection over union from which two outlines are the same building
CHANGED_HEIGHT = 1.5  # metres
_TOUCHING = 0.1  # share of a building under others from which it is not new


@dataclass(frozen=True)
class Outlines:
    """Buildings of a model or of the truth; heights in metres, NaN where unknown."""

    polygons: np.ndarray
    ground: np.ndarray
    roof: np.ndarray

    @property
    def height(self) -> np.ndarray:
        """Height above ground (m)."""
        return self.roof - self.ground

    def take(self, which: np.ndarray) -> Outlines:
        """The chosen buildings."""
        return Outlines(self.polygons[which], self.ground[which], self.roof[which])


@dataclass(frozen=True)
class BuildingScore:
    """`true`, `found`, `invented` are counts; completeness and correctness per building; the rest over those found."""

    true: int
    found: int
    invented: int
    iou: float
    height_rmse: float
    height_bias: float
    ground_rmse: float

    @property
    def missed(self) -> int:
        """Buildings that stand there and were not found."""
        return self.true - self.found

    @property
    def completeness(self) -> float:
        """Share of the true buildings that were found."""
        return self.found / self.true if self.true else 1.0

    @property
    def correctness(self) -> float:
        """Share of what was found that is a building."""
        return self.found / (self.found + self.invented) if self.found + self.invented else 1.0


@dataclass(frozen=True)
class TerrainScore:
    """Differences model − truth in metres over the cells where the ground is known (no water, no gap, no bridge)."""

    rmse: float
    bias: float
    p95: float
    cells: int


@dataclass(frozen=True)
class GroundScore:
    """Shares of points: ground taken for object (type I), object for ground (type II), both together (total)."""

    total: float
    first: float
    second: float
    points: int


@dataclass
class Changes:
    """Numbers of places in two sets of outlines: new and higher ones in the later, gone ones in the earlier."""

    new: list[int] = field(default_factory=list)
    higher: list[int] = field(default_factory=list)
    gone: list[int] = field(default_factory=list)


def true_outlines(buildings: list[dict[str, Any]]) -> Outlines:
    """The buildings of the truth file."""
    return Outlines(
        np.array([shapely.from_wkt(item["footprint"]) for item in buildings], dtype=object),
        np.array([item["ground_z"] for item in buildings]),
        np.array([item["roof_p70_z"] for item in buildings]),
    )


def model_outlines(model: Path) -> Outlines:
    """The buildings of a model that have a height."""
    meta, _, geometry, columns = pyogrio.raw.read(model, layer="building", columns=["ground_z", "roof_z"])
    values = {name: np.asarray(column, dtype=float) for name, column in zip(meta["fields"], columns)}
    known = np.isfinite(values["ground_z"]) & np.isfinite(values["roof_z"])
    return Outlines(shapely.from_wkb(geometry), values["ground_z"], values["roof_z"]).take(known)


def match(first: Outlines, second: Outlines) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pairs of the same building, each building at most once, and their intersection over union."""
    one, two = shapely.STRtree(second.polygons).query(first.polygons, predicate="intersects")
    shared = shapely.area(shapely.intersection(first.polygons[one], second.polygons[two]))
    iou = shared / (shapely.area(first.polygons[one]) + shapely.area(second.polygons[two]) - shared)
    pairs: list[int] = []
    for pair in np.argsort(-iou, kind="stable"):
        if iou[pair] >= SAME_BUILDING and one[pair] not in one[pairs] and two[pair] not in two[pairs]:
            pairs.append(int(pair))
    return one[pairs], two[pairs], iou[pairs]


def score_buildings(found: Outlines, true: Outlines, ignored: shapely.Geometry | None = None) -> BuildingScore:
    """Compare outlines; what is found inside `ignored` (the scan's gap) counts neither way."""
    if ignored is not None:
        found = found.take(~shapely.intersects(found.polygons, ignored))
    one, two, iou = match(found, true)
    height = found.height[one] - true.height[two]
    ground = found.ground[one] - true.ground[two]
    return BuildingScore(
        true=len(true.polygons),
        found=len(one),
        invented=len(found.polygons) - len(one),
        iou=_mean(iou),
        height_rmse=float(np.sqrt(_mean(height**2))),
        height_bias=_mean(height),
        ground_rmse=float(np.sqrt(_mean(ground**2))),
    )


def score_terrain(model: Path, truth: dict[str, Any]) -> TerrainScore:
    """The model's terrain against the true one."""
    with rasterio.open(model, driver="GPKG", TABLE="terrain") as source:
        values = source.read(1, masked=True)
        rows, columns = np.nonzero(~np.ma.getmaskarray(values) & np.isfinite(values.filled(np.nan)))
        x, y = rasterio.transform.xy(source.transform, rows, columns)
    heights = np.asarray(values)[rows, columns].astype(float)
    x, y = np.asarray(x) - ORIGIN[0], np.asarray(y) - ORIGIN[1]
    gap = shapely.transform(shapely.from_wkt(truth["gap"]), lambda places: places - np.array(ORIGIN))
    bridge = make_town(truth["seed"]).bridge.polygon().buffer(3.0)
    west, south, east, north = (value - ORIGIN[k % 2] for k, value in enumerate(truth["extent"]))
    judged = ~on_water(x, y, 3.0) & ~shapely.contains_xy(gap, x, y) & ~shapely.contains_xy(bridge, x, y)
    judged &= (x > west) & (x < east) & (y > south) & (y < north)
    error = heights[judged] - Terrain.seeded(truth["seed"]).height(x[judged], y[judged])
    return TerrainScore(
        float(np.sqrt(_mean(error**2))), _mean(error), float(np.percentile(np.abs(error), 95)), len(error)
    )


def score_ground(files: list[Path], kinds: Path, task: Task) -> GroundScore:
    """The product's ground filter with its own parameters on all points at once; echoes of water and gross errors are
    in the cloud but are not judged."""
    columns = [laspy.read(path).xyz for path in files]
    x, y, z = (np.ascontiguousarray(column) for column in np.concatenate(columns).T)
    with np.load(kinds) as stored:
        kind = np.concatenate([stored[path.name] for path in files])
    parameters = SmrfParameters()
    frame = Frame.around((x.min(), y.min(), x.max(), y.max()), parameters.cell)
    density = len(x) / ((x.max() - x.min()) * (y.max() - y.min()))
    clean = ~isolated(x, y, z, voxel_size(density))
    ground = np.zeros(len(x), bool)
    ground[clean] = classify_ground(x[clean], y[clean], z[clean], frame, parameters, task)
    true, judged = kind == scan.GROUND, (kind != scan.WATER) & (kind != scan.NOISE)
    missed, wrong = (~ground & true).sum(), (ground & ~true & judged).sum()
    objects = (judged & ~true).sum()
    return GroundScore(float(missed + wrong) / judged.sum(), missed / true.sum(), wrong / objects, int(judged.sum()))


def find_changes(before: Outlines, after: Outlines) -> Changes:
    """New, gone and higher buildings by overlap and by height."""
    one, two, _ = match(before, after)
    higher = two[after.height[two] - before.height[one] > CHANGED_HEIGHT]
    return Changes(_alone(after, before), sorted(higher.tolist()), _alone(before, after))


def _alone(these: Outlines, others: Outlines) -> list[int]:
    """Places in `these` that lie (but for a small share) under none of `others`."""
    union = shapely.union_all(others.polygons)
    shared = shapely.area(shapely.intersection(these.polygons, union)) / shapely.area(these.polygons)
    return np.flatnonzero(shared < _TOUCHING).tolist()


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else float("nan")
