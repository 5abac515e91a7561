"""Ground classification: accuracy on the ISPRS reference samples, and points per second.

    .venv/bin/python benchmarks/ground.py DATA            # DATA holds lidar/isprs_filtertest and lidar/forest_tiles

Every method runs with one set of parameters for all samples, its default. CSF is measured where its wheel
(cloth-simulation-filter) can be imported. The plain reference is SMRF as one would first write it: scipy's
morphology, a sparse direct solver for the gaps, a cubic surface at every point.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import time
from pathlib import Path
from typing import Callable

import laspy
import numpy as np
from scipy import ndimage, sparse
from scipy.sparse.linalg import spsolve

from pointcloud.ground.classify import classify
from pointcloud.ground.smrf import SmrfParameters, classify_ground, lowest_surface
from pointcloud.task import Task
from pointcloud.tiles.grid import Frame

PARAMETERS = SmrfParameters()
Method = Callable[[np.ndarray], np.ndarray]


def ours(xyz: np.ndarray) -> np.ndarray:
    """SMRF of the project."""
    x, y, z = np.ascontiguousarray(xyz.T)
    return classify_ground(x, y, z, _frame(xyz), PARAMETERS, Task())


def automatic(xyz: np.ndarray) -> np.ndarray:
    """Ours with the presets that it chooses itself."""
    x, y, z = np.ascontiguousarray(xyz.T)
    return classify(x, y, z, Task()).ground


def plain(xyz: np.ndarray) -> np.ndarray:
    """The plain reference."""
    x, y, z = xyz.T
    frame = _frame(xyz)
    lowest = lowest_surface(x, y, z, frame).astype(float)
    filled = _solved(lowest)
    low = -filled - ndimage.grey_opening(-filled, footprint=np.ones((3, 3))) > PARAMETERS.low_slope
    objects, surface = np.zeros(frame.shape, bool), filled
    for radius in range(1, round(PARAMETERS.window) + 1):
        offset = np.arange(-radius, radius + 1)
        disk = offset[:, None] ** 2 + offset[None, :] ** 2 <= max(radius * radius, 2)
        opened = ndimage.grey_opening(surface, footprint=disk)
        objects |= surface - opened > PARAMETERS.slope * radius
        surface = opened
    bare = _solved(np.where(low | objects, np.nan, lowest))
    place = np.stack([frame.top - 0.5 - y, x - frame.left - 0.5])
    height = ndimage.map_coordinates(bare, place, order=3, mode="nearest")
    steep = ndimage.map_coordinates(np.hypot(*np.gradient(bare)), place, order=3, mode="nearest")
    return np.abs(z - height) <= PARAMETERS.elevation + PARAMETERS.scale * steep


def csf_method() -> Method | None:
    """CSF with its defaults, None where it is not installed."""
    try:
        import CSF
    except ImportError:
        return None

    def classify(xyz: np.ndarray) -> np.ndarray:
        filter_ = CSF.CSF()
        filter_.setPointCloud(xyz)
        ground, other = CSF.VecInt(), CSF.VecInt()
        filter_.do_filtering(ground, other, False)
        result = np.zeros(len(xyz), bool)
        result[np.array(ground)] = True
        return result

    return classify


def _frame(xyz: np.ndarray) -> Frame:
    low, high = xyz[:, :2].min(axis=0), xyz[:, :2].max(axis=0)
    return Frame.around((*low, *high), PARAMETERS.cell).grown(1)


def _solved(grid: np.ndarray) -> np.ndarray:
    """Laplace's equation over the gaps by a direct solver."""
    rows, columns = grid.shape
    known = ~np.isnan(grid).ravel()
    index = np.arange(grid.size).reshape(grid.shape)
    one = np.concatenate([index[:, :-1].ravel(), index[:-1].ravel()])
    other = np.concatenate([index[:, 1:].ravel(), index[1:].ravel()])
    weights = sparse.coo_matrix((np.ones(len(one)), (one, other)), shape=(grid.size, grid.size))
    weights = (weights + weights.T).tocsr()
    laplace = sparse.diags(np.asarray(weights.sum(axis=1)).ravel()) - weights
    gaps = laplace[~known]
    result = grid.ravel().copy()
    result[~known] = spsolve(gaps[:, ~known].tocsc(), -gaps[:, known] @ result[known])
    return result.reshape(rows, columns)


def score(ground: np.ndarray, truth: np.ndarray) -> dict[str, float]:
    """Total error, type I, type II and kappa, all in percent (Sithole & Vosselman 2004)."""
    error = float(np.mean(ground != truth))
    chance = ground.mean() * truth.mean() + (1 - ground.mean()) * (1 - truth.mean())
    return {
        "total": 100 * error,
        "type1": 100 * float((truth & ~ground).sum() / truth.sum()),
        "type2": 100 * float((~truth & ground).sum() / (~truth).sum()),
        "kappa": 100 * float((1 - error - chance) / (1 - chance)),
    }


def accuracy(folder: Path, methods: dict[str, Method]) -> list[dict]:
    """One record per sample and method."""
    records = []
    for path in sorted(folder.glob("samp*.npz")):
        data = np.load(path)
        for name, method in methods.items():
            records.append({"sample": path.stem, "method": name, **score(method(data["xyz"]), data["ground"])})
    return records


def speed(paths: list[Path], methods: dict[str, Method]) -> list[dict]:
    """Points per second on all files as one cloud, reading left out; the best of two runs, one for slow methods."""
    clouds = [laspy.read(path) for path in paths]
    xyz = np.concatenate([np.stack([cloud.x, cloud.y, cloud.z], axis=1) for cloud in clouds])
    records = []
    for name, method in methods.items():
        seconds = []
        while not seconds or (len(seconds) < 2 and seconds[0] < 10):
            start = time.perf_counter()
            method(xyz)
            seconds.append(time.perf_counter() - start)
        records.append({"method": name, "points": len(xyz), "points_per_second": round(len(xyz) / min(seconds))})
    return records


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, help="append the records to this file, one JSON object a line")
    options = parser.parse_args()
    methods: dict[str, Method] = {"automatic": automatic, "smrf": ours, "plain": plain}
    csf = csf_method()
    if csf is not None:
        methods["csf"] = csf
    records = accuracy(options.data / "lidar" / "isprs_filtertest", methods)
    print(f"{'sample':8}" + "".join(f"{name + ' TE/kappa':>18}" for name in methods))
    for sample in sorted({record["sample"] for record in records}):
        row = [record for record in records if record["sample"] == sample]
        print(f"{sample:8}" + "".join(f"{record['total']:11.2f} /{record['kappa']:5.1f}" for record in row))
    means = {name: [record for record in records if record["method"] == name] for name in methods}
    print(
        f"{'mean':8}" + "".join(f"{_mean(part, 'total'):11.2f} /{_mean(part, 'kappa'):5.1f}" for part in means.values())
    )
    rates = speed(sorted((options.data / "lidar" / "forest_tiles").glob("bcts_*.laz")), methods)
    for record in rates:
        print(f"{record['method']:8} {record['points_per_second'] / 1e6:.2f} Mpts/s ({record['points']} points)")
    if options.out:
        commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
        about = {"machine": platform.processor() or platform.machine(), "commit": commit.stdout.strip()}
        with options.out.open("a", encoding="utf-8") as stream:
            stream.writelines(json.dumps({**about, **record}) + "\n" for record in records + rates)


def _mean(records: list[dict], key: str) -> float:
    return float(np.mean([record[key] for record in records]))


if __name__ == "__main__":
    main()
