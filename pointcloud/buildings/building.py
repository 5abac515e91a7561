"""One building: a block (LoD1), and its roof where that was asked for (LoD2)."""

from __future__ import annotations

from dataclasses import dataclass

import shapely

from pointcloud.roofs.roof import Roof

MODELLED, NO_DATA = "modelled", "no-data"


@dataclass(frozen=True)
class Building:
    """`key`: identifier of the given footprint, None for one that was found. Heights in metres, None where unknown.

    `ground_z`: low percentile of the terrain along the rim; `roof_z`: 70th percentile of the roof points; `height`
    their difference; `points`: points the roof was measured with; `roof_rmse`: root mean square distance of these to
    `roof_z`. `status`: "modelled" or "no-data"; `reason`: a Chinese sentence that explains it; `height_source`: which
    points were taken. `roof`: solids up to LoD2.2, None where they were not asked for or nothing is known.
    """

    key: str | None
    footprint: shapely.Geometry
    ground_z: float | None
    roof_z: float | None
    height: float | None
    points: int
    roof_rmse: float | None
    status: str
    reason: str
    height_source: str
    roof: Roof | None = None
