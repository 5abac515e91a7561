"""Write a small laser scan. Runs in the engine's Python: `python make_scan.py OUT.laz`."""

from __future__ import annotations

import sys

import laspy
import numpy as np
from pyproj import CRS

EAST, NORTH, SIDE = 500_000.0, 3_400_000.0, 120.0
# west, south, east, north in metres from the corner; height of the roof above the ground below its centre
ROOFS = ((20.0, 20.0, 50.0, 45.0, 9.0), (70.0, 60.0, 100.0, 100.0, 15.0))


def ground(x: np.ndarray | float) -> np.ndarray | float:
    """Height of the slope in metres."""
    return 30.0 + 0.02 * x


def main(path: str) -> None:
    """Ground as class 2, roofs as class 6, 6 points a square metre."""
    random = np.random.default_rng(7)
    count = int(6 * SIDE * SIDE)
    x, y = random.uniform(0, SIDE, count), random.uniform(0, SIDE, count)
    z = ground(x) + random.normal(0, 0.02, count)
    classes = np.full(count, 2, dtype=np.uint8)
    for west, south, east, north, height in ROOFS:
        inside = (x > west) & (x < east) & (y > south) & (y < north)
        z[inside] = ground((west + east) / 2) + height + random.normal(0, 0.02, int(inside.sum()))
        classes[inside] = 6
    header = laspy.LasHeader(point_format=6, version="1.4")
    header.scales, header.offsets = [0.001] * 3, [EAST, NORTH, 0.0]
    header.add_crs(CRS.from_epsg(4547))
    scan = laspy.LasData(header)
    scan.x, scan.y, scan.z, scan.classification = EAST + x, NORTH + y, z, classes
    scan.return_number = scan.number_of_returns = np.ones(count, dtype=np.uint8)
    scan.write(path)


if __name__ == "__main__":
    main(sys.argv[1])
