"""The scan: geometry of the echoes, order, density, shadow, noise."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from tim.sample import scan
from tim.sample.buildings import PartTable
from tim.sample.make import SEED
from tim.sample.scan import Points, scan_town
from tim.sample.terrain import on_water
from tim.sample.town import Town

GAP = shapely.box(300.0, 200.0, 340.0, 230.0)


@pytest.fixture(scope="module")
def points(town: Town) -> Points:
    return scan_town(town, SEED, 1, 1.0, GAP)


def test_the_same_seed_gives_the_same_bytes(town: Town, points: Points) -> None:
    again = scan_town(town, SEED, 1, 1.0, GAP)
    assert all(getattr(again, name).tobytes() == column.tobytes() for name, column in vars(points).items())
    other = scan_town(town, SEED + 1, 1, 1.0, GAP)
    assert len(other) != len(points) or (other.z != points.z).any()


def test_echoes_of_a_pulse_are_numbered_from_the_top(points: Points) -> None:
    pulse = np.flatnonzero(points.return_number == 1)
    counts = np.diff(np.append(pulse, len(points)))
    assert (counts == points.number_of_returns[pulse]).all()
    assert (np.repeat(counts, counts) == points.number_of_returns).all()
    inside = points.return_number > 1
    assert (points.return_number[inside] == points.return_number[np.flatnonzero(inside) - 1] + 1).all()
    falling = points.z[np.flatnonzero(inside) - 1] - points.z[inside]
    assert (falling > scan.ECHO_DISTANCE - 0.3).all()  # noise of both echoes
    assert points.number_of_returns.max() > 2


def test_ground_echoes_lie_on_the_ground(town: Town, points: Points) -> None:
    on_ground = points.take(points.kind == scan.GROUND)
    error = on_ground.z - town.terrain.height(on_ground.x, on_ground.y)
    for strip in (1, 2, 3):
        of_strip = error[on_ground.strip == strip]
        assert 0.015 < of_strip.std() < 0.06
        assert abs(np.median(of_strip)) < 0.15  # the strip's own offset
    assert len({round(float(np.median(error[on_ground.strip == strip])), 3) for strip in (1, 2, 3)}) == 3


def test_no_ground_is_seen_under_roofs_and_walls_are_rare(town: Town, points: Points) -> None:
    inner = shapely.union_all([item.footprint.buffer(-0.3) for item in town.buildings])
    shapely.prepare(inner)
    on_ground = points.take(points.kind == scan.GROUND)
    assert not shapely.contains_xy(inner, on_ground.x, on_ground.y).any()
    roofs = points.take(points.kind == scan.ROOF)
    table = PartTable(tuple(part for item in town.buildings for part in item.parts))
    inside = shapely.contains_xy(inner, roofs.x, roofs.y)
    top = table.top(roofs.x[inside], roofs.y[inside], 0, len(table.x))
    below = top - roofs.z[inside]
    assert np.abs(np.median(below)) < 0.05 and np.percentile(np.abs(below), 90) < 0.15
    assert 0 < (~inside).mean() < 0.2


def test_a_building_casts_a_shadow_away_from_the_flight_line(town: Town, points: Points) -> None:
    """North of a tower no echo of the southern strip reaches the ground close to the wall."""
    tower = max(town.buildings, key=lambda item: item.ridge)
    x, y = tower.footprint.centroid.coords[0]
    strip = points.take((points.strip == (2 if y > 260.0 else 1)) & (points.kind == scan.GROUND))
    _, south, _, north = tower.footprint.bounds
    beside = np.abs(strip.x - x) < 4.0
    shadow = beside & (strip.y > north - 2.0) & (strip.y < north + 3.0)
    sunny = beside & (strip.y > south - 7.0) & (strip.y < south - 2.0)
    assert shadow.sum() < 0.3 * sunny.sum()


def test_density_overlap_water_and_gap(points: Points) -> None:
    assert 1.3 < len(points) / (600 * 520) < 2.4
    cells = [
        np.unique(
            (points.x[points.strip == s] // 20).astype(int) * 100 + (points.y[points.strip == s] // 20).astype(int)
        )
        for s in (1, 2, 3)
    ]
    assert len(np.intersect1d(cells[0], cells[1])) > 200 and len(np.intersect1d(cells[1], cells[2])) > 200
    assert not shapely.contains_xy(GAP.buffer(-0.5), points.x, points.y)[points.kind == scan.GROUND].any()
    wet = on_water(points.x, points.y, -2.0)
    area = 600 * 22
    assert 0 < wet.sum() / area < 0.35 * len(points) / (600 * 520)


def test_gross_errors_above_and_below(town: Town, points: Points) -> None:
    wrong = points.take(points.kind == scan.NOISE)
    height = wrong.z - town.terrain.height(wrong.x, wrong.y)
    assert (height < -2).sum() > 5 and (height > 40).sum() > 5
    right = points.take(points.kind != scan.NOISE)
    assert (right.z - town.terrain.height(right.x, right.y) > -0.3).all()
