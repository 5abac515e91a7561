"""Copies, backups and repairs of whole models."""

from __future__ import annotations

import hashlib
import shutil
import zipfile
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
import rasterio
from epochs import address, make_model, second_epoch
from postgis_server import PostgisServer

from tim.errors import UnusableInput, UsageError
from tim.job import Job
from tim.model.validate import validate_model
from tim.store import open_store
from tim.store.archive import backup_model, copy_model, restore_model, table_digests
from tim.store.repair import repair_model


def _arguments(place: str) -> dict[str, str]:
    return {"store": place} if "://" in place else {"model": place}


def test_a_backup_comes_back_as_it_went(model_place: str, tmp_path: Path) -> None:
    second_epoch(model_place, tmp_path)
    backup, back = tmp_path / "备份.timbak", tmp_path / "回.gpkg"
    data = backup_model(**_arguments(model_place), out=str(backup), job=Job()).data
    restore_model(str(backup), out=str(back), job=Job())
    assert table_digests(back, Job()) == data["tables"]
    assert data["tables"]["parcel"]["rows"] == 6 and data["tables"]["entity_history"]["rows"] == 10
    assert hashlib.sha256(back.read_bytes()).hexdigest() == data["sha256"]
    assert validate_model(str(back), job=Job()).data["errors"] == []


def test_a_changed_backup_is_refused(tmp_path: Path) -> None:
    backup = tmp_path / "备份.timbak"
    backup_model(str(make_model(tmp_path)), out=str(backup), job=Job())
    with zipfile.ZipFile(backup) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    forged, cut = tmp_path / "改.timbak", tmp_path / "截.timbak"
    with zipfile.ZipFile(forged, "w") as archive:
        archive.writestr("model.gpkg", parts["model.gpkg"].replace("住宅".encode(), "商业".encode()))
        archive.writestr("manifest.json", parts["manifest.json"])
    cut.write_bytes(backup.read_bytes()[:-500])
    for path, words in ((forged, "不符"), (cut, "不是完整")):
        with pytest.raises(UnusableInput, match=words):
            restore_model(str(path), out=str(tmp_path / "x.gpkg"), job=Job())
    assert not (tmp_path / "x.gpkg").exists()


def test_a_model_goes_to_the_server_and_back(small_model: Path, postgis: PostgisServer, tmp_path: Path) -> None:
    place, back = address(postgis), tmp_path / "回.gpkg"
    copy_model(str(small_model), to_store=place, job=Job())
    with pytest.raises(UsageError, match="已经有模型"):
        copy_model(str(small_model), to_store=place, job=Job())
    copy_model(store=place, out=str(back), job=Job())
    assert validate_model(str(back), job=Job()).data["errors"] == []
    with closing(open_store(str(small_model))) as one, closing(open_store(str(back))) as other:
        for layer in one.layers():
            before, after = one.read(layer.name), other.read(layer.name)
            assert np.array_equal(before.geometry, after.geometry) and before.columns.keys() == after.columns.keys()
            for name, values in before.columns.items():
                assert np.array_equal(values, after.columns[name], equal_nan=values.dtype.kind == "f"), name
        names = ("entity", "relation", "source", "process", "model_version", "tim_metadata", "code_list")
        for table in names:
            assert one.query(f"SELECT * FROM {table}") == other.query(f"SELECT * FROM {table}"), table
    with (
        rasterio.open(f"GPKG:{small_model}:terrain") as before,
        rasterio.open(f"GPKG:{back}:terrain") as after,
    ):
        assert np.array_equal(before.read(1), after.read(1)) and before.transform == after.transform


def test_damage_is_told_and_repaired_in_a_copy(tmp_path: Path) -> None:
    path = make_model(tmp_path)
    second_epoch(str(path), tmp_path)
    with closing(open_store(str(path), writable=True)) as store:
        store.execute("INSERT INTO parcel (geom, id) SELECT geom, id FROM parcel WHERE fid = 1")
        store.execute("INSERT INTO parcel (geom, id) SELECT geom, 'PCL-NOBODY' FROM parcel WHERE fid = 1")
        store.execute("INSERT INTO relation (subject, predicate, object) VALUES ('PCL-X', 'partOf', 'PCL-Y')")
        store.execute("DELETE FROM rtree_parcel_geom WHERE id = 1")
        store.execute("DELETE FROM parcel WHERE fid = (SELECT max(fid) - 2 FROM parcel)")
    before = path.read_bytes()
    codes = {error["code"] for error in validate_model(str(path), job=Job()).data["errors"]}
    assert codes == {"id_repeated", "entity_missing", "feature_missing", "relation_dangling", "index_wrong"}
    result = repair_model(str(path), str(tmp_path / "修.gpkg"), job=Job())
    assert result.status == "ok" and len(result.data["repaired"]) == 5
    assert validate_model(str(tmp_path / "修.gpkg"), job=Job()).data["errors"] == []
    assert path.read_bytes() == before


def test_pages_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    path = make_model(tmp_path)
    data = bytearray(path.read_bytes())
    with closing(open_store(str(path))) as store:
        page = store.query("SELECT rootpage FROM sqlite_master WHERE name = 'parcel'")[0][0]
        size = store.query("PRAGMA page_size")[0][0]
    data[(page - 1) * size : (page - 1) * size + 60] = b"\xff" * 60
    damaged = tmp_path / "坏.gpkg"
    damaged.write_bytes(bytes(data))
    with pytest.raises(UnusableInput, match=r"备份|损坏"):
        repair_model(str(damaged), str(tmp_path / "修.gpkg"), job=Job())
    assert not (tmp_path / "修.gpkg").exists()


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        ("UPDATE entity_history SET version_to = version_from", "history_span"),
        ("UPDATE model_version SET version = 7 WHERE version = 2", "version_missing"),
        ("UPDATE entity SET version = 9 WHERE version = 2", "version_unknown"),
        ("UPDATE entity SET version = 1", "history_overlap"),
        ("INSERT INTO entity_history (table_name, id, version_from, version_to, attributes)"
         " SELECT table_name, id, version_from, version_to, attributes FROM entity_history", "history_overlap"),
    ],
)  # fmt: skip
def test_a_history_that_contradicts_itself_is_told(damage: str, code: str, tmp_path: Path) -> None:
    path = make_model(tmp_path)
    second_epoch(str(path), tmp_path)
    copy = Path(shutil.copy(path, tmp_path / "矛盾.gpkg"))
    with closing(open_store(str(copy), writable=True)) as store:
        store.execute(damage)
    assert code in {error["code"] for error in validate_model(str(copy), job=Job()).data["errors"]}
