"""A small place with known buildings and land use, in metres."""

from __future__ import annotations

import numpy as np
import shapely

WEST, SOUTH, GROUND = 500_000.0, 3_400_000.0, 12.0  # EPSG:4547
COURT = shapely.Polygon(shapely.box(5, 5, 25, 25).exterior, [shapely.box(11, 11, 19, 19).exterior])
PAIR = shapely.MultiPolygon([shapely.box(40, 5, 48, 15), shapely.box(52, 5, 60, 15)])
PLAIN = shapely.box(40, 30, 60, 42)
ELSEWHERE = shapely.box(300, 300, 310, 310)
# key → (footprint from the south-west corner, height of the flat roof above ground or None where there is no scan)
BUILDINGS = {"court": (COURT, 9.0), "pair": (PAIR, 6.0), "plain": (PLAIN, 15.5), "elsewhere": (ELSEWHERE, None)}
PATCHES = {"0701": shapely.box(0, 0, 35, 50), "1003": shapely.box(35, 0, 70, 25), "9999": shapely.box(35, 25, 90, 50)}


def placed(shape: shapely.Geometry) -> shapely.Geometry:
    """A shape of the scene in EPSG:4547."""
    return shapely.transform(shape, lambda places: places + np.array([WEST, SOUTH]))
