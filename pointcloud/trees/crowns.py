"""Trees as local maxima of the canopy's height, crowns as the basins around them.

Local maxima in windows that widen with height: Popescu, Wynne, Seeing the trees in the forest (PE&RS 70/5, 2004);
crowns by watershed from the tops (Beucher, Lantuéjoul 1979, as in `scipy.ndimage.watershed_ift`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
import shapely
from scipy import ndimage
from scipy.spatial import cKDTree

from pointcloud.buildings.outline import outline
from pointcloud.classes.cells import find_cells
from pointcloud.plan import Plan
from pointcloud.task import Task
from pointcloud.tiles.grid import Frame

_SMOOTHING = 0.6  # metres: sigma over which the canopy is smoothed before tops are sought
_TALLEST = 120.0  # metres: what is higher is no tree
_CROWN_SHARE = 0.4  # of a tree's height: lower cells are not of its crown
_STEPS = 65_000 / _TALLEST  # whole numbers per metre for the watershed


@dataclass(frozen=True)
class TreeOptions:
    """Metres. `lowest`: height of the smallest tree; a top is the highest within `window` + `widening` × height."""

    lowest: float = 3.0
    window: float = 2.0
    widening: float = 0.06


@dataclass(frozen=True)
class Trees:
    """One entry a tree, from north to south: places (n, 2) and ground of the stems' tops, heights, crowns (polygons);
    all in metres."""

    places: np.ndarray
    ground: np.ndarray
    heights: np.ndarray
    crowns: np.ndarray


def find_trees(plan: Plan, options: TreeOptions, task: Task) -> Trees:
    """Trees among the points of a plan whose terrain and surface are made; roofs are left out."""
    cells = find_cells(replace(plan, has_buildings=False), task.part(0.0, 0.5))
    frame = plan.frame
    terrain, surface = (plan.window(name, frame.bounds) for name in ("terrain", "surface"))
    x, y = np.meshgrid(*frame.centres())
    ground = terrain.sample(x.ravel(), y.ravel()).reshape(frame.shape)
    height = surface.sample(x.ravel(), y.ravel()).reshape(frame.shape) - ground
    roofs = cv2.dilate((cells.roofs > 0).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    row, column, inside = cells.roof_frame.locate(x.ravel(), y.ravel())
    built = np.zeros(x.size, bool)
    built[inside] = roofs[row[inside], column[inside]]
    height[built.reshape(frame.shape) | ~(height < _TALLEST)] = 0.0
    task.progress(0.6, "寻找树顶")
    canopy = np.nan_to_num(np.maximum(height, 0.0))
    tops = tree_tops(canopy, frame.cell, options)
    task.progress(0.8, "勾绘树冠")
    crowns = draw_crowns(canopy, tops, frame, options, task)
    rows, columns = tops.T
    return Trees(
        np.column_stack([x[rows, columns], y[rows, columns]]), ground[rows, columns], canopy[rows, columns], crowns
    )


def tree_tops(canopy: np.ndarray, cell: float, options: TreeOptions) -> np.ndarray:
    """(row, column) of the cells that are the highest within their window, from the top row down."""
    smooth = ndimage.gaussian_filter(canopy, _SMOOTHING / cell)
    candidates = (smooth >= ndimage.maximum_filter(smooth, size=3)) & (canopy >= options.lowest)
    places = np.argwhere(candidates)
    heights = smooth[tuple(places.T)]
    order = np.lexsort((places[:, 1], places[:, 0], -heights))
    tree = cKDTree(places)
    radius = (options.window + options.widening * heights) / cell
    kept = np.ones(len(places), bool)
    near = tree.query_ball_point(places, radius, return_sorted=True) if len(places) else []
    for index in order:
        if kept[index]:
            others = np.array(near[index])
            kept[others[(others != index) & (heights[others] <= heights[index])]] = False
    return places[kept]


def draw_crowns(canopy: np.ndarray, tops: np.ndarray, frame: Frame, options: TreeOptions, task: Task) -> np.ndarray:
    """A polygon around the cells of each top's crown."""
    depth = ((_TALLEST - np.minimum(canopy, _TALLEST)) * _STEPS).astype(np.uint16)
    markers = np.zeros(canopy.shape, np.int32)
    markers[tuple(tops.T)] = np.arange(1, len(tops) + 1)
    markers[canopy < 0.5 * options.lowest] = -1
    label = ndimage.watershed_ift(depth, markers, structure=np.ones((3, 3), int))
    heights = np.concatenate([[np.inf], canopy[tuple(tops.T)]])
    label = np.where((label > 0) & (canopy >= _CROWN_SHARE * heights[np.maximum(label, 0)]), label, 0)
    crowns = []
    for number, window in enumerate(ndimage.find_objects(label, len(tops)), start=1):
        if number % 200 == 0:
            task.check()
        if window is None:
            crowns.append(shapely.Polygon())
            continue
        rows, columns = window
        left, right = frame.left + columns.start, frame.left + columns.stop
        part = Frame(frame.cell, left, frame.top - rows.stop, right, frame.top - rows.start)
        pieces, _ = ndimage.label(label[window] == number)
        own = pieces[tops[number - 1, 0] - rows.start, tops[number - 1, 1] - columns.start]
        shape = outline(pieces == own, part) if own else shapely.Polygon()
        crowns.append(shape.simplify(0.5 * frame.cell) if shape.geom_type == "Polygon" else shape)
    return np.array(crowns, dtype=object)
