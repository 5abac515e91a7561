"""Buildings as blocks with flat, gabled and hipped roofs; a stepped building has several blocks."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import shapely

FLAT, GABLED, HIPPED = 0, 1, 2
ROOF_NAMES = ("flat", "gabled", "hipped")
_SAMPLE_STEP = 0.1  # metres between the places where the mean roof height is sampled


@dataclass(frozen=True)
class Part:
    """A block on a rectangle: centre (local, m), direction of its length (radians), half sizes, absolute heights."""

    x: float
    y: float
    angle: float
    half_length: float
    half_width: float
    roof: int
    eave: float
    ridge: float

    def polygon(self) -> shapely.Polygon:
        """The rectangle in local coordinates."""
        u = np.array([-1, 1, 1, -1]) * self.half_length
        v = np.array([-1, -1, 1, 1]) * self.half_width
        cos, sin = np.cos(self.angle), np.sin(self.angle)
        return shapely.Polygon(np.column_stack((self.x + u * cos - v * sin, self.y + u * sin + v * cos)))


@dataclass(frozen=True)
class Building:
    """A building: blocks that touch or overlap, and what is true of it."""

    number: int
    use: str
    parts: tuple[Part, ...]
    ground: float
    storeys: int
    footprint: shapely.Polygon = field(repr=False)

    @property
    def roof_type(self) -> str:
        """flat, gabled, hipped or stepped."""
        levels = {round(part.eave, 2) for part in self.parts if part.half_length * part.half_width > 16.0}
        return "stepped" if len(levels) > 1 else ROOF_NAMES[self.parts[0].roof]

    @property
    def eave(self) -> float:
        """Height of the lowest eave, absolute (m)."""
        return min(part.eave for part in self.parts)

    @property
    def ridge(self) -> float:
        """Height of the highest roof point, absolute (m)."""
        return max(part.ridge for part in self.parts)

    def roof_percentiles(self, percents: tuple[float, ...]) -> list[float]:
        """Percentiles of the roof's height (absolute, m), every square decimetre counted once."""
        west, south, east, north = self.footprint.bounds
        x, y = np.meshgrid(np.arange(west, east, _SAMPLE_STEP), np.arange(south, north, _SAMPLE_STEP))
        inside = shapely.contains_xy(self.footprint, x, y)
        heights = PartTable(self.parts).top(x[inside], y[inside], 0, len(self.parts))
        return [float(value) for value in np.percentile(heights[np.isfinite(heights)], percents)]


def building(number: int, use: str, parts: list[Part], ground: float, storeys: int) -> Building:
    """A building whose footprint is the union of its parts."""
    outline = shapely.union_all([part.polygon() for part in parts], grid_size=0.001)
    return Building(number, use, tuple(parts), ground, storeys, shapely.orient_polygons(outline))


class PartTable:
    """Parts as columns, so that roof heights are computed for many places at once."""

    def __init__(self, parts: tuple[Part, ...]) -> None:
        self.x, self.y, angle, self.half_length, self.half_width, self.roof, self.eave, self.ridge = (
            np.array([getattr(part, name) for part in parts], dtype=float)
            for name in ("x", "y", "angle", "half_length", "half_width", "roof", "eave", "ridge")
        )
        self.cos, self.sin = np.cos(angle), np.sin(angle)

    def top(self, x: np.ndarray, y: np.ndarray, first: np.ndarray | int, count: np.ndarray | int) -> np.ndarray:
        """Highest roof (m, absolute) at each place among the parts `first .. first+count-1`; -inf beside them all."""
        first, count = np.broadcast_to(first, x.shape), np.broadcast_to(count, x.shape)
        height = np.full(x.shape, -np.inf)
        for slot in range(int(count.max(initial=0))):
            there = np.flatnonzero(slot < count)
            height[there] = np.maximum(height[there], self._height(x[there], y[there], first[there] + slot))
        return height

    def _height(self, x: np.ndarray, y: np.ndarray, part: np.ndarray) -> np.ndarray:
        dx, dy = x - self.x[part], y - self.y[part]
        along = self.half_length[part] - np.abs(dx * self.cos[part] + dy * self.sin[part])
        across = self.half_width[part] - np.abs(dy * self.cos[part] - dx * self.sin[part])
        half_width, roof = self.half_width[part], self.roof[part]
        rise = np.where(roof == HIPPED, np.minimum(along, across), across) / half_width
        rise = np.where(roof == FLAT, 0.0, np.minimum(rise, 1.0))
        height = self.eave[part] + (self.ridge[part] - self.eave[part]) * rise
        return np.where((along >= 0.0) & (across >= 0.0), height, -np.inf)
