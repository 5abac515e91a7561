"""The yardstick itself."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from pointcloud.task import Task
from tim.sample.compare import Outlines, find_changes, score_buildings, score_ground
from tim.sample.make import Sample


def outlines(*rows: tuple[float, float, float]) -> Outlines:
    """Squares of 10 m: west edge, ground, roof."""
    boxes = [shapely.box(x, 0, x + 10, 10) for x, _, _ in rows]
    return Outlines(np.array(boxes, dtype=object), np.array([g for _, g, _ in rows]), np.array([r for _, _, r in rows]))


def test_found_missed_invented() -> None:
    true = outlines((0, 5, 15), (20, 5, 15), (40, 5, 15))
    found = outlines((1, 5, 16), (24, 5, 15), (100, 5, 15))  # 9/11 overlap; 6/14 overlap; nothing
    score = score_buildings(found, true)
    assert (score.true, score.found, score.missed, score.invented) == (3, 1, 2, 2)
    assert score.completeness == pytest.approx(1 / 3) and score.correctness == pytest.approx(1 / 3)
    assert score.iou == pytest.approx(90 / 110) and score.height_rmse == pytest.approx(1.0)


def test_a_true_building_is_found_once_only() -> None:
    true = outlines((0, 5, 15))
    score = score_buildings(outlines((0, 5, 15), (1, 5, 15)), true)
    assert (score.found, score.invented) == (1, 1)


def test_what_touches_the_gap_does_not_count() -> None:
    true, found = outlines((0, 5, 15)), outlines((0, 5, 15), (100, 5, 15))
    assert score_buildings(found, true, shapely.box(105, 5, 120, 20)).invented == 0


def test_changes_between_epochs() -> None:
    before = outlines((0, 5, 15), (20, 5, 15), (40, 5, 15))
    after = outlines((0, 5, 15.5), (20, 5, 21), (60, 5, 15))
    changes = find_changes(before, after)
    assert (changes.new, changes.higher, changes.gone) == ([2], [1], [2])


def test_ground_filter_on_the_sample(sample: Sample) -> None:
    score = score_ground(sample.first, sample.kinds, Task())
    assert score.points > 100_000
    assert score.total < 0.05 and 0 <= score.first < 0.05 and score.second < 0.2
