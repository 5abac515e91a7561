"""Ground: the membrane, the filter, noise, and which labels to take."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse
from scipy.sparse.linalg import spsolve

from pointcloud.errors import UnusableSource
from pointcloud.ground.choice import choose_ground, ground_spread
from pointcloud.ground.classify import classify
from pointcloud.ground.fill import fill_gaps
from pointcloud.ground.noise import isolated, voxel_size
from pointcloud.ground.smrf import SmrfParameters, classify_ground
from pointcloud.task import Cancelled, Task
from pointcloud.tiles.grid import Frame


def exact_membrane(grid: np.ndarray) -> np.ndarray:
    """Laplace's equation over the gaps by a direct solver; edges reflect."""
    rows, columns = grid.shape
    index = np.arange(grid.size).reshape(grid.shape)
    gap = np.flatnonzero(np.isnan(grid))
    place = {cell: i for i, cell in enumerate(gap)}
    matrix, right = sparse.lil_matrix((len(gap), len(gap))), np.zeros(len(gap))
    for cell in gap:
        row, column = divmod(int(cell), columns)
        for r, c in ((row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)):
            if not (0 <= r < rows and 0 <= c < columns):
                continue
            matrix[place[cell], place[cell]] += 1
            neighbour = index[r, c]
            if neighbour in place:
                matrix[place[cell], place[neighbour]] -= 1
            else:
                right[place[cell]] += grid[r, c]
    result = grid.copy()
    result.ravel()[gap] = spsolve(matrix.tocsr(), right)
    return result


def test_gaps_are_bridged_like_a_membrane():
    random = np.random.default_rng(3)
    row, column = np.mgrid[:70, :90]
    grid = (500 + 0.1 * column - 0.05 * row + np.sin(column / 9)).astype(np.float32)
    grid[20:45, 30:60] = np.nan
    grid[random.random(grid.shape) < 0.3] = np.nan
    filled, exact = fill_gaps(grid), exact_membrane(grid.astype(float))
    known = ~np.isnan(grid)
    assert np.array_equal(filled[known], grid[known])
    assert np.abs(filled - exact).max() < 0.05
    assert np.sqrt(np.mean((filled - exact) ** 2)) < 0.01


@pytest.mark.parametrize("shape", [(1, 1), (1, 30), (9, 17), (64, 3)])
def test_gaps_of_any_shape(shape):
    grid = np.full(shape, np.nan, np.float32)
    assert np.isnan(fill_gaps(grid)).all()
    grid[0, 0] = 7.0
    assert np.allclose(fill_gaps(grid), 7.0)


def ground_of(scene, **change) -> np.ndarray:
    x, y, z = scene.xyz.T
    parameters = SmrfParameters(**change)
    frame = Frame.around((x.min(), y.min(), x.max(), y.max()), parameters.cell).grown(1)
    return classify_ground(x, y, z, frame, parameters, Task())


def test_filter_on_a_made_scene(scene):
    ground, truth = ground_of(scene), scene.classification == 2
    assert (ground & truth).sum() / truth.sum() > 0.995
    assert (ground & ~truth).sum() / (~truth).sum() < 0.005


def test_low_outliers_do_not_draw_the_ground_down(scene):
    x, y, z = scene.xyz.T.copy()
    low = np.random.default_rng(5).choice(len(x), 30, replace=False)
    z[low] -= 25.0
    frame = Frame.around((x.min(), y.min(), x.max(), y.max()), 1.0).grown(1)
    ground = classify_ground(x, y, z, frame, SmrfParameters(), Task())
    truth = scene.classification == 2
    truth[low] = False
    assert not ground[low].any()
    assert (ground & truth).sum() / truth.sum() > 0.99


def test_filter_can_be_cancelled(scene):
    class Stopped(Task):
        def check(self) -> None:
            raise Cancelled

    x, y, z = scene.xyz.T
    frame = Frame.around((x.min(), y.min(), x.max(), y.max()), 1.0)
    with pytest.raises(Cancelled):
        classify_ground(x, y, z, frame, SmrfParameters(), Stopped())


SAMPLES = ("12", "21", "22", "31", "42", "51", "53", "61")


@pytest.fixture(scope="session")
def samples(data_folder) -> dict:
    """The ISPRS reference samples at hand, with what the filter makes of them."""
    results = {}
    for name in SAMPLES:
        data = np.load(data_folder / "lidar" / "isprs_filtertest" / f"samp{name}.npz")
        x, y, z = np.ascontiguousarray(data["xyz"].T)
        results[name] = x, y, z, data["ground"], classify(x, y, z, Task())
    return results


