"""Database checks: every planted mistake is found by its rule, nothing else; states, re-checks, standards."""

from __future__ import annotations

import sqlite3
import zipfile
from contextlib import closing

import numpy as np
import openpyxl
import pytest
import shapely
from survey_database import X, Y, write

from tim.errors import UnusableInput, UsageError
from tim.job import Job
from tim.quality.command import check_database, copy_rules
from tim.sources.vector import list_layers, read_layer


def found(result) -> dict[str, int]:
    """Rule → errors."""
    return {rule["number"]: rule["states"]["错误"] for rule in result.data["rules"] if rule["states"]["错误"]}


def test_a_clean_database_has_no_errors_and_is_not_called_conforming(database, tmp_path):
    report = tmp_path / "报告.docx"
    result = check_database(str(database()), report=str(report), job=Job())
    assert found(result) == {}
    assert (result.status, result.data["score"]) == ("ok", 100)
    assert [number for number in result.data["not_checked"] if "LINE" not in number and "JX" not in number] == [
        "T-GAP-CJDCQ"
    ]
    text = zipfile.ZipFile(report).read("word/document.xml").decode()
    for part in ("数据里没有图层 CJDCQ", "没有检查的内容", "不是“符合规范”的结论", "接边", "SHA-256", "可信度"):
        assert part in text


def _set(field, value, row=3):
    def spoil(shapes, columns):
        columns[field][row] = value

    return spoil


# 0 and 5, 10 …: 0101 grade 1; 1: 0103 grade 2; 2: 0301; 3: 0701; 4: 1001
@pytest.mark.parametrize(
    ("field", "row", "value", "rules"),
    [
        ("BSM", 3, "320214000000000001", {"BSM-U": 2}),
        ("BSM", 3, "3202", {"BSM": 1}),
        ("BSM", 3, None, {"3106": 1}),
        ("DLBM", 3, "0799", {"3104": 1}),
        ("DLBM", 3, "07", {"3104": 1, "DLMC": 1}),
        ("DLMC", 3, "农村宅基地", {"DLMC": 1}),
        ("QSXZ", 3, "  ", {"3106": 1}),
        ("ZLDWDM", 3, "320214", {"ZLDWDM": 1}),
        ("TBMJ", 3, 9999.0, {"AREA": 1, "TBDLMJ": 1}),
        ("TBMJ", 3, -1.0, {"AREA": 1, "TBDLMJ": 1, "3105": 1}),
        ("TBDLMJ", 3, 1.0, {"TBDLMJ": 1}),
        ("KCXS", 1, 1.0, {"KCXS": 2, "3105": 1}),
        ("KCMJ", 1, 1.0, {"KCXS": 1, "TBDLMJ": 1}),
        ("KCDLBM", 1, None, {"KCDLBM": 1}),
        ("KCDLBM", 1, "1202", {"KCDLBM": 1, "3104": 1}),
        ("KCDLBM", 3, "1203", {"KCDLBM": 1}),
        ("GDPDJB", 0, None, {"GDPDJB": 1}),
        ("GDPDJB", 0, "6", {"GDPDJB": 1, "3104": 1}),
        ("GDPDJB", 3, "2", {"GDPDJB": 1}),
        ("GDLX", 1, None, {"GDPDJB": 1}),
        ("GDLX", 0, "TT", {"GDPDJB": 1}),
        ("GDLX", 1, "T", {}),
        ("XZDWKD", 3, 5.0, {"XZDWKD": 1}),
        ("XZDWKD", 4, 5.0, {}),
        ("TBXHDM", 0, "HDGD", {}),
        ("TBXHDM", 3, "HDGD", {"TBXHDM": 1}),
        ("TBXHDM", 4, "FQ", {}),
        ("ZZSXDM", 0, "JKHF", {"ZZSXDM": 1}),
        ("ZZSXDM", 2, "JKHF", {}),
        ("ZZSXDM", 3, "LS", {"ZZSXDM": 1}),
        ("FRDBS", 3, "2", {"3104": 1}),
    ],
)
def test_each_wrong_attribute_is_found_by_its_rule(database, field, row, value, rules):
    assert found(check_database(str(database(_set(field, value, row))), job=Job())) == rules


