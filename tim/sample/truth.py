"""What is true of the sample, as plain JSON: the yardstick for what is found."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from pyproj import Transformer
from shapely.affinity import translate

from tim.sample.buildings import Building
from tim.sample.terrain import HORIZONTAL, ORIGIN, Terrain

# CGCS2000
_A, _F = 6378137.0, 1 / 298.257222101
_E = np.sqrt(_F * (2.0 - _F))


def to_world(geometry: Any) -> Any:
    """Local coordinates to EPSG:4547, rounded to the millimetre."""
    return shapely.set_precision(translate(geometry, *ORIGIN), 0.001)


def ellipsoid_area(polygon: shapely.Polygon) -> float:
    """Ellipsoidal area (m²) of a polygon in EPSG:4547 without holes; its edges are straight in latitude, longitude.

    Uses the closed form of the area between the equator and a latitude, b²/2 (sin B / (1 - e² sin² B) + artanh(e sin B)
    / e), not the survey's series: so this checks the product's own area.
    """
    x, y = shapely.get_coordinates(shapely.orient_polygons(polygon)).T
    longitude, latitude = Transformer.from_crs(HORIZONTAL, "EPSG:4490", always_xy=True).transform(x, y)
    middle = np.radians(longitude).mean()
    sine = np.sin(np.radians(latitude))
    zone = (_A * (1.0 - _F)) ** 2 / 2.0 * (sine / (1.0 - (_E * sine) ** 2) + np.arctanh(_E * sine) / _E)
    mean_longitude = (np.radians(longitude[1:]) + np.radians(longitude[:-1])) / 2.0 - middle
    return abs(float(np.sum(mean_longitude * np.diff(zone))))


def rim_ground(item: Building, terrain: Terrain) -> float:
    """The ground beside a building as surveys of buildings define it: the 10th percentile one metre outside its rim."""
    rim = item.footprint.buffer(1.0).exterior
    places = shapely.get_coordinates(shapely.line_interpolate_point(rim, np.arange(0.0, rim.length, 0.25)))
    return float(np.percentile(terrain.height(places[:, 0], places[:, 1]), 10.0))


def building_truth(item: Building, terrain: Terrain, visible: bool, known: bool) -> dict[str, Any]:
    """One building. Heights are absolute in metres; `visible` is false in the gap of the scan, `known` says whether its
    footprint stands in the register."""
    median, p70 = item.roof_percentiles((50.0, 70.0))
    ground = rim_ground(item, terrain)
    return {
        "number": item.number,
        "use": item.use,
        "roof": item.roof_type,
        "storeys": item.storeys,
        "ground_z": round(ground, 3),
        "eave_z": round(item.eave, 3),
        "ridge_z": round(item.ridge, 3),
        "roof_p50_z": round(median, 3),
        "roof_p70_z": round(p70, 3),
        "height": round(p70 - ground, 3),
        "area_m2": round(item.footprint.area, 3),
        "visible": visible,
        "known": known,
        "footprint": shapely.to_wkt(to_world(item.footprint), rounding_precision=3),
    }
