"""Writing one table of a GeoPackage that QGIS 3.22 reads without a warning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio.raw
import shapely


def write_table(
    path: Path,
    table: str,
    title: str,
    shapes: np.ndarray | None,
    columns: Mapping[str, Sequence[Any] | np.ndarray],
    crs: str | None,
    geometry_type: str = "MultiPolygon",
) -> None:
    """Add a table to the file `path`, which is made when it is not there.

    `shapes`: shapely array, None allowed in it; None for a table without shapes; polygons become multipolygons in a
    table of such. `columns`: name → values; lists are written as texts and whatever they hold. `crs`: WKT or a code.
    `title`: what people read.
    """
    values = [
        column if isinstance(column, np.ndarray) else np.array(column, dtype=object) for column in columns.values()
    ]
    pyogrio.raw.write(
        str(path),
        None if shapes is None else shapely.to_wkb(shapes),
        values,
        list(columns),
        layer=table,
        driver="GPKG",
        geometry_type=None if shapes is None else geometry_type,
        promote_to_multi=geometry_type.startswith("Multi"),
        crs=None if shapes is None else crs,
        append=path.exists(),
        dataset_options={"VERSION": "1.2"},  # later ones make older GDAL warn
        layer_options={"IDENTIFIER": title},
    )
