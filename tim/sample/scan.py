"""An airborne laser scan: straight strips, slanted rays, first solid hit, porous crowns, wires, water and noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from scipy.ndimage import maximum_filter
from scipy.spatial import cKDTree

from tim.sample.buildings import PartTable
from tim.sample.terrain import HEIGHT, WIDTH, Terrain, on_water
from tim.sample.town import Town

ALTITUDE = 520.0  # metres above the plain
HALF_ANGLE = np.radians(18.0)
RANGE_NOISE = 0.025  # metres, one sigma
STRIP_SIGMA = (0.04, 0.04, 0.03)  # offset of a whole strip in x, y, z (m)
ECHO_DISTANCE = 0.7  # metres; closer echoes of one pulse merge
MOST_ECHOES = 5
_CELL = 0.5
_STEP = 0.4  # metres of height between two looks along a ray

GROUND, ROOF, CROWN, WIRE, WATER, NOISE = range(6)
_INTENSITY = np.array([90.0, 130.0, 55.0, 25.0, 12.0, 20.0])


@dataclass
class Points:
    """Echoes as columns; coordinates local, `kind` is what was hit (not written to the files)."""

    x: np.ndarray
    y: np.ndarray
    z: np.ndarray
    kind: np.ndarray
    return_number: np.ndarray
    number_of_returns: np.ndarray
    strip: np.ndarray
    scan_angle: np.ndarray  # degrees, positive to the north of the flight line
    gps_time: np.ndarray
    intensity: np.ndarray

    def __len__(self) -> int:
        return len(self.x)

    def take(self, which: np.ndarray) -> Points:
        """The chosen points, in their order."""
        return Points(**{name: value[which] for name, value in vars(self).items()})


@dataclass
class _Rays:
    """Pulses: a ray passes (x + (top - z) * mx, y + (top - z) * my) at height z."""

    x: np.ndarray
    y: np.ndarray
    mx: np.ndarray
    my: np.ndarray
    top: float
    angle: np.ndarray
    time: np.ndarray

    def at(self, z: np.ndarray, which: np.ndarray | slice = slice(None)) -> tuple[np.ndarray, np.ndarray]:
        drop = self.top - z
        return self.x[which] + drop * self.mx[which], self.y[which] + drop * self.my[which]


def scan_town(town: Town, seed: int, epoch: int, density: float, gap: shapely.Polygon | None) -> Points:
    """Scan the town. `density` is pulses per square metre and strip; `gap` (local) gives no echoes.

    Strips run west to east and alternate in direction; neighbouring strips overlap by half.
    """
    scene = _Scene(town)
    lines = (90.0, 260.0, 430.0)
    strips = []
    for number, line in enumerate(lines, start=1):
        rng = np.random.default_rng([seed, 3, epoch, number])
        strips.append(_scan_strip(scene, town, _rays(line, number, density, rng), number, gap, rng))
    points = Points(**{name: np.concatenate([getattr(strip, name) for strip in strips]) for name in vars(strips[0])})
    return points.take(np.lexsort((points.return_number, points.gps_time)))


def _rays(line: float, number: int, density: float, rng: np.random.Generator) -> _Rays:
    spacing = 1.0 / np.sqrt(density)
    top = 25.0 + ALTITUDE
    half = int(ALTITUDE * np.tan(HALF_ANGLE) / spacing)
    angles = np.linspace(-HALF_ANGLE, HALF_ANGLE, 2 * half + 1)
    starts = np.arange(-2.0, WIDTH + 2.0, spacing)
    step = np.tile(np.arange(len(angles)), len(starts))
    row = np.repeat(np.arange(len(starts)), len(angles))
    angle = np.where(row % 2 == 0, angles[step], -angles[step])  # zigzag
    x = starts[row] + spacing * step / len(angles)
    aim = line + ALTITUDE * np.tan(angle)
    kept = (aim > -3.0) & (aim < HEIGHT + 3.0)  # what lies outside the area for certain is not traced
    x, angle, row = x[kept], angle[kept], row[kept]
    if number % 2 == 0:
        x = WIDTH - x
    jitter = rng.normal(0.0, 0.02, (2, len(x)))
    time = 300_000.0 + 400.0 * number + (row * len(angles) + step[kept]) * 2e-6
    pitch = 0.01 if number % 2 else -0.01
    return _Rays(
        x + jitter[0] - pitch * ALTITUDE, line + jitter[1], np.full(len(x), pitch), np.tan(angle), top, angle, time
    )


class _Scene:
    """What stops a ray: ground and solid blocks. Blocks of one group may overlap; groups stand at least 2 m apart."""

    def __init__(self, town: Town) -> None:
        self.terrain: Terrain = town.terrain
        groups = [item.parts for item in town.buildings] + [(town.bridge,)] + [(car,) for car in town.cars]
        self.table = PartTable(tuple(part for group in groups for part in group))
        self.count = np.array([0] + [len(group) for group in groups])
        self.first = np.concatenate(([0, 0], np.cumsum(self.count[1:])[:-1]))
        rows, columns = int(HEIGHT / _CELL) + 81, int(WIDTH / _CELL) + 81
        self.group = np.zeros((rows, columns), np.int32)
        self.tops = np.full((rows, columns), -np.inf)
        for number, group in enumerate(groups, start=1):
            self._draw(
                number,
                shapely.union_all([part.polygon() for part in group]).buffer(0.8),
                max(part.ridge for part in group),
            )
        reach = int(np.ceil(40.0 * np.tan(HALF_ANGLE) / _CELL)) + 1
        self.highest_near = maximum_filter(self.tops, size=2 * reach + 1, mode="constant", cval=-np.inf)

    def _draw(self, number: int, outline: shapely.Geometry, top: float) -> None:
        west, south, east, north = outline.bounds
        rows, columns = self._index(np.array([west, east]), np.array([south, north]))
        r, c = np.mgrid[rows[0] : rows[1] + 1, columns[0] : columns[1] + 1]
        inside = shapely.contains_xy(outline, (c - 40 + 0.5) * _CELL, (r - 40 + 0.5) * _CELL)
        self.group[r[inside], c[inside]] = number
        self.tops[r[inside], c[inside]] = top

    def _index(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Cells of places; the grid reaches 20 m beyond the area, places further out fall into its border."""
        rows = np.clip((y / _CELL).astype(np.int64) + 40, 0, self.group.shape[0] - 1)
        return rows, np.clip((x / _CELL).astype(np.int64) + 40, 0, self.group.shape[1] - 1)

    def solid(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Top of the block at each place, -inf beside all blocks."""
        group = self.group[self._index(x, y)]
        return self.table.top(x, y, self.first[group], self.count[group])

    def ground_hit(self, rays: _Rays) -> np.ndarray:
        """Height at which each ray meets the ground; the fixed point converges as slopes are gentle to rays."""
        z = np.full(len(rays.x), 25.0)
        for _ in range(7):
            z = self.terrain.height(*rays.at(z))
        return z

    def solid_hit(self, rays: _Rays, ground: np.ndarray) -> np.ndarray:
        """Height at which each ray meets a block before the ground, -inf where it meets none."""
        hit = np.full(len(ground), -np.inf)
        z = self.highest_near[self._index(*rays.at(ground))]
        active = np.flatnonzero(z > ground)
        z = z[active] + _STEP
        while len(active):
            z = z - _STEP
            x, y = rays.at(z, active)
            rows, columns = self._index(x, y)
            near = np.flatnonzero(self.tops[rows, columns] >= z)
            struck = near[self.solid(x[near], y[near]) >= z[near]]
            hit[active[struck]] = self._refine(rays, active[struck], z[struck])
            going = z > ground[active]
            going[struck] = False
            active, z = active[going], z[going]
        return hit

    def _refine(self, rays: _Rays, which: np.ndarray, inside: np.ndarray) -> np.ndarray:
        """Halve the step in which a ray entered a block: on the roof, or on a wall where the surface jumps."""
        outside = inside + _STEP
        for _ in range(9):
            middle = (inside + outside) / 2.0
            below = self.solid(*rays.at(middle, which)) >= middle
            inside, outside = np.where(below, middle, inside), np.where(below, outside, middle)
        return inside


def _scan_strip(
    scene: _Scene, town: Town, rays: _Rays, number: int, gap: shapely.Polygon | None, rng: np.random.Generator
) -> Points:
    ground = scene.ground_hit(rays)
    solid = scene.solid_hit(rays, ground)
    last = np.maximum(ground, solid)
    kind = np.where(solid > ground, ROOF, GROUND)
    x, y = rays.at(last)
    wet = (kind == GROUND) & on_water(x, y, -0.3)
    kind[wet] = WATER
    crown_ray, crown_z, dark = _crown_echoes(town, rays, ground, rng)
    wire_ray, wire_z = _wire_echoes(town, rays, rng)
    answers = np.where(wet, rng.random(len(x)) < np.where(np.abs(rays.angle) < np.radians(3.0), 0.3, 0.02), ~dark)
    solid_ray = np.flatnonzero(answers)
    ray = np.concatenate((solid_ray, crown_ray, wire_ray))
    z = np.concatenate((last[solid_ray], crown_z, wire_z))
    kinds = np.concatenate((kind[solid_ray], np.full(len(crown_ray), CROWN), np.full(len(wire_ray), WIRE)))
    visible = (z >= last[ray]) & ((kinds == kind[ray]) | (z > last[ray] + ECHO_DISTANCE))
    ray, z, kinds, order, count = _number_echoes(ray[visible], z[visible], kinds[visible])
    return _measured(rays, ray, z, kinds, order, count, number, gap, rng)


def _crown_echoes(
    town: Town, rays: _Rays, ground: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Echoes in crowns: (rays, heights), and whether a ray died in them before the ground."""
    gx, gy = rays.at(ground)
    tree = cKDTree(np.column_stack((gx, gy)))
    ground_of = town.terrain.height(np.array([c.x for c in town.crowns]), np.array([c.y for c in town.crowns]))
    reach = [c.radius + (c.z + c.half_height - g + 2.0) * np.tan(HALF_ANGLE) for c, g in zip(town.crowns, ground_of)]
    found = tree.query_ball_point([(c.x, c.y) for c in town.crowns], reach, return_sorted=True)
    ray = np.concatenate([np.asarray(item, dtype=np.int64) for item in found])
    crown = np.repeat(np.arange(len(found)), [len(item) for item in found])
    cx, cy, cz, radius, half, density = (
        np.array([getattr(c, name) for c in town.crowns])[crown]
        for name in ("x", "y", "z", "radius", "half_height", "density")
    )
    x, y = rays.at(cz, ray)
    mx, my = rays.mx[ray], rays.my[ray]
    # ((x - cx - mx q)² + (y - cy - my q)²) / r² + q² / h² = 1 for the height q above the crown's centre
    a = (mx**2 + my**2) / radius**2 + 1.0 / half**2
    b = -2.0 * ((x - cx) * mx + (y - cy) * my) / radius**2
    c = ((x - cx) ** 2 + (y - cy) ** 2) / radius**2 - 1.0
    discriminant = b**2 - 4 * a * c
    inside = discriminant > 0
    ray, cz, density = ray[inside], cz[inside], density[inside]
    root = np.sqrt(discriminant[inside])
    upper, lower = cz + (root - b[inside]) / (2 * a[inside]), cz - (root + b[inside]) / (2 * a[inside])
    rays_hit, heights, z = [], [], upper
    for _ in range(3):
        z = z - rng.exponential(1.0, len(z)) / density
        alive = z > lower
        rays_hit.append(ray[alive])
        heights.append(z[alive])
        ray, z, lower, density = ray[alive], z[alive] - ECHO_DISTANCE, lower[alive], density[alive]
    dark = np.zeros(len(ground), bool)
    dark[rays_hit[1][rng.random(len(rays_hit[1])) < 0.6]] = True
    dark[rays_hit[2]] = True
    return np.concatenate(rays_hit), np.concatenate(heights), dark


def _wire_echoes(town: Town, rays: _Rays, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Echoes of conductors: a pulse that passes within a quarter of a metre, three times out of four."""
    rays_hit, heights = [], []
    for x, y, z in town.wires:
        level = np.interp(rays.at(np.full(len(rays.x), z.mean()))[0], x, z)
        px, py = rays.at(level)
        close = (np.abs(py - y[0]) < 0.25) & (px > x[0]) & (px < x[-1]) & (rng.random(len(px)) < 0.75)
        rays_hit.append(np.flatnonzero(close))
        heights.append(level[close])
    return np.concatenate(rays_hit), np.concatenate(heights)


def _number_echoes(ray: np.ndarray, z: np.ndarray, kind: np.ndarray) -> tuple[np.ndarray, ...]:
    """Sort by pulse and from the top; merge close echoes, keep the first five; number them."""
    order = np.lexsort((-z, ray))
    ray, z, kind = ray[order], z[order], kind[order]
    same = np.concatenate(([False], ray[1:] == ray[:-1]))
    close = same & (np.concatenate(([np.inf], z[:-1] - z[1:])) < ECHO_DISTANCE)
    ray, z, kind = ray[~close], z[~close], kind[~close]
    start = np.concatenate(([True], ray[1:] != ray[:-1]))
    rank = np.arange(len(ray)) - np.maximum.accumulate(np.where(start, np.arange(len(ray)), 0))
    ray, z, kind, rank = (column[rank < MOST_ECHOES] for column in (ray, z, kind, rank))
    _, inverse, counts = np.unique(ray, return_inverse=True, return_counts=True)
    return ray, z, kind, rank + 1, counts[inverse]


def _measured(
    rays: _Rays,
    ray: np.ndarray,
    z: np.ndarray,
    kind: np.ndarray,
    order: np.ndarray,
    count: np.ndarray,
    number: int,
    gap: shapely.Polygon | None,
    rng: np.random.Generator,
) -> Points:
    """Add range noise, the strip's offset and gross errors; cut to the area and leave out the gap."""
    x, y = rays.at(z, ray)
    slant = np.sqrt(1.0 + rays.mx[ray] ** 2 + rays.my[ray] ** 2)
    error = rng.normal(0.0, RANGE_NOISE, len(z)) / slant
    offset = rng.normal(0.0, STRIP_SIGMA)
    x, y, z = x + error * rays.mx[ray] + offset[0], y + error * rays.my[ray] + offset[1], z - error + offset[2]
    single = np.flatnonzero((count == 1) & (kind == GROUND))
    wrong = rng.choice(single, max(4, len(single) // 15_000), replace=False)
    low, high = np.array_split(wrong, 2)
    z[low] -= rng.uniform(3.0, 18.0, len(low))  # multipath
    z[high] += rng.uniform(45.0, 120.0, len(high))  # birds
    kind[wrong] = NOISE
    intensity = np.clip(rng.normal(_INTENSITY[kind], 12.0), 1.0, None) * 100.0
    points = Points(
        *(x, y, z, kind.astype(np.uint8), order.astype(np.uint8), count.astype(np.uint8)),
        strip=np.full(len(x), number, np.uint16),
        scan_angle=np.degrees(rays.angle[ray]),
        gps_time=rays.time[ray],
        intensity=intensity.astype(np.uint16),
    )
    kept = (x >= 0) & (x < WIDTH) & (y >= 0) & (y < HEIGHT)
    if gap is not None:
        pulse_x, pulse_y = rays.at(np.full(len(ray), 25.0), ray)
        kept &= ~shapely.contains_xy(gap, pulse_x, pulse_y)
    # whole pulses leave, so that the numbers of the remaining echoes stay consistent
    complete = np.bincount(ray, ~kept, minlength=len(rays.x))[ray] == 0
    return points.take(complete)
