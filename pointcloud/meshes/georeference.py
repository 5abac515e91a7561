"""Where the local coordinates of a mesh lie on the earth, in double precision."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from pointcloud.errors import UnusableSource
from pointcloud.sources.units import horizontal_part, unit_factors, vertical_part

# WGS 84 (EPSG:7030); that of CGCS2000 differs by 0.1 mm in the polar axis
_A, _F = 6378137.0, 1 / 298.257223563
_E2 = _F * (2 - _F)


@dataclass(frozen=True)
class Georeference:
    """From local coordinates to the earth.

    Either `crs` (a `pyproj.CRS`): local + `origin` are coordinates in it (east, north, up in its units); or `matrix`
    (4, 4): local coordinates in metres to earth-centred ones (EPSG:4978). With neither the mesh has no place.
    """

    crs: Any = None
    origin: np.ndarray = field(default_factory=lambda: np.zeros(3))
    matrix: np.ndarray | None = None
    text: str = ""  # as the source states it

    @property
    def placed(self) -> bool:
        """Whether the place on the earth is known."""
        return self.crs is not None or self.matrix is not None

    @cached_property
    def _to_earth(self) -> Any:
        from pyproj import Transformer

        return Transformer.from_crs(horizontal_part(self.crs).to_3d(), "EPSG:4978", always_xy=True)

    @property
    def guessed_datum(self) -> bool:
        """Whether the step to WGS 84 lacks the parameters of the datum, so that places may be tens of metres off."""
        if self.crs is None or "ballpark" not in self._to_earth.description.lower():
            return False
        # systems on ellipsoids of this size (CGCS2000, GRS 80) agree with WGS 84 to centimetres or decimetres
        return abs(self.crs.ellipsoid.semi_major_metre - _A) > 1.0

    def ecef(self, local: np.ndarray, *, height_offset: float = 0.0) -> np.ndarray:
        """Earth-centred coordinates (n, 3) float64 of local ones, each point on its own.

        `height_offset` (m) is added to heights first: the height of the geoid or quasi-geoid above the ellipsoid where
        heights are normal heights. Raises `UnusableSource` when the mesh has no place or lies outside the projection.
        """
        if self.matrix is not None:
            points = local.astype(np.float64)
            if height_offset:
                points = points + np.array([0.0, 0.0, height_offset])
            return points @ self.matrix[:3, :3].T + self.matrix[:3, 3]
        if self.crs is None:
            raise UnusableSource("三维模型没有坐标系，不能放到地球上；请给出坐标系和原点")
        x, y, z = (local.astype(np.float64) + self.origin).T
        z = z * unit_factors(self.crs)[1] + height_offset
        places = np.column_stack(self._to_earth.transform(x, y, z))
        if not np.isfinite(places).all():
            raise UnusableSource("三维模型的坐标超出坐标系的范围；请检查 metadata.xml 里的坐标系和原点")
        return places

    def moved_to(self, local: np.ndarray, crs: Any) -> np.ndarray:
        """Coordinates (n, 3) float64 in another `pyproj.CRS`. Heights stay above their own datum.

        Between a CRS and another one only the plane changes; from earth-centred places heights become ellipsoidal.
        """
        from pyproj import Transformer

        target = horizontal_part(crs)
        if self.crs is None:
            way = Transformer.from_crs("EPSG:4978", target.to_3d(), always_xy=True)
            return np.column_stack(way.transform(*self.ecef(local).T))
        places = local.astype(np.float64) + self.origin
        way = Transformer.from_crs(horizontal_part(self.crs), target, always_xy=True)
        x, y = way.transform(places[:, 0], places[:, 1])
        return np.column_stack((x, y, places[:, 2] * unit_factors(self.crs)[1]))

    @property
    def has_height_datum(self) -> bool:
        """Whether the CRS says above what heights are."""
        return self.crs is not None and vertical_part(self.crs) is not None


def geodetic(places: np.ndarray) -> np.ndarray:
    """Longitude and latitude (radians), ellipsoidal height (m) of earth-centred places (n, 3); WGS 84."""
    from pyproj import Transformer

    way = Transformer.from_crs("EPSG:4978", "EPSG:4979", always_xy=True)
    longitude, latitude, height = way.transform(*places.T)
    return np.column_stack((np.radians(longitude), np.radians(latitude), height))


def enu_frame(longitude: float, latitude: float, height: float = 0.0) -> np.ndarray:
    """The matrix (4, 4) from metres east, north, up at a place (degrees, WGS 84) to earth-centred coordinates."""
    lam, phi = np.radians((longitude, latitude))
    (sl, cl), (sp, cp) = (np.sin(lam), np.cos(lam)), (np.sin(phi), np.cos(phi))
    n = _A / np.sqrt(1 - _E2 * sp**2)
    matrix = np.eye(4)
    matrix[:3, 0] = (-sl, cl, 0.0)
    matrix[:3, 1] = (-sp * cl, -sp * sl, cp)
    matrix[:3, 2] = (cp * cl, cp * sl, sp)
    matrix[:3, 3] = ((n + height) * cp * cl, (n + height) * cp * sl, (n * (1 - _E2) + height) * sp)
    return matrix
