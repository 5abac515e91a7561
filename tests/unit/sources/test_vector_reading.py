"""Reading vector sources: layers, encodings, CRSs, and inputs that stay as they were."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pyogrio.raw
import pyproj
import pytest
import shapely

from tim.errors import UnusableInput, UsageError
from tim.sources.crs import describe, horizontal, parse_crs, require_metres, same_horizontal, vertical, with_heights
from tim.sources.vector import list_layers, read_layer

SQUARE = shapely.box(500_000, 3_400_000, 500_100, 3_400_100)


def _write(
    path: Path, texts: list[str | None], *, layer: str = "图层", crs: str | None = "EPSG:4547", **more: str
) -> Path:
    pyogrio.raw.write(
        path, shapely.to_wkb(np.array([SQUARE] * len(texts))), [np.array(texts, object)], ["名称"],
        geometry_type="Polygon", crs=crs, layer=layer, **more,
    )  # fmt: skip
    return path


def _state(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {entry.name: (entry.stat().st_mtime_ns, entry.read_bytes()) for entry in folder.iterdir()}


@pytest.mark.parametrize(("encoding", "cpg"), [("GBK", None), ("GBK", "UTF-8"), ("UTF-8", None), ("UTF-8", "UTF-8")])
def test_shapefiles_are_read_by_what_their_bytes_say(encoding: str, cpg: str | None, tmp_path: Path) -> None:
    path = _write(tmp_path / "轮廓.shp", ["永久基本农田", "abc", None], encoding=encoding)
    claim = path.with_suffix(".cpg")
    if cpg is None:
        claim.unlink(missing_ok=True)
    else:
        claim.write_text(cpg)
    before = _state(tmp_path)
    layer = read_layer(path)
    assert list(layer.columns) == ["名称"]
    assert list(layer.columns["名称"]) == ["永久基本农田", "abc", None]
    assert list(read_layer(path, columns=["名称"]).columns) == ["名称"]
    with pytest.raises(UsageError, match=r"没有字段“面积”.*名称"):
        read_layer(path, columns=["面积"])
    assert _state(tmp_path) == before


def test_a_character_cut_by_the_width_of_the_field_is_left_out(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.shp", ["中文中文"], encoding="GBK")
    path.with_suffix(".cpg").unlink(missing_ok=True)
    table = path.with_suffix(".dbf")
    whole = "中文中文".encode("gbk")
    table.write_bytes(table.read_bytes().replace(whole, whole[:-1] + b" "))
    # the last byte and the blank that pads the field make no character
    assert read_layer(path).columns[next(iter(read_layer(path).columns))][0].startswith("中文中")


def test_a_layer_is_named_or_asked_for(tmp_path: Path) -> None:
    path = _write(tmp_path / "两层.gpkg", ["a"], layer="甲")
    _write(path, ["b"], layer="乙", append=False)
    assert {name for name, _ in list_layers(path)} == {"甲", "乙"}
    with pytest.raises(UsageError, match=r"甲、乙.*layername"):
        read_layer(path)
    assert list(read_layer(f"{path}|layername=乙").columns["名称"]) == ["b"]
    with pytest.raises(UsageError, match=r"丙.*甲、乙"):
        read_layer(f"{path}|layername=丙")
    with pytest.raises(UsageError, match="写法"):
        read_layer(f"{path}|subset=x")
    with pytest.raises(UsageError, match=r"没有字段“DLBM”.*名称"):
        read_layer(f"{path}|layername=甲", columns=["DLBM"])


def test_other_files_are_refused_in_one_line(tmp_path: Path) -> None:
    empty, text = tmp_path / "空.gpkg", tmp_path / "文字.shp"
    empty.touch()
    text.write_text("text")
    for path, words in ((empty, "0 字节"), (text, "文字.shp")):
        with pytest.raises(UnusableInput, match=words) as caught:
            read_layer(path)
        assert "\n" not in caught.value.message
    with pytest.raises(UsageError, match="找不到"):
        read_layer(tmp_path / "没有.gpkg")


def test_a_database_in_use_is_read_with_its_log_and_left_alone(tmp_path: Path) -> None:
    """QGIS keeps GeoPackages in WAL mode: changes may stand only in the log beside the file."""
    path = _write(tmp_path / "使用中.gpkg", ["旧"])
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f'DROP TRIGGER "{name}"')
        connection.execute('UPDATE "图层" SET "名称" = \'新\'')
        connection.commit()
        before = {name: data for name, (_, data) in _state(tmp_path).items()}
        assert len(before) == 3
        assert list(read_layer(path).columns["名称"]) == ["新"]
        assert {name: data for name, (_, data) in _state(tmp_path).items()} == before


def test_gml_gets_no_side_file(tmp_path: Path) -> None:
    path = _write(tmp_path / "a.gml", ["甲"], driver="GML")
    for extra in tmp_path.glob("*.xsd"):
        extra.unlink()
    before = _state(tmp_path)
    assert len(read_layer(path)) == 1
    assert _state(tmp_path) == before


def test_reprojection_keeps_heights_and_tells(tmp_path: Path) -> None:
    path = tmp_path / "三维.gpkg"
    shapes = np.array([shapely.Point(114.3, 30.5, 12.5), shapely.Point(114.31, 30.5, 13.5), None])
    pyogrio.raw.write(path, shapely.to_wkb(shapes), [np.arange(3)], ["n"], geometry_type="Point Z", crs="EPSG:4490",
                      driver="GPKG")  # fmt: skip
    layer = read_layer(path, target_crs=pyproj.CRS("EPSG:4547+5737"))
    assert shapely.get_z(layer.geometry[0]) == 12.5
    assert shapely.distance(layer.geometry[0], layer.geometry[1]) == pytest.approx(960.0, abs=2.0)
    assert layer.geometry[2] is None
    assert "EPSG:4490" in layer.notes[0] and "EPSG:4547" in layer.notes[0] and "不明" not in layer.notes[0]


def test_a_layer_without_crs_cannot_be_brought_elsewhere(tmp_path: Path) -> None:
    path = _write(tmp_path / "无.gpkg", ["a"], crs=None)
    assert read_layer(path).crs is None
    with pytest.raises(UnusableInput, match=r"无\.gpkg.*没有坐标系"):
        read_layer(path, target_crs=pyproj.CRS(4547))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("EPSG:4547", "EPSG:4547"),
        ("4547", "EPSG:4547"),
        ("epsg:4547+5737", "EPSG:4547+5737"),
        ("EPSG:4547+EPSG:5737", "EPSG:4547+5737"),
        (pyproj.CRS(4547).to_wkt(), "EPSG:4547"),
    ],
)
def test_words_for_a_crs(text: str, shown: str) -> None:
    assert describe(parse_crs(text)) == shown


@pytest.mark.parametrize("text", ["", "x", "EPSG:1", "EPSG:4547+", "5737+4547"])
def test_unknown_words(text: str) -> None:
    with pytest.raises(UsageError, match="坐标系"):
        parse_crs(text)


def test_parts_of_a_crs() -> None:
    both = parse_crs("EPSG:4547+5737")
    assert horizontal(both) == pyproj.CRS(4547) and vertical(both) == pyproj.CRS(5737)
    assert vertical(pyproj.CRS(4547)) is None
    assert with_heights(pyproj.CRS(4547), pyproj.CRS(5737)) == both
    assert same_horizontal(both, pyproj.CRS(4547)) and not same_horizontal(both, pyproj.CRS(4526))


@pytest.mark.parametrize("text", ["EPSG:4490", "EPSG:2272", "EPSG:4979", "EPSG:5737"])
def test_planes_in_metres_only(text: str) -> None:
    with pytest.raises(UnusableInput, match="米"):
        require_metres(parse_crs(text))
