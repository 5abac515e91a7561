"""Service areas: distances against networkx, areas against closed forms, words for what cannot be used."""

from __future__ import annotations

import itertools
import math
import re
from pathlib import Path

import networkx
import numpy as np
import pyogrio.raw
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from tim.errors import UnusableInput, UsageError
from tim.job import Job
from tim.network.coverage import service_area
from tim.network.graph import Roads
from tim.network.service import Walk, serve
from tim.sources.gpkg import write_table
from tim.sources.vector import read_layer

METRE_A_SECOND = Walk(speed=1 / 60, beside=10, snap=50)  # a minute a metre


def _points(*places: tuple[float, float]) -> np.ndarray:
    return shapely.points(np.array(places, dtype=float))


def _network_times(lines: np.ndarray, facilities: np.ndarray, targets: np.ndarray) -> list[float]:
    """Metres from the nearest facility to each target by networkx: points become nodes of the nearest line."""
    graph = networkx.Graph()
    parts = [line for line in shapely.get_parts(lines) if line.length > 0]
    touched: dict[int, list[tuple[float, tuple[str, int], float]]] = {}
    tree = shapely.STRtree(parts)
    for kind, points in (("facility", facilities), ("target", targets)):
        for number, point in enumerate(points):
            index = int(tree.nearest(point))
            touched.setdefault(index, []).append(
                (parts[index].project(point), (kind, number), point.distance(parts[index]))
            )
    for index, line in enumerate(parts):
        coordinates = list(line.coords)
        stations: list[tuple[float, object]] = []
        along = 0.0
        for before, here in zip([coordinates[0], *coordinates], coordinates):
            along += math.dist(before[:2], here[:2])
            stations.append((along, (round(here[0], 3), round(here[1], 3))))
        for place, node, away in touched.get(index, ()):
            foot = ("foot", *node)
            stations.append((place, foot))
            graph.add_edge(foot, node, weight=away)
        stations.sort(key=lambda item: item[0])
        for (low, one), (high, other) in itertools.pairwise(stations):
            if one != other:
                least = min(high - low, graph.edges[one, other]["weight"] if graph.has_edge(one, other) else math.inf)
                graph.add_edge(one, other, weight=least)
    distances = networkx.multi_source_dijkstra_path_length(graph, {("facility", i) for i in range(len(facilities))})
    return [distances.get(("target", number), math.inf) for number in range(len(targets))]


def test_real_roads_agree_with_networkx(data_folder: Path) -> None:
    folder = data_folder / "vector" / "wuxi_xinwu"
    roads = read_layer(folder / "xinwu_road_centerlines.gpkg").geometry
    stations = read_layer(folder / "xinwu_subway_stations.gpkg").geometry
    homes = shapely.point_on_surface(read_layer(folder / "xinwu_land_use.gpkg").geometry)[::20]
    walk = Walk(speed=1 / 60, beside=10, snap=1e6)
    minutes, facility = serve(stations, Roads.from_lines(roads), [1e7], walk, Job()).minutes_to(homes)
    expected = np.array(_network_times(roads, stations, homes))
    assert np.isfinite(expected).sum() > 50
    np.testing.assert_allclose(minutes, expected, atol=0.01)  # nodes here are rounded to millimetres
    assert ((facility >= 0) == np.isfinite(expected)).all()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.floats(0, 80), st.floats(0, 80)), min_size=2, max_size=7, unique=True), st.integers(1, 3))
def test_a_grid_of_streets_agrees_with_networkx(places: list[tuple[float, float]], split: int) -> None:
    streets = [shapely.LineString([(x, y) for y in range(0, 81, 20)]) for x in range(0, 81, 20)]
    streets += [shapely.LineString([(x, y) for x in range(0, 81, 20)]) for y in range(0, 81, 20)]
    lines = np.array(streets, dtype=object)
    points = _points(*places)
    facilities, targets = points[: min(split, len(points) - 1)], points[min(split, len(points) - 1) :]
    minutes, _ = serve(facilities, Roads.from_lines(lines), [1e4], METRE_A_SECOND, Job()).minutes_to(targets)
    expected = _network_times(lines, facilities, targets)
    # a point halfway between two streets may go to either
    tree = shapely.STRtree(lines)
    clear = [
        len(tree.query(point.buffer(tree.geometries[tree.nearest(point)].distance(point) + 1e-6), "intersects")) == 1
        for point in points
    ]
    for found, known, sure in zip(minutes, expected, clear[len(facilities) :]):
        if sure and all(clear[: len(facilities)]):
            assert found == pytest.approx(known, abs=1e-6)


def test_reached_roads_have_the_length_that_time_allows() -> None:
    cross = np.array(
        [shapely.LineString([(-500, 0), (0, 0), (500, 0)]), shapely.LineString([(0, -500), (0, 0), (0, 500)])]
    )
    service = serve(_points((100, 0)), Roads.from_lines(cross), [300], METRE_A_SECOND, Job())
    assert service.reach is not None
    # 300 each way along x; of y what is left after 100: 200 up and 200 down
    assert shapely.length(service.reach.lines(300)).sum() == pytest.approx(600 + 400)
    assert shapely.length(service.reach.lines(50)).sum() == pytest.approx(100)
    minutes, facility = service.minutes_to(_points((0, 150), (0, 250), (450, 0), (0, -199), (90, 30)))
    assert minutes[:1] == pytest.approx([250]) and np.isinf(minutes[1:3]).all()
    assert minutes[3:] == pytest.approx([299, 40])
    assert list(facility) == [0, -1, -1, 0, 0]


