"""Exact angles: whole units of 1/2048 second from decimal degrees."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from fractions import Fraction

import numpy as np

from tim.errors import UsageError

UNITS_PER_DEGREE = 7_372_800
_NEAR = 1e-4  # units; float arithmetic is off by less than 1e-6 of them


def whole_units(values: object) -> np.ndarray:
    """⌊|degrees| · 7 372 800⌋ as int64, for one value or an array of floats or decimal texts.

    A float counts as its shortest decimal form: 116.35 is 116°21′ exactly, not the binary number just below.
    Raises `UsageError` for what is no finite number.
    """
    array = np.atleast_1d(np.asarray(values))
    if array.dtype.kind not in "fiu":
        return np.array([_exact(str(value)) for value in array.ravel()], dtype=np.int64).reshape(array.shape)
    degrees = np.abs(array.astype(np.float64))
    if not np.isfinite(degrees).all():
        raise UsageError("经纬度里有空值或不是数的值")
    units = degrees * UNITS_PER_DEGREE
    result = np.floor(units).astype(np.int64)
    for index in np.flatnonzero(np.abs(units - np.rint(units)).ravel() < _NEAR):
        result.ravel()[index] = _exact(repr(float(degrees.ravel()[index])))
    return result


def _exact(text: str) -> int:
    try:
        number = Fraction(Decimal(text.strip()))
    except (InvalidOperation, ValueError, OverflowError) as error:
        raise UsageError(f"“{text}”不是经纬度；请写成十进制的度，如 116.3126") from error
    return int(abs(number) * UNITS_PER_DEGREE)


def is_negative(values: object) -> np.ndarray:
    """Whether each value lies west or south; zero counts as east and north."""
    array = np.atleast_1d(np.asarray(values))
    return array.astype(np.float64) < 0
