"""The store: a city made of repeated footprints, built and asked; the same features written by geopandas.

`python -m benchmarks.store FOOTPRINTS [--entities 1000000]`
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
import time
from contextlib import closing
from pathlib import Path

import geopandas
import numpy as np
import pyogrio
import shapely
from cjio.cityjson import CityJSON

from tim.assembly.layers import create_model
from tim.graph.about import about_entity
from tim.graph.link import link_model
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
        zones = Path(folder) / "zones.gpkg"
        _zones(frame).to_file(zones, driver="GPKG")
        create_model(layers={"parcel": str(source), "plan_zone": str(zones)}, out=str(city), job=Job())
        ours = time.process_time() - started
        started = time.process_time()
        geopandas.read_file(source).to_file(Path(folder) / "peer.gpkg", driver="GPKG")
        peer = time.process_time() - started
        city_json = _city_json(frame, Path(folder) / "peer.city.json")
        speed = f"{len(frame) / ours:,.0f} entities/s"
        print(f"build: {speed}; geopandas copies the features alone {ours / peer:.1f} x as fast")
        print(f"CityJSON of the same (shapes and one key each, nothing indexed): {city_json:.0f} s, ours {ours:.0f} s")
        started = time.process_time()
        linked = link_model(str(city), job=Job())
        print(f"relations: {linked.data['added']:,}, {time.process_time() - started:.0f} s")
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


def _zones(frame: geopandas.GeoDataFrame) -> geopandas.GeoDataFrame:
    """Plan zones of 1 km over the city, for relations by shape."""
    west, south, east, north = frame.total_bounds
    corners = [(x, y) for x in np.arange(west, east, 1000) for y in np.arange(south, north, 1000)]
    shapes = [shapely.box(x, y, x + 1000, y + 1000) for x, y in corners]
    return geopandas.GeoDataFrame({"BSM": [f"Z{n:017d}" for n in range(len(shapes))]}, geometry=shapes, crs=frame.crs)


def _city_json(frame: geopandas.GeoDataFrame, path: Path) -> float:
    """Seconds to write the shapes as CityJSON by cjio, one LandUse with a surface each."""
    started = time.process_time()
    city = CityJSON()
    city.j["transform"] = {"scale": [0.001] * 3, "translate": [0.0] * 3}
    vertices: list[list[int]] = []
    for key, shape in zip(frame["BSM"], frame.geometry):
        parts = shape.geoms if shape.geom_type == "MultiPolygon" else [shape]
        surfaces = []
        for part in parts:
            ring = np.rint(shapely.get_coordinates(part.exterior)[:-1] * 1000).astype(int).tolist()
            surfaces.append([list(range(len(vertices), len(vertices) + len(ring)))])
            vertices += [[x, y, 0] for x, y in ring]
        geometry = {"type": "MultiSurface", "lod": "1", "boundaries": surfaces}
        city.j["CityObjects"][key] = {"type": "LandUse", "attributes": {"BSM": key}, "geometry": [geometry]}
    city.j["vertices"] = vertices
    path.write_text(json.dumps(city.j), encoding="utf-8")
    return time.process_time() - started


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
