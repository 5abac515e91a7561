"""Make the sample: two epochs of points, the planning layers and the truth."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from pointcloud.task import Task
from tim.sample.buildings import Building
from tim.sample.layers import OVERLAP, PROJECTS, make_layers, write_layers
from tim.sample.laz import write_laz
from tim.sample.scan import scan_town
from tim.sample.terrain import COMPOUND, HEIGHT, ORIGIN, WIDTH
from tim.sample.town import Town, make_town, second_epoch
from tim.sample.truth import building_truth, ellipsoid_area, to_world

SEED = 20_240_601
DENSITY = 4.0  # pulses per square metre and strip
KNOWN_SHARE = 0.92  # of the buildings stand in the register
RULES = Path(__file__).parent / "rules"
POINT_FILES = (("第一期_西.laz", "第一期_东.laz"), ("第二期_西.laz", "第二期_东.laz"))
LAYERS_FILE, TRUTH_FILE, KINDS_FILE = "规划数据.gpkg", "真值.json", "真值_点类别.npz"


@dataclass(frozen=True)
class Sample:
    """Where the sample lies: points of the two epochs, layers, truth, and for each file of points what each echo hit
    (`tim.sample.scan.GROUND` and so on, in the order of the file)."""

    first: list[Path]
    second: list[Path]
    layers: Path
    truth: Path
    kinds: Path


def write_sample(folder: Path, task: Task, *, seed: int = SEED, density: float = DENSITY, epochs: int = 2) -> Sample:
    """Write the sample into `folder`, which exists; files of the same names are replaced."""
    town = make_town(seed)
    gap = _gap(town)
    paths: list[list[Path]] = [[], []]
    kinds: dict[str, np.ndarray] = {}
    for epoch, current in enumerate([town, second_epoch(town)][:epochs], start=1):
        task.progress((epoch - 1) / (epochs + 0.2), f"模拟第{'一二'[epoch - 1]}期激光扫描")
        points = scan_town(current, seed, epoch, density, gap)
        middle = points.x < WIDTH / 2
        for name, part in zip(POINT_FILES[epoch - 1], (points.take(middle), points.take(~middle))):
            write_laz(folder / name, part)
            paths[epoch - 1].append(folder / name)
            kinds[name] = part.kind
    task.progress(epochs / (epochs + 0.2), "写规划数据和真值")
    np.savez_compressed(folder / KINDS_FILE, **kinds)  # type: ignore[arg-type]  # names are file names
    known = _register(town, seed)
    (folder / LAYERS_FILE).unlink(missing_ok=True)
    write_layers(folder / LAYERS_FILE, make_layers(town, known))
    (folder / TRUTH_FILE).write_text(
        json.dumps(_truth(town, known, gap, seed), ensure_ascii=False, indent=1), encoding="utf-8"
    )
    return Sample(paths[0], paths[1], folder / LAYERS_FILE, folder / TRUTH_FILE, folder / KINDS_FILE)


def _gap(town: Town) -> shapely.Polygon:
    """The gap of the scan: the whole of one hall and what is around it."""
    hall = next(item for item in town.buildings if item.use == "industry")
    return hall.footprint.buffer(4.0, join_style="mitre")


def _register(town: Town, seed: int) -> list[Building]:
    """The buildings whose footprints are known; the one in the gap is among them."""
    chosen = np.random.default_rng([seed, 4]).random(len(town.buildings)) < KNOWN_SHARE
    return [item for item, kept in zip(town.buildings, chosen) if kept or item.use == "industry"]


def _truth(town: Town, known: list[Building], gap: shapely.Polygon, seed: int) -> dict[str, Any]:
    later = second_epoch(town)
    registered = {item.number for item in known}
    describe = [
        [
            building_truth(item, town.terrain, not gap.intersects(item.footprint), item.number in registered)
            for item in time.buildings
        ]
        for time in (town, later)
    ]
    return {
        "seed": seed,
        "crs": COMPOUND,
        "extent": [ORIGIN[0], ORIGIN[1], ORIGIN[0] + WIDTH, ORIGIN[1] + HEIGHT],
        "gap": shapely.to_wkt(to_world(gap), rounding_precision=3),
        "buildings": describe[0],
        "second_epoch": {"buildings": describe[1], "changes": later.changes},
        "farmland_overlap": _overlaps(),
    }


def _overlaps() -> dict[str, float]:
    """Ellipsoidal area (m²) of permanent farmland in each project."""
    over = ellipsoid_area(to_world(shapely.box(*OVERLAP)))
    return {
        name: round(over, 4) if shapely.box(*bounds).contains(shapely.box(*OVERLAP)) else 0.0
        for name, bounds in PROJECTS.items()
    }
