"""Rules over layers: the plan, the interpreter, plain nested loops over shapely, QGIS. CPU time, one run.

Run: python -m benchmarks.zhscript_rules [million]
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio.raw
import shapely

from zhscript import check_text
from zhscript.engine import Stream, Table, run_rules

PREDICATE, AREA = "子 与 农田 相离", "子 与 农田 的相交面积 不大于 1平方米"
QUERY = "没有（农田 中的每个 块，其中 块 与 子 相交）"
QGIS_PYTHON = "/usr/bin/python3"
# the same selection: the projects that meet a field in more than 1 m²
QGIS = """
import json, sys, time
from qgis.core import QgsApplication, QgsFeatureRequest, QgsProcessingContext, QgsProcessingFeedback, QgsVectorLayer
application = QgsApplication([], False)
application.initQgis()
from qgis.analysis import QgsNativeAlgorithms
application.processingRegistry().addProvider(QgsNativeAlgorithms())
layers = [QgsVectorLayer(path, "layer", "ogr").materialize(QgsFeatureRequest()) for path in sys.argv[1:3]]
algorithm = application.processingRegistry().createAlgorithmById("native:intersection")
context = QgsProcessingContext()
start = time.process_time()
found, fine = algorithm.run(
    {"INPUT": layers[0], "OVERLAY": layers[1], "OUTPUT": "memory:"}, context, QgsProcessingFeedback()
)
areas = {}
for feature in context.getMapLayer(found["OUTPUT"]).getFeatures():
    areas[feature["number"]] = areas.get(feature["number"], 0) + feature.geometry().area()
print(json.dumps([time.process_time() - start, sum(area > 1 for area in areas.values())]))
"""
MILLION = """规则集 图斑
图层 图斑 来自“甲”，字段 地类、面积值（平方米）
图层 农田 来自“乙”
参数 最小 为 400平方米
规则“占用”
依据“速度”
检查 图斑 中的每个 子，其中 子的地类 属于（“0101”，“0102”）：
    设定 占用 为 子 与 农田 的相交面积
    要求 占用 不大于 895平方米，否则报告“占用{占用}”
    要求 子的面积值 不小于 最小
结束
结束
"""


RULE = """规则集 速度
图层 项目 来自“甲”
图层 农田 来自“乙”
规则“占用”
依据“速度”
检查 项目 中的每个 子：
    要求 {condition}