def _reshape(row, shape):
    def spoil(shapes, columns):
        shapes[row] = shape
        columns["TBMJ"][row] = np.nan  # the area is another rule's

    return spoil


def _square(*places):
    return shapely.Polygon([(X + x, Y + y) for x, y in places])


@pytest.mark.parametrize(
    ("shape", "rules"),
    [  # patch 12 is the square from (200, 200) to (300, 300)
        (_square((200, 200), (301, 200), (301, 300), (200, 300)), {"T-OVL": 1}),
        (_square((200, 200), (299, 200), (299, 300), (200, 300)), {"T-GAP": 1, "T-GAP-XZQ": 1}),
        (_square((200, 200), (300, 300), (300, 200), (200, 300)), {"T-VALID": 1, "T-GAP": 1, "T-GAP-XZQ": 1}),
        (None, {"G-NULL": 1, "T-GAP": 1, "T-GAP-XZQ": 1}),
        (_square((200, 200), (300, 200), (300, 300), (300, 300), (200, 300)), {"DUP": 1}),
    ],
)
def test_each_wrong_shape_is_found(database, shape, rules):
    told = found(check_database(str(database(_reshape(12, shape))), job=Job()))
    assert {key: told.get(key) for key in rules} == rules
    assert set(told) - set(rules) <= {"3106", "4601"}  # TBMJ is empty; a bow tie has no area


def test_thin_spikes_and_slivers(database):
    spike = _square((200, 200), (300, 200), (300, 300), (252, 300), (251, 340), (250, 300), (200, 300))
    told = found(check_database(str(database(_reshape(12, spike))), job=Job()))
    assert told["ANG"] == 1
    assert told["T-OVL"] == 1
    assert found(check_database(str(database(_reshape(12, _square((200, 200), (203, 200), (200, 203))))), job=Job()))[
        "4601"
    ]


def test_areas_of_overlaps_are_told(database, tmp_path):
    out = tmp_path / "结果.gpkg"
    shape = _square((200, 200), (301, 200), (301, 300), (200, 300))
    check_database(str(database(_reshape(12, shape))), out=str(out), job=Job())
    errors = read_layer(f"{out}|layername=error_polygon").columns
    row = errors["rule"].tolist().index("T-OVL")
    assert errors["area_m2"][row] == pytest.approx(100, abs=0.05)
    assert {errors["feature"][row], errors["other"][row]} == {"320214000000000012", "320214000000000017"}


def test_large_layers_are_checked_in_pieces_to_the_same_end(database, tmp_path, monkeypatch):
    """Reading, rules, shapes and topology each cut the layer in another place."""

    def spoil(shapes, columns):
        shapes[12] = _square((200, 200), (301, 200), (301, 300), (200, 300))
        shapes[18] = _square((300, 300), (399, 300), (399, 400), (300, 400))
        shapes[20] = _square((400, 0), (500, 100), (500, 0), (400, 100))
        shapes[24] = _square(
            (400, 400), (500, 400), (500, 500), (500, 500), (452, 500), (451, 440), (450, 500), (400, 500)
        )
        columns["BSM"][23], columns["DLMC"][22], columns["TBMJ"][21] = columns["BSM"][1], "错", 1.0

    def told(name):
        out = tmp_path / f"{name}.gpkg"
        result = check_database(str(database(spoil)), out=str(out), job=Job())
        layers = [read_layer(f"{out}|layername={table}") for table in ("error_polygon", "error_point")]
        rows = [
            (*cells, shape.normalize().wkt)
            for layer in layers
            for *cells, shape in zip(*(layer.columns[key] for key in ("rule", "feature", "message")), layer.geometry)
        ]
        return result.data["rules"], sorted(rows)

    whole = told("整")
    for place, size in (("reading._PIECE", 7), ("run._BATCH", 6), ("data._PIECE", 4), ("overlay", 3)):
        module, _, name = place.partition(".")
        path = f"tim.quality.{module}.{name}" if name else "tim.overlay.coverage._CHUNK"
        monkeypatch.setattr(path, size)
    assert told("分") == whole
    assert {rule["number"] for rule in whole[0] if rule["states"]["错误"]} >= {
        *("T-OVL", "T-GAP", "T-VALID", "DUP", "ANG", "BSM-U", "DLMC", "AREA")
    }


