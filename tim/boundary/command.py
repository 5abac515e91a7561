"""`tim boundary`: boundary-point files to layers and back, tables of points."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import shapely

from tim.boundary.frame import describe_frame, frame_of, geographic_of, north_first, zone_prefix
from tim.boundary.measure import area_of, lengths_of
from tim.boundary.plots import polygon_of, rings_of
from tim.boundary.table import write_point_table
from tim.boundary.txt import RECORD, SHORT, Plot, read_boundary, write_lines
from tim.errors import UnusableInput, UsageError
from tim.files import atomic_output
from tim.job import Job
from tim.result import Result
from tim.sources.crs import parse_crs, same_horizontal
from tim.sources.gpkg import write_table
from tim.sources.vector import VectorLayer, read_layer, reproject

_M2_PER_HECTARE = 10_000
_STATED_SLACK_M2 = 1.0
_DEGREE_DECIMALS = 9  # a tenth of a millimetre
_ENFORCEMENT, _LINKAGE = "enforcement", "linkage"
_UNCONFIRMED = {"one-map": "一张图", "supply": "供地", "balance": "进出平衡"}  # no form of their own was found


def read_files(
    files: Sequence[str],
    out: str,
    *,
    crs: str | None = None,
    east_first: bool = False,
    overwrite: bool = False,
    job: Job,
) -> Result:
    """Boundary-point files as one polygon layer (GeoPackage, table `plot`).

    Files must agree in their coordinate system; `crs` replaces what their headers say. Result keys: `plots`, `files`
    (list of {`file`, `encoding`, `crs`, `plots`}). Odd things become warnings. Raises `UnusableInput`.
    """
    rows: list[tuple[Plot, shapely.Geometry, str]] = []
    told: list[dict[str, Any]] = []
    system: pyproj.CRS | None = None
    for number, name in enumerate(files):
        job.progress(number / len(files) * 0.8, Path(name).name)
        path = Path(name)
        if not path.is_file():
            raise UsageError(f"找不到文件“{path}”；请检查路径")
        content = read_boundary(path)
        where = f"“{path.name}”"
        for plot in content.plots:
            plot.rings = [ring[:, ::-1] if east_first else ring for ring in plot.rings]
        points, note = north_first(np.vstack([ring for plot in content.plots for ring in plot.rings]), where)
        turned = bool(note)
        own = parse_crs(crs) if crs else frame_of(content.header, points, where)
        if system is not None and not same_horizontal(system, own):
            raise UnusableInput(f"“{path.name}”的坐标系（{own.name}）与前面的文件（{system.name}）不同；请分开读")
        system = own
        for line in [*content.notes, *([note] if note else [])]:
            job.warn(f"{where}：{line}")
        for plot in content.plots:
            plot.rings = [ring[:, ::-1] if turned else ring for ring in plot.rings]
            shape = polygon_of(plot)
            _compare(plot, shape, own, where, job)
            rows.append((plot, shape, path.name))
        told.append({"file": path.name, "encoding": content.encoding, "crs": own.name, "plots": len(content.plots)})
    assert system is not None
    columns = {name: np.array([plot.fields.get(name) for plot, _, _ in rows], dtype=object) for name in RECORD}
    columns["来源文件"] = np.array([name for _, _, name in rows], dtype=object)
    shapes = np.array([shape for _, shape, _ in rows], dtype=object)
    with atomic_output(out, job, overwrite=overwrite) as working:
        write_table(working, "plot", "地块", shapes, columns, system.to_wkt())
    return Result(
        f"读入 {len(files)} 个文件，{len(rows)} 个地块", outputs=[out], data={"plots": len(rows), "files": told}
    )


def write_file(
    layer: str,
    out: str,
    *,
    number_field: str | None = None,
    name_field: str | None = None,
    use_field: str | None = None,
    class_field: str | None = None,
    sheet_field: str | None = None,
    producer: str = "",
    date: str = "",
    variant: str = "approval",
    crs: str | None = None,
    decimals: int | None = None,
    distances: bool = False,
    encoding: str = "gbk",
    overwrite: bool = False,
    job: Job,
) -> Result:
    """Polygons of a layer as a boundary-point file: x north, y east with the zone, shells clockwise.

    `variant`: the form of 建设用地报批, of 执法 (short records, longitude and latitude in degrees), of 增减挂钩 (with
    distances); 一张图, 供地 and 进出平衡 are written as 报批, and told to be unconfirmed. The area of a record is
    that of the rings as written (ha, four decimals; plane, in degrees the survey's). `decimals`: 3 by default, in
    degrees 9. Result key: `plots`. Raises `UnusableInput` for a layer that is not in Gauss-Krüger coordinates or
    degrees of China and no `crs` that is.
    """
    source = read_layer(layer, target_crs=parse_crs(crs) if crs else None, task=job)
    if source.crs is None:
        raise UnusableInput(f"“{source.path.name}”没有坐标系；请先定义坐标系")
    if variant == _ENFORCEMENT:
        source = reproject(source, geographic_of(source.crs))
    elif variant in _UNCONFIRMED:
        job.warn(f"“{_UNCONFIRMED[variant]}”的格式没有核实，按建设用地报批的格式写出；请与接收单位核对")
    system = source.crs
    assert system is not None
    if decimals is None:
        decimals = 3 if system.is_projected else _DEGREE_DECIMALS
    header = {"格式版本号": "1.01", "数据产生单位": producer, "数据产生日期": date, **describe_frame(system)}
    header.update({"精度": f"{10**-decimals:.{decimals}f}", "转换参数": "0,0,0,0,0,0,0"})
    prefix = zone_prefix(system)
    named = {"地块编号": number_field, "地块名称": name_field, "地块用途": use_field, "地类编码": class_field}
    fields = {name: _column(source, field) for name, field in {**named, "图幅号": sheet_field}.items() if field}
    plots = []
    for index, shape in enumerate(source.geometry):
        if shape is None or shapely.get_dimensions(shape) != 2 or shape.is_empty:
            job.warn(f"第 {source.fids[index]} 号要素不是面，没有写出")
            continue
        if not shapely.is_valid(shape):
            raise UnusableInput(
                f"“{source.path.name}”第 {source.fids[index]} 号要素的图形不规范（自相交等），不能写成界址点；请先修复"
            )
        plots.append(_plot(index, shape, fields, prefix, decimals, system))
    if not plots:
        raise UnusableInput(f"“{source.path.name}”的图层“{source.name}”里没有面要素")
    lines = write_lines(
        header, plots, decimals,
        record=SHORT if variant == _ENFORCEMENT else RECORD,
        lengths=(lambda ring: lengths_of(ring, system)) if distances or variant == _LINKAGE else None,
        east_first=variant == _ENFORCEMENT,
    )  # fmt: skip
    text = "\r\n".join(lines) + "\r\n"
    with atomic_output(out, job, overwrite=overwrite) as working:
        try:
            working.write_bytes(text.encode("gb18030" if encoding == "gbk" else "utf-8"))
        except UnicodeEncodeError as error:
            raise UnusableInput("有的字不能写成 GBK；请用 --encoding utf-8") from error
    return Result(f"写出 {len(plots)} 个地块", outputs=[out], data={"plots": len(plots)})


def point_table(
    layer: str,
    out: str,
    *,
    name_field: str | None = None,
    neighbours: str | None = None,
    neighbour_field: str | None = None,
    decimals: int = 3,
    overwrite: bool = False,
    job: Job,
) -> Result:
    """The table of boundary points (Excel): points, lengths, bearings; with `neighbours` a sheet of the four sides.

    Result keys: `plots`, `boundary_points`.
    """
    source = read_layer(layer, task=job)
    if source.crs is None or not source.crs.is_projected:
        raise UnusableInput(f"“{source.path.name}”不是投影坐标，不能列边长和方位角；请先投影")
    names = _column(source, name_field) if name_field else [f"第 {fid} 号" for fid in source.fids]
    around = None
    if neighbours:
        around = read_layer(neighbours, target_crs=source.crs, task=job)
        if neighbour_field and neighbour_field not in around.columns:
            raise UsageError(f"“{around.path.name}”没有字段“{neighbour_field}”；请改 --neighbour-field")
    with atomic_output(out, job, overwrite=overwrite) as working:
        plots, points = write_point_table(working, source, names, around, neighbour_field, decimals, job)
    return Result(f"{plots} 个地块，{points} 个界址点", outputs=[out], data={"plots": plots, "boundary_points": points})


def _plot(index: int, shape: Any, fields: dict[str, list[str]], prefix: int, decimals: int, crs: pyproj.CRS) -> Plot:
    rings = rings_of(shape, decimals)
    area, _ = area_of(polygon_of(Plot({}, rings)), crs)
    for ring in rings:
        ring[:, 1] += prefix
    values = {name: column[index] for name, column in fields.items()}
    values.update({"图形属性": "面", "界址点数": str(sum(len(ring) - 1 for ring in rings))})
    values["地块面积"] = "" if math.isnan(area) else f"{area / _M2_PER_HECTARE:.4f}"
    values.setdefault("地块编号", str(index + 1))
    return Plot(values, rings)


def _column(source: VectorLayer, field: str) -> list[str]:
    if field not in source.columns:
        raise UsageError(f"“{source.path.name}”没有字段“{field}”；它的字段有 {'、'.join(source.columns)}")
    return ["" if value is None else str(value) for value in source.columns[field]]


def _compare(plot: Plot, shape: shapely.Geometry, crs: pyproj.CRS, where: str, job: Job) -> None:
    """Warn of rings that cross themselves, and of a stated area (ha) that is not that of the points."""
    if not shapely.is_valid(shape):
        job.warn(f"{where}的{plot.title}图形不规范（自相交或重复），请检查界址点次序")
        return
    try:
        stated = float(plot.fields.get("地块面积", "")) * _M2_PER_HECTARE
    except ValueError:
        return
    area, kind = area_of(shape, crs)
    if abs(stated - area) > max(_STATED_SLACK_M2, 0.0001 * area):  # never for NaN
        job.warn(f"{where}的{plot.title}写明 {stated:.2f} 平方米，由界址点算得{kind} {area:.2f} 平方米")
