"""Which cells hold buildings, bridges, wires and water: each tile draws its part, the whole picture decides."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from scipy import ndimage

from pointcloud.buildings.components import Component, connected
from pointcloud.buildings.mask import LOWEST_OBJECT, MaskJob, detection_cell, mask_tile
from pointcloud.plan import GROUND, NOISE, Plan, grown
from pointcloud.surface.cells import highest
from pointcloud.task import Task
from pointcloud.tiles.grid import Frame
from pointcloud.tiles.runner import run_tiles
from pointcloud.tiles.store import TileKey

ROOF, DECK = 1, 2
WIRE_CELL, WATER_CELL = 1.0, 2.0  # metres
LOWEST_WIRE = 4.0  # metres above the ground
_WIRE_DEPTH = 1.5  # metres between the highest and the lowest point of a wire in a cell
_LONGEST_GAP = 5  # cells between two points of a wire
_SHORTEST_WIRE = 20.0  # metres
_SPARSE = 0.3  # of the usual number of points in a cell: less is water or shadow
_SMALLEST_WATER = 200.0  # m²
_CALM = 0.2  # metres: spread of the heights of water
_SMALLEST_BUILDING = 4.0  # m²
_SMALLEST_DECK = 30.0  # m²
_LEVEL = 0.5  # metres: twice what a ramp may rise from cell to cell
_RAMP = 20.0  # metres: longest ramp
_SMALLEST_RAMP = 3.0  # m²
_ON_GROUND = 0.3  # metres
_SQUARE = np.ones((3, 3), np.uint8)


@dataclass(frozen=True)
class CellJob:
    """One tile of a plan; frames of the pictures of roofs, wires and water."""

    plan: Plan
    tile: TileKey
    roofs: Frame
    wires: Frame
    water: Frame


@dataclass(frozen=True)
class Part:
    """A tile's part: roofs (0, 1 roof, 2 sure roof), top of the points there (m), wires (0, 1), points and mean height
    of ground points in the cells for water."""

    roofs: np.ndarray
    top: np.ndarray
    wires: np.ndarray
    count: np.ndarray
    level: np.ndarray


@dataclass(frozen=True)
class Cells:
    """The whole picture: roofs (0, ROOF, DECK), wires and water (0, 1) with their frames."""

    roofs: np.ndarray
    roof_frame: Frame
    wires: np.ndarray
    wire_frame: Frame
    water: np.ndarray
    water_frame: Frame


def find_cells(plan: Plan, task: Task) -> Cells:
    """Look at all tiles. The file's own building class is not used."""
    bounds = plan.frame.bounds
    roofs, wires, water = (Frame.around(bounds, cell) for cell in (detection_cell(plan.density), WIRE_CELL, WATER_CELL))
    tiles = [tile for tile in plan.frame_tiles() if all(min(plan.tile_frame(tile, f.cell).shape) > 0 for f in (water,))]
    parts = run_tiles(
        draw_cells, [CellJob(plan, tile, roofs, wires, water) for tile in tiles], task, "寻找建筑、导线和水面", []
    )
    whole = {
        name: _joined(plan, tiles, [getattr(part, name) for part in parts], frame)
        for name, frame in (("roofs", roofs), ("top", roofs), ("wires", wires), ("count", water), ("level", water))
    }
    found = connected([(roofs, whole["roofs"])])
    terrain = plan.window("terrain", bounds)
    return Cells(
        _with_decks(whole["roofs"], whole["top"], found, roofs, terrain.sample(*np.meshgrid(*roofs.centres()))),
        roofs,
        _wires(whole["wires"]),
        wires,
        _water(whole["count"], whole["level"]),
        water,
    )


