"""Units of the coordinates, from the coordinate reference system."""

from __future__ import annotations

from typing import Any


def unit_factors(crs: Any) -> tuple[float, float]:
    """Metres in one unit of (x and y, z) of a `pyproj.CRS`; (1, 1) for None.

    Without a vertical part z is taken to be in the unit of x and y, as LAS producers do; degrees count as (1, 1).
    """
    if crs is None:
        return 1.0, 1.0
    horizontal = horizontal_part(crs)
    xy = 1.0 if horizontal.is_geographic else float(horizontal.axis_info[0].unit_conversion_factor)
    vertical = vertical_part(crs)
    if vertical is not None:
        return xy, float(vertical.axis_info[0].unit_conversion_factor)
    if len(horizontal.axis_info) > 2:
        return xy, float(horizontal.axis_info[2].unit_conversion_factor)
    return xy, xy


def horizontal_part(crs: Any) -> Any:
    """The horizontal part of a compound CRS; the CRS itself otherwise."""
    if crs.is_bound:
        crs = crs.source_crs
    return crs.sub_crs_list[0] if crs.is_compound else crs


def vertical_part(crs: Any) -> Any:
    """The vertical part of a compound CRS, or None."""
    if crs.is_bound:
        crs = crs.source_crs
    return crs.sub_crs_list[1] if crs.is_compound else None


def with_metric_heights(crs: Any) -> Any:
    """The same CRS with its vertical axis in metres (heights in the results are always metres).

    The vertical datum stays; NAVD88 height (ftUS) becomes NAVD88 height.
    """
    from pyproj.crs import CompoundCRS, VerticalCRS
    from pyproj.crs.coordinate_system import VerticalCS
    from pyproj.crs.enums import VerticalCSAxis

    vertical = vertical_part(crs)
    if vertical is None or vertical.axis_info[0].unit_conversion_factor == 1.0:
        return crs
    name = vertical.name.split("(")[0].strip()
    metric: Any = VerticalCRS(name, vertical.datum, vertical_cs=VerticalCS(axis=VerticalCSAxis.GRAVITY_HEIGHT))
    known = metric.to_epsg(min_confidence=70)
    metric = VerticalCRS.from_epsg(known) if known is not None else metric
    horizontal = horizontal_part(crs)
    return CompoundCRS(f"{horizontal.name} + {metric.name}", [horizontal, metric])
