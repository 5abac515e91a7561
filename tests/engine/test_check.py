"""`tim check` from a rule file and data to verdicts, exit status and files."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import docx
import numpy as np
import pyogrio.raw
import pytest
import shapely
from pyproj import Transformer

from pointcloud.task import Cancelled
from tim.errors import TimError, UnusableInput, UsageError
from tim.job import Job
from tim.review.check import check_rules

E, N = 500_000.0, 3_000_000.0
RULES = """规则集 建设项目用地审查
版本 2

图层 建设项目 来自“JSXM”，字段 名称
图层 永久基本农田 来自“YJJBNTTB”
参数 误差面积 为 1平方米，依据“某市审查规程（2024年）”

规则“建设项目不得占用永久基本农田”
依据《中华人民共和国土地管理法》第三十五条
等级“强制”
检查 建设项目 中的每个 项目：
    设定 占用部分 为 项目 与 永久基本农田 的相交部分
    设定 占用面积 为 占用部分 的面积
    要求 占用面积 不大于 误差面积，否则报告“占用{占用面积：平方米，两位小数}”，标注 占用部分
结束
结束
"""

DATED = """规则集 名称审查
参数日期 2024年6月1日
图层 建设项目 来自“JSXM”，字段 名称
规则“项目应有名称”
依据“某市规程”
等级“一般”
检查 建设项目 中的每个 项目：
    要求 项目的名称 不等于 “无名”，否则报告“没有名称”
结束
结束
规则“将来的规则”
依据“某市规程”
等级“强制”
施行日期 2030年1月1日
检查 建设项目 中的每个 项目：
    要求 项目的名称 等于 “无名”，否则报告“不对”
