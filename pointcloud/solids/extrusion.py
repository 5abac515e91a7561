"""A closed solid between a level ground and planes over the cells of a footprint.

Over each corner of the plan stands an upright line with a node for the ground and one for each height at which a cell
passes there. Roofs, walls and the ground are rings of such nodes; a wall takes every node between its ends, so each
edge of the shell is used once in both directions.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import shapely

from pointcloud.solids.faces import GROUND, ROOF, WALL, Face, area_vector
from pointcloud.solids.rings import Edge, edges_of, traced, without_opposites

_SAME_HEIGHT = 0.001  # metres: heights at a corner that count as one
_CLOSE_HEIGHT = 0.003  # metres: planes so close at a corner meant to meet there
_MOVE = 0.003  # metres: corners move at most so far to where planes meet
_SAME_CORNER = 0.004  # metres
_STRAIGHT = 2e-5  # metres
_IN_LINE = 8e-4  # metres: corners are whole millimetres
_FLAT = 4e-4  # metres


class Plan:
    """Cells over corners. `corners` (n, 2); `rings`: for each cell rings of corner numbers, the cell on their left;
    `plane`: number of each cell's plane; `planes` (k, 3) with z = a·x + b·y + c."""

    def __init__(self, cells: np.ndarray, plane: np.ndarray, planes: np.ndarray) -> None:
        polygons = shapely.orient_polygons(cells)
        rings, owner = shapely.get_rings(polygons, return_index=True)
        places, ring = shapely.get_coordinates(rings, return_index=True)
        self.corners, number = np.unique(places, axis=0, return_inverse=True)
        starts = np.searchsorted(ring, np.arange(len(rings) + 1))
        self.rings: list[list[list[int]]] = [[] for _ in cells]
        for index, cell in enumerate(owner.tolist()):
            self.rings[cell].append(number.ravel()[starts[index] : starts[index + 1] - 1].tolist())
        self.plane, self.planes = np.asarray(plane), planes
        self._plain_plane, self._plain_planes = self.plane.tolist(), planes.tolist()
        self._split_where_roofs_cross()
        self._move_to_meets()
        self._join_close_corners()

    def edge_cells(self) -> dict[Edge, int]:
        """The cell on the left of each directed edge."""
        return {edge: cell for cell, rings in enumerate(self.rings) for edge in edges_of(rings)}

    def height(self, cell: int, corner: int) -> float:
        a, b, c = self._plain_planes[self._plain_plane[cell]]
        x, y = self.corners[corner].tolist()
        return a * x + b * y + c

    def _split_where_roofs_cross(self) -> None:
        """Give an edge a corner where the roofs of its two cells change places."""
        cells = self.edge_cells()
        added: dict[Edge, int] = {}
        corners = self.corners.tolist()
        for (start, end), left in cells.items():
            right = cells.get((end, start))
            if right is None or start > end or self.plane[left] == self.plane[right]:
                continue
            at_start = self.height(left, start) - self.height(right, start)
            at_end = self.height(left, end) - self.height(right, end)
            if at_start * at_end < 0 and min(abs(at_start), abs(at_end)) > _SAME_HEIGHT:
                share = at_start / (at_start - at_end)
                added[start, end] = len(corners)
                corners.append((self.corners[start] + share * (self.corners[end] - self.corners[start])).tolist())
        self.corners = np.array(corners)
        for rings in self.rings:
            rings[:] = [_with_corners(ring, added) for ring in rings]

    def _move_to_meets(self) -> None:
        """Move corners by a hair to where the planes around them, within `_CLOSE_HEIGHT` there, are equally high."""
        around: dict[int, set[int]] = {}
        cells = self.edge_cells()
        outer: dict[int, list[np.ndarray]] = {}
        for (start, end), cell in cells.items():
            around.setdefault(start, set()).add(int(self.plane[cell]))
            if (end, start) not in cells:
                step = self.corners[end] - self.corners[start]
                across = np.array([-step[1], step[0]]) / (np.hypot(*step) or 1.0)
                outer.setdefault(start, []).append(across)
                outer.setdefault(end, []).append(across)
        for corner, numbers in around.items():
            if len(numbers) < 2:
                continue
            place = np.append(self.corners[corner], 1.0)
            planes = self.planes[sorted(numbers)]
            heights = planes @ place
            order = np.argsort(heights, kind="stable")
            rows, values = list(outer.get(corner, [])), [0.0] * len(outer.get(corner, []))
            for low, high in pairwise(order.tolist()):
                if heights[high] - heights[low] < _CLOSE_HEIGHT:
                    rows.append(planes[high, :2] - planes[low, :2])
                    values.append(heights[low] - heights[high])
            if len(rows) > len(outer.get(corner, [])):
                move = np.linalg.lstsq(np.array(rows), np.array(values), rcond=1e-6)[0]
                if np.hypot(*move) < _MOVE:
                    self.corners[corner] = self.corners[corner] + move

    def _join_close_corners(self) -> None:
        """Shrink edges of a few millimetres to their end that has most edges; cells of nothing else vanish."""
        steps = {edge: self.corners[edge[1]] - self.corners[edge[0]] for edge in self.edge_cells()}
        short = [edge for edge, step in steps.items() if abs(step[0]) + abs(step[1]) < _SAME_CORNER]
        if not short:
            return
        degree = np.bincount(np.array(list(steps)).ravel(), minlength=len(self.corners))
        for group in groups(len(self.corners), short):
            if len(group) > 1:
                kept = max(group, key=lambda corner: (int(degree[corner]), -corner))
                for rings in self.rings:
                    rings[:] = [[kept if corner in group else corner for corner in ring] for ring in rings]
        for rings in self.rings:
            rings[:] = [[c for c, before in zip(ring, [ring[-1], *ring]) if c != before] for ring in rings]
            rings[:] = [ring for ring in rings if len(ring) > 2]


