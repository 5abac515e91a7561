"""Points exactly on the outermost edge of a cell were in no raster, nor those in a cell whose centre no tile held."""

from __future__ import annotations

from pathlib import Path

import laspy
import numpy as np
import pytest
from pyproj import CRS

from pointcloud.sources import open_sources
from pointcloud.survey import SurveyOptions, SurveyResult, survey_points
from pointcloud.task import Task

SIDE = 40


def cloud(path: Path, side: float) -> Path:
    """Ground at 10 m from 0 to `side`, both included, every half metre; its last column and row at 11 m."""
    places = np.arange(0, side + 0.25, 0.5)
    x, y = (axis.ravel() for axis in np.meshgrid(places, places))
    las = laspy.LasData(laspy.LasHeader(point_format=6, version="1.4"))
    las.header.scales, las.header.offsets = [0.001] * 3, [500_000.0, 3_400_000.0, 0.0]
    las.header.add_crs(CRS.from_epsg(32650))
    las.x, las.y = x + 500_000, y + 3_400_000
    las.z = np.where((x == places[-1]) | (y == places[-1]), 11.0, 10.0)
    las.classification = np.full(len(x), 2, np.uint8)
    las.write(path)
    return path


def survey(path: Path, scratch: Path, **options: float) -> SurveyResult:
    return survey_points(open_sources([path], Task()), SurveyOptions(**options), scratch, Task())


@pytest.mark.parametrize("tile", [100.0, 40.0, 17.0])
def test_the_last_points_are_in_the_last_cells(tmp_path: Path, tile: float) -> None:
    surface = survey(cloud(tmp_path / "边.laz", SIDE), tmp_path / "scratch", resolution=1.0, tile=tile).surface
    assert surface.bounds == (500_000.0, 3_400_000.0, 500_000.0 + SIDE, 3_400_000.0 + SIDE)
    assert (surface.array[0] == 11).all() and (surface.array[:, -1] == 11).all()
    assert (surface.array[1:, :-1] == 10).all()


def test_a_cell_whose_centre_lies_in_an_empty_tile(tmp_path: Path) -> None:
    """The points end at 500 037 m, one of the tiles at 500 038 m, the centre of the last cell."""
    results = [
        survey(cloud(tmp_path / "边.laz", 37.0), tmp_path / str(tile), resolution=4.0, tile=tile)
        for tile in (1000.0, 500_038 / 5000, 35.0)
    ]
    for result in results:
        assert np.isfinite(result.surface.array).all()
        assert np.array_equal(result.surface.array, results[0].surface.array)
