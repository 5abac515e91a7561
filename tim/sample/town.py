"""The town: streets, lots, buildings, trees, a power line, a bridge and cars, in local coordinates (metres)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import shapely

from tim.sample.buildings import FLAT, GABLED, HIPPED, Building, Part, building
from tim.sample.terrain import HEIGHT, WIDTH, Terrain, on_water, river_centre

CENTRE, ANGLE = (230.0, 345.0), np.radians(-8.0)
BLOCK_PITCH, STREET = (95.0, 62.0), 10.0
BLOCKS = (  # west to east, rows from south to north
    ("industry", "slabs", "houses", "industry"),
    ("slabs", "commerce", "houses", "houses"),
    ("houses", "commerce", "public", "slabs"),
    ("houses", "houses", "slabs", "park"),
)
POLES_X, LINE_Y = (20.0, 170.0, 320.0, 470.0, 590.0), 7.0
WIRE_OFFSETS, POLE_HEIGHT, SAG = (-4.0, 0.0, 4.0), 22.0, 4.0
VILLAGE_ROAD_Y = 55.0
STOREY = 3.1


@dataclass(frozen=True)
class Lot:
    """A parcel with one use. `code` is the land-use code (DLBM) of the third national survey."""

    use: str
    code: str
    polygon: shapely.Polygon


@dataclass(frozen=True)
class Crown:
    """A porous ellipsoid: a tree's crown or a lattice tower; `density` is the expected number of echoes per metre."""

    x: float
    y: float
    z: float
    radius: float
    half_height: float
    density: float


@dataclass
class Town:
    """Everything that stands in the sample area at one time."""

    terrain: Terrain
    buildings: list[Building]
    lots: list[Lot]
    streets: list[shapely.Polygon]
    roads: list[shapely.Polygon]
    village_road: shapely.Polygon
    bridge: Part
    crowns: list[Crown]
    wires: list[tuple[np.ndarray, np.ndarray, np.ndarray]]
    cars: list[Part] = field(default_factory=list)
    spare: Building | None = None  # stands from the second epoch on
    changes: dict[str, list[int]] = field(default_factory=dict)


def make_town(seed: int) -> Town:
    """The town of one seed at the first epoch."""
    terrain = Terrain.seeded(seed)
    rng = np.random.default_rng([seed, 2])
    streets, roads, village_road = _streets(), [_main_road()], shapely.box(170.0, 51.0, WIDTH, 59.0)
    buildings, lots, spare = _Builder(terrain, rng).build()
    town = Town(
        terrain, buildings, lots, streets, roads, village_road, _bridge(terrain), [], _wires(terrain), spare=spare
    )
    town.crowns = _trees(town, rng) + _towers(terrain)
    town.cars = _cars(town, rng)
    return town


def second_epoch(town: Town) -> Town:
    """The town some years later: one building new, one higher by two storeys, one gone."""
    assert town.spare is not None
    slab = next(item for item in town.buildings if item.use == "slabs")
    house = next(item for item in town.buildings if item.use == "houses" and item.number > slab.number)
    buildings = [_raised(item, 2) if item is slab else item for item in town.buildings if item is not house]
    changes = {"new": [town.spare.number], "higher": [slab.number], "gone": [house.number]}
    return replace(town, buildings=[*buildings, town.spare], spare=None, changes=changes)


def _raised(item: Building, storeys: int) -> Building:
    lift = storeys * STOREY
    parts = [replace(part, eave=part.eave + lift, ridge=part.ridge + lift) for part in item.parts]
    return building(item.number, item.use, parts, item.ground, item.storeys + storeys)


def to_local(s: float, t: float) -> tuple[float, float]:
    """Local coordinates of a place in the town's own grid, which is turned by eight degrees."""
    cos, sin = np.cos(ANGLE), np.sin(ANGLE)
    return CENTRE[0] + s * cos - t * sin, CENTRE[1] + s * sin + t * cos


def _rectangle(s: float, t: float, length: float, width: float) -> shapely.Polygon:
    corners = ((-1, -1), (1, -1), (1, 1), (-1, 1))
    return shapely.Polygon([to_local(s + a * length / 2, t + b * width / 2) for a, b in corners])


