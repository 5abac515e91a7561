"""`tim build`: sources → a model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyproj

from pointcloud.sources import PointSource, common_crs, open_sources
from pointcloud.survey import SurveyOptions, SurveyResult, survey_points
from tim.assembly.inputs import Extent, Features, polygons_only, read_features, repaired
from tim.assembly.manifest import now
from tim.assembly.write import write_model
from tim.errors import UnusableInput, UsageError
from tim.files import atomic_output
from tim.job import Job
from tim.landuse import Codes, find_codes
from tim.model import schema
from tim.model.info import summary
from tim.result import Result
from tim.sources.crs import describe, horizontal, parse_crs, require_metres


@dataclass
class Build:
    """Everything a model is written from."""

    sources: Sequence[PointSource]
    crs: pyproj.CRS
    parameters: dict[str, Any]
    footprints: Features | None = None
    land_use: Features | None = None
    codes: Codes | None = None
    layers: dict[str, Features] = field(default_factory=dict)
    survey: SurveyResult | None = None
    started: str = field(default_factory=now)


def build_model(
    *,
    points: Sequence[str],
    out: str,
    footprints: str | None = None,
    landuse: str | None = None,
    layers: Mapping[str, str] | None = None,
    crs: str | None = None,
    lod: str = "1",
    ground: str = "auto",
    resolution: float | None = None,
    overwrite: bool = False,
    job: Job,
) -> Result:
    """Build a model from points and optional vector sources and write it as one GeoPackage.

    `crs` answers for points without a CRS and may add heights (`EPSG:4547+5737`); `resolution` in metres. Raises
    `UsageError` and `UnusableInput` (or the point kernel's errors) with one Chinese line; nothing is left behind then.
    """
    parameters = {
        "points": [Path(path).name for path in points],
        "footprints": footprints and Path(footprints).name,
        "landuse": landuse and Path(landuse).name,
        "layers": {name: Path(source).name for name, source in (layers or {}).items()},
        "crs": crs,
        "lod": lod,
        "ground": ground,
        "resolution": resolution,
    }
    given = parse_crs(crs) if crs else None
    check_layer_names(layers or ())
    with atomic_output(out, job, overwrite=overwrite) as working:
        job.progress(0.0, "检查数据")
        sources = open_sources([Path(path) for path in points], job)
        build = Build(sources, points_crs(sources, given), parameters)
        _read_vectors(build, footprints, landuse, dict(layers or {}), job)
        scratch = working.parent / "scratch"
        scratch.mkdir()
        build.survey = survey_points(sources, _options(build, ground, resolution, lod), scratch, job.part(0.05, 0.85))
        job.progress(0.85, "写出模型")
        write_model(build, working, job.part(0.85, 1.0))
        result = summary(working)
        message = _message(build.survey, result)
        build.survey = None  # its rasters are files in the scratch folder, which Windows keeps while they are mapped
    job.progress(1.0, "完成")
    return Result(message, [str(Path(out).absolute())], data=result)


def points_crs(sources: Sequence[PointSource], given: pyproj.CRS | None) -> pyproj.CRS:
    """The CRS of the points. Raises an error when it is unknown, contradictory or not a plane in metres."""
    crs = common_crs(sources, given)
    if crs is None:
        names = "、".join(f"“{source.name}”" for source in sources[:3]) + ("等" if len(sources) > 3 else "")
        raise UnusableInput(
            f"点云 {names} 没有写明坐标系，不能猜测；请问数据提供方，再用 --crs 指明，"
            "如 --crs EPSG:4547，或带高程 --crs EPSG:4547+5737"
        )
    require_metres(crs)
    return crs


def _read_vectors(build: Build, footprints: str | None, landuse: str | None, layers: dict[str, str], job: Job) -> None:
    plane, extent = horizontal(build.crs), _extent(build.sources)
    if footprints:
        read = read_features(footprints, "建筑轮廓", "building", plane, extent, job)
        build.footprints = polygons_only(read, "建筑轮廓", job)
    if landuse:
        read = read_features(landuse, "土地利用", "land_use", plane, extent, job)
        build.land_use = polygons_only(read, "土地利用", job)
        build.codes = _codes(build.land_use, job)
    for name, source in layers.items():
        title = f"图层“{name}”"
        read = read_features(source, title, name, plane, extent, job, must_overlap=False)
        build.layers[name] = repaired(read, title, job)


def _codes(land_use: Features, job: Job) -> Codes:
    codes = find_codes(land_use.layer.columns)
    if codes is None:
        names = "、".join(land_use.layer.columns) or "无"
        raise UnusableInput(
            f"土地利用“{land_use.layer.path.name}”里没有地类编码字段（如 DLBM、YDYHFLDM）；它的字段有：{names}"
        )
    job.log(f"地类编码取自字段“{codes.field}”，按{codes.version}")
    if codes.unknown:
        shown = "、".join(f"{code}（{count} 个）" for code, count in list(codes.unknown.items())[:10])
        job.warn(f"土地利用有 {len(codes.unknown)} 种编码不在{codes.version}里：{shown}")
    empty = sum(code is None for code in codes.codes)
    if empty:
        job.warn(f"土地利用有 {empty} 个图斑的“{codes.field}”为空")
    return codes


def check_layer_names(names: Iterable[str]) -> None:
    """Refuse names that the model uses itself, and those that a GeoPackage takes for one."""
    own = {
        text.lower()
        for names in (schema.LAYER_TITLES, schema.ATTRIBUTE_TABLES, schema.ATTRIBUTE_TABLES_2)
        for text in (*names, *names.values())
    }
    seen: dict[str, str] = {}
    for name in names:
        if not name.strip() or name.lower() in own or name.lower().startswith(("gpkg_", "sqlite_", "rtree_")):
            raise UsageError(f"图层名“{name}”不能用：它是模型自己的表名或为空；请换一个名称")
        if name.lower() in seen:
            raise UsageError(f"图层名“{seen[name.lower()]}”和“{name}”只有大小写不同，在一个文件里会混淆；请换一个名称")
        seen[name.lower()] = name


def _extent(sources: Sequence[PointSource]) -> Extent:
    bounds = np.array([source.bounds for source in sources], dtype=float)
    low, high = bounds[:, :2].min(axis=0), bounds[:, 3:5].max(axis=0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def _options(build: Build, ground: str, resolution: float | None, lod: str) -> SurveyOptions:
    given = build.footprints
    footprints = None if given is None else (list(given.ids), given.geometry)
    return SurveyOptions(roofs=lod == "2", crs=build.crs, ground=ground, resolution=resolution, footprints=footprints)


def _message(survey: SurveyResult, result: dict[str, Any]) -> str:
    counts = {name: count for name, count in result["entities"].items() if name not in (schema.TERRAIN, schema.SURFACE)}
    parts = [f"地形与地表（像元 {survey.resolution:g} 米）", f"建筑 {counts.pop('building')} 座"]
    parts += [f"{schema.class_title(name)} {count} 个" for name, count in counts.items()]
    return f"已建立模型：{'、'.join(parts)}；坐标系 {describe(survey.crs)}"
