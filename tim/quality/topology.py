"""Fast checks between features: overlaps, gaps, coverage of a boundary layer, ends and edges of lines."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import shapely

from tim.errors import UnusableInput
from tim.overlay.coverage import Faces, faces, joined, less, outline, shared
from tim.quality.candidates import Candidates, rows
from tim.quality.data import Data, DataLayer, same_crs
from tim.quality.shapes import outlines
from tim.sources.vector import reproject


def overlaps(data: Data, code: str, _argument: str) -> Candidates:
    """Pairs of polygons that cover the same ground. Columns: 对方, 重叠面积 (m²)."""
    layer = data.layers[code]
    usable = data.usable(code)
    found = _layer_faces(data, code)
    pairs = shared(found, layer.geometry[usable])
    shapes, areas = _united(layer, pairs.values())
    one, other = usable[np.array(list(pairs), dtype=int).reshape(-1, 2).T]
    names = layer.names[other]
    return rows(code, one, shapes, names, 对方=names, 重叠面积=areas)


def gaps(data: Data, code: str, _argument: str) -> Candidates:
    """Ground that polygons enclose and none covers, holes included. Columns: 缝隙面积 (m²)."""
    layer = data.layers[code]
    found = _layer_faces(data, code)
    empty = [[shape] for shape in found.geometry[found.count == 0]]
    shapes, areas = _united(layer, empty)
    return rows(code, np.full(len(shapes), -1), shapes, 缝隙面积=areas)


def uncovered(data: Data, code: str, argument: str) -> Candidates:
    """What the layer leaves uncovered of the polygons of the layer `argument`. Columns: 面积数 (m²)."""
    return _beyond(data, code, argument, inside=True)


def exceeding(data: Data, code: str, argument: str) -> Candidates:
    """What of the layer lies outside the polygons of the layer `argument`. Columns: 面积数 (m²)."""
    return _beyond(data, code, argument, inside=False)


def _layer_faces(data: Data, code: str) -> Faces:
    """The faces of a layer, which overlaps and gaps share."""
    kept = data.memory.get(code)
    if kept is None:
        shapes = data.layers[code].geometry[data.usable(code)]
        kept = data.memory[code] = faces(shapes, data.job, edges=_layer_outline(data, code))
    return kept


def _layer_outline(data: Data, code: str) -> np.ndarray:
    """The outline of a layer, which its faces and those with boundary layers share."""
    if code not in data.outlines:
        data.outlines[code] = outline(data.layers[code].geometry[data.usable(code)], data.job)
    return data.outlines[code]


def _beyond(data: Data, code: str, other: str, *, inside: bool) -> Candidates:
    """Faces of a layer and a boundary layer that only one of them covers.

    On a face the difference of both counts is constant. As the boundary layer covers nothing twice, less than zero
    means ground of it that is not covered; more than zero may be ground where only the layer overlaps itself.
    """
    layer = data.layers[code]
    boundary, found = _boundary_faces(data, layer, other)
    chosen = found.geometry[found.count < 0 if inside else found.count > 0]
    if not inside:
        tree = shapely.STRtree(boundary)
        near = (boundary[tree.query(shape, predicate="intersects")] for shape in chosen)
        chosen = np.array([shapely.difference(a, shapely.union_all(b)) for a, b in zip(chosen, near)], dtype=object)
        chosen = chosen[shapely.area(chosen) > 0]
    shapes, areas = _united(layer, [[shape] for shape in chosen])
    return rows(code, np.full(len(shapes), -1), shapes, 面积数=areas)


def _boundary_faces(data: Data, layer: DataLayer, other: str) -> tuple[np.ndarray, Faces]:
    """The polygons of a boundary layer, and the faces of both, which what is not covered and what exceeds share."""
    key = f"{layer.code}，{other}"
    if key not in data.memory:
        boundary = _boundary(data, layer, other)
        edges = joined([_layer_outline(data, layer.code), less(outline(boundary, data.job))])
        shapes = layer.geometry[data.usable(layer.code)]
        data.memory[key] = boundary, faces(shapes, data.job, boundary, edges)
    return data.memory[key]


def _boundary(data: Data, layer: DataLayer, other: str) -> np.ndarray:
    """The valid polygons of a boundary layer in the CRS of the layer, none of which cover ground twice."""
    source = data.layers[other]
    target = same_crs(layer, source)
    if target is not None:
        data.job.warn(f"图层 {other} 与 {layer.code} 的坐标系不同，已转换后比较")
        shapes = shapely.force_2d(reproject(source.source, target).geometry)[data.usable(other)]
    elif (layer.source.crs is None) != (source.source.crs is None):
        raise UnusableInput(f"图层 {layer.code} 与 {other} 只有一个有坐标系，不能比较；请先定义坐标系")
    else:
        shapes = source.geometry[data.usable(other)]
    own = faces(shapes, data.job)
    if (own.count > 1).any():
        return shapely.get_parts(shapely.union_all(shapes))
    return shapes


def _united(layer: DataLayer, groups: Iterable[list[shapely.Geometry]]) -> tuple[np.ndarray, np.ndarray]:
    """One shape for each group, and its m²."""
    shapes = np.array([shapely.union_all(group) if len(group) > 1 else group[0] for group in groups], dtype=object)
    return shapes, np.asarray(layer.areas(shapes), dtype=float)


def dangles(data: Data, code: str, argument: str) -> Candidates:
    """Ends of lines that touch no other line within `argument` metres (0 by default). Columns: 端点."""
    tolerance = float(argument or 0)
    layer = data.layers[code]
    lines, owner, _ = outlines(layer.plane)
    lines, owner = lines[shapely.get_type_id(lines) == 1], owner[shapely.get_type_id(lines) == 1]
    open_ends = ~shapely.is_closed(lines)
    tree = shapely.STRtree(lines)
    places, features, words = [], [], []
    for word, position in (("起点", 0), ("终点", -1)):
        ends = shapely.get_point(lines, position)
        end, line = tree.query(ends, predicate="dwithin", distance=tolerance)
        touched = np.bincount(end[line != end], minlength=len(lines)) > 0
        chosen = np.flatnonzero(open_ends & ~touched)
        places += list(shapely.get_point(lines[chosen], position))
        features += list(owner[chosen])
        words += [word] * len(chosen)
    return rows(code, features, places, 端点=words)


def off_edges(data: Data, code: str, argument: str) -> Candidates:
    """Parts of lines that do not lie on an edge of the polygons `layer（，tolerance in metres）`. Columns: 长度数."""
    other, _, text = argument.partition("，")
    tolerance = float(text or 0.001)
    layer = data.layers[code]
    edges = shapely.boundary(_boundary(data, layer, other))
    tree = shapely.STRtree(edges)
    places, features, sizes = [], [], []
    for index, line in enumerate(layer.geometry):
        if index % 500 == 0:
            data.job.check()
        if line is None or shapely.get_dimensions(line) != 1:
            continue
        near = tree.query(line, predicate="dwithin", distance=tolerance)
        away = shapely.difference(line, shapely.buffer(shapely.union_all(edges[near]), tolerance, cap_style="square"))
        if not away.is_empty and away.length > tolerance:
            places.append(away)
            features.append(index)
            sizes.append(away.length)
    return rows(code, features, places, 长度数=np.array(sizes, dtype=float))