结束
结束
"""


def timed(run: Callable[[], Any]) -> tuple[float, Any]:
    start = time.process_time()
    result = run()
    return time.process_time() - start, result


def polygons(count: int, radius: float, seed: int) -> np.ndarray:
    """Random 24-gons on 20 km × 20 km."""
    rng = np.random.default_rng(seed)
    angles = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    centres = rng.uniform(0, 20_000, (count, 1, 2))
    reach = radius * rng.uniform(0.7, 1.0, (count, 24, 1))
    return shapely.polygons(centres + reach * np.stack([np.cos(angles), np.sin(angles)], axis=-1))


def rule(condition: str, data: dict[str, np.ndarray], *, indexed: bool) -> tuple[float, int]:
    """CPU seconds and violations of a rule over the two layers."""
    program, _ = check_text(RULE.format(condition=condition))
    seconds, report = timed(
        lambda: run_rules(program, lambda item: Table(item.source, {}, data[item.name], "EPSG:4547"), indexed=indexed)
    )
    return seconds, report.rules[0].violations


def nested(projects: np.ndarray, fields: np.ndarray, areas: bool) -> int:
    """The projects that meet a field, by a loop in a loop."""
    found = 0
    for project in projects:
        covered, meets = 0.0, False
        for field in fields:
            if project.intersects(field):
                meets = True
                if areas:
                    covered += project.intersection(field).area
        found += covered > 1 if areas else meets
    return found


def compare(condition: str, areas: bool) -> None:
    data = {"项目": polygons(2000, 60, 1), "农田": polygons(8000, 120, 2)}
    rule(condition, data, indexed=True)  # once, so that no peer pays for loading code
    ours, violations = min(rule(condition, data, indexed=True) for _ in range(3))
    print(f"2,000 × 8,000, {condition}: {ours * 1000:.0f} ms, {violations} violations")
    naive, found = rule(condition, data, indexed=False)
    assert found == violations
    print(f"  interpreter, every feature against all: {naive:.2f} s, {naive / ours:.0f} times")
    part, _ = timed(lambda: nested(data["项目"][::10], data["农田"], areas))
    print(
        f"  nested Python loops (a tenth of the projects, times ten): {part * 10:.1f} s, {part * 10 / ours:.0f} times"
    )
    if areas:
        seconds, found = qgis(data)
        print(f"  QGIS native:intersection, then areas by project: {seconds:.2f} s, {seconds / ours:.1f} times")
        assert found == violations


def queries() -> None:
    """The same as a query over the other layer, which the interpreter goes through feature by feature."""
    data = {"项目": polygons(2000, 60, 1), "农田": polygons(8000, 120, 2)}
    ours, violations = rule(QUERY, data, indexed=True)
    few = {**data, "项目": data["项目"][::500]}
    naive, _ = rule(QUERY, few, indexed=False)
    factor = len(data["项目"]) / len(few["项目"])
    print(f"2,000 × 8,000, {QUERY}: {ours * 1000:.0f} ms, {violations} violations")
    scaled = naive * factor
    print(f"  interpreter ({len(few['项目'])} projects, scaled): {scaled:.0f} s, {scaled / ours:.0f} times")


def qgis(data: dict[str, np.ndarray]) -> tuple[float, int]:
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for number, shapes in enumerate(data.values()):
            paths.append(str(Path(folder) / f"{number}.gpkg"))
            pyogrio.raw.write(
                paths[-1],
                shapely.to_wkb(shapes),
                [np.arange(len(shapes))],
                ["number"],
                geometry_type="Polygon",
                driver="GPKG",
                crs="EPSG:4547",
            )
        environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": ""}
        run = subprocess.run([QGIS_PYTHON, "-c", QGIS, *paths], capture_output=True, text=True, env=environment)
    if run.returncode:
        raise SystemExit(f"QGIS failed: {run.stderr[-500:]}")
    seconds, found = json.loads(run.stdout.splitlines()[-1])
    return seconds, found


def million(count: int) -> None:
    """A rule over a layer that is given in pieces of 50,000 features."""
    program, _ = check_text(MILLION)
    side = int(count**0.5) + 1
    corners = np.random.default_rng(1).uniform(0, side * 30, (8000, 2))
    fields = shapely.box(corners[:, 0], corners[:, 1], corners[:, 0] + 200, corners[:, 1] + 100)

    def tables() -> Iterator[Table]:
        for start in range(0, count, 50_000):
            place = np.arange(start, min(count, start + 50_000))
            x, y = (place % side) * 30.0, (place // side) * 30.0
            columns = {
                "地类": np.array(["0101", "0201", "0102", "0301"], dtype=object)[place % 4],
                "面积值": np.full(len(place), 900.0),
            }
            yield Table("图斑", columns, shapely.box(x, y, x + 30, y + 30), "EPSG:4547")

    layers = {"图斑": Stream("图斑", "EPSG:4547", count, tables), "农田": Table("农田", {}, fields, "EPSG:4547")}
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds, report = timed(lambda: run_rules(program, lambda item: layers[item.name]))
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(
        f"{count:,} features in pieces: {seconds:.1f} s, {report.rules[0].violations} violations, "
        f"{(after - before) / 1024:.0f} MiB more than before the run"
    )


def main() -> None:
    if len(sys.argv) > 1:
        million(int(sys.argv[1]))
        return
    compare(PREDICATE, areas=False)
    compare(AREA, areas=True)
    queries()
    for count in (250_000, 1_000_000):  # processes of their own: peak memory is that of the process
        subprocess.run([sys.executable, "-m", "benchmarks.zhscript_rules", str(count)], check=True)


if __name__ == "__main__":
    main()
