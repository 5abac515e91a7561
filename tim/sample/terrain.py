"""The ground of the sample town: an analytic surface with a river and a hill, known everywhere."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

WIDTH, HEIGHT = 600.0, 520.0  # metres, local coordinates from the south-west corner
ORIGIN = (580_000.0, 3_379_500.0)  # EPSG:4547; 80 km east of the meridian, where plane and ellipsoidal area differ
HORIZONTAL, VERTICAL = "EPSG:4547", "EPSG:5737"
COMPOUND = "EPSG:4547+5737"

WATER_LEVEL = 21.0
RIVER_HALF_WIDTH = 13.0
BANK_WIDTH = 10.0


@dataclass(frozen=True)
class Terrain:
    """Ground heights in metres above the 1985 datum over local coordinates."""

    phase_x: float
    phase_y: float

    @classmethod
    def seeded(cls, seed: int) -> Terrain:
        """The terrain of one seed."""
        return cls(*np.random.default_rng([seed, 1]).uniform(0.0, 2.0 * np.pi, 2))

    def height(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Ground height (m) at local coordinates `x`, `y` (m), any shape; on the river the water level."""
        land = 25.0 + 0.01 * (y - 130.0) + 1.1 * np.sin(x / 70.0 + self.phase_x) * np.cos(y / 85.0 + self.phase_y)
        land = land + 34.0 * np.exp(-(((x - 540.0) / 44.0) ** 2 + ((y - 400.0) / 62.0) ** 2) / 2.0)
        wet = 1.0 - _smoothstep((np.abs(y - river_centre(x)) - RIVER_HALF_WIDTH) / BANK_WIDTH)
        return wet * WATER_LEVEL + (1.0 - wet) * land


def river_centre(x: np.ndarray) -> np.ndarray:
    """Northing (m, local) of the river's middle line."""
    return 130.0 + 20.0 * np.sin(x / 90.0)


def on_water(x: np.ndarray, y: np.ndarray, margin: float = 0.0) -> np.ndarray:
    """Whether a place is in the river, or within `margin` metres of it."""
    return np.abs(y - river_centre(x)) < RIVER_HALF_WIDTH + margin


def _smoothstep(t: np.ndarray) -> np.ndarray:
    t = np.clip(t, 0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)
