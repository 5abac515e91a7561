"""Findings layer and reports: complete, with the numbers of the review, all or none."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import docx
import numpy as np
import pyogrio
import pytest
import shapely

from tim.errors import TimError, UsageError
from tim.job import Job
from tim.review import outputs
from tim.review.findings import flatten
from tim.review.outputs import check_outputs, write_outputs
from tim.review.record import Review

AREAS = ("900.00", "1.3500", "1,234.56", "1.8518")  # m² and 亩 of both findings; 1234.565 rounds to even


def _shapes(review: Review) -> dict[str, np.ndarray]:
    return {"建设项目": np.array([finding.geometry for finding in review.rules[0].findings], dtype=object)}


def _write(review: Review, **paths: str) -> list[str]:
    wanted = {"findings": None, "report": None, "overwrite": False, **paths}
    return write_outputs(review, _shapes(review), job=Job(), **wanted)


def test_findings_layer(review: Review, tmp_path: Path) -> None:
    path = tmp_path / "问题.gpkg"
    assert _write(review, findings=str(path)) == [str(path)]
    meta, _, wkb, columns = pyogrio.raw.read(path, layer="finding_polygon")
    table = dict(zip(meta["fields"], columns))
    assert meta["crs"] == "EPSG:4547"
    assert table["area_m2"].tolist() == [900.0, 1234.565]
    assert table["area_mu"][0] == pytest.approx(1.35)
    assert shapely.area(shapely.from_wkb(wkb)).tolist() == pytest.approx([900.0, 1234.565])
    assert set(table["verdict"]) == {"不通过"}
    meta, _, _, columns = pyogrio.raw.read(path, layer="finding_without_geometry")
    assert dict(zip(meta["fields"], columns))["feature"].tolist() == ["要素 7"]


def test_findings_layer_tells_where_it_comes_from(review: Review, tmp_path: Path) -> None:
    path = tmp_path / "f.gpkg"
    _write(review, findings=str(path))
    with closing(sqlite3.connect(path)) as connection:
        record = dict(connection.execute("SELECT key, value FROM review"))
        styles = dict(connection.execute("SELECT f_table_name, styleQML FROM layer_styles"))
        titles = dict(connection.execute("SELECT table_name, identifier FROM gpkg_contents"))
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert record["规则文件 SHA-256"] == "a" * 64
    assert "b" * 64 in record["数据：建设项目"]
    assert record["审查时间"] == "2026-01-02T03:04:05"
    assert titles["finding_polygon"] == "审查问题（面）"
    assert 'attr="verdict"' in styles["finding_polygon"]


def test_findings_without_any_violation_still_open(review: Review, tmp_path: Path) -> None:
    clean = replace(review, rules=(replace(review.rules[1]),))
    path = tmp_path / "f.gpkg"
    _write(clean, findings=str(path))
    assert pyogrio.read_info(path, layer="finding_polygon")["features"] == 0


def test_flatten_keeps_the_highest_dimension() -> None:
    mixed = shapely.from_wkt("GEOMETRYCOLLECTION (POINT (9 9), LINESTRING (0 0, 5 5), POLYGON ((0 0, 1 0, 1 1, 0 0)))")
    assert flatten(mixed).geom_type == "MultiPolygon"
    assert flatten(shapely.from_wkt("POINT Z (1 2 3)")).wkt == "MULTIPOINT ((1 2))"
    assert flatten(shapely.Polygon()) is None
    assert flatten(None) is None


def test_word_report_has_the_numbers(review: Review, tmp_path: Path) -> None:
    path = tmp_path / "报告.docx"
    _write(review, report=str(path))
    word = docx.Document(str(path))
    tables = [[[cell.text for cell in row.cells] for row in table.rows] for table in word.tables]
    assert ["1", "建设项目不得占用永久基本农田", "强制", "4", "1", "2", "1", "0", "0"] in tables[0]
    first, second, third = tables[1][1:]
    assert (*first[-2:], *second[-2:]) == AREAS
    assert [first[0], second[0], third[0]] == ["1", "2", "—"]  # numbers on the map
    assert second[1] == "建设项目 <b>厂&区</b>\ufffd"
    assert third[2] == "无法判断"
    assert len(word.inline_shapes) == 1
    text = "\n".join(paragraph.text for paragraph in word.paragraphs)
    assert "无法判断" in text
    assert "不是对项目总体合规性的结论" in text
    assert "符合规范" not in text
    digests = [row for table in tables for row in table]
    assert ["规则文件 SHA-256", "a" * 64] in digests
    assert ["数据.gpkg", "b" * 64] in digests


def test_html_report_has_the_same_tables(review: Review, tmp_path: Path) -> None:
    html, word = tmp_path / "r.html", tmp_path / "r.docx"
    _write(review, report=str(html))
    _write(review, report=str(word))
    page = _Page()
    page.feed(html.read_text("utf-8"))
    rows = [row for table in docx.Document(str(word)).tables for row in table.rows]
    cells = [cell.text.replace("\n", "") for row in rows for cell in row.cells]
    assert [cell.replace("\n", "") for cell in page.cells] == cells
    assert all(area in page.cells for area in AREAS)
    assert not re.search(r'(src|href)="(?!data:)', html.read_text("utf-8"))


def test_report_of_many_findings_says_that_it_is_cut(review: Review, tmp_path: Path) -> None:
    many = replace(review.rules[0], findings=review.rules[0].findings[:1] * 501)
    path = tmp_path / "r.html"
    _write(replace(review, rules=(many,)), report=str(path))
    assert "本表列出前 500 条，共 501 条" in path.read_text("utf-8")


def test_all_or_none(review: Review, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise TimError("写不了")

    monkeypatch.setattr(outputs, "write_report", fail)
    with pytest.raises(TimError):
        _write(review, findings=str(tmp_path / "f.gpkg"), report=str(tmp_path / "r.html"))
    assert list(tmp_path.iterdir()) == []


def test_existing_report_is_kept(review: Review, tmp_path: Path) -> None:
    path = tmp_path / "r.html"
    path.write_text("旧")
    with pytest.raises(UsageError, match="已经存在"):
        _write(review, report=str(path))
    assert path.read_text() == "旧"
    _write(review, report=str(path), overwrite=True)
    assert "审查概况" in path.read_text("utf-8")


@pytest.mark.parametrize(("findings", "report"), [("a.shp", None), (None, "a.odt")])
def test_unknown_formats(findings: str | None, report: str | None) -> None:
    with pytest.raises(UsageError, match="扩展名"):
        check_outputs(findings, report)


class _Page(HTMLParser):
    """The texts of all table cells of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.cells: list[str] = []
        self._inside = False

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag in ("td", "th"):
            self.cells.append("")
            self._inside = True

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag not in ("td", "th")

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.cells[-1] += data
