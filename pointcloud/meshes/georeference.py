"""Where the local coordinates of a mesh lie on the earth, in double precision."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from pointcloud.errors import UnusableSource
from pointcloud.sources.units import horizontal_part, unit_factors

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
    def _to_earth(self) -> Callable[[np.ndarray, np.ndarray, np.ndarray], tuple[Any, ...]]:
        """From coordinates with ellipsoidal heights to earth-centred ones."""
        from pyproj import Transformer

        plane = horizontal_part(self.crs)
        if not self._same_as_wgs84:
            return Transformer.from_crs(plane.to_3d(), "EPSG:4978", always_xy=True).transform
        # PROJ looks for a second through all ways between datums, and finds that there is nothing to do
        flat = Transformer.from_crs(plane, plane.geodetic_crs, always_xy=True)
        earth = Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True)
        return lambda x, y, z: earth.transform(*flat.transform(x, y), z)

    @property
    def _same_as_wgs84(self) -> bool:
        """Whether the datum is WGS 84 or CGCS2000, which agree within the accuracy of the former's realisations."""
        datum = horizontal_part(self.crs).datum
        name = "" if datum is None else datum.name.replace("_", " ")
        return "1984" in name or name.startswith("China 2000")

    @property
    def guessed_datum(self) -> bool:
        """Whether the step to WGS 84 lacks the parameters of the datum, so that places may be tens of metres off."""
        from pyproj import Transformer

        if self.crs is None or self._same_as_wgs84:
            return False
        way = Transformer.from_crs(horizontal_part(self.crs).to_3d(), "EPSG:4978", always_xy=True)
        return "ballpark" in way.description.lower()

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
        places = np.column_stack(self._to_earth(x, y, z))
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
            if Georeference(target)._same_as_wgs84:
                places = geodetic(self.ecef(local))
                flat = Transformer.from_crs(target.geodetic_crs, target, always_xy=True)
                return np.column_stack((*flat.transform(*np.degrees(places[:, :2]).T), places[:, 2]))
            way = Transformer.from_crs("EPSG:4978", target.to_3d(), always_xy=True)
            return np.column_stack(way.transform(*self.ecef(local).T))
        places = local.astype(np.float64) + self.origin
        way = Transformer.from_crs(horizontal_part(self.crs), target, always_xy=True)
        x, y = way.transform(places[:, 0], places[:, 1])
        return np.column_stack((x, y, places[:, 2] * unit_factors(self.crs)[1]))


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
