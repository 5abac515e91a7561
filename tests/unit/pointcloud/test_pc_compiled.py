"""The compiled loops against libraries that do the same."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import pytest
from scipy import ndimage

from pointcloud.compiled import compiled
from pointcloud.ground.openings import opened
from pointcloud.ground.smrf import bilinear, cubic

RANDOM = np.random.default_rng(5)


@pytest.mark.parametrize("shape", [(40, 31), (3, 50), (1, 9)])
@pytest.mark.parametrize("radius", [1, 2, 5, 18])
def test_openings_are_those_of_the_disk(shape: tuple[int, int], radius: int) -> None:
    grid = RANDOM.normal(size=shape).astype(np.float32)
    offset = np.arange(-radius, radius + 1)
    disk = offset[:, None] ** 2 + offset[None, :] ** 2 <= max(radius * radius, 2 if radius == 1 else 0)
    eroded = ndimage.grey_erosion(grid, footprint=disk, mode="constant", cval=np.inf)
    expected = ndimage.grey_dilation(eroded, footprint=disk, mode="constant", cval=-np.inf)
    assert np.array_equal(opened(grid, radius, np.zeros(shape, bool)), expected)


@pytest.mark.parametrize("order", [1, 3])
def test_surfaces_between_cells_are_those_of_scipy(order: int) -> None:
    grid = RANDOM.normal(size=(17, 23))
    places = RANDOM.uniform((-1, -1), (17, 23), (400, 2))
    expected = ndimage.map_coordinates(grid, places.T, order=order, mode="nearest", prefilter=False)
    look = bilinear if order == 1 else cubic
    assert np.allclose([look(grid, *place) for place in places], expected, rtol=0, atol=1e-12)


def test_loops_work_where_nothing_can_be_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    njit = numba.njit

    def refusing(*arguments: Any, **options: Any) -> Any:
        if options.get("cache"):
            raise RuntimeError("cannot cache function: no locator available")
        return njit(*arguments, **options)

    monkeypatch.setattr(numba, "njit", refusing)
    assert compiled(lambda value: value + 1)(2) == 3
