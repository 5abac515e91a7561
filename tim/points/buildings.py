"""`tim points buildings`: footprints and heights, with roofs where asked, without a model around them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import shapely

from pointcloud.buildings.building import MODELLED
from pointcloud.sources import open_sources
from pointcloud.survey import SurveyOptions, SurveyResult, survey_points
from tim.assembly.inputs import polygons_only, read_features
from tim.assembly.pipeline import points_crs
from tim.assembly.roofs import fit_columns, levels
from tim.files import atomic_output
from tim.job import Job
from tim.model.identity import feature_keys
from tim.model.solid import to_geometry
from tim.result import Result
from tim.sources.crs import horizontal, parse_crs
from tim.sources.gpkg import write_table


def points_buildings(
    *,
    points: Sequence[str],
    out: str,
    footprints: str | None = None,
    crs: str | None = None,
    ground: str = "auto",
    lod: str = "1",
    overwrite: bool = False,
    job: Job,
) -> Result:
    """Buildings as a GeoPackage: layer `footprint` (polygons with heights and quality) and `solid` (highest level).

    Footprints are found among the points when none are given, straightened to right angles. Result keys: `buildings`,
    `area_m2`, `lods` (level → count), `fit_rmse` (median in m, with `lod` "2").
    """
    with atomic_output(out, job, overwrite=overwrite) as working:
        sources = open_sources([Path(path) for path in points], job)
        known = points_crs(sources, parse_crs(crs) if crs else None)
        given = _given(footprints, known, sources, job)
        options = SurveyOptions(crs=known, ground=ground, footprints=given, roofs=lod == "2")
        survey = survey_points(sources, options, working.parent / "scratch", job.part(0.05, 0.9))
        data = _write(survey, working, lod == "2")
        del survey  # its rasters are files in the scratch folder
    lods = "、".join(f"LoD{name} {count} 座" for name, count in data["lods"].items())
    return Result(f"建筑 {data['buildings']} 座（{lods or '没有找到'}）", [str(Path(out).absolute())], data=data)


def _given(
    footprints: str | None, crs: pyproj.CRS, sources: Sequence[Any], job: Job
) -> tuple[Sequence[str], np.ndarray] | None:
    if footprints is None:
        return None
    bounds = np.array([source.bounds for source in sources], dtype=float)
    low, high = bounds[:, :2].min(axis=0).tolist(), bounds[:, 3:5].max(axis=0).tolist()
    read = read_features(footprints, "建筑轮廓", "building", horizontal(crs), (*low, *high), job)
    features = polygons_only(read, "建筑轮廓", job)
    return features.keys, features.geometry


def _write(survey: SurveyResult, path: Path, roofs: bool) -> dict[str, Any]:
    buildings = survey.buildings
    shapes = np.array([building.footprint for building in buildings], dtype=object)
    keys = [building.key for building in buildings]
    ids = feature_keys({}, shapes)[0] if None in keys else keys
    made = [levels(building, roofs) for building in buildings]
    numbers = {
        name: np.array([np.nan if (value := getattr(b, name)) is None else value for b in buildings], dtype=float)
        for name in ("ground_z", "roof_z", "height", "roof_rmse")
    }
    columns: dict[str, Any] = {
        "id": list(ids),
        **numbers,
        "area_m2": shapely.area(shapes) if len(shapes) else np.empty(0),
        "points": np.array([building.points for building in buildings], dtype=np.int64),
        "status": [building.status for building in buildings],
        "reason": [building.reason for building in buildings],
    }
    fits = fit_columns(buildings, made)
    columns.update(fits if roofs else {"lod": fits["lod"]})
    write_table(path, "footprint", "建筑轮廓", shapes, columns, horizontal(survey.crs).to_wkt())
    rows = [
        (identity, list(levels_of)[-1], part, shell)
        for identity, levels_of in zip(ids, made)
        if levels_of
        for part, shell in enumerate(list(levels_of.values())[-1])
    ]
    solid: dict[str, Any] = {
        "id": [row[0] for row in rows],
        "lod": [row[1] for row in rows],
        "part": np.array([row[2] for row in rows], dtype=np.int64),
    }
    bodies = np.array([to_geometry(row[3]) for row in rows], dtype=object)
    write_table(path, "solid", "建筑体块", bodies, solid, survey.crs.to_wkt(), "MultiPolygon Z")
    highest = [list(levels_of)[-1] for levels_of in made if levels_of]
    fit = fits["fit_rmse"][np.isfinite(fits["fit_rmse"])]
    return {
        "buildings": sum(building.status == MODELLED for building in buildings),
        "area_m2": round(float(shapely.area(shapes).sum()), 1) if len(shapes) else 0.0,
        "lods": {name: highest.count(name) for name in sorted(set(highest))},
        "fit_rmse": round(float(np.median(fit)), 3) if len(fit) else None,
    }