def _streets() -> list[shapely.Polygon]:
    (ds, dt), n = BLOCK_PITCH, len(BLOCKS)
    along = [_rectangle(0.0, (k - n / 2) * dt, n * ds + STREET, STREET) for k in range(n + 1)]
    across = [_rectangle((k - n / 2) * ds, 0.0, STREET, n * dt + STREET) for k in range(n + 1) if k != n // 2]
    return along + across


def _main_road() -> shapely.Polygon:
    return _rectangle(0.0, -100.0, STREET, 458.0)


def _bridge(terrain: Terrain) -> Part:
    t = -(CENTRE[1] - 140.0) / np.cos(ANGLE)
    for _ in range(5):  # where the road meets the river's middle line
        x, y = to_local(0.0, t)
        t += (river_centre(np.array(x)) - y) / np.cos(ANGLE)
    x, y = to_local(0.0, t)
    ends = np.array([to_local(0.0, t - 27.0), to_local(0.0, t + 27.0)])
    deck = float(terrain.height(ends[:, 0], ends[:, 1]).max()) + 0.05
    return Part(x, y, ANGLE + np.pi / 2, 27.0, 5.5, FLAT, deck, deck)


class _Builder:
    """Fills the blocks and the village with lots and buildings."""

    def __init__(self, terrain: Terrain, rng: np.random.Generator) -> None:
        self.terrain, self.rng = terrain, rng
        self.buildings: list[Building] = []
        self.lots: list[Lot] = []

    def build(self) -> tuple[list[Building], list[Lot], Building]:
        (ds, dt), n = BLOCK_PITCH, len(BLOCKS)
        for row, kinds in enumerate(BLOCKS):
            for column, kind in enumerate(kinds):
                self._block(kind, (column + 0.5 - n / 2) * ds, (row + 0.5 - n / 2) * dt, ds - STREET, dt - STREET)
        self._village()
        halls = [item for item in self.buildings if item.use == "industry"]
        spare = halls[-1]
        return [item for item in self.buildings if item is not spare], self.lots, spare

    def _block(self, kind: str, s: float, t: float, length: float, width: float) -> None:
        columns, rows = {"houses": (4, 2), "slabs": (1, 2), "industry": (3, 1), "park": (1, 1)}.get(kind, (2, 1))
        for i in range(columns):
            for j in range(rows):
                self._lot(
                    kind,
                    s + (i + 0.5 - columns / 2) * length / columns,
                    t + (j + 0.5 - rows / 2) * width / rows,
                    length / columns,
                    width / rows,
                )

    def _lot(self, kind: str, s: float, t: float, length: float, width: float) -> None:
        code = {
            "houses": "0701",
            "slabs": "0701",
            "commerce": "05H1",
            "public": "08H2",
            "industry": "0601",
            "park": "0810",
        }[kind]
        self.lots.append(Lot(kind, code, _rectangle(s, t, length, width)))
        if kind != "park":
            getattr(self, f"_{kind}")(s, t)

    def _add(
        self, use: str, storeys: int, parts: list[tuple[float, float, float, float, int, float, float]], angle: float
    ) -> None:
        """Parts: local x, y, half length, half width, roof, eave and ridge above the ground."""
        corners = np.vstack(
            [shapely.get_coordinates(Part(x, y, angle, a, b, 0, 0, 0).polygon()) for x, y, a, b, *_ in parts]
        )
        ground = round(float(self.terrain.height(corners[:, 0], corners[:, 1]).mean()), 2)
        blocks = [
            Part(x, y, angle, a, b, roof, ground + eave, ground + ridge) for x, y, a, b, roof, eave, ridge in parts
        ]
        self.buildings.append(building(len(self.buildings) + 1, use, blocks, ground, storeys))

    def _houses(self, s: float, t: float) -> None:
        x, y = to_local(s + self.rng.uniform(-1.5, 1.5), t + self.rng.uniform(-2.0, 2.0))
        self._house("houses", x, y, ANGLE + (np.pi / 2 if self.rng.random() < 0.3 else 0.0))

    def _house(self, use: str, x: float, y: float, angle: float) -> None:
        storeys = int(self.rng.integers(1, 4))
        a, b, eave = self.rng.uniform(5.0, 6.5), self.rng.uniform(3.8, 4.6), storeys * STOREY + 0.4
        roof = int(self.rng.choice([FLAT, GABLED, GABLED, HIPPED]))
        rise = 0.0 if roof == FLAT else b * self.rng.uniform(0.45, 0.75)
        parts = [(x, y, a, b, roof, eave, eave + rise)]
        if self.rng.random() < 0.25:  # a lower wing beside it makes an L
            cos, sin = np.cos(angle), np.sin(angle)
            u, v = a - 2.2, -(b + 1.8)
            parts.append((x + u * cos - v * sin, y + u * sin + v * cos, 2.2, 2.0, FLAT, STOREY, STOREY))
        self._add(use, storeys, parts, angle)

    def _slabs(self, s: float, t: float) -> None:
        storeys = int(self.rng.integers(5, 8))
        eave = storeys * STOREY + 0.6
        x, y = to_local(s, t)
        parts = [(x, y, self.rng.uniform(26.0, 32.0), 5.8, FLAT, eave, eave)]
        for shift in (-14.0, 14.0):  # stair heads
            px, py = to_local(s + shift, t)
            parts.append((px, py, 2.2, 1.6, FLAT, eave + 2.6, eave + 2.6))
        self._add("slabs", storeys, parts, ANGLE)

    def _commerce(self, s: float, t: float) -> None:
        podium, tower = 2 * 4.5, int(self.rng.integers(8, 12))
        (x, y), (px, py) = to_local(s, t), to_local(s, t + 4.0)
        top = podium + tower * STOREY
        parts = [(x, y, 15.0, 17.0, FLAT, podium, podium), (px, py, 13.0, 10.0, FLAT, top, top)]
        self._add("commerce", tower + 2, parts, ANGLE)

    def _public(self, s: float, t: float) -> None:
        x, y = to_local(s, t)
        eave = 3 * 3.6
        self._add("public", 3, [(x, y, 15.0, 8.5, HIPPED, eave, eave + 5.0)], ANGLE)

    def _industry(self, s: float, t: float) -> None:
        x, y = to_local(s, t)
        eave = self.rng.uniform(7.0, 9.0)
        roof = int(self.rng.choice([FLAT, GABLED]))
        ridge = eave + (2.2 if roof == GABLED else 0.0)
        self._add("industry", 1, [(x, y, 19.0, 9.5, roof, eave, ridge)], ANGLE + np.pi / 2)

    def _village(self) -> None:
        for y in (38.0, 72.0):
            for x in np.arange(400.0, 580.0, 30.0):
                self.lots.append(Lot("village", "0702", shapely.box(x - 12.0, y - 12.0, x + 12.0, y + 12.0)))
                self._house("village", x, y, self.rng.uniform(-0.15, 0.15))


def _wires(terrain: Terrain) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Conductors as polylines (x, y, z); between two towers a parabola stands for the catenary."""
    foot = terrain.height(np.array(POLES_X), np.full(len(POLES_X), LINE_Y)) + POLE_HEIGHT
    lines = []
    for offset in WIRE_OFFSETS:
        x = np.arange(POLES_X[0], POLES_X[-1] + 0.5, 1.0)
        span = np.clip(np.searchsorted(POLES_X, x, side="right") - 1, 0, len(POLES_X) - 2)
        start = np.array(POLES_X)[span]
        f = (x - start) / (np.array(POLES_X)[span + 1] - start)
        z = foot[span] * (1 - f) + foot[span + 1] * f - 4 * SAG * f * (1 - f)
        lines.append((x, np.full(x.shape, LINE_Y + offset), z))
    return lines


def _towers(terrain: Terrain) -> list[Crown]:
    foot = terrain.height(np.array(POLES_X), np.full(len(POLES_X), LINE_Y))
    half = (POLE_HEIGHT + 1.5) / 2
    return [Crown(x, LINE_Y, z + half, 1.4, half, 0.25) for x, z in zip(POLES_X, foot)]


def _trees(town: Town, rng: np.random.Generator) -> list[Crown]:
    """Street trees, the park, gardens, the wooded hill and the river's banks; none in a building or on a street."""
    places: list[tuple[float, float, float, float]] = []  # x, y, smallest and largest height
    for t in (np.arange(len(BLOCKS) + 1) - len(BLOCKS) / 2) * BLOCK_PITCH[1]:
        places += [(*to_local(s, t + side * 6.2), 6.0, 9.0) for s in np.arange(-180.0, 181.0, 15.0) for side in (-1, 1)]
    park = next(lot.polygon for lot in town.lots if lot.use == "park")
    west, south, east, north = park.bounds
    places += [
        (x, y, 7.0, 14.0)
        for x, y in rng.uniform((west, south), (east, north), (70, 2))
        if park.contains(shapely.Point(x, y))
    ]
    places += [(x, y, 9.0, 16.0) for x, y in rng.normal((540.0, 400.0), (28.0, 45.0), (320, 2))]
    bank = rng.uniform(0.0, WIDTH, 60)
    places += [
        (x, float(river_centre(x)) + side * rng.uniform(25, 29), 5.0, 9.0)
        for x, side in zip(bank, rng.choice([-1, 1], 60))
    ]
    places += [(x, y, 4.0, 8.0) for x, y in rng.uniform((380.0, 20.0), (590.0, 95.0), (40, 2))]
    blocked = shapely.union_all(
        [item.footprint.buffer(2.0) for item in [*town.buildings, *([town.spare] if town.spare else [])]]
        + [street.buffer(-0.5) for street in [*town.streets, *town.roads, town.village_road]]
    )
    shapely.prepare(blocked)
    crowns = []
    for x, y, low, high in places:
        height, wide = rng.uniform(low, high), rng.uniform(0.24, 0.32)
        if (
            1 < x < WIDTH - 1
            and 1 < y < HEIGHT - 1
            and not on_water(np.array(x), np.array(y), 4.0)
            and not shapely.contains_xy(blocked, x, y)
        ):
            ground = float(town.terrain.height(np.array(x), np.array(y)))
            half = 0.36 * height
            crowns.append(Crown(x, y, ground + height - half, height * wide, half, 0.45))
    return crowns


def _cars(town: Town, rng: np.random.Generator) -> list[Part]:
    """Parked cars on the streets of the town, out of the way of each other."""
    cars: list[Part] = []
    for t in (np.arange(1, len(BLOCKS)) - len(BLOCKS) / 2) * BLOCK_PITCH[1]:
        for s in np.arange(-170.0, 171.0, 17.0):
            if abs(s) > 12.0 and rng.random() < 0.6:
                x, y = to_local(s, t + rng.choice([-2.6, 2.6]))
                top = float(town.terrain.height(np.array(x), np.array(y))) + rng.uniform(1.4, 1.9)
                cars.append(Part(x, y, ANGLE, 2.2, 0.9, FLAT, top, top))
    return cars
