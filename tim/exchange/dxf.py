"""The map of a model as DXF R2010 (AC1024), texts in UTF-8: a layer for each class, names and codes as texts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from pointcloud.task import Task
from tim.errors import UnusableInput
from tim.exchange.plan import plan_layers, read_plan
from tim.sources.crs import horizontal

_VERSION = "R2010"  # R2007 and later hold texts in UTF-8
_METRES = 6  # $INSUNITS
_COLOURS = (1, 3, 4, 5, 6, 2, 30, 94, 150, 200)
_LABELS = ("name", "DLMC", "code", "DLBM")
_STYLE, _FONT = "TIM", "simsun.ttf"
_TEXT_HEIGHT = 2.0  # metres on the ground: readable at 1:1000
_IN_NAME = str.maketrans(dict.fromkeys("<>/\\\":;?*|=,`'", "_"))


def write_dxf(model: Path, path: Path, classes: Sequence[str], task: Task) -> dict[str, int]:
    """Write the layers of features; returns their numbers. x is east, y north, in the model's CRS.

    Raises `UnusableInput` for a model in degrees.
    """
    import ezdxf

    _, crs = plan_layers(model, classes)
    if horizontal(crs).is_geographic:
        raise UnusableInput("模型的坐标系以度为单位，DXF 需要平面坐标；请先投影再导出")
    document = ezdxf.new(_VERSION, setup=False)
    document.header["$INSUNITS"] = _METRES
    document.styles.add(_STYLE, font=_FONT)
    space, counts = document.modelspace(), dict[str, int]()
    for number, (layer, features) in enumerate(read_plan(model, classes, task)):
        name = layer.title.translate(_IN_NAME)
        document.layers.add(name, color=_COLOURS[number % len(_COLOURS)])
        labels = next((features.columns[field] for field in _LABELS if field in features.columns), None)
        for place, shape in enumerate(features.geometry):
            if shape is None or shape.is_empty:
                continue
            _draw(space, shape, name)
            label = None if labels is None else labels[place]
            if label is not None and str(label).strip():
                _label(space, shape, str(label), name)
        counts[layer.name] = len(features)
    document.saveas(str(path), encoding="utf-8")
    return counts


def _draw(space: Any, shape: shapely.Geometry, layer: str) -> None:
    attributes = {"layer": layer}
    for part in shapely.get_parts(shape):
        if part.geom_type == "Point":
            space.add_point(shapely.get_coordinates(part)[0], dxfattribs=attributes)
        elif part.geom_type == "LineString":
            space.add_lwpolyline(shapely.get_coordinates(part), dxfattribs=attributes)
        elif part.geom_type == "Polygon":
            for ring in shapely.get_rings(part):
                space.add_lwpolyline(shapely.get_coordinates(ring)[:-1], close=True, dxfattribs=attributes)
        else:
            _draw(space, part, layer)


def _label(space: Any, shape: shapely.Geometry, text: str, layer: str) -> None:
    place = shapely.get_coordinates(shapely.point_on_surface(shape))
    if len(place) and np.isfinite(place).all():
        attributes = {"layer": layer, "style": _STYLE, "height": _TEXT_HEIGHT}
        space.add_text(text.replace("\n", " "), dxfattribs=attributes).set_placement(place[0])