def draw_cells(job: CellJob, task: Task) -> Part:
    """What one tile holds."""
    plan = job.plan
    roofs = mask_tile(MaskJob(plan, job.tile, job.roofs), task)
    frame, wires, water = (plan.tile_frame(job.tile, f.cell) for f in (job.roofs, job.wires, job.water))
    points, labels = plan.read_labelled(grown(plan.store.bounds(job.tile), WATER_CELL))
    points, labels = points[labels != NOISE], labels[labels != NOISE]
    x, y, z = (np.ascontiguousarray(points[name]) for name in "xyz")
    above = z - plan.window("terrain", grown(frame.bounds, WATER_CELL)).sample(x, y)
    last = points["return_number"] >= points["number_of_returns"]
    ground = labels == GROUND
    return Part(
        roofs,
        highest(x, y, z, frame),
        _wire_cells(x, y, above, wires),
        _sums(x[last], y[last], None, water).astype(np.uint16),
        _means(x[ground], y[ground], z[ground], water),
    )


def _wire_cells(x: np.ndarray, y: np.ndarray, above: np.ndarray, frame: Frame) -> np.ndarray:
    """Cells whose high points lie in one thin layer with nothing in the air below."""
    row, column, inside = frame.locate(x, y)
    cell, above = (row * frame.shape[1] + column)[inside], above[inside]
    size = frame.shape[0] * frame.shape[1]
    low, top = np.full(size, np.inf), np.full(size, -np.inf)
    high = above > LOWEST_WIRE
    np.minimum.at(low, cell[high], above[high])
    np.maximum.at(top, cell[high], above[high])
    between = np.bincount(cell[(above > 1.0) & ~high], minlength=size) > 0
    thin = np.isfinite(low) & (top - low < _WIRE_DEPTH) & ~between
    return thin.reshape(frame.shape).astype(np.uint8) + 2 * (np.isfinite(low) & ~thin).reshape(frame.shape).astype(
        np.uint8
    )


def _wires(cells: np.ndarray) -> np.ndarray:
    """Long thin rows among the cells of thin layers (1), beside none of the others (2)."""
    thin = (cells == 1).astype(np.uint8)
    occupied = (cells > 0).astype(np.uint8)
    broad = cv2.dilate(cv2.morphologyEx(occupied, cv2.MORPH_OPEN, np.ones((4, 4), np.uint8)), _SQUARE)
    thin[broad > 0] = 0
    reach = np.ones((_LONGEST_GAP, _LONGEST_GAP), np.uint8)
    count, label, boxes, _ = cv2.connectedComponentsWithStats(cv2.dilate(thin, reach), connectivity=8)
    cells_of = np.bincount(label[thin > 0], minlength=count)
    long = np.hypot(boxes[:, cv2.CC_STAT_WIDTH], boxes[:, cv2.CC_STAT_HEIGHT]) - _LONGEST_GAP
    wire = (long >= _SHORTEST_WIRE / WIRE_CELL) & (cells_of >= 0.3 * long)
    wire[0] = False
    return (wire[label] & (thin > 0)).astype(np.uint8)


def _water(count: np.ndarray, level: np.ndarray) -> np.ndarray:
    """Large areas with few echoes whose ground points are level and lower than the ground around."""
    usual = np.median(count[count > 0]) if (count > 0).any() else 0.0
    sparse = cv2.morphologyEx((count < _SPARSE * usual).astype(np.uint8), cv2.MORPH_CLOSE, _SQUARE)
    sparse = cv2.morphologyEx(sparse, cv2.MORPH_OPEN, _SQUARE)
    _, label, boxes, _ = cv2.connectedComponentsWithStats(sparse, connectivity=4)
    result = np.zeros_like(sparse)
    for index in np.flatnonzero(boxes[:, cv2.CC_STAT_AREA] * WATER_CELL**2 >= _SMALLEST_WATER):
        if index == 0:
            continue
        left, top, width, height = boxes[index, :4]
        window = np.s_[max(top - 3, 0) : top + height + 3, max(left - 3, 0) : left + width + 3]
        own = label[window] == index
        inner, outer = level[window][own], level[window][cv2.dilate(own.astype(np.uint8), np.ones((5, 5))) > own]
        inner, outer = inner[np.isfinite(inner)], outer[np.isfinite(outer)]
        if len(inner) < 5 or len(outer) < 5:
            continue
        calm = np.percentile(inner, 75) - np.percentile(inner, 25) < _CALM
        if calm and np.median(inner) < np.median(outer) - _CALM:
            result[window][own] = 1
    return result


