"""Footprints from points: building cells of all tiles, grouped, outlined and straightened."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import shapely

from pointcloud.buildings.components import Component, connected
from pointcloud.buildings.mask import MaskJob, detection_cell, mask_tile, without_small_holes
from pointcloud.buildings.outline import largest_polygon, outline, regularised, without_overlaps
from pointcloud.plan import Plan
from pointcloud.task import Task
from pointcloud.tiles.grid import Frame
from pointcloud.tiles.runner import run_tiles

SMALLEST_AREA = 10.0  # m²
SMALLEST_COURTYARD = 10.0  # m²
SURE_SHARE = 0.4  # of a building's cells, those with a sure roof
_SHORTEST_WALL = 1.5  # metres
_MASK = "building_mask"


@dataclass(frozen=True)
class OutlineJob:
    """Components to outline, and the frame of the mask they are in."""

    plan: Plan
    frame: Frame
    components: tuple[Component, ...]


def find_footprints(plan: Plan, task: Task) -> np.ndarray:
    """Polygons (metres) of the buildings among the points, without overlaps, in an order that no tiling changes."""
    frame = Frame.around(plan.frame.bounds, detection_cell(plan.density))
    tiles = [tile for tile in plan.frame_tiles() if min(plan.tile_frame(tile, frame.cell).shape) > 0]
    frames = [plan.tile_frame(tile, frame.cell) for tile in tiles]
    shares = [float(np.prod(part.shape)) for part in frames]
    jobs = [MaskJob(plan, tile, frame) for tile in tiles]
    masks = run_tiles(mask_tile, jobs, task.part(0, 0.6), "寻找建筑", shares)
    whole = plan.raster(_MASK, create=True, dtype="u1", frame=frame)
    for part, mask in zip(frames, masks):
        whole[part.within(frame)] = mask
    smallest = SMALLEST_AREA / frame.cell**2
    components = [
        component
        for component in connected(list(zip(frames, masks)))
        if component.cells >= smallest and component.sure >= SURE_SHARE * component.cells
    ]
    outlines = run_tiles(
        outline_components, _outline_jobs(plan, frame, components), task.part(0.6, 1), "勾绘建筑轮廓", []
    )
    shapes = np.array([shape for part in outlines for shape in part], dtype=object)
    return _ordered(shapely.intersection(shapes, shapely.box(*plan.frame.bounds)))


def outline_components(job: OutlineJob, task: Task) -> list[shapely.Geometry]:
    """The straightened outline of every component."""
    whole = job.plan.raster(_MASK)
    shapes = []
    for component in job.components:
        task.check()
        box = component.box
        window = (np.asarray(whole[box.within(job.frame)]) > 0).astype(np.uint8)
        _, labels = cv2.connectedComponents(window, connectivity=4)
        column, row = component.seed
        chosen = labels == labels[box.top - 1 - row, column - box.left]
        chosen = without_small_holes(chosen, SMALLEST_COURTYARD / box.cell**2)
        shapes.append(regularised(outline(chosen, box), box.cell, max(_SHORTEST_WALL, 2 * box.cell)))
    return shapes


def _outline_jobs(plan: Plan, frame: Frame, components: list[Component]) -> list[OutlineJob]:
    size = 200
    return [OutlineJob(plan, frame, tuple(components[i : i + size])) for i in range(0, len(components), size)]


def _ordered(shapes: np.ndarray) -> np.ndarray:
    """Without overlaps and small rests, from north to south, then from west to east."""
    if len(shapes) == 0:
        return shapes
    shapes = np.array([largest_polygon(shape) for shape in shapes if not shape.is_empty], dtype=object)
    centres = shapely.get_coordinates(shapely.centroid(shapes)).round(3)
    shapes = without_overlaps(shapes[np.lexsort((centres[:, 0], -centres[:, 1]))])
    return shapes[shapely.area(shapes) >= SMALLEST_AREA]
