"""Land-use codes of layers, and the packaged tables they come from."""

from __future__ import annotations

import numpy as np
import pytest

from tim.data import read_table
from tim.landuse import SANDIAO, TABLES, YDYH_2020, YDYH_2023, classification, find_class, find_codes


def _column(*values: object) -> np.ndarray:
    return np.array(values, dtype=object)


@pytest.mark.parametrize(("version", "count"), [(SANDIAO, 81), (YDYH_2023, 175), (YDYH_2020, 169)])
def test_the_packaged_tables_are_whole(version: str, count: int) -> None:
    classes = classification(version)
    assert len(classes) == count
    assert all(
        item.name and (item.colour is None or all(0 <= c <= 255 for c in item.colour)) for item in classes.values()
    )
    assert all(row["source"] and row["confidence"] for row in read_table(TABLES[version]))


def test_the_version_that_knows_the_codes_is_taken() -> None:
    assert find_codes({"DLBM": _column("0101", "0701", "1003")}).version == SANDIAO
    planned = find_codes({"DLBM": _column("0101", "070102")})
    assert planned.version == YDYH_2023 and not planned.unknown
    assert find_codes({"YDYHFLDM": _column("0101")}).version == YDYH_2023
    assert find_codes({"其他": _column("0101")}) is None


def test_codes_that_moved_between_the_versions_keep_their_own_names() -> None:
    moved = next(row for row in read_table("landuse_ydyh_2020_to_2023_changes.csv") if row["status"] == "recoded")
    assert find_class(YDYH_2020, moved["code_2020"]).name == moved["name"]
    assert find_class(YDYH_2023, moved["code_2023"]).name == moved["name"]


def test_suffixes_numbers_blanks_and_unknown_codes() -> None:
    found = find_codes({"dlbm": _column("0404K", "1107A", " 0101 ", None, "", "9999", "9999")})
    assert list(found.codes) == ["0404K", "1107A", "0101", None, None, "9999", "9999"]
    assert found.names[0] == "其他草地" and found.names[2] == "水田" and found.names[3] is None
    assert found.unknown == {"9999": 2}
    numbers = find_codes({"DLBM": np.array([101.0, 1003.0, np.nan])})
    assert list(numbers.codes) == ["0101", "1003", None]


def test_attributes_of_towns_are_no_land_classes() -> None:
    assert find_class(SANDIAO, "201A") is None
