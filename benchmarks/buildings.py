"""Roofs, footprints and classes against points, labels and a made town's truth.

    .venv/bin/python -m benchmarks.buildings DATA        # DATA holds lidar/delft_3dfier, lidar/ign_urban_6tiles

The peer of the roofs is the block of LoD1.2 (70th percentile of the roof's heights) over the same points.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import laspy
import numpy as np
import shapely

from pointcloud.buildings.buckets import Buckets
from pointcloud.roofs.roof import Roof, reconstruct
from pointcloud.solids.check import defects
from pointcloud.solids.faces import ROOF, normal
from pointcloud.task import Task

_FEWEST = 20
Case = tuple[shapely.Geometry, np.ndarray, float]


def delft(data: Path) -> Iterator[Case]:
    """Footprint, class-6 points in it, ground."""
    from tim.sources.vector import read_layer

    las = laspy.read(data / "lidar" / "delft_3dfier" / "ahn3" / "ahn3_cropped_2.laz")
    xyz = np.column_stack([las.x, las.y, las.z])[np.asarray(las.classification) == 6]
    buckets = Buckets(xyz[:, 0], xyz[:, 1])
    for footprint in read_layer(str(data / "lidar" / "delft_3dfier" / "bgt" / "bgt_pand.sqlite")).geometry:
        inside = xyz[buckets.inside(footprint)]
        if len(inside) >= _FEWEST:
            yield footprint, inside, -0.2


def town() -> tuple[list, list[Case]]:
    """The made town's buildings, scanned: truth, and cases as above."""
    from tim.sample import scan
    from tim.sample.town import make_town

    made = make_town(7)
    points = scan.scan_town(made, 7, 1, 4.0, None)
    roof = np.column_stack([points.x, points.y, points.z])[points.kind == scan.ROOF]
    buckets = Buckets(roof[:, 0], roof[:, 1])
    cases = [(item.footprint, roof[buckets.inside(item.footprint)], item.ground) for item in made.buildings]
    return made.buildings, cases


def model_heights(roof: Roof, x: np.ndarray, y: np.ndarray, level: int = -1) -> np.ndarray:
    """Height of a level's roof over places; NaN beside it."""
    z = np.full(len(x), np.nan)
    for face in (face for shell in roof.solids[level].shells for face in shell if face.kind == ROOF):
        shell, *holes = (ring[:, :2] for ring in face.rings)
        inside = shapely.contains_xy(shapely.Polygon(shell, holes), x, y)
        start, (a, b, c) = face.rings[0][0], normal(face.rings[0])
        z[inside] = start[2] - ((x[inside] - start[0]) * a + (y[inside] - start[1]) * b) / c
    return z


def roofs(name: str, cases: list[Case]) -> list[Roof]:
    """Reconstruct all and print how they came out."""
    started = time.process_time()
    made = [
        reconstruct(shape, points, ground, float(np.percentile(points[:, 2], 70))) for shape, points, ground in cases
    ]
    seconds = time.process_time() - started
    shells = [shell for roof in made for solid in roof.solids for shell in solid.shells]
    sound = np.mean([not defects(shell, planarity=0.001) for shell in shells])
    vertical = {0: [], -1: []}
    for roof, (_, points, _) in zip(made, cases):
        for level in vertical:
            off = points[:, 2] - model_heights(roof, points[:, 0], points[:, 1], level)
            vertical[level].append(float(np.sqrt(np.nanmean(off**2))))
    lods = [roof.lod for roof in made]
    fits = [roof.fit.rmse for roof in made]
    print(f"{name}: {len(made)} buildings, {sum(len(c[1]) for c in cases) / len(made):.0f} points each")
    print(
        f"  levels { ({lod: lods.count(lod) for lod in sorted(set(lods))}) }, sound {sound:.2%} of {len(shells)} solids"
    )
    print(f"  RMSE to roofs and walls: median {np.median(fits):.3f}, mean {np.mean(fits):.3f} m")
    print(f"  RMSE in height: median {np.median(vertical[-1]):.2f}, mean {np.mean(vertical[-1]):.2f} m;", end=" ")
    print(f"LoD1.2 median {np.median(vertical[0]):.2f}, mean {np.mean(vertical[0]):.2f} m")
    print(f"  {len(made) / seconds:.1f} buildings/s of CPU")
    return made


