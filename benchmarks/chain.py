"""The whole chain, LAZ to terrain: points per second and peak memory, ours against a plain reference.

    .venv/bin/python benchmarks/chain.py DATA            # DATA holds lidar/forest_tiles

Ours reads, scatters to tiles, classifies, makes terrain and surface, measures the error of the terrain and writes a
GeoTIFF. The reference does less, and all in memory, as one would first write it: laspy, the plain SMRF of
`benchmarks/ground.py`, scipy's linear interpolation of the ground points' means per cell. Each runs in a process of its
own, in turns, the best of `--runs` counts.
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

CELL = 1.0
_STARTING = "import sys; sys.path.insert(0, {root!r}); from benchmarks import chain; chain.report({name!r}, {paths!r})"


def ours(paths: list[Path]) -> tuple[int, np.ndarray, tuple[float, float]]:
    """(points, terrain, its upper left corner) by the project, as a cloud-optimised GeoTIFF on the way."""
    import rasterio

    from tim.job import Job
    from tim.points.surface import points_dtm

    with tempfile.TemporaryDirectory() as folder:
        out = str(Path(folder) / "terrain.tif")
        result = points_dtm(points=[*map(str, paths)], out=out, ground="smrf", resolution=CELL, job=Job())
        with rasterio.open(out) as raster:
            terrain = raster.read(1, masked=True).filled(np.nan)
            return result.data["points"], terrain, (raster.bounds.left, raster.bounds.top)


def reading(paths: list[Path]) -> dict[str, float]:
    """Processor time for a million points: laspy's chunks alone, our source with its columns."""
    import laspy

    from pointcloud.sources import open_sources
    from pointcloud.task import Task

    sources = open_sources(paths, Task())
    count = sum(source.count for source in sources)
    seconds: dict[str, list[float]] = {"raw": [], "records": [], "columns": []}
    for _ in range(3):
        used = time.process_time()
        for path in paths:
            with laspy.open(path) as reader:
                for chunk in reader.chunk_iterator(1_000_000):
                    len(chunk)
        seconds["raw"].append(time.process_time() - used)
        for name in ("records", "columns"):
            used = time.process_time()
            for source in sources:
                for piece in source.records(Task()) if name == "records" else source.chunks(Task()):
                    len(piece)
            seconds[name].append(time.process_time() - used)
    return {name: min(values) / count * 1e6 for name, values in seconds.items()}


def plain(paths: list[Path]) -> tuple[int, np.ndarray, tuple[float, float]]:
    """The same by the plain reference."""
    import laspy
    from scipy.interpolate import LinearNDInterpolator

    from benchmarks import ground

    clouds = [laspy.read(path) for path in paths]
    xyz = np.concatenate([np.stack([cloud.x, cloud.y, cloud.z], axis=1) for cloud in clouds])
    chosen = xyz[ground.plain(xyz)]
    cells = np.floor(chosen[:, :2] / CELL).astype(np.int64)
    _, inverse, counts = np.unique(cells, axis=0, return_inverse=True, return_counts=True)
    means = np.stack([np.bincount(inverse, weights=values) / counts for values in chosen.T], axis=1)
    low, high = np.floor(xyz[:, :2].min(axis=0) / CELL), np.ceil(xyz[:, :2].max(axis=0) / CELL)
    x = (np.arange(low[0], high[0]) + 0.5) * CELL
    y = (np.arange(high[1], low[1], -1) - 0.5) * CELL
    origin = means[:, :2].min(axis=0)
    surface = LinearNDInterpolator(means[:, :2] - origin, means[:, 2])
    terrain = surface(*np.meshgrid(x - origin[0], y - origin[1])).astype(np.float32)
    return len(xyz), terrain, (float(low[0] * CELL), float(high[1] * CELL))


def report(name: str, paths: list[str]) -> None:
    """Run one method and print its record; its terrain goes to the file named by the last path."""
    start, used = time.perf_counter(), time.process_time()
    points, terrain, corner = {"ours": ours, "plain": plain}[name]([Path(path) for path in paths[:-1]])
    seconds, processor = time.perf_counter() - start, time.process_time() - used
    np.savez(paths[-1], terrain=terrain, corner=corner)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    record = {"method": name, "points": points, "seconds": round(seconds, 2), "cpu_seconds": round(processor, 2)}
    print(json.dumps({**record, "peak_mb": round(peak)}))


def measure(name: str, paths: list[Path], terrain: Path) -> dict:
    """The record of one run in a process of its own."""
    root = str(Path(__file__).resolve().parents[1])
    text = _STARTING.format(root=root, name=name, paths=[str(path) for path in [*paths, terrain]])
    done = subprocess.run([sys.executable, "-c", text], check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def difference(one: Path, two: Path) -> dict[str, float]:
    """Median and 95th percentile (m) of the two terrains' absolute difference where both are known."""
    first, second = np.load(one), np.load(two)
    across, down = np.rint((second["corner"] - first["corner"]) / CELL * (1, -1)).astype(int)
    rows, columns = second["terrain"].shape
    window = first["terrain"][max(down, 0) : down + rows, max(across, 0) : across + columns]
    other = second["terrain"][max(-down, 0) :, max(-across, 0) :][: window.shape[0], : window.shape[1]]
    apart = np.abs(window - other)
    apart = apart[np.isfinite(apart)]
    return {"median_m": float(np.median(apart)), "p95_m": float(np.percentile(apart, 95))}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--runs", type=int, default=2)
    parser.add_argument("--out", type=Path, help="append the records to this file, one JSON object a line")
    options = parser.parse_args()
    paths = sorted((options.data / "lidar" / "forest_tiles").glob("bcts_*.laz"))
    best: dict[str, dict] = {}
    with tempfile.TemporaryDirectory() as folder:
        terrains = {name: Path(folder) / f"{name}.npz" for name in ("ours", "plain")}
        for name in [*terrains] * options.runs:
            record = measure(name, paths, terrains[name])
            if name not in best or record["seconds"] < best[name]["seconds"]:
                best[name] = record
        apart = difference(terrains["ours"], terrains["plain"])
    for record in best.values():
        rate = record["points"] / record["seconds"] / 1e6
        print(
            f"{record['method']:6} {rate:.2f} Mpts/s, {record['seconds']:.1f} s, "
            f"{record['cpu_seconds']:.1f} s of CPU, peak {record['peak_mb']} MB"
        )
    read = reading(paths)
    print("reading, s of CPU a million: " + ", ".join(f"{name} {value:.3f}" for name, value in read.items()))
    print(f"ratio  {best['plain']['seconds'] / best['ours']['seconds']:.2f} (seconds, plain / ours)")
    print(f"terrains differ by {apart['median_m']:.3f} m (median), {apart['p95_m']:.3f} m (95 %)")
    if options.out:
        commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
        about = {"machine": platform.processor() or platform.machine(), "commit": commit.stdout.strip()}
        with options.out.open("a", encoding="utf-8") as stream:
            stream.writelines(json.dumps({**about, **record, **apart}) + "\n" for record in best.values())


if __name__ == "__main__":
    main()
