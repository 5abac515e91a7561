"""Areas and lengths of plots: plane ones in metres, the survey's and geodesic ones in degrees."""

from __future__ import annotations

import numpy as np
import pyproj
import shapely

from tim.area import ellipsoidal_area
from tim.errors import UnusableInput


def area_of(shape: shapely.Geometry, crs: pyproj.CRS) -> tuple[float, str]:
    """m² of a polygon, and what kind of area it is; NaN in degrees of a datum for which none is defined."""
    if crs.is_projected:
        return float(shape.area), "平面面积"
    try:
        return float(ellipsoidal_area(np.array([shape], dtype=object), crs)[0]), "椭球面积"
    except UnusableInput:
        return float("nan"), "面积"


def lengths_of(ring: np.ndarray, crs: pyproj.CRS) -> np.ndarray:
    """Metres from each point of a closed ring (north, east or latitude, longitude) to the next one."""
    if crs.is_projected:
        return np.hypot(*np.diff(ring, axis=0).T)
    geod = crs.get_geod()
    assert geod is not None
    latitude, longitude = ring.T
    return np.asarray(geod.inv(longitude[:-1], latitude[:-1], longitude[1:], latitude[1:])[2])
