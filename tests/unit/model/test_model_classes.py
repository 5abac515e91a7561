"""The table of classes: sound, and told in the documentation as it is."""

from __future__ import annotations

from pathlib import Path

from tim.data import read_table
from tim.model.classes import attributes_of, code_rows, entity_classes, kind_of
from tim.model.identity import identity_code


def test_classes_refer_to_each_other_and_to_known_layers() -> None:
    classes = entity_classes()
    layers = {row["code"] for row in read_table("layers.csv")} | {
        row["layer"] for row in read_table("layer_fields.csv")
    }
    claimed = [code for item in classes.values() for code in item.layers]
    assert len(claimed) == len(set(claimed)) and set(claimed) <= layers
    assert {item.part_of for item in classes.values() if item.part_of} <= classes.keys()
    assert all(len(item.prefix) == 3 and item.prefix.isupper() for item in classes.values())
    prefixes = {item.prefix for name, item in classes.items() if name != "building_footprint"}
    assert len(prefixes) == len(classes) - 1


def test_kinds_of_layers() -> None:
    expected = {"YJJBNTTB": "control_line", "zd": "parcel", "road": "road", "河流": "feature", "ZRZ": "building"}
    assert {name: kind_of(name) for name in expected} == expected
    assert identity_code("parcel", "1").startswith("PCL-") and identity_code("ZD", "1").startswith("FEA-")


def test_attributes_name_code_lists_that_are_there() -> None:
    lists = {row["list"] for row in code_rows()} | {"land_use", "height_source"}
    used = {item.code_list for name in entity_classes() for item in attributes_of(name)} - {""}
    assert used <= lists
    assert {"三调工作分类", "用地用海分类（2023）"} <= lists


def test_the_documentation_lists_every_class(project_root: Path) -> None:
    text = (project_root / "docs" / "模型.md").read_text("utf-8")
    for item in entity_classes().values():
        assert f"| `{item.name}` | {item.title} | {item.prefix} |" in text
        assert all(code in text for code in item.layers)
