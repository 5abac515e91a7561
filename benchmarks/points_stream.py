"""Memory and cost per point on a stream of made points that is never in memory: ground, terrain and surface.

    .venv/bin/python -m benchmarks.points_stream --millions 10 40

Each size runs in a process of its own; a wide strip of rolling terrain with blocks and trees, 10 points/m², is made
chunk by chunk as it is read. The cost per point has to be the same for all sizes, and the memory as well.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

CHUNK = 1_000_000
WIDTH = 2000.0  # metres
DENSITY = 10.0


def _source(count: int) -> Any:
    from pyproj import CRS

    from pointcloud.sources.columns import new_header, record_of
    from pointcloud.sources.source import PointSource

    class Stream(PointSource):
        """Points in stripes from south to north."""

        kind, crs, warnings, path = "las", CRS.from_epsg(32650), [], Path("stream.las")
        step = CHUNK / DENSITY / WIDTH

        def __init__(self) -> None:
            self.count = count
            length = -(-count // CHUNK) * self.step
            self.bounds = (500_000.0, 3_400_000.0, 0.0, 500_000.0 + WIDTH - 0.5, 3_400_000.0 + length - 0.5, 200.0)

        def header(self) -> Any:
            return new_header(False, [(0.001, 500_000.0), (0.001, 3_400_000.0), (0.001, 0.0)], self.crs)

        def records(self, task: Any, first: int = 0, count: int | None = None) -> Iterator[Any]:
            header = self.header()
            for start in range(first, first + (self.count - first if count is None else count), CHUNK):
                task.check()
                yield record_of(_points(start, min(CHUNK, self.count - start), self.step), header)

    return Stream()


def _points(start: int, count: int, step: float) -> dict[str, np.ndarray]:
    random = np.random.default_rng(start)
    x = random.random(count) * (WIDTH - 0.5)
    y = (start // CHUNK + random.random(count)) * step * (1 - 1e-9)
    z = 60 + 15 * np.sin(x / 170) + 10 * np.sin(y / 130) + random.normal(0, 0.03, count)
    z[(x % 90 < 18) & (y % 70 < 12)] += 9
    tree = ((x % 41 - 30) ** 2 + (y % 37 - 20) ** 2 < 12) & (random.random(count) < 0.7)
    z[tree] += 2 + 8 * random.random(int(tree.sum()))
    ones = np.ones(count, np.uint8)
    return {"X": x + 500_000, "Y": y + 3_400_000, "Z": z, "ReturnNumber": ones, "NumberOfReturns": ones}


def report(millions: int, workers: int) -> None:
    """Run one size here and print its record."""
    from pointcloud.steps import StepOptions, label, make_surfaces, start, workers_for
    from pointcloud.task import Task

    began, used = time.perf_counter(), time.process_time()
    source = _source(millions * 1_000_000)
    options = StepOptions(ground="smrf", resolution=1.0, workers=workers)
    with tempfile.TemporaryDirectory() as folder, workers_for(options, source.count, Path(folder)):
        plan = start([source], options, Path(folder), Task()).plan
        counts, _ = label(plan, Task())
        make_surfaces(plan, Task())
        ground = sum(count.ground for count in counts)
    kinds = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    record = {
        "millions": millions,
        "workers": workers,
        "seconds": round(time.perf_counter() - began, 1),
        "cpu_seconds": round(time.process_time() - used + children.ru_utime + children.ru_stime, 1),
        "peak_mb": [round(resource.getrusage(kind).ru_maxrss / 1024) for kind in kinds],
        "ground_share": round(ground / source.count, 4),
    }
    print(json.dumps(record))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--millions", type=int, nargs="+", default=[10, 40])
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args()
    root = Path(__file__).resolve().parents[1]
    for millions in options.millions:
        text = f"from benchmarks.points_stream import report; report({millions}, {options.workers})"
        done = subprocess.run([sys.executable, "-c", text], check=True, capture_output=True, text=True, cwd=root)
        record = json.loads(done.stdout.splitlines()[-1])
        own, children = record["peak_mb"]
        print(
            f"{millions:5} million points, {options.workers} process(es): {record['cpu_seconds'] / millions:.2f} s "
            f"of CPU a million, {record['seconds']:.0f} s, peak {own} MB, children {children} MB"
        )


if __name__ == "__main__":
    main()
