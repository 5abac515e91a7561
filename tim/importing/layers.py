"""Vector layers into a model: class, mapped fields, encoding told or asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyproj
import shapely

from pointcloud.task import Task
from tim.errors import UnusableInput, UsageError
from tim.exchange.city.shapes import areas_m2
from tim.importing.checks import check_definition, check_place, chosen_crs
from tim.importing.encodings import told_encoding
from tim.importing.features import Features, with_own
from tim.importing.target import Target
from tim.model import schema
from tim.model.identity import feature_keys, identity_code
from tim.model.solid import blocks, to_geometry
from tim.sources.sheets import read_sheet
from tim.sources.vector import VectorLayer, list_layers, read_layer, reproject, split_spec

_LAND_USE = {
    "code": ("code", "dlbm", "地类编码"),
    "name": ("name", "dlmc", "地类名称"),
    "code_version": ("code_version",),
}


@dataclass(frozen=True)
class LayerOptions:
    """`kind`: class of the features, None for the layer's name. `fields`: new name → old name. `encoding` of texts."""

    kind: str | None
    fields: dict[str, str]
    encoding: str | None

    @staticmethod
    def of(kind: str | None, fields: Sequence[str], file: str | None, encoding: str | None) -> LayerOptions:
        """Options as the user gives them: pairs `new=old`, and a table with the columns 目标字段 and 源字段."""
        pairs = _fields_of(Path(file)) if file else {}
        for text in fields:
            new, sign, old = text.partition("=")
            if not sign or not new.strip() or not old.strip():
                raise UsageError(f"字段对应“{text[:60]}”应写成 目标字段=源字段，如 height=楼高")
            pairs[new.strip()] = old.strip()
        return LayerOptions(kind, pairs, encoding)


def _fields_of(path: Path) -> dict[str, str]:
    sheet = read_sheet(path)
    missing = [title for title in ("目标字段", "源字段") if title not in sheet.columns]
    if missing:
        raise UnusableInput(f"字段对应表“{path.name}”没有列“{'、'.join(missing)}”；它要有 目标字段、源字段 两列")
    pairs = zip(sheet.columns["目标字段"], sheet.columns["源字段"])
    return {str(new).strip(): str(old).strip() for new, old in pairs if new and old}


def add_layers(
    target: Target,
    spec: str,
    options: LayerOptions,
    given: pyproj.CRS | None,
    override: bool,
    task: Task,
    source_row: Callable[..., dict[str, Any]],
) -> dict[str, int]:
    """Write the layers of a source, or the one that it names."""
    path, chosen = split_spec(spec)
    if not override:
        check_definition(path, path.name)
    names = [chosen] if chosen else [name for name, kind in list_layers(path) if kind is not None]
    if not names:
        raise UnusableInput(f"“{path.name}”里没有带图形的图层")
    counts: dict[str, int] = {}
    for name in names:
        encoding = told_encoding(path, name, options.encoding, task)
        layer = read_layer(f"{path}|layername={name}", encoding=encoding, task=task)
        for note in layer.notes:
            task.log(note)
        if not len(layer):
            task.warn(f"“{path.name}”的图层“{name}”是空的，没有导入")
            continue
        kind, count = _add(target, layer, options, given, override, task, source_row)
        counts[kind] = counts.get(kind, 0) + count
    if not counts:
        raise UnusableInput(f"“{path.name}”没有要素；没有可导入的内容")
    return counts


def _add(
    target: Target,
    layer: VectorLayer,
    options: LayerOptions,
    given: pyproj.CRS | None,
    override: bool,
    task: Task,
    source_row: Callable[..., dict[str, Any]],
) -> tuple[str, int]:
    path = layer.path
    crs = chosen_crs(layer.crs, given, override, path.name, task)
    layer = replace(layer, crs=crs)
    bounds = shapely.total_bounds(layer.geometry)
    check_place(bounds[:2], bounds[2:], crs, path.name, task)
    if target.crs is None:
        target.crs = crs
    layer = reproject(layer, target.crs)
    kind = options.kind or layer.name
    _check_kind(kind)
    row = source_row(path, f"layer:{kind}", crs, {"layer": layer.name, "features": len(layer)}, task)
    target.source(row)
    columns = _mapped(layer, options.fields)
    keys, field = feature_keys(columns, layer.geometry)
    origin = [field] if field else []
    ids = [target.claim(identity_code(kind, *origin, key), key, path.name) for key in keys]
    features = Features(kind, ids, layer.geometry, {})
    lods = None
    if kind == schema.BUILDING:
        own = _buildings(features, columns, target.plane, task)
        lods = ["0,1" if status == schema.MODELLED else "0" for status in own["status"]]
    elif kind == schema.LAND_USE:
        own = _land_use(layer.geometry, columns, target.plane)
    else:
        own = {}
    _tell_invalid(layer, task)
    features.columns = with_own(own, columns)
    names = own.get("name", [None] * len(ids))
    features.entities = [
        {
            "id": identity, "class": kind, "name": name, "source_id": row["id"], "source_key": key,
            "version": target.version, "parent_id": None, "lods": lods[place] if lods else None,
        }
        for place, (identity, key, name) in enumerate(zip(ids, keys, names))
    ]  # fmt: skip
    target.features(features)
    return kind, len(ids)


