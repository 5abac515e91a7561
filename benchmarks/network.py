"""Walking times from facilities along real roads: ours against networkx. Run: python -m benchmarks.network DATA"""

from __future__ import annotations

import math
import sys
import time
import tracemalloc
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from pathlib import Path

import networkx
import numpy as np
import shapely

from tim.job import Job
from tim.network.graph import Roads
from tim.network.service import Walk, serve
from tim.sources.vector import read_layer

WALK = Walk(beside=100, snap=1e9)
MINUTES = 60.0


def by_networkx(lines: np.ndarray, facilities: np.ndarray) -> dict[object, float]:
    """Metres from the nearest facility to every vertex of the roads; facilities join at their nearest vertex."""
    graph = networkx.Graph()
    for line in shapely.get_parts(lines):
        places = [(round(x, 3), round(y, 3)) for x, y in shapely.get_coordinates(line)]
        for one, other in pairwise(places):
            length = math.dist(one, other)
            if one != other and length < graph.get_edge_data(one, other, {"weight": math.inf})["weight"]:
                graph.add_edge(one, other, weight=length)
    nodes = list(graph)
    tree = shapely.STRtree(shapely.points(nodes))
    sources = {nodes[int(tree.nearest(point))] for point in facilities}
    return networkx.multi_source_dijkstra_path_length(graph, sources, cutoff=WALK.metres(MINUTES))


def ours(lines: np.ndarray, facilities: np.ndarray) -> np.ndarray:
    """The same reach; facilities join where they are nearest to a road, between vertices too."""
    return serve(facilities, Roads.from_lines(lines), [MINUTES], WALK, Job()).reach.at_low  # type: ignore[union-attr]


def measured(work: Callable[[], object]) -> tuple[float, float]:
    """CPU seconds (best of five), and peak memory (MiB) of another run under tracemalloc."""
    runs = []
    for _ in range(5):
        started = time.process_time()
        work()
        runs.append(time.process_time() - started)
    seconds = min(runs)
    tracemalloc.start()
    work()
    peak = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    return seconds, peak


def main() -> None:
    folder = Path(sys.argv[1]) / "vector" / "wuxi_xinwu"
    lines = read_layer(folder / "xinwu_road_centerlines.gpkg").geometry
    stops = read_layer(f"{folder / 'xinwu_bus_network.gpkg'}|layername=stops").geometry
    stations = read_layer(folder / "xinwu_subway_stations.gpkg").geometry
    for name, facilities in (("13 stations", stations), ("1733 stops", stops)):
        mine, theirs = (measured(partial(work, lines, facilities)) for work in (ours, by_networkx))
        print(f"{name}: ours {mine[0]:.3f} s, {mine[1]:.0f} MiB; networkx {theirs[0]:.3f} s, {theirs[1]:.0f} MiB; "
              f"{theirs[0] / mine[0]:.1f} times")  # fmt: skip


if __name__ == "__main__":
    main()