def test_missing_fields_are_told_and_their_rules_not_called_passed(database):
    def spoil(shapes, columns):
        del columns["KCXS"]

    result = check_database(str(database(spoil)), job=Job())
    told = {rule["number"]: rule for rule in result.data["rules"]}
    assert told["KCXS"]["note"] == "图层 DLTB 没有字段 KCXS"
    assert told["3102"]["states"]["错误"] == 1
    assert not told["GDPDJB"]["note"]


def test_without_a_known_datum_the_areas_are_not_judged(database):
    job = Job()
    result = check_database(str(database(crs="EPSG:32650")), job=job)
    told = {rule["number"]: rule for rule in result.data["rules"]}
    assert "CGCS2000" in told["AREA"]["note"]
    assert any("面积复核没有做" in warning for warning in job.warnings)


def test_overlaps_of_data_in_degrees_are_measured_in_metres(tmp_path):
    shapes = [shapely.box(120, 31, 120.001, 31.001), shapely.box(120.00099, 31, 120.002, 31.001)]
    for code in (4326, 4490):
        path, out = tmp_path / f"{code}.gpkg", tmp_path / f"结果{code}.gpkg"
        write(path, "DLTB", shapes, {"BSM": ["1", "2"]}, f"EPSG:{code}")
        assert found(check_database(str(path), out=str(out), job=Job()))["T-OVL"] == 1
        columns = read_layer(f"{out}|layername=error_polygon").columns
        area = columns["area_m2"][columns["rule"].tolist().index("T-OVL")]
        assert area == pytest.approx(0.955 * 110.87, rel=0.01)


