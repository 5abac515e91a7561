"""Heights as virtual angles: GB/T 39409-2020, 6.2 and annex C."""

from __future__ import annotations

import numpy as np

from tim.codes.angle import UNITS_PER_DEGREE
from tim.errors import UsageError

RADIUS = 6_378_137.0  # m, CGCS2000 semi-major axis, r0 of annex C
_STEP = np.log1p(np.pi / 180)
HIGHEST = 528_680_171.13  # m, upper end of annex C
LOWEST = -6_302_106.72


def height_units(metres: object) -> tuple[np.ndarray, np.ndarray]:
    """(whole 1/2048″ of the virtual angle of |height| as int64, whether below the ellipsoid), for metres.

    Annex C of GB/T 39409-2020: v = |ln((H + r0)/r0) / ln(1 + π/180)| degrees. Raises `UsageError` outside its range.
    """
    heights = np.atleast_1d(np.asarray(metres, dtype=np.float64))
    if not np.isfinite(heights).all():
        raise UsageError("高程里有空值或不是数的值")
    if (heights < LOWEST).any() or (heights >= HIGHEST).any():
        raise UsageError(f"高程超出网格的范围（{LOWEST:.2f} 至 {HIGHEST:.2f} 米）")
    angle = np.abs(np.log1p(heights / RADIUS) / _STEP)
    return np.floor(angle * UNITS_PER_DEGREE).astype(np.int64), heights < 0


def height_of_units(units: np.ndarray | int, below: bool = False) -> float:
    """The height in metres at a virtual angle, the inverse of `height_units`."""
    angle = float(units) / UNITS_PER_DEGREE
    return float(RADIUS * np.expm1((-angle if below else angle) * _STEP))
