"""Fast checks of single shapes: validity, acute angles, repeated vertices, parts, curves."""

from __future__ import annotations

import re

import numpy as np
import shapely

from tim.quality.candidates import Candidates, rows
from tim.quality.data import Data, DataLayer, in_pieces
from tim.sources.curves import curved_features

_REASONS = {
    "Self-intersection": "自相交",
    "Ring Self-intersection": "环自相交或自接触",
    "Hole lies outside shell": "内环在外环之外",
    "Holes are nested": "内环互相套叠",
    "Nested shells": "外环互相套叠",
    "Interior is disconnected": "内部不连通",
    "Duplicate Rings": "重复的环",
    "Too few points in geometry component": "节点太少",
    "Invalid Coordinate": "坐标无效",
    "Ring is not closed": "环没有闭合",
}


def missing_shapes(data: Data, code: str, _argument: str) -> Candidates:
    """Features without a shape, and those of another dimension than the layer. Columns: 原因."""
    layer = data.layers[code]
    shapes = layer.geometry
    missing = np.flatnonzero(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    dimensions = [number for number, word in enumerate(("Point", "LineString", "Polygon")) if word in layer.kind]
    present = ~shapely.is_missing(shapes) & ~shapely.is_empty(shapes)
    wrong = np.flatnonzero(present & ~np.isin(shapely.get_dimensions(shapes), dimensions or (0, 1, 2)))
    reasons = ["没有图形"] * len(missing) + [f"图形是 {shape.geom_type}，不是图层的类型" for shape in shapes[wrong]]
    flat = np.flatnonzero(
        present & data.valid(code) & (shapely.get_dimensions(shapes) == 2) & (shapely.area(shapes) == 0)
    )
    reasons += ["面的面积为零"] * len(flat)
    return rows(code, np.concatenate([missing, wrong, flat]), 原因=reasons)


def invalid_shapes(data: Data, code: str, _argument: str) -> Candidates:
    """Invalid polygons and lines that cross themselves, with the place. Columns: 原因."""
    layer = data.layers[code]
    shapes = layer.geometry
    present = ~shapely.is_missing(shapes) & ~shapely.is_empty(shapes)
    crossing = present & (shapely.get_dimensions(shapes) == 1)
    crossing[crossing] = ~shapely.is_simple(shapes[crossing])
    wrong = np.flatnonzero(present & ~data.valid(code))
    found = [_reason(str(text)) for text in shapely.is_valid_reason(shapes[wrong])]
    lines = np.flatnonzero(crossing & data.valid(code))
    places = [place for _, place in found] + [None] * len(lines)
    return rows(
        code, np.concatenate([wrong, lines]), places, 原因=[text for text, _ in found] + ["线自相交"] * len(lines)
    )


def _reason(text: str) -> tuple[str, shapely.Geometry | None]:
    match = re.fullmatch(r"(.*?)\s*(?:\[(\S+) (\S+?)(?: \S+)?\])?", text)
    if match is None:
        return text, None
    place = shapely.Point(float(match[2]), float(match[3])) if match[2] else None
    return _REASONS.get(match[1], match[1]), place


def acute_angles(data: Data, code: str, argument: str) -> Candidates:
    """Vertices of rings and lines whose angle is below `argument` degrees. Columns: 角度 (degrees).

    The angle lies between the two edges at a vertex, first and last vertex of a ring included; edges of no length are
    left out before.
    """
    limit = float(argument or 10)
    layer = data.layers[code]
    found = [_sharp(layer.plane[piece], limit) for piece in in_pieces(len(layer))]
    starts = [piece.start for piece in in_pieces(len(layer))]
    owner = np.concatenate([np.zeros(0, dtype=int), *(own + start for start, (own, _, _) in zip(starts, found))])
    places = np.concatenate([np.zeros((0, 2)), *(place for _, place, _ in found)])
    degrees = np.concatenate([np.zeros(0), *(angles for _, _, angles in found)])
    return rows(code, owner, _at(layer, places), 角度=degrees)


def _sharp(shapes: np.ndarray, limit: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Corners of less than `limit` degrees: feature, place, angle."""
    places, owner = _corners(shapes)
    if not len(places):
        return np.zeros(0, dtype=int), np.zeros((0, 2)), np.zeros(0)
    before, here, after = places
    one, two = before - here, after - here
    cosine = (one * two).sum(axis=1) / np.maximum(np.hypot(*one.T) * np.hypot(*two.T), 1e-300)
    sharp = np.flatnonzero(cosine > np.cos(np.radians(limit)))
    cross = one[sharp, 0] * two[sharp, 1] - one[sharp, 1] * two[sharp, 0]
    degrees = np.degrees(np.arctan2(np.abs(cross), (one[sharp] * two[sharp]).sum(axis=1)))
    return owner[sharp], here[sharp], degrees


def _corners(shapes: np.ndarray) -> tuple[tuple[np.ndarray, ...], np.ndarray]:
    """The vertex before, at and after each corner, and its feature."""
    lines, owner, closed = outlines(shapes)
    coordinates, line = shapely.get_coordinates(lines, return_index=True)
    keep = np.ones(len(coordinates), dtype=bool)
    keep[1:] = (line[1:] != line[:-1]) | (coordinates[1:] != coordinates[:-1]).any(axis=1)
    coordinates, line = coordinates[keep], line[keep]
    if len(coordinates) < 3:
        return (), owner
    inner = np.flatnonzero((line[2:] == line[1:-1]) & (line[1:-1] == line[:-2])) + 1
    first = np.searchsorted(line, np.arange(len(lines)))
    last = np.searchsorted(line, np.arange(len(lines)), side="right") - 1
    whole = closed & (last - first >= 3)
    before = np.concatenate([coordinates[inner - 1], coordinates[last[whole] - 1]])
    here = np.concatenate([coordinates[inner], coordinates[first[whole]]])
    after = np.concatenate([coordinates[inner + 1], coordinates[first[whole] + 1]])
    rings = np.concatenate([line[inner], np.flatnonzero(whole)])
    return (before, here, after), owner[rings]


def outlines(shapes: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rings of polygons and lines, the row of each, and which are rings."""
    parts, owner = shapely.get_parts(shapes, return_index=True)
    kind = shapely.get_type_id(parts)
    rings, part = shapely.get_rings(parts, return_index=True)
    lines = np.flatnonzero((kind == 1) | (kind == 2))
    closed = np.r_[np.ones(len(rings), dtype=bool), np.zeros(len(lines), dtype=bool)]
    return np.concatenate([rings, parts[lines]]), np.concatenate([owner[part], owner[lines]]), closed


def _at(layer: DataLayer, places: np.ndarray) -> np.ndarray:
    """Points in the layer's CRS from places of its `plane`."""
    crs = layer.source.crs
    if crs is not None and crs.is_geographic and len(places):
        bounds, scaled = shapely.total_bounds(layer.geometry), shapely.total_bounds(layer.plane)
        places = places * (bounds[2:] - bounds[:2]) / (scaled[2:] - scaled[:2])
    return shapely.points(places)


def repeated_vertices(data: Data, code: str, argument: str) -> Candidates:
    """Features with neighbouring vertices at most `argument` metres apart. Columns: 个数."""
    tolerance = float(argument or 0)
    layer = data.layers[code]
    features, places, counts = [], [np.zeros((0, 2))], []
    for piece in in_pieces(len(layer)):
        lines, owner, _ = outlines(layer.plane[piece])
        coordinates, line = shapely.get_coordinates(lines, return_index=True)
        step = np.hypot(*(coordinates[1:] - coordinates[:-1]).T)
        close = np.flatnonzero((line[1:] == line[:-1]) & (step <= tolerance))
        own, first, count = np.unique(owner[line[close]], return_index=True, return_counts=True)
        features += (own + piece.start).tolist()
        places.append(coordinates[close[first]])
        counts += count.tolist()
    return rows(code, features, _at(layer, np.concatenate(places)), 个数=np.array(counts, dtype=int))


def several_parts(data: Data, code: str, _argument: str) -> Candidates:
    """Features of several parts. Columns: 部件数."""
    counts = shapely.get_num_geometries(data.layers[code].geometry)
    many = np.flatnonzero(counts > 1)
    return rows(code, many, 部件数=counts[many])


def true_curves(data: Data, code: str, _argument: str) -> Candidates:
    """Features with arcs, which reading turns into short straight edges. Columns: 类型."""
    layer = data.layers[code]
    fids, kinds = curved_features(layer.source.path, layer.source.name)
    there = np.isin(fids, layer.source.fids)
    return rows(code, np.searchsorted(layer.source.fids, fids[there]), 类型=np.array(kinds, dtype=object)[there])
