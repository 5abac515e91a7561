"""The report of a model tells what the model holds."""

from __future__ import annotations

from pathlib import Path

import docx
import pytest
import shapely
from small_scene import BUILDINGS, PATCHES

from tim.errors import UsageError
from tim.job import Job
from tim.model.info import summary
from tim.model.report import model_report


def test_the_report_tells_counts_areas_and_sources(small_model: Path, tmp_path: Path) -> None:
    out = tmp_path / "报告.docx"
    result = model_report(str(small_model), out=str(out), no_scene=True, job=Job())
    word = docx.Document(str(out))
    rows = [[cell.text for cell in row.cells] for table in word.tables for row in table.rows]
    facts = summary(small_model)
    assert result.data["entities"] == facts["entities"]
    footprints = sum(round(shapely.area(shape), 2) for shape, _ in BUILDINGS.values())
    assert ["合计", str(len(BUILDINGS)), f"{footprints:.2f}"] in rows
    assert ["没有高度（没有点云）", "1", "100.00"] in rows
    patches = sum(shapely.area(shape) for shape in PATCHES.values())
    assert ["", "合计", f"{patches:.2f}", f"{patches * 0.0015:.2f}"] in rows
    assert {row["sha256"] for row in facts["sources"] if row["sha256"]} <= {cell for row in rows for cell in row}
    heads = [paragraph.text for paragraph in word.paragraphs if paragraph.style.name == "Heading 1"]
    assert [head[0] for head in heads] == list("一二三四")


def test_an_unknown_format_is_told_before_any_work(small_model: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="扩展名应是"):
        model_report(str(small_model), out=str(tmp_path / "a.odt"), job=Job())