def extrude(cells: np.ndarray, plane: np.ndarray, planes: np.ndarray, base: float) -> list[list[Face]]:
    """One shell of faces for each connected part of `cells` (polygons that meet corner to corner) under their planes.

    `plane`: number of the plane of each cell; `planes` (k, 3): z = a·x + b·y + c, above `base` (m) over the cell.
    Touching cells of one plane give one roof face, touching walls in one upright plane one wall.
    """
    plan = Plan(cells, plane, planes)
    nodes = _Nodes(plan, base)
    cells_of = plan.edge_cells()
    roofs = [[[nodes.at(corner, cell) for corner in ring] for ring in rings] for cell, rings in enumerate(plan.rings)]
    walls: list[tuple[list[int], tuple[int, int]]] = []
    for (start, end), left in cells_of.items():
        right = cells_of.get((end, start))
        if right is None or start < end:
            ring = nodes.wall(start, end, left, right)
            if len(ring) >= 3:
                walls.append((ring, (start, end)))
    places = nodes.places()
    faces = _joined_roofs(plan, roofs, cells_of)
    faces += [(rings, WALL) for rings in _joined_walls(plan, walls, places)]
    faces += [(rings, GROUND) for rings in _ground(plan, nodes, cells_of)]
    return _shells(_straightened(faces, places), places)


