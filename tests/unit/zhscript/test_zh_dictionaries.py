"""The shipped dictionaries: whole, marked where doubtful, known to hover, completion and lint."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest
from zhscript_support import checked

from zhscript.data import read_table, read_text
from zhscript.editing import dictionaries
from zhscript.editing.complete import complete
from zhscript.editing.hover import hover
from zhscript.editing.lint import lint
from zhscript.editing.model import read_model
from zhscript.types import named_type

ROOT = Path(__file__).parents[3]
LAYERS = sorted({row["layer"] for row in read_table("layer_fields.csv")})
CONFIDENCES = {"H", "M-H", "M", "L", "own"}


def test_every_row_says_how_sure_it_is():
    for table in (
        "layers.csv",
        "layer_fields.csv",
        "field_aliases.csv",
        "landuse_ydyh_2023.csv",
        "landuse_sandiao.csv",
    ):
        assert {row["confidence"] for row in read_table(table)} <= CONFIDENCES, table
    assert dictionaries.doubt("H") == "" and dictionaries.doubt("M-H") == "（未核实）"


def test_types_and_units_are_words_of_the_language():
    for row in read_table("layer_fields.csv"):
        assert named_type(row["type"]) and (not row["unit"] or named_type(row["unit"])), row


@pytest.mark.parametrize("layer", LAYERS)
def test_every_field_of_a_layer_is_offered_and_explained(layer):
    head = f"图层 甲 来自“{layer}”，字段 "
    entries = dictionaries.fields_of(layer)
    names = {item.label: item for item in complete(head + entries[0].code, len(head) + len(entries[0].code))}
    assert entries[0].title in names
    text = head + "、".join(f"名{number} 来自“{entry.code}”" for number, entry in enumerate(entries)) + "\n"
    model = read_model(text)
    for number, entry in enumerate(entries):
        told = "\n".join(hover(model, text.index(f"名{number} ")).lines)
        assert entry.code in told and entry.title in told
        assert ("未核实" in told) >= (entry.confidence not in ("H", "own"))


def test_every_layer_is_found_by_code_title_and_alias():
    for entry in dictionaries.layers():
        for name in (entry.code, entry.code.lower(), entry.title, *entry.aliases):
            found = dictionaries.find_layer(name)
            assert (found is not None and found.code == entry.code) or name in {e.title for e in dictionaries.layers()}


def test_every_code_is_known_and_others_are_not():
    codes = sorted(dictionaries.land_use())
    assert len(codes) > 200
    listed = "、".join(f"“{code}”" for code in codes)
    text = f"图层 宗地 来自“ZD”，字段 地类编码\n检查 宗地 中的每个 地块：\n要求 地块的地类编码 属于（{listed}）\n结束\n"
    checked(text)
    assert not lint(read_model(text))
    for wrong in ("9901", "0199", "123456"):
        (found,) = lint(read_model(text.replace("“0101”", f"“{wrong}”")))
        assert found.code == "ZH304"


def test_the_pinyin_table_is_what_its_script_makes():
    pytest.importorskip("pypinyin")
    made = runpy.run_path(str(ROOT / "installers" / "developer" / "pinyin_table.py"))["rows"]()
    lines = ["readings,characters", *(f"{key},{characters}" for key, characters in made.items())]
    assert read_text("pinyin.csv") == "\n".join(lines) + "\n"