def _with_decks(
    mask: np.ndarray, top: np.ndarray, components: list[Component], frame: Frame, terrain: np.ndarray
) -> np.ndarray:
    """Roofs without specks; decks are roofs that go over into the ground at two ends far apart, with these ramps."""
    result = np.where(mask > 0, ROOF, 0).astype(np.uint8)
    labels = ndimage.label(mask > 0)[0]
    for component in components:
        column, row = component.seed
        window = component.box.grown(round(_RAMP / frame.cell) + 2).clipped(frame).within(frame)
        own = labels[window] == labels[frame.top - 1 - row, column - frame.left]
        area = component.cells * frame.cell**2
        if area < _SMALLEST_BUILDING or component.sure == 0:
            result[window][own] = 0
        elif area >= _SMALLEST_DECK:
            deck = _deck(own, top[window], top[window] - terrain[window], frame.cell)
            if deck is not None:
                result[window][deck] = DECK
    return result


def _deck(own: np.ndarray, top: np.ndarray, above: np.ndarray, cell: float) -> np.ndarray | None:
    """The cells of a deck with its ramps, if `own` is one: it runs down to the ground at two ends, not all around."""
    reached = own
    for _ in range(round(_RAMP / cell)):
        _, (row, column) = ndimage.distance_transform_edt(~reached, return_indices=True)
        front = (cv2.dilate(reached.astype(np.uint8), _SQUARE) > 0) & ~reached & (above < LOWEST_OBJECT + _LEVEL)
        front &= (np.abs(top - top[row, column]) < _LEVEL / 2) & (above > _ON_GROUND)
        if not front.any():
            break
        reached = reached | front
    ramps, count = ndimage.label(reached & ~own)
    rim = (cv2.dilate(own.astype(np.uint8), _SQUARE) > 0) & ~own
    if not 0 < (rim & (ramps > 0)).sum() < 0.5 * rim.sum():
        return None
    span = float(np.hypot(*np.ptp(np.argwhere(own), axis=0)))
    sizes = np.bincount(ramps.ravel(), minlength=count + 1)
    large = [number for number in range(1, count + 1) if sizes[number] * cell**2 >= _SMALLEST_RAMP]
    ends = [np.argwhere(ramps == number).mean(axis=0) for number in large]
    if any(np.hypot(*(one - other)) > 0.6 * span for one in ends for other in ends):
        deck = (own | np.isin(ramps, large)).astype(np.uint8)
        return (cv2.dilate(deck, _SQUARE) > 0) & (above > _ON_GROUND)
    return None


def _joined(plan: Plan, tiles: list[TileKey], parts: list[np.ndarray], frame: Frame) -> np.ndarray:
    whole = np.zeros(frame.shape, parts[0].dtype)
    for tile, part in zip(tiles, parts):
        whole[plan.tile_frame(tile, frame.cell).within(frame)] = part
    return whole


def _sums(x: np.ndarray, y: np.ndarray, values: np.ndarray | None, frame: Frame) -> np.ndarray:
    row, column, inside = frame.locate(x, y)
    cell = (row * frame.shape[1] + column)[inside]
    weights = None if values is None else values[inside]
    return np.bincount(cell, weights, minlength=frame.shape[0] * frame.shape[1]).reshape(frame.shape)


def _means(x: np.ndarray, y: np.ndarray, z: np.ndarray, frame: Frame) -> np.ndarray:
    with np.errstate(invalid="ignore", divide="ignore"):
        return (_sums(x, y, z, frame) / _sums(x, y, None, frame)).astype(np.float32)
