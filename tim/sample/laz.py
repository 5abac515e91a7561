"""Write echoes as LAZ: LAS 1.4, point format 6, compound coordinate reference system as WKT, no classes yet."""

from __future__ import annotations

from pathlib import Path

import laspy
import numpy as np
from laspy.vlrs.known import WktCoordinateSystemVlr
from pyproj import CRS

from tim.sample.scan import Points
from tim.sample.terrain import COMPOUND, ORIGIN

_SCALE = 0.001  # metres
_ANGLE_UNIT = 0.006  # degrees, LAS 1.4


def write_laz(path: Path, points: Points) -> None:
    """Write `points` (local coordinates) in EPSG:4547 + EPSG:5737, in their order."""
    header = laspy.LasHeader(version="1.4", point_format=6)
    header.offsets = np.array([*ORIGIN, 0.0])
    header.scales = np.full(3, _SCALE)
    header.global_encoding.wkt = True
    header.vlrs.append(WktCoordinateSystemVlr(CRS.from_user_input(COMPOUND).to_wkt("WKT1_GDAL")))
    header.system_identifier = "SYNTHETIC"
    header.generating_software = "territory-tim sample"
    las = laspy.LasData(header)
    las.x, las.y, las.z = points.x + ORIGIN[0], points.y + ORIGIN[1], points.z
    las.return_number, las.number_of_returns = points.return_number, points.number_of_returns
    las.classification = np.where(points.strip % 2 == 0, 0, 1).astype(
        np.uint8
    )  # created, never classified / unclassified
    las.point_source_id, las.gps_time, las.intensity = points.strip, points.gps_time, points.intensity
    las.scan_angle = np.round(points.scan_angle / _ANGLE_UNIT).astype(np.int16)
    las.scan_direction_flag = (points.scan_angle >= 0).astype(np.uint8)
    las.write(str(path))