def truth(buildings: list, made: list[Roof]) -> None:
    """Roof surfaces of the made town, 0.3 m inside the walls, against what was built."""
    from tim.sample.buildings import PartTable

    medians = []
    for item, roof in zip(buildings, made):
        west, south, east, north = item.footprint.bounds
        x, y = (axis.ravel() for axis in np.meshgrid(np.arange(west, east, 0.4), np.arange(south, north, 0.4)))
        inside = shapely.contains_xy(item.footprint.buffer(-0.3), x, y)
        x, y = x[inside], y[inside]
        off = np.abs(model_heights(roof, x, y) - PartTable(item.parts).top(x, y, 0, len(item.parts)))
        medians.append((float(np.nanmedian(off)), float(np.nanpercentile(off, 95))))
    middle, high = np.median(medians, axis=0)
    print(f"  against the truth: |error| median {middle:.3f}, p95 {high:.3f} m")


def classes(name: str, files: list[Path], crs: str | None) -> None:
    """Classify without looking at the labels, then compare."""
    from tim.job import Job
    from tim.points.classify import classify_points

    labels = np.concatenate([np.asarray(laspy.read(file).classification) for file in files])
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.laz"
        started = time.process_time()
        classify_points(points=list(map(str, files)), out=str(out), crs=crs, ground="smrf", job=Job())
        seconds = time.process_time() - started
        found = np.asarray(laspy.read(out).classification)
    known = np.isin(labels, (2, 3, 4, 5, 6))
    table = np.array([[np.sum((labels == a) & (found == b) & known) for b in range(18)] for a in range(18)])
    agreed, chance = np.trace(table) / table.sum(), table.sum(axis=0) @ table.sum(axis=1) / table.sum() ** 2
    complete, correct = np.mean(found[labels == 6] == 6), np.mean(labels[found == 6] == 6)
    print(f"{name}: {len(labels):,} points, {len(labels) / seconds:,.0f} points/s of CPU, reading and writing included")
    kappa = (agreed - chance) / (1 - chance)
    print(f"  building completeness {complete:.3f}, correctness {correct:.3f}; kappa over 2 to 6 {kappa:.3f}")


def footprints() -> None:
    """Footprints found in the made town against those built."""
    from pointcloud.buildings.detect import find_footprints
    from pointcloud.prepared import prepare
    from pointcloud.sources import open_sources
    from tim.sample.laz import write_laz
    from tim.sample.scan import scan_town
    from tim.sample.terrain import ORIGIN
    from tim.sample.town import make_town

    made = make_town(7)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "town.laz"
        write_laz(path, scan_town(made, 7, 1, 4.0, None))
        plan = prepare(open_sources([path], Task()), None, "smrf", Path(folder) / "scratch", Task()).plan
        found = find_footprints(plan, Task())
    built = [shapely.transform(item.footprint, lambda places: places + ORIGIN) for item in made.buildings]
    tree = shapely.STRtree(found)
    best = []
    for shape in built:
        near = found[tree.query(shape)]
        shared = shapely.area(shapely.intersection(near, shape)) / shapely.area(shapely.union(near, shape))
        best.append(float(shared.max(initial=0.0)))
    low, middle = np.percentile(best, [5, 50])
    print(f"footprints: {len(built)} built, {len(found)} found; IoU median {middle:.3f}, 5 % {low:.3f}")


def main() -> None:
    """Print everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    data = parser.parse_args().data
    roofs("Delft", list(delft(data)))
    buildings, cases = town()
    truth(buildings, roofs("made town", cases))
    footprints()
    classes("IGN", sorted((data / "lidar" / "ign_urban_6tiles").glob("*.laz")), None)
    classes("Delft", [data / "lidar" / "delft_3dfier" / "ahn3" / "ahn3_cropped_2.laz"], "EPSG:28992")


if __name__ == "__main__":
    main()
