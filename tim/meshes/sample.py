"""`tim mesh sample`: points on the surface of a mesh."""

from __future__ import annotations

from pathlib import Path

import laspy
import numpy as np

from pointcloud.meshes.placement import placement
from pointcloud.meshes.sampling import Colours, areas, sample
from tim.errors import UsageError
from tim.files import atomic_output
from tim.job import Job
from tim.meshes.source import open_mesh, target_crs
from tim.result import Result
from tim.sources.crs import describe

_MOST_POINTS = 2_000_000_000
_SCALE = 0.001  # metres


def mesh_sample(
    *,
    mesh: str,
    out: str,
    density: float = 25.0,
    crs: str | None = None,
    source_crs: str | None = None,
    source_origin: str | None = None,
    overwrite: bool = False,
    job: Job,
) -> Result:
    """Write points that are spread evenly by chance over the finest level, `density` per square metre of surface.

    LAS 1.4 point format 7 (LAZ by the extension) with the colours of the pictures, steps of a millimetre. The same
    mesh gives the same points. Result keys: `points`, `surface_m2`, `crs`.
    """
    dataset = open_mesh(mesh, job.part(0.0, 0.4), source_crs=source_crs, source_origin=source_origin)  # type: ignore[arg-type]
    place = placement(dataset, target_crs(crs))
    tiles = [tile for tile in dataset.finest() if tile.triangles]
    if not tiles:
        raise UsageError(f"“{dataset.path.name}”里没有三角形，不能采样")
    header = laspy.LasHeader(version="1.4", point_format=7)
    header.scales, header.offsets = np.full(3, _SCALE), place.origin
    if place.system is not None:
        header.add_crs(place.system)
    points, surface = 0, 0.0
    colours = Colours()
    with atomic_output(out, job, overwrite=overwrite) as working, laspy.open(working, "w", header=header) as target:
        for number, tile in enumerate(tiles):
            job.progress(0.4 + 0.6 * number / len(tiles), "采样")
            rng = np.random.default_rng(number)
            for source in tile.load():
                moved = place.move(source)
                area = float(areas(moved).sum())
                if points + area * density > _MOST_POINTS:
                    raise UsageError("采样点太多；请用较小的密度")
                surface += area
                positions, triangle, shares = sample(moved, density, rng)
                target.write_points(_records(positions + place.origin, colours.at(moved, triangle, shares), header))
                points += len(positions)
            colours = Colours()
    data = {
        "points": points,
        "surface_m2": round(surface, 2),
        "crs": None if place.system is None else describe(place.system),
    }
    return Result(f"已采样 {points:,} 个点", [str(Path(out).absolute())], data=data)


def _records(places: np.ndarray, colours: np.ndarray, header: laspy.LasHeader) -> laspy.ScaleAwarePointRecord:
    record = laspy.ScaleAwarePointRecord.zeros(len(places), header=header)
    record.x, record.y, record.z = places.T
    # LAS keeps colours in 16 bits
    record.red, record.green, record.blue = (colours[:, k].astype(np.uint16) * 257 for k in range(3))
    record.return_number = record.number_of_returns = np.ones(len(places), np.uint8)
    return record