def _check_kind(kind: str) -> None:
    reserved = {name.lower() for name in schema.RESERVED - {schema.BUILDING, schema.LAND_USE}}
    taken = kind.lower() in reserved or kind.lower().startswith(("gpkg_", "sqlite_", "rtree_", "city_"))
    if taken or not kind.strip():
        raise UsageError(f"类名“{kind}”不能用：它是模型自己的表名；请用 --class 另取名称")


def _mapped(layer: VectorLayer, fields: dict[str, str]) -> dict[str, np.ndarray]:
    """The columns with their new names first. Raises `UsageError` for a field that is not there."""
    missing = [old for old in fields.values() if old not in layer.columns]
    if missing:
        there = "、".join(layer.columns) or "无"
        raise UsageError(f"图层“{layer.name}”没有字段“{'、'.join(missing)}”；它的字段有：{there[:200]}")
    renamed = {new: layer.columns[old] for new, old in fields.items()}
    rest = {name: column for name, column in layer.columns.items() if name not in fields.values()}
    clash = [name for name in rest if name.lower() in {new.lower() for new in renamed}]
    if clash:
        raise UsageError(f"目标字段“{clash[0]}”与图层自己的字段同名；请另取名称")
    return {**renamed, **rest}


def _buildings(
    features: Features, columns: dict[str, np.ndarray], crs: pyproj.CRS, task: Task
) -> dict[str, np.ndarray]:
    """Blocks where `ground_z` and `height` (or `roof_z`) are given; these fields are taken out of `columns`."""
    count = len(features.ids)
    given = {name: _numbers(columns, name) for name in ("ground_z", "roof_z", "height")}
    ground, roof, height = given["ground_z"], given["roof_z"], given["height"]
    roof = np.where(np.isnan(roof), ground + height, roof)
    height = np.where(np.isnan(height), roof - ground, height)
    wrong = np.isfinite(ground + roof + height) & (np.abs(roof - ground - height) > 0.001)
    if wrong.any():
        raise UnusableInput(f"有 {int(wrong.sum())} 个建筑的 height 不等于 roof_z 减 ground_z；请改正字段或对应关系")
    flat = shapely.force_2d(features.shapes)
    sound = (shapely.get_dimensions(flat) == 2) & shapely.is_valid(flat) & ~shapely.is_empty(flat)
    modelled = sound & np.isfinite(ground) & (height > 0) & ~np.bool_(crs.is_geographic)
    for place in np.flatnonzero(modelled):
        for part, faces in enumerate(blocks(flat[place], ground[place], roof[place])):
            features.solids.append((int(place), part, "1", to_geometry(faces)))
    if not modelled.all():
        task.warn(
            f"{int((~modelled).sum())} 个建筑没有地面高和高度（字段 ground_z、height），只有轮廓，没有建立体块"
            if not crs.is_geographic
            else "坐标系以度为单位，建筑没有建立体块"
        )
    status = np.where(modelled, schema.MODELLED, schema.NO_DATA).astype(object)
    return {
        "ground_z": np.where(modelled, ground, np.nan),
        "roof_z": np.where(modelled, roof, np.nan),
        "height": height,
        "area_m2": areas_m2(flat, crs),
        "points": np.zeros(count, dtype=np.int64),
        "roof_rmse": np.full(count, np.nan),
        "height_source": np.array(["源字段" if known else None for known in np.isfinite(height)], dtype=object),
        "status": status,
        "reason": np.array([None if done else "源数据没有地面高和高度" for done in modelled], dtype=object),
    }


def _numbers(columns: dict[str, np.ndarray], name: str) -> np.ndarray:
    """A column of numbers, taken out of `columns`; NaN where it says nothing. Raises for texts that are no numbers."""
    column = columns.pop(name, None)
    if column is None:
        return np.full(len(next(iter(columns.values()))) if columns else 0, np.nan)
    values = np.full(len(column), np.nan)
    for place, value in enumerate(column):
        if value is None or (isinstance(value, str) and not value.strip()):
            continue
        try:
            values[place] = float(value)
        except (TypeError, ValueError):
            raise UnusableInput(f"字段“{name}”第 {place + 1} 个要素的值“{str(value)[:40]}”不是数") from None
    return values


def _land_use(shapes: np.ndarray, columns: dict[str, np.ndarray], crs: pyproj.CRS) -> dict[str, np.ndarray]:
    lowered = {name.lower(): name for name in columns}
    found = {}
    for name, candidates in _LAND_USE.items():
        source = next((lowered[candidate] for candidate in candidates if candidate in lowered), None)
        values = columns[source] if source else [None] * len(shapes)
        if source == name:
            columns.pop(name)
        found[name] = np.array([None if value is None else str(value) for value in values], dtype=object)
    return {**found, "area_m2": areas_m2(shapely.make_valid(shapely.force_2d(shapes)), crs)}


def _tell_invalid(layer: VectorLayer, task: Task) -> None:
    broken = ~shapely.is_missing(layer.geometry) & ~shapely.is_valid(layer.geometry)
    if broken.any():
        shown = "、".join(str(fid) for fid in layer.fids[broken][:5])
        task.warn(
            f"“{layer.path.name}”有 {int(broken.sum())} 个要素的图形无效（第 {shown} 号等），照原样导入；"
            "可用 tim validate --repair 检查和修复"
        )