def test_reference_samples(samples):
    """Total error (%) with the presets that are chosen by themselves."""
    most = {"12": 3.0, "21": 2.2, "22": 4.0, "31": 1.5, "42": 3.2, "51": 3.2, "53": 4.0, "61": 1.2}
    errors = {name: 100 * np.mean(result.ground != truth) for name, (*_, truth, result) in samples.items()}
    assert {name: error for name, error in errors.items() if error > most[name]} == {}
    assert np.mean([*errors.values()]) < 2.7


def test_presets_fit_the_terrain(samples):
    chosen = {name: max(result.presets, key=result.presets.get) for name, (*_, result) in samples.items()}
    assert chosen["53"] == chosen["61"] == "steep"  # quarry and steep terrain with few objects
    assert chosen["31"] == "flat" and chosen["12"] == chosen["51"] == "relief"


def test_confidence_says_how_often_decisions_are_right(samples):
    right = np.concatenate([result.ground == truth for *_, truth, result in samples.values()])
    told = np.concatenate([result.confidence for *_, result in samples.values()])
    for low, high in ((50, 60), (60, 75), (75, 90), (90, 96), (96, 101)):
        some = (told >= low) & (told < high)
        assert some.sum() > 500 and abs(100 * right[some].mean() - told[some].mean()) < 5


def test_presets_do_not_depend_on_the_cut(samples):
    x, y, z, _, whole = samples["51"]
    west = x < np.quantile(x, 0.6)
    part = classify(x[west], y[west], z[west], Task(), preset="relief")
    every = classify(x, y, z, Task(), preset="relief")
    deep = x[west] < np.quantile(x, 0.6) - 60
    assert np.mean(part.ground[deep] != every.ground[west][deep]) < 0.002
    assert classify(x[:0], y[:0], z[:0], Task()).ground.shape == (0,)
    assert whole.ground.shape == x.shape


@pytest.mark.parametrize("count", [1, 2, 3, 50])
def test_few_points_and_points_at_one_place(count):
    place = np.full(count, 500_000.25)
    result = classify(place, place + 2_900_000, np.full(count, 12.0), Task())
    assert result.ground.all() and set(result.presets) == {"relief"}


def test_isolated_points_are_found_and_no_others(scene):
    x, y, z = (np.concatenate([values, more]) for values, more in
               zip(scene.xyz.T, ([500_030.0, 500_060.0], [3_400_040.0, 3_400_050.0], [90.0, -40.0])))  # fmt: skip
    found = isolated(x, y, z, voxel_size(8.0))
    assert found[-2:].all() and not found[:-2].any()
    assert isolated(np.empty(0), np.empty(0), np.empty(0), 2.0).shape == (0,)


def test_isolated_points_do_not_depend_on_the_cut(scene):
    x, y, z = scene.xyz[::40].T
    part = x < 500_080
    whole, cut = isolated(x, y, z, 4.0), isolated(x[part], y[part], z[part], 4.0)
    deep = x[part] < 500_080 - 8.0
    assert whole.any() and np.array_equal(whole[part][deep], cut[deep])


@pytest.mark.parametrize(
    ("wanted", "classes", "spread", "method"),
    [
        ("auto", {1: 50, 2: 50}, 1.0, "file"),
        ("auto", {1: 99, 2: 1}, 1.0, "smrf"),
        ("auto", {1: 50, 2: 50}, 0.3, "smrf"),
        ("auto", {1: 100}, 0.0, "smrf"),
        ("smrf", {2: 100}, 1.0, "smrf"),
        ("file", {1: 99, 2: 1}, 0.1, "file"),
    ],
)
def test_choice_of_the_ground(wanted, classes, spread, method):
    chosen, reason = choose_ground(wanted, classes, spread)
    assert chosen == method and ("文件" in reason or "SMRF" in reason)


def test_file_without_ground_cannot_be_followed():
    with pytest.raises(UnusableSource, match="没有地面类"):
        choose_ground("file", {1: 10}, 0.0)
    with pytest.raises(UnusableSource, match="不认识"):
        choose_ground("csf", {2: 10}, 1.0)


def test_spread_of_ground_points():
    columns, rows = (axis.ravel() for axis in np.meshgrid(np.arange(40), np.arange(40)))
    corner = (columns < 5) & (rows < 5)
    assert ground_spread((columns, rows), (columns, rows), 5) == 1.0
    assert ground_spread((columns, rows), (columns[corner], rows[corner]), 5) == pytest.approx(4 / 64)