def test_a_bridge_does_not_join_the_road_below() -> None:
    roads = np.array([shapely.LineString([(-500, 0), (500, 0)]), shapely.LineString([(0, -500), (0, 500)])])
    service = serve(_points((100, 0)), Roads.from_lines(roads), [400], METRE_A_SECOND, Job())
    minutes, _ = service.minutes_to(_points((0, 100), (-200, 5)))
    assert np.isinf(minutes[0]) and minutes[1] == pytest.approx(305)


def test_the_nearer_of_two_facilities_on_one_road_counts() -> None:
    road = np.array([shapely.LineString([(0, 0), (1000, 0)])])
    service = serve(_points((100, 0), (600, 0), (900, 0)), Roads.from_lines(road), [1000], METRE_A_SECOND, Job())
    minutes, facility = service.minutes_to(_points((10, 0), (340, 0), (360, 0), (740, 0), (760, 0), (1000, 0)))
    assert minutes == pytest.approx([90, 240, 240, 140, 140, 100])
    assert list(facility) == [0, 0, 1, 1, 2, 2]


@pytest.fixture
def town(tmp_path: Path) -> Path:
    """A road, two schools (one far from any road), homes of 100 m × 100 m along it with people."""
    path = tmp_path / "镇.gpkg"
    crs = "EPSG:4547"
    east, north = 500_000.0, 3_400_000.0
    road = shapely.LineString([(east, north), (east + 1000, north)])
    write_table(path, "road", "路", np.array([road]), {"级别": ["支路"]}, crs, "LineString")
    schools = _points((east, north), (east, north + 5000))
    write_table(path, "school", "学校", schools, {"名称": ["一小", "二小"], "类型": ["小学", "小学"]}, crs, "Point")
    homes = np.array([shapely.box(east + x, north, east + x + 100, north + 100) for x in (0, 150, 800)])
    write_table(path, "home", "居住", homes, {"人口": np.array([100, 200, 300])}, crs)
    return path


def test_coverage_by_area_and_by_people(town: Path, tmp_path: Path) -> None:
    job = Job()
    result = service_area(
        f"{town}|layername=school",
        network=f"{town}|layername=road",
        minutes=[4],
        reference=f"{town}|layername=home",
        population_field="人口",
        out=str(tmp_path / "范围.gpkg"),
        report=str(tmp_path / "报告.docx"),
        job=job,
    )
    found = result.data["coverage"][0]  # 4 minutes at 1.25 m/s are 300 m: two homes whole, the third out of reach
    assert found["reference_m2"] == 30_000 and found["covered_m2"] == pytest.approx(20_000, abs=1)
    assert found["ratio"] == pytest.approx(66.67, abs=0.01)
    assert (found["population"], found["covered_population"]) == (600, pytest.approx(300, abs=0.1))
    assert any("1 个设施离最近的道路超过 300 米" in text for text in job.warnings)
    meta, _, _, values = pyogrio.raw.read(tmp_path / "范围.gpkg", layer="reference")
    table = dict(zip(meta["fields"], values))
    assert table["minutes"][:2] == pytest.approx([(50 + 50) / 75, (200 + 50) / 75])
    assert np.isnan(table["minutes"][2]) and list(table["facility"]) == ["一小", "一小", None]


def test_without_roads_circles_are_taken_and_told(town: Path, tmp_path: Path) -> None:
    report = tmp_path / "报告.html"
    result = service_area(
        f"{town}|layername=school", minutes=[10], facilities_where=["名称=一*"], report=str(report), job=Job()
    )
    area = result.data["coverage"][0]["service_m2"]
    inscribed = 32 / 2 * math.sin(2 * math.pi / 32) * 750**2  # a polygon of 32 corners
    assert area == pytest.approx(inscribed, abs=1)
    assert result.data["method"] == "straight line" and "没有给路网" in result.message
    assert "没有给出路网" in report.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"facilities_where": ["类型=中学"]}, UnusableInput, "没有符合条件的要素"),
        ({"facilities_where": ["种类=中学"]}, UsageError, "没有字段“种类”"),
        ({"facilities_where": ["类型"]}, UsageError, "条件“类型”写法不对"),
        ({"facilities_where": ["类型>大"]}, UsageError, "应是一个数"),
        ({"population_field": "人数"}, UsageError, "没有字段“人数”"),
        ({"minutes": [0]}, UsageError, "大于 0"),
    ],
)
def test_mistakes_are_told(town: Path, changes: dict[str, object], error: type[Exception], words: str) -> None:
    given_: dict[str, object] = {"reference": f"{town}|layername=home", **changes}
    with pytest.raises(error, match=re.escape(words)):
        service_area(f"{town}|layername=school", network=f"{town}|layername=road", job=Job(), **given_)  # type: ignore[arg-type]


def test_a_network_without_lines_is_told(town: Path) -> None:
    with pytest.raises(UnusableInput, match="没有线"):
        service_area(f"{town}|layername=school", network=f"{town}|layername=home", job=Job())