结束
结束
"""


def _box(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    return shapely.box(E + west, N + south, E + east, N + north)


FARMLAND = [_box(0, 0, 100, 100), _box(100, 0, 200, 100)]
OVERLAPPING, TOUCHING, CLEAR = _box(90, 90, 130, 120), _box(200, 0, 230, 100), _box(300, 300, 310, 310)


def _layer(path: Path, table: str, geometry: list[Any], names: list[str] | None = None, crs: str = "EPSG:4547") -> None:
    columns = [] if names is None else [np.array(names, dtype=object)]
    pyogrio.raw.write(
        str(path),
        shapely.to_wkb(np.array(geometry, dtype=object)),
        columns,
        [] if names is None else ["名称"],
        layer=table,
        driver="GPKG",
        geometry_type="Polygon",
        crs=crs,
        append=path.exists(),
    )


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    path = tmp_path / "压占.zh"
    path.write_text(RULES, "utf-8")
    return path


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """One project over 400 m² of two patches of farmland, one that only touches, one clear, one without geometry."""
    path = tmp_path / "数据 库.gpkg"
    _layer(path, "JSXM", [OVERLAPPING, TOUCHING, CLEAR, None], ["甲", "乙", "丙", "丁"])
    _layer(path, "YJJBNTTB", FARMLAND)
    return path


def _check(rules: Path, data: Path | None = None, **more: Any) -> tuple[dict[str, Any], list[str]]:
    job = Job()
    result = check_rules(str(rules), None if data is None else str(data), job=job, **more)
    return {"status": result.status, "message": result.message, "outputs": result.outputs, **result.data}, job.warnings


def test_overlap_touch_and_missing_geometry(rules: Path, data: Path) -> None:
    result, warnings = _check(rules, data)
    (rule,) = result["rules"]
    assert (rule["name"], rule["level"]) == ("建设项目不得占用永久基本农田", "强制")
    assert rule["basis"] == "《中华人民共和国土地管理法》第三十五条"
    assert (rule["checked"], rule["violations"], rule["undecided"]) == (4, 1, 1)
    assert [item["verdict"] for item in rule["features"]] == ["不通过", "无法判断"]
    assert rule["features"][0]["values"]["占用面积（平方米）"] == pytest.approx(400.0)
    assert "400.00" in rule["features"][0]["message"]
    assert result["status"] == "violations"
    assert "违反 1 处（强制规则 1 处）" in result["message"] and "无法判断 1 处" in result["message"]
    assert any("没有可用的图形" in warning for warning in warnings)


def test_only_touching_is_no_violation(rules: Path, tmp_path: Path) -> None:
    data = tmp_path / "d.gpkg"
    _layer(data, "JSXM", [TOUCHING], ["乙"])
    _layer(data, "YJJBNTTB", FARMLAND)
    result, _ = _check(rules, data)
    assert result["status"] == "ok"
    assert (result["rules"][0]["checked"], result["rules"][0]["violations"]) == (1, 0)


def test_layers_in_different_frames_give_the_same_area(rules: Path, tmp_path: Path) -> None:
    to_zone = Transformer.from_crs(4547, 4548, always_xy=True).transform
    moved = [shapely.transform(patch, to_zone, interleaved=False) for patch in FARMLAND]
    _layer(tmp_path / "p.gpkg", "p", [OVERLAPPING], ["甲"])
    _layer(tmp_path / "f.gpkg", "f", moved, crs="EPSG:4548")
    result, _ = _check(rules, layer={"建设项目": str(tmp_path / "p.gpkg"), "永久基本农田": str(tmp_path / "f.gpkg")})
    assert result["rules"][0]["features"][0]["values"]["占用面积（平方米）"] == pytest.approx(400.0, abs=1e-3)


def test_ellipsoidal_area(rules: Path, data: Path) -> None:
    rules.write_text(RULES.replace("版本 2", "版本 2\n面积口径 椭球面积"), "utf-8")
    result, _ = _check(rules, data)
    area = result["rules"][0]["features"][0]["values"]["占用面积（平方米）"]
    assert area == pytest.approx(400.0, abs=0.05)  # at the central meridian
    assert area != 400.0


def test_ellipsoidal_area_from_longitude_and_latitude(rules: Path, tmp_path: Path) -> None:
    to_degrees = Transformer.from_crs(4547, 4490, always_xy=True).transform
    data, report = tmp_path / "d.gpkg", tmp_path / "r.html"
    for table, geometry, names in (("JSXM", [OVERLAPPING], ["甲"]), ("YJJBNTTB", FARMLAND, None)):
        degrees = [shapely.transform(item, to_degrees, interleaved=False) for item in geometry]
        _layer(data, table, degrees, names, "EPSG:4490")
    with pytest.raises(UnusableInput, match="EPSG:4547"):  # plane areas: the zone that fits the place
        _check(rules, data)
    rules.write_text(RULES.replace("版本 2", "版本 2\n面积口径 椭球面积"), "utf-8")
    result, _ = _check(rules, data, report=str(report))
    assert result["rules"][0]["features"][0]["values"]["占用面积（平方米）"] == pytest.approx(400.0, abs=0.05)
    assert "图1 违反规则的位置" in report.read_text("utf-8")


def test_cancelling_leaves_nothing(rules: Path, data: Path, tmp_path: Path) -> None:
    class Impatient(Job):
        """Cancelled as soon as results are being written."""

        def partial(self, path: str, *, done: bool = False) -> None:
            self.cancel()

    before = sorted(path.name for path in tmp_path.iterdir())
    with pytest.raises(Cancelled):
        check_rules(str(rules), str(data), findings=str(tmp_path / "f.gpkg"), job=Impatient())
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_rules_about_tables_and_dates(rules: Path, tmp_path: Path) -> None:
    rules.write_text(DATED, "utf-8")
    data = tmp_path / "d.gpkg"
    _layer(data, "JSXM", [CLEAR, TOUCHING], ["甲", ""])
    result, warnings = _check(rules, data, report=str(tmp_path / "r.docx"))
    named, future = result["rules"]
    assert (named["checked"], named["passed"], named["undecided"]) == (2, 1, 1)
    assert (future["checked"], future["violations"]) == (0, 0)
    assert "2030-01-01 起施行" in future["note"]
    assert any("1 处无法判断，不算通过" in warning for warning in warnings)
    assert any("“将来的规则”没有检查" in warning for warning in warnings)
    text = "\n".join(paragraph.text for paragraph in docx.Document(str(tmp_path / "r.docx")).paragraphs)
    assert "本规则没有检查" in text
    assert "下列 1 条规则" in text


@pytest.mark.parametrize(("level", "status"), [("一般", "ok"), ("提示", "ok"), (None, "ok")])
def test_only_rules_that_bind_fail_the_check(rules: Path, data: Path, level: str | None, status: str) -> None:
    line = f"等级“{level}”\n" if level else ""
    rules.write_text(RULES.replace("等级“强制”\n", line), "utf-8")
    result, warnings = _check(rules, data)
    assert result["rules"][0]["violations"] == 1
    assert result["status"] == status
    assert any("没有写等级" in warning for warning in warnings) == (level is None)


def test_files_tell_the_same_numbers(rules: Path, data: Path, tmp_path: Path) -> None:
    findings, report = tmp_path / "问题.gpkg", tmp_path / "报告.docx"
    result, _ = _check(rules, data, findings=str(findings), report=str(report))
    assert result["outputs"] == [str(findings), str(report)]
    _, _, wkb, _ = pyogrio.raw.read(findings, layer="finding_polygon")
    assert shapely.area(shapely.from_wkb(wkb)).tolist() == pytest.approx([400.0])  # 标注: the part, not the project
    tables = [[[cell.text for cell in row.cells] for row in table.rows] for table in docx.Document(str(report)).tables]
    counts = result["rules"][0]
    assert tables[0][1][3:7] == [str(counts[key]) for key in ("checked", "passed", "violations", "undecided")]
    assert "400.00" in tables[1][1] and "0.6000" in tables[1][1]
    assert any("误差面积" in row and "1平方米" in row for table in tables for row in table)


def test_rules_with_three_errors_are_told_at_their_lines(rules: Path, data: Path) -> None:
    rules.write_text(
        RULES.replace("1平方米，", "1米，")
        .replace("等级“强制”", "等级“严重”")
        .replace("标注 占用部分", "标注 占用部位"),
        "utf-8",
    )
    with pytest.raises(UnusableInput) as caught:
        _check(rules, data)
    assert caught.value.message.startswith("规则文件 压占.zh 第 10 行：")
    assert "\n" not in caught.value.message
    assert [line.split("：")[0] for line in caught.value.detail.splitlines()] == ["第 10 行", "第 14 行", "第 14 行"]


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00\x01\xff", "规则集 空的\n".encode()])
def test_files_that_are_no_rules(rules: Path, data: Path, content: bytes) -> None:
    rules.write_bytes(content)
    with pytest.raises(UnusableInput, match="规则文件"):
        _check(rules, data)


def test_rules_in_gb18030(rules: Path, data: Path) -> None:
    rules.write_bytes(RULES.encode("gb18030"))
    result, warnings = _check(rules, data)
    assert result["rules"][0]["violations"] == 1
    assert any("GB18030" in warning for warning in warnings)


def test_missing_layer_and_field(rules: Path, tmp_path: Path) -> None:
    data = tmp_path / "d.gpkg"
    _layer(data, "JSXM", [TOUCHING])
    with pytest.raises(UsageError, match="找不到图层“永久基本农田”（来自“YJJBNTTB”）。数据里有：JSXM"):
        _check(rules, data)
    _layer(data, "YJJBNTTB", FARMLAND)
    with pytest.raises(UsageError, match="没有字段“名称”"):
        _check(rules, data)


def test_missing_geometry_in_the_other_layer_is_told(rules: Path, tmp_path: Path) -> None:
    data = tmp_path / "d.gpkg"
    _layer(data, "JSXM", [CLEAR], ["丙"])
    _layer(data, "YJJBNTTB", [*FARMLAND, None])
    _, warnings = _check(rules, data)
    assert any("永久基本农田" in warning and "不能参与叠加" in warning for warning in warnings)


def test_existing_report_is_kept_and_inputs_stay_as_they_are(rules: Path, data: Path, tmp_path: Path) -> None:
    report = tmp_path / "r.html"
    report.write_text("旧的报告")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(UsageError, match="已经存在"):
        _check(rules, data, report=str(report), findings=str(tmp_path / "f.gpkg"))
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    _check(rules, data, report=str(report), overwrite=True)
    assert "审查概况" in report.read_text("utf-8")


@pytest.mark.skipif(sys.platform != "linux", reason="needs a folder that not even an administrator may write to")
def test_folder_that_cannot_be_written(rules: Path, data: Path) -> None:
    with pytest.raises(TimError, match="不能写入文件夹“/proc”"):
        _check(rules, data, report="/proc/r.html")


def test_command(rules: Path, data: Path, tmp_path: Path) -> None:
    report = tmp_path / "r.html"
    command = [sys.executable, "-m", "tim.cli.main", "check", str(rules), "--data", str(data), "--report", str(report)]
    done = subprocess.run([*command, "--json"], capture_output=True, text=True, encoding="utf-8", timeout=60)
    assert done.returncode == 1, done.stderr
    result = json.loads(done.stdout)
    assert result["status"] == "violations"
    assert result["rules"][0]["violations"] == 1
    assert result["outputs"] == [str(report)]
    again = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=60)
    assert again.returncode == 2
    assert "已经存在" in again.stderr and "Traceback" not in again.stderr
