"""The town: what stands where, and the heights that are true of it."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from tim.sample.buildings import FLAT, GABLED, HIPPED, Part, PartTable, building
from tim.sample.make import SEED
from tim.sample.terrain import HEIGHT, WIDTH, on_water
from tim.sample.town import STOREY, Town, make_town, second_epoch


def test_the_town_has_what_it_promises(town: Town) -> None:
    assert 60 <= len(town.buildings) <= 100
    assert {item.roof_type for item in town.buildings} == {"flat", "gabled", "hipped", "stepped"}
    assert len(town.crowns) > 300 and len(town.wires) == 3 and len(town.cars) > 10


@pytest.mark.parametrize("seed", [SEED, 1, 2])
def test_buildings_stand_apart_on_dry_land_inside_the_area(seed: int) -> None:
    town = make_town(seed)
    outlines = [item.footprint for item in town.buildings]
    solid = [*outlines, *(car.polygon() for car in town.cars), town.bridge.polygon()]
    one, two = shapely.STRtree(solid).query(solid, predicate="dwithin", distance=2.0)
    assert (one == two).all()  # the scanner's scene relies on it
    area = shapely.box(0, 0, WIDTH, HEIGHT)
    for outline in outlines:
        assert area.contains(outline) and outline.is_valid
        assert not on_water(*shapely.get_coordinates(outline).T).any()


def test_a_seed_gives_the_same_town_and_another_seed_another(town: Town) -> None:
    again, other = make_town(SEED), make_town(SEED + 1)
    assert again.buildings == town.buildings and again.crowns == town.crowns
    assert other.buildings != town.buildings


def test_second_epoch_has_one_new_one_higher_one_gone(town: Town) -> None:
    later = second_epoch(town)
    before = {item.number: item for item in town.buildings}
    after = {item.number: item for item in later.buildings}
    assert later.changes == {
        "new": sorted(after.keys() - before.keys()),
        "gone": sorted(before.keys() - after.keys()),
        "higher": [number for number in after.keys() & before.keys() if after[number].ridge > before[number].ridge],
    }
    assert [len(numbers) for numbers in later.changes.values()] == [1, 1, 1]
    (number,) = later.changes["higher"]
    assert after[number].ridge - before[number].ridge == pytest.approx(2 * STOREY)


def test_roof_heights_follow_from_the_shape() -> None:
    flat = building(1, "houses", [Part(0, 0, 0.3, 6, 4, FLAT, 30.0, 30.0)], 20.0, 3)
    gabled = building(2, "houses", [Part(0, 0, 0.3, 6, 4, GABLED, 30.0, 34.0)], 20.0, 3)
    assert flat.roof_percentiles((50.0, 70.0)) == [30.0, 30.0]
    # the height of a gable roof is spread evenly between eave and ridge
    assert gabled.roof_percentiles((50.0, 70.0)) == pytest.approx([32.0, 32.8], abs=0.05)
    hipped = PartTable((Part(0, 0, 0, 6, 4, HIPPED, 30.0, 34.0),))
    x, y = np.array([0.0, 6.0, 4.0, 0.0, 6.1]), np.array([0.0, 0.0, 0.0, 2.0, 0.0])
    assert hipped.top(x, y, 0, 1).tolist() == [34.0, 30.0, 32.0, 32.0, -np.inf]


def test_a_stepped_building_takes_its_highest_block() -> None:
    parts = (Part(0, 0, 0, 10, 10, FLAT, 30.0, 30.0), Part(0, 0, 0, 5, 5, FLAT, 50.0, 50.0))
    item = building(1, "commerce", list(parts), 20.0, 9)
    assert item.roof_type == "stepped" and item.footprint.area == pytest.approx(400.0)
    assert item.roof_percentiles((70.0, 80.0)) == [30.0, 50.0]  # the tower covers 100 of 400 m²