class _Nodes:
    """Numbers and places of the nodes on the upright lines."""

    def __init__(self, plan: Plan, base: float) -> None:
        self._corners = plan.corners
        self._number: dict[tuple[int, int], int] = {}
        self.lines: list[list[int]] = [[] for _ in plan.corners]
        self._level: list[tuple[int, float]] = []
        around: dict[int, list[int]] = {}
        for cell, rings in enumerate(plan.rings):
            for ring in rings:
                for corner in ring:
                    around.setdefault(corner, []).append(cell)
        for corner, cells in sorted(around.items()):
            self._add(corner, base, [-1])
            heights = sorted((plan.height(cell, corner), cell) for cell in set(cells))
            group: list[tuple[float, int]] = []
            for item in heights:
                if group and item[0] - group[-1][0] > _SAME_HEIGHT:
                    self._add(corner, sum(h for h, _ in group) / len(group), [c for _, c in group])
                    group = []
                group.append(item)
            self._add(corner, sum(h for h, _ in group) / len(group), [c for _, c in group])

    def _add(self, corner: int, height: float, cells: list[int]) -> None:
        number = len(self._level)
        self._level.append((corner, height))
        self.lines[corner].append(number)
        for cell in cells:
            self._number[corner, cell] = number

    def at(self, corner: int, cell: int) -> int:
        """The node at which a cell passes a corner; the ground for cell −1."""
        return self._number[corner, cell]

    def places(self) -> np.ndarray:
        corner = np.array([corner for corner, _ in self._level])
        return np.column_stack([self._corners[corner], [height for _, height in self._level]])

    def corner(self, node: int) -> int:
        return self._level[node][0]

    def wall(self, start: int, end: int, left: int, right: int | None) -> list[int]:
        """The ring of the wall between two cells (or one and the outside) over an edge; short where there is none."""
        beside = -1 if right is None else right
        a, b = self.at(start, left), self.at(start, beside)
        c, d = self.at(end, left), self.at(end, beside)
        far = [c] if c != d else []
        near = [a] if a != b else []
        return [b, d, *self._between(end, d, c), *far, *near, *self._between(start, a, b)]

    def _between(self, corner: int, start: int, end: int) -> list[int]:
        line = self.lines[corner]
        i, j = line.index(start), line.index(end)
        return line[i + 1 : j] if i < j else line[i - 1 : j : -1] if i > j else []


def _with_corners(ring: list[int], added: dict[Edge, int]) -> list[int]:
    result = []
    for start, end in zip(ring, ring[1:] + ring[:1]):
        result.append(start)
        corner = added.get((min(start, end), max(start, end)))
        if corner is not None:
            result.append(corner)
    return result


Rings = list[list[int]]


def _joined_roofs(plan: Plan, roofs: list[Rings], cells_of: dict[Edge, int]) -> list[tuple[Rings, str]]:
    joined = groups(
        len(roofs),
        (
            (cell, cells_of[end, start])
            for (start, end), cell in cells_of.items()
            if (end, start) in cells_of and plan.plane[cell] == plan.plane[cells_of[end, start]]
        ),
    )
    faces: list[tuple[Rings, str]] = []
    flat = _flat(roofs, plan)
    for group in joined:
        rings = traced(without_opposites(edges_of(ring for cell in group for ring in roofs[cell])))
        faces += [(face, ROOF) for face in _faces(rings, flat)]
    return faces


def _flat(roofs: list[Rings], plan: Plan) -> dict[int, list[float]]:
    """Places in plan of the roofs' nodes."""
    places = plan.corners.tolist()
    return {
        node: places[corner]
        for rings, corners in zip(roofs, plan.rings)
        for nodes, numbers in zip(rings, corners)
        for node, corner in zip(nodes, numbers)
    }


def _faces(rings: Rings, flat: dict[int, list[float]]) -> list[Rings]:
    """Rings as faces: each counter-clockwise ring with the clockwise ones inside it."""
    if len(rings) == 1:
        return [rings]
    shapes = [shapely.Polygon([flat[node] for node in ring]) for ring in rings]
    signed = [shapely.is_ccw(shape.exterior) for shape in shapes]
    shells = [index for index, outer in enumerate(signed) if outer]
    faces = {index: [rings[index]] for index in shells}
    for index in (index for index, outer in enumerate(signed) if not outer):
        place = shapes[index].representative_point()
        holder = min((s for s in shells if shapes[s].contains(place)), key=lambda s: shapes[s].area, default=None)
        if holder is not None:
            faces[holder].append(rings[index])
    return list(faces.values())


