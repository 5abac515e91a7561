"""Coordinate reference systems of the layers: equal, and in metres where something is measured."""

from __future__ import annotations

from typing import Any

from ..program import Program
from .errors import ScriptError
from .table import Layer


def _parse(text: str) -> Any:
    import pyproj  # heavy, and only needed for real data

    try:
        return pyproj.CRS.from_user_input(text)
    except pyproj.exceptions.CRSError as error:
        raise ScriptError(f"不认识坐标系“{text[:60]}”") from error


def _horizontal(crs: Any) -> Any:
    return crs.sub_crs_list[0] if crs.is_compound else crs


def check_reference(program: Program, layers: list[Layer]) -> str:
    """The common coordinate reference system of the layers. Raises `ScriptError` when they cannot be used together."""
    spatial = [layer for layer in layers if layer.missing < len(layer)]
    if not spatial:
        return ""
    first = spatial[0]
    for layer in spatial[1:]:
        if layer.crs != first.crs and not (layer.crs and first.crs and _parse(layer.crs) == _parse(first.crs)):
            raise ScriptError(
                f"图层“{first.name}”和“{layer.name}”的坐标系不一致（{_short(first.crs)}、{_short(layer.crs)}），请先转换到同一坐标系"
            )
    if program.measures:
        _check_metres(program, first)
    return first.crs


def _short(crs: str) -> str:
    return (crs if len(crs) <= 30 else crs[:30] + "…") or "没有坐标系"


def _check_metres(program: Program, layer: Layer) -> None:
    if not layer.crs:
        raise ScriptError(f"图层“{layer.name}”没有坐标系，不能量面积和长度；请先为数据指定坐标系")
    crs = _horizontal(_parse(layer.crs))
    if program.area_basis == "ellipsoid" and not program.measures_length:
        return
    if not crs.is_projected:
        raise ScriptError(
            f"图层“{layer.name}”的坐标系是经纬度（{_short(layer.crs)}），不能量长度和平面面积；"
            "请转换到以米为单位的投影坐标系，例如 CGCS2000 三度分带"
        )
    units = {axis.unit_name for axis in crs.axis_info[:2]}
    if not units <= {"metre", "meter"}:
        raise ScriptError(f"图层“{layer.name}”的坐标系（{_short(layer.crs)}）不以米为单位，请先转换")
