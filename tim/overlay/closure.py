"""Rounded areas that add up exactly."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import numpy as np

CENT = Decimal("0.01")


def rounded(area: float) -> Decimal:
    """m² to two decimals, half away from zero, from the shortest decimal form."""
    return Decimal(repr(float(area))).quantize(CENT, rounding=ROUND_HALF_UP)


def closed(parts: np.ndarray, whole: Decimal) -> tuple[list[Decimal], Decimal]:
    """`parts` (m²) to two decimals so that they sum to `whole`, and the difference that was spread.

    The difference goes to the parts in proportion to their areas in steps of 0.01 m², what is left over to the largest
    ones, as the survey adjusts areas. Rounding makes it small; the survey's ellipsoidal formula, which takes edges as
    straight in degrees, somewhat larger.
    """
    values = [rounded(part) for part in parts]
    residual = whole - sum(values, Decimal(0))
    total = sum(values, Decimal(0))
    if not total:
        return values, residual
    steps = abs(int(residual / CENT))
    sign = CENT if residual > 0 else -CENT
    shares = [int(steps * value / total) for value in values]
    order = sorted(range(len(values)), key=lambda index: -values[index])
    for index in order[: steps - sum(shares)]:
        shares[index] += 1
    return [value + sign * share for value, share in zip(values, shares)], residual