def _joined_walls(plan: Plan, walls: list[tuple[list[int], tuple[int, int]]], places: np.ndarray) -> list[Rings]:
    """Walls in one upright plane that touch along an edge as one, where that leaves a single plain ring."""
    owner = {edge: index for index, (ring, _) in enumerate(walls) for edge in edges_of([ring])}
    touching = []
    for (start, end), index in owner.items():
        other = owner.get((end, start))
        if other is not None and index < other and _one_plane(plan, [walls[index][1], walls[other][1]]):
            touching.append((index, other))
    result: list[Rings] = []
    for group in groups(len(walls), touching):
        if len(group) > 1 and _one_plane(plan, [walls[index][1] for index in group]):
            rings = traced(without_opposites(edges_of(walls[index][0] for index in group)))
            if len(rings) == 1 and _flat_enough(places[rings[0]]):
                result.append(rings)
                continue
        result += [[walls[index][0]] for index in group]
    return result


def _flat_enough(ring: np.ndarray) -> bool:
    """Whether a ring stays planar where it is narrow too."""
    vector = np.array(area_vector(ring))
    away = (ring - ring[0]) @ vector
    return bool(np.ptp(away) <= _FLAT * np.linalg.norm(vector))


def _one_plane(plan: Plan, edges: list[Edge]) -> bool:
    """Whether the corners of all edges lie on the line of the longest."""
    places = plan.corners[np.array(edges)]
    steps = places[:, 1] - places[:, 0]
    longest = int(np.hypot(*steps.T).argmax())
    across = np.array([-steps[longest, 1], steps[longest, 0]]) / (np.hypot(*steps[longest]) or 1.0)
    return bool(np.abs((places.reshape(-1, 2) - places[longest, 0]) @ across).max() < _IN_LINE)


def _ground(plan: Plan, nodes: _Nodes, cells_of: dict[Edge, int]) -> list[Rings]:
    """Faces of the ground, looking down."""
    outer = [(start, end) for start, end in cells_of if (end, start) not in cells_of]
    flat = {corner: plan.corners[corner].tolist() for edge in outer for corner in edge}
    return [
        [[nodes.at(corner, -1) for corner in reversed(ring)] for ring in face] for face in _faces(traced(outer), flat)
    ]


def _straightened(faces: list[tuple[Rings, str]], places: np.ndarray) -> list[tuple[Rings, str]]:
    """Faces without the nodes that only lie along an edge of all faces they are in."""
    beside: dict[int, set[int]] = {}
    for rings, _ in faces:
        for start, end in edges_of(rings):
            beside.setdefault(start, set()).add(end)
            beside.setdefault(end, set()).add(start)
    gone: set[int] = set()
    for node, others in beside.items():
        if len(others) == 2 and not (others & gone):
            one, other = (places[index] for index in sorted(others))
            step, away = other - one, places[node] - one
            length = float(step @ step) or 1.0
            if np.linalg.norm(away - step * (away @ step) / length) < _STRAIGHT:
                gone.add(node)
    return [([[node for node in ring if node not in gone] for ring in rings], kind) for rings, kind in faces]


def _shells(faces: list[tuple[Rings, str]], places: np.ndarray) -> list[list[Face]]:
    owner: dict[Edge, int] = {}
    touching = []
    for index, (rings, _) in enumerate(faces):
        for start, end in edges_of(rings):
            owner[start, end] = index
            if (end, start) in owner:
                touching.append((owner[end, start], index))
    return [
        [Face(tuple(places[ring] for ring in faces[index][0]), faces[index][1]) for index in group]
        for group in groups(len(faces), touching)
    ]


def groups(count: int, pairs: object) -> list[list[int]]:
    """Numbers 0…count−1 in groups joined by pairs; groups and members ascending."""
    root = list(range(count))

    def find(index: int) -> int:
        while root[index] != index:
            root[index] = root[root[index]]
            index = root[index]
        return index

    for one, other in pairs:  # type: ignore[attr-defined]
        a, b = find(one), find(other)
        root[max(a, b)] = min(a, b)
    found: dict[int, list[int]] = {}
    for index in range(count):
        found.setdefault(find(index), []).append(index)
    return list(found.values())
