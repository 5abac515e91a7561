"""`tim validate` finds each kind of damage that is done to a sound model."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import shapely

from tim.errors import UnusableInput, UsageError
from tim.job import Job
from tim.model.validate import validate_model


@pytest.fixture
def copy(small_model: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(small_model, tmp_path / "改.gpkg"))


def _codes(path: Path) -> set[str]:
    result = validate_model(str(path), job=Job())
    assert result.status == ("violations" if result.data["errors"] else "ok")
    assert all(
        error["message"] and error["layer"] for error in result.data["errors"] if error["code"] != "file_damaged"
    )
    return {error["code"] for error in result.data["errors"]}


def _run(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f'DROP TRIGGER "{name}"')
        for statement in statements:
            connection.execute(statement)


def _set_geometry(path: Path, table: str, fid: int, shape: shapely.Geometry) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f'DROP TRIGGER "{name}"')
        blob = connection.execute(f"SELECT geom FROM {table} WHERE fid = ?", (fid,)).fetchone()[0]
        envelope = (0, 32, 48, 48, 64)[blob[3] >> 1 & 7]
        header = blob[: 8 + envelope]
        new = header + shapely.to_wkb(shape, byte_order=1, flavor="iso")
        connection.execute(f"UPDATE {table} SET geom = ? WHERE fid = ?", (new, fid))


def _faces(path: Path) -> np.ndarray:
    from tim.sources.vector import read_layer

    return shapely.get_parts(read_layer(f"{path}|layername=building_solid").geometry[0])


def test_a_fresh_model_is_sound(small_model: Path) -> None:
    result = validate_model(str(small_model), job=Job())
    assert result.status == "ok" and result.data["errors"] == []
    assert result.data["checked"] == {"tables": 18, "entities": 12, "features": 14, "solids": 4}


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("UPDATE building SET id = (SELECT id FROM building WHERE fid = 1) WHERE fid = 2", "id_repeated"),
        ("UPDATE building SET id = NULL WHERE fid = 1", "id_missing"),
        ("UPDATE land_use SET id = 'X' WHERE fid = 1", "entity_missing"),
        ("DELETE FROM land_use WHERE fid = 1", "feature_missing"),
        ("UPDATE entity SET class = 'land_use' WHERE class = 'building'", "class_wrong"),
        ("UPDATE entity SET source_id = 'nowhere'", "source_missing"),
        ("DELETE FROM source WHERE kind = 'points'", "relation_dangling"),
        ("UPDATE building SET height = height + 1", "height_wrong"),
        ("UPDATE building SET geom = NULL WHERE fid = 1", "geometry_missing"),
        ("DELETE FROM building_solid WHERE fid = 1", "solid_missing"),
        ("UPDATE building SET status = 'no-data'", "solid_unexpected"),
        ("DELETE FROM terrain", "grid_empty"),
        ("DROP TABLE relation", "table_missing"),
    ],
)
def test_broken_contents(copy: Path, statement: str, code: str) -> None:
    _run(copy, statement)
    assert code in _codes(copy)


def test_an_invalid_polygon(copy: Path) -> None:
    _set_geometry(copy, "building", 1, shapely.MultiPolygon([shapely.Polygon([(0, 0), (9, 9), (9, 0), (0, 9)])]))
    assert _codes(copy) == {"geometry_invalid"}


def test_an_open_solid(copy: Path) -> None:
    _set_geometry(copy, "building_solid", 1, shapely.MultiPolygon(list(_faces(copy)[:-1])))
    assert _codes(copy) == {"solid_not_closed"}


def test_a_solid_that_looks_inward(copy: Path) -> None:
    _set_geometry(copy, "building_solid", 1, shapely.MultiPolygon([shapely.reverse(face) for face in _faces(copy)]))
    assert _codes(copy) == {"solid_inside_out"}


def test_one_face_turned_over(copy: Path) -> None:
    faces = list(_faces(copy))
    faces[1] = shapely.reverse(faces[1])
    _set_geometry(copy, "building_solid", 1, shapely.MultiPolygon(faces))
    assert "solid_edge_repeated" in _codes(copy)


def test_a_bent_face(copy: Path) -> None:
    corner = shapely.get_coordinates(_faces(copy)[0], include_z=True)[0]

    def lift(places: np.ndarray) -> np.ndarray:
        return np.where((places == corner).all(axis=1)[:, None], places + np.array([0, 0, 0.5]), places)

    bent = shapely.transform(shapely.MultiPolygon(list(_faces(copy))), lift, include_z=True)
    _set_geometry(copy, "building_solid", 1, bent)
    assert _codes(copy) == {"solid_not_planar"}


def test_other_files_are_told_in_one_line(tmp_path: Path, small_model: Path, scene: dict[str, Path]) -> None:
    text, cut = tmp_path / "文字.gpkg", tmp_path / "截断.gpkg"
    text.write_text("no model")
    cut.write_bytes(small_model.read_bytes()[: small_model.stat().st_size // 3])
    for path, words in ((text, "不是 tim build"), (cut, "损坏"), (scene["footprints"], "没有模型的表")):
        with pytest.raises(UnusableInput, match=words):
            validate_model(str(path), job=Job())
    with pytest.raises(UsageError, match="找不到"):
        validate_model(str(tmp_path / "没有.gpkg"), job=Job())


def test_damaged_pages_are_found(copy: Path) -> None:
    data = bytearray(copy.read_bytes())
    with closing(sqlite3.connect(copy)) as connection:
        page = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'land_use'").fetchone()[0]
        size = connection.execute("PRAGMA page_size").fetchone()[0]
    data[(page - 1) * size + 3 : (page - 1) * size + 60] = b"\xff" * 57
    copy.write_bytes(bytes(data))
    try:
        assert "file_damaged" in _codes(copy)
    except UnusableInput as error:
        assert "损坏" in error.message


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("UPDATE tim_metadata SET value = 'zzz' WHERE key = 'crs'", "crs_unreadable"),
        ("UPDATE tim_metadata SET value = '{' WHERE key = 'manifest'", "manifest_unreadable"),
        ("UPDATE gpkg_spatial_ref_sys SET definition = 'junk' WHERE srs_id > 0", "crs_unreadable"),
        ("DROP TABLE gpkg_2d_gridded_coverage_ancillary", "grid_undescribed"),
    ],
)
def test_what_a_model_says_of_itself_is_checked(copy: Path, statement: str, code: str) -> None:
    _run(copy, statement)
    assert code in _codes(copy)