def _mark(path, rule, state, reason):
    with closing(sqlite3.connect(path)) as connection, connection:
        for trigger in [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type='trigger'")]:
            connection.execute(f"DROP TRIGGER {trigger}")  # they need GDAL's functions
        connection.execute("UPDATE error_polygon SET state=?, reason=? WHERE rule=?", (state, reason, rule))


def _states(path):
    columns = read_layer(f"{path}|layername=error_polygon").columns
    return {(rule, state) for rule, state in zip(columns["rule"], columns["state"])}


def test_states_are_kept_and_only_what_changed_is_checked_again(database, tmp_path):
    def both(shapes, columns):
        columns["DLMC"][3], columns["ZLDWDM"][4] = "农村宅基地", "32"

    first, second, third = (tmp_path / f"{name}.gpkg" for name in ("一", "二", "三"))
    assert found(check_database(str(database(both)), out=str(first), job=Job())) == {"DLMC": 1, "ZLDWDM": 1}
    _mark(first, "DLMC", "例外", "当地习惯叫法")

    def repaired(shapes, columns):
        columns["DLMC"][3], columns["QSXZ"][5] = "农村宅基地", None

    result = check_database(str(database(repaired)), previous=str(first), out=str(second), job=Job())
    assert _states(second) == {("DLMC", "例外"), ("ZLDWDM", "已改正"), ("3106", "错误")}
    assert result.data["states"]["错误"] == 1
    again = check_database(str(database(repaired)), previous=str(second), out=str(third), job=Job())
    assert _states(third) == _states(second)
    assert again.data["states"] == result.data["states"]


def test_an_exception_ends_when_the_mistake_is_another(database, tmp_path):
    first, second = tmp_path / "一.gpkg", tmp_path / "二.gpkg"
    check_database(str(database(_set("DLMC", "农村宅基地"))), out=str(first), job=Job())
    _mark(first, "DLMC", "例外", "习惯")
    check_database(str(database(_set("DLMC", "荒地"))), previous=str(first), out=str(second), job=Job())
    assert _states(second) == {("DLMC", "错误")}
    assert "须重新确认" in read_layer(f"{second}|layername=error_polygon").columns["reason"][0]


def test_a_recheck_finds_the_same_as_a_new_check(database, tmp_path):
    """Overlaps and repeated values concern features that did not change themselves."""
    first = tmp_path / "一.gpkg"
    check_database(str(database()), out=str(first), job=Job())

    def spoil(shapes, columns):
        shapes[12] = _square((200, 200), (301, 200), (301, 300), (200, 300))
        columns["BSM"][3] = "320214000000000001"

    whole = check_database(str(database(spoil)), job=Job())
    again = check_database(str(database(spoil)), previous=str(first), job=Job())
    assert found(again) == found(whole)


def test_other_field_tables_and_rules(database, tmp_path):
    table = tmp_path / "字段表.xlsx"
    book = openpyxl.Workbook()
    for row in (
        ("表名", "字段代码", "字段名称", "字段类型", "长度", "约束条件", "值域"),
        ("DLTB", "BSM", "标识码", "Char", 18, "M", None),
        (None, "DLBM", "地类编码", "Char", 5, "M", "0101|0103|0301"),
        (None, "NEW", "新字段", "Float", "15.2", "O", None),
    ):
        book.active.append(row)
    book.save(table)
    result = check_database(str(database()), fields=str(table), job=Job())
    told = found(result)
    assert told["3104"] == 10
    assert told["3102"] == 30  # one is missing, 29 are not in the table
    empty = tmp_path / "空库.gpkg"
    empty.write_bytes(database(district=False).read_bytes())
    assert found(check_database(str(database()), fields=str(empty), job=Job())) == {}
    rule = tmp_path / "本地.zh"
    rule.write_text(
        "规则集 本地\n图层 图斑层 来自“DLTB”，字段 地类（文本） 来自“DLBM”\n"
        "规则“没有铁路”\n依据“本地规定”\n等级“强制”\n编号“L1”\n"
        "检查 图斑层 中的每个 甲：\n要求 甲的地类 不等于“1001”\n结束\n结束\n",
        "utf-8",
    )
    assert found(check_database(str(database()), rules=[str(rule)], job=Job())) == {"L1": 5}


def test_a_standard_is_copied_changed_and_used(database, tmp_path):
    folder = tmp_path / "我的标准"
    copy_rules("三调", str(folder), job=Job())
    rules = folder / "三调图形.zh"
    rules.write_text(rules.read_text("utf-8").replace("参数 细碎面下限 为 10，", "参数 细碎面下限 为 20000，"), "utf-8")
    assert found(check_database(str(database()), standard=str(folder), job=Job())) == {"4601": 25}


def test_bad_input_is_told(database, tmp_path):
    with pytest.raises(UsageError, match="没有检查标准"):
        check_database(str(database()), standard="四调", job=Job())
    with pytest.raises(UsageError, match="没有给出"):
        check_database(job=Job())
    with pytest.raises(UnusableInput, match="没有标准的任何图层"):
        check_database(str(database()), standard="三线", job=Job())
    with pytest.raises(UnusableInput, match="不是质检结果"):
        check_database(str(database()), previous=str(database()), job=Job())
    bad = tmp_path / "坏.zh"
    bad.write_text("规则集 坏\n图层 甲 来自“DLTB@没有这个”\n规则“一”\n要求 真\n结束\n", "utf-8")
    with pytest.raises(UsageError, match="没有检查“没有这个”"):
        check_database(str(database()), rules=[str(bad)], job=Job())


def test_the_result_opens_as_layers(database, tmp_path):
    out = tmp_path / "结果.gpkg"
    check_database(str(database()), out=str(out), job=Job())
    assert ("error_polygon", "MultiPolygon") in list_layers(out)
