"""The store: a city made of repeated footprints, built and asked; the same features written by geopandas.

`python -m benchmarks.store FOOTPRINTS [--entities 1000000]`
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from contextlib import closing
from pathlib import Path

import geopandas
import numpy as np
import pyogrio
import shapely

from tim.assembly.layers import create_model
from tim.graph.about import about_entity
from tim.job import Job
from tim.store import open_store


def main() -> None:
    """Print seconds of processor time, ratios and the peak of memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("footprints")
    parser.add_argument("--entities", type=int, default=1_000_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        source, city = Path(folder) / "city.gpkg", Path(folder) / "model.gpkg"
        frame = _city(given.footprints, given.entities)
        frame.to_file(source, driver="GPKG")
        started = time.process_time()
        create_model(layers={"parcel": str(source)}, out=str(city), job=Job())
        ours = time.process_time() - started
        started = time.process_time()
        geopandas.read_file(source).to_file(Path(folder) / "peer.gpkg", driver="GPKG")
        peer = time.process_time() - started
        speed = f"{len(frame) / ours:,.0f} entities/s"
        print(f"build: {speed}; geopandas copies the features alone {ours / peer:.1f} x as fast")
        _ask(city, frame)
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MiB")


def _city(path: str, count: int) -> geopandas.GeoDataFrame:
    shapes = pyogrio.read_dataframe(path).to_crs("EPSG:4549").geometry.to_numpy()
    shapes = shapes[shapely.get_dimensions(shapes) == 2]
    side = np.ptp(shapely.bounds(shapes)[:, 0]) + 100
    copies = -(-count // len(shapes))
    moved = [shapely.transform(shapes, lambda p, n=n: p + np.array([n % 60, n // 60]) * side) for n in range(copies)]
    every = np.concatenate(moved)[:count]
    return geopandas.GeoDataFrame({"BSM": [f"{n:018d}" for n in range(count)]}, geometry=every, crs="EPSG:4549")


def _ask(city: Path, frame: geopandas.GeoDataFrame) -> None:
    with closing(open_store(str(city))) as store:
        x, y = frame.geometry.iloc[len(frame) // 2].centroid.coords[0]
        reach, found = 50.0, store.window("parcel", (x, y, x, y))
        while len(found) < 1000 and reach < 1e6:
            reach *= 1.2
            started = time.process_time()
            found = store.window("parcel", (x - reach, y - reach, x + reach, y + reach))
            spent = time.process_time() - started
        print(f"window of {len(found)} entities: {1000 * spent:.0f} ms")
    started = time.process_time()
    about_entity(str(city), f"{len(frame) // 2:018d}", job=Job())
    print(f"everything about one: {1000 * (time.process_time() - started):.0f} ms")


if __name__ == "__main__":
    main()
