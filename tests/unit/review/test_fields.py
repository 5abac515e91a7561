"""Columns under the names that rules expect."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tim.errors import UsageError
from tim.review.fields import bind_fields
from tim.sources.vector import VectorLayer


def _layer(*columns: str) -> VectorLayer:
    values = {column: np.array([number]) for number, column in enumerate(columns)}
    return VectorLayer("DLTB", values, np.array([None]), None, Path("数据.gpkg"), np.array([1]))


@pytest.mark.parametrize(
    ("name", "column", "there"),
    [
        ("编号", "DKBH", "DKBH"),
        ("编号", "DKBH", "dkbh"),
        ("编号", "ＤＫＢＨ", "DKBH"),
        ("地类", "地类编码", "DLBM"),
        ("地类", "DLBM", "地类编码"),
        ("地类编码", "代码", "DLBM"),
    ],
)
def test_found(name: str, column: str, there: str) -> None:
    bound = bind_fields(_layer("X", there, "Y"), "地类图斑", [(name, column)])
    assert bound.columns[column].tolist() == [1]
    assert bound.notes == (() if column == there else (f"字段“{column}”取自“{there}”",))


def test_missing_fields_are_told_with_those_that_are_there() -> None:
    with pytest.raises(UsageError) as caught:
        bind_fields(_layer("DLBM", "MJ"), "地类图斑", [("容积率", "RJL"), ("层数", "层数")])
    assert "没有字段“容积率”（RJL）；没有字段“层数”" in caught.value.message
    assert "它的字段有：DLBM、MJ" in caught.value.message


def test_two_spellings_are_not_guessed() -> None:
    with pytest.raises(UsageError, match="多个候选：dlbm、Dlbm"):
        bind_fields(_layer("dlbm", "Dlbm"), "地类图斑", [("地类", "DLBM")])
