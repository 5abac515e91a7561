"""Epochs of a model: who is who, what changed, how it was; on the file and, where there is one, on a PostGIS server."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import numpy as np
import openpyxl
import pyogrio
import pytest
import shapely
from epochs import FIRST, SECOND, box, make_model, second_epoch, write

from tim.errors import UnusableInput, UsageError
from tim.job import Job
from tim.model.info import model_info
from tim.model.validate import validate_model
from tim.sources.vector import read_layer
from tim.store import open_store
from tim.versions.command import update_model
from tim.versions.looking_back import model_as_of, model_diff
from tim.versions.past import rows_at


def _state(place: str, version: int | None = None) -> dict[str, tuple]:
    """Source key → (identity, use, area of the shape) of the parcels, now or as of a version."""
    with closing(open_store(place)) as store:
        layer = next(layer for layer in store.layers() if layer.name == "parcel")
        rows = store.read("parcel") if version is None else rows_at(store, layer, version)
        key = next(name for name in ("BSM", "ZDDM") if name in rows.columns)
        values = zip(rows.columns[key], rows.ids, rows.columns["YT"], shapely.area(rows.geometry))
        return {code: (identity, use, round(float(area), 6)) for code, identity, use, area in values}


def test_an_epoch_tells_who_is_who(model_place: str, tmp_path: Path) -> None:
    before = _state(model_place)
    data = second_epoch(model_place, tmp_path)
    after = _state(model_place)
    assert data["version"] == 2
    assert data["changes"] == [
        {"layer": "parcel", "title": "宗地", "created": 4, "changed": 1, "ended": 4, "split": 2, "merged": 1,
         "unchanged": 1}
    ]  # fmt: skip
    assert after["A"] == before["A"] and after["B"][0] == before["B"][0] and after["B"][1] == "办公"
    assert {after[key][0] for key in ("C1", "C2", "DE", "G")}.isdisjoint({row[0] for row in before.values()})
    with closing(open_store(model_place)) as store:
        origins = store.query("SELECT kind, id, other_id, confidence FROM entity_change WHERE other_id IS NOT NULL")
    expected = {("split", after[n][0], before["C"][0]) for n in ("C1", "C2")}
    expected |= {("merged", after["DE"][0], before[o][0]) for o in "DE"}
    assert {row[:3] for row in origins} == expected and all(row[3] == 1.0 for row in origins)


def test_nothing_is_lost_and_the_past_can_be_read(model_place: str, tmp_path: Path) -> None:
    before = _state(model_place)
    second_epoch(model_place, tmp_path)
    assert _state(model_place, 1) == before
    assert _state(model_place, 2) == _state(model_place)
    third = write(tmp_path / "三期.gpkg", {"A": (box(0, 0, 10, 12), {"YT": "住宅", "MJ": 120.0})}, "BSM")
    where = {"store": model_place} if "://" in model_place else {"model": model_place}
    update_model(**where, layers={"parcel": str(third)}, date="2024-01-01", scope="partial", job=Job())
    assert _state(model_place, 1) == before
    now = _state(model_place)
    assert now["A"] == (before["A"][0], "住宅", 120.0) and len(now) == len(SECOND)
    dates = {"2019-05-05": None, "2021-01-01": 1, "2023-06-30": 2, "2023-12-31": 2, "2030-01-01": 3, "v2": 2}
    for moment, version in dates.items():
        if version is None:
            with pytest.raises(UsageError, match="还没有"):
                model_as_of(**where, as_of=moment, job=Job())
        else:
            assert model_as_of(**where, as_of=moment, job=Job()).data["version"] == version


def test_the_difference_as_layer_and_table(model_place: str, tmp_path: Path) -> None:
    second_epoch(model_place, tmp_path)
    where = {"store": model_place} if "://" in model_place else {"model": model_place}
    layer, table = tmp_path / "变化.gpkg", tmp_path / "变化.xlsx"
    data = model_diff(**where, before="2020-06-01", out=str(layer), table=str(table), job=Job()).data
    assert (data["from_version"], data["to_version"]) == (1, 2)
    assert {(row["kind"], row["count"]) for row in data["changes"]} == {("新增", 4), ("变化", 1), ("终止", 4)}
    polygons = read_layer(f"{layer}|layername=change_polygon")
    areas = dict.fromkeys(("新增", "变化", "终止"), 0.0)
    for kind, area in zip(polygons.columns["kind"], shapely.area(polygons.geometry)):
        areas[kind] += float(area)
    assert areas == pytest.approx({"新增": 500, "变化": 100, "终止": 500})
    rows = list(openpyxl.load_workbook(table).active.iter_rows(values_only=True))
    assert len(rows) == 10 and [row[3:6] for row in rows[1:] if row[2] == "变化"] == [("YT", "商业", "办公")]
    assert model_diff(**where, before="v2", job=Job()).data["changes"] == []
    with pytest.raises(UsageError, match="对调"):
        model_diff(**where, before="v2", after="v1", job=Job())


def test_a_copy_of_the_past_is_a_sound_model(model_place: str, tmp_path: Path) -> None:
    before = _state(model_place)
    second_epoch(model_place, tmp_path)
    where = {"store": model_place} if "://" in model_place else {"model": model_place}
    past = tmp_path / "2020.gpkg"
    model_as_of(**where, as_of="2020-06-01", out=str(past), job=Job())
    assert _state(str(past)) == before
    assert validate_model(str(past), job=Job()).data["errors"] == []
    info = model_info(str(past), job=Job()).data
    assert info["entities"]["parcel"] == len(FIRST) and len(info["versions"]) == 1
    assert [source["path"] for source in info["sources"]] == ["一期.gpkg"]


def test_views_show_the_past_to_any_program(tmp_path: Path) -> None:
    path = make_model(tmp_path)
    second_epoch(str(path), tmp_path)
    assert model_as_of(str(path), as_of="2020-06-01", views=True, job=Job()).data["layers"] == ["parcel_v1"]
    _, fids, wkb, columns = pyogrio.raw.read(path, layer="parcel_v1", columns=["BSM"], return_fids=True)
    areas = dict(zip(columns[0], shapely.area(shapely.from_wkb(wkb))))
    assert areas == pytest.approx({code: shape.area for code, (shape, _) in FIRST.items()})
    assert len(set(fids)) == len(FIRST)
    assert validate_model(str(path), job=Job()).data["errors"] == []


def test_shapes_decide_where_there_are_no_codes(tmp_path: Path) -> None:
    path = make_model(tmp_path, key=None)
    ids = _uses(path)
    edited = {key: (shapely.transform(shape, lambda p: p + 0.3), own) for key, (shape, own) in FIRST.items()}
    source = write(tmp_path / "移.gpkg", edited, None)
    data = update_model(str(path), layers={"parcel": str(source)}, date="2021-01-01", job=Job()).data
    assert data["changes"][0]["changed"] == 6 and data["changes"][0]["created"] == 0
    assert _uses(path) == ids
    with closing(open_store(str(path))) as store:
        confidence = [row[0] for row in store.query("SELECT confidence FROM entity_change")]
    moved = shapely.area(shapely.intersection(box(0, 0, 10, 10), box(0.3, 0.3, 10.3, 10.3)))
    assert min(confidence) == pytest.approx(moved / (200 - moved), abs=1e-3)
    assert second_epoch(str(path), tmp_path, key=None)["changes"][0]["split"] == 2


def _uses(path: Path) -> dict[str, str]:
    layer = read_layer(f"{path}|layername=parcel")
    return {f"{use}{round(x)}": identity for use, identity, x in
            zip(layer.columns["YT"], layer.columns["id"], shapely.get_x(shapely.centroid(layer.geometry)))}  # fmt: skip


def test_the_same_sources_again_change_nothing(model_place: str, tmp_path: Path) -> None:
    source = write(tmp_path / "同.gpkg", dict(reversed(FIRST.items())), "BSM")
    where = {"store": model_place} if "://" in model_place else {"model": model_place}
    data = update_model(**where, layers={"parcel": str(source)}, date="2020-06-01", job=Job()).data
    assert data["changes"][0] == {**dict.fromkeys(data["changes"][0], 0), "layer": "parcel", "title": "宗地",
                                  "unchanged": 6}  # fmt: skip


def test_a_preview_and_a_copy_leave_the_model_alone(tmp_path: Path) -> None:
    path = make_model(tmp_path)
    before = path.read_bytes()
    assert second_epoch(str(path), tmp_path, preview=True)["preview"] is True
    (tmp_path / "二期.gpkg").unlink()
    second_epoch(str(path), tmp_path, out=str(tmp_path / "新.gpkg"))
    assert path.read_bytes() == before
    assert len(_state(str(tmp_path / "新.gpkg"))) == len(SECOND)


def test_new_layers_and_new_fields_come_in(model_place: str, tmp_path: Path) -> None:
    where = {"store": model_place} if "://" in model_place else {"model": model_place}
    plan = write(tmp_path / "规划.gpkg", {"P1": (box(0, 0, 100, 100), {"PFWH": "某政批〔2022〕1号"})}, "BSM")
    more = {key: (shape, {**own, "备注": key.lower(), "层数": 3.5}) for key, (shape, own) in FIRST.items()}
    source = write(tmp_path / "加字段.gpkg", more, "BSM")
    data = update_model(
        **where, layers={"parcel": str(source), "plan_zone": str(plan)}, date="2022-01-01", job=Job()
    ).data
    assert [row["changed"] for row in data["changes"]] == [6, 0] and data["changes"][1]["created"] == 1
    with closing(open_store(model_place)) as store:
        layers = {layer.name: layer for layer in store.layers()}
        assert layers["plan_zone"].title == "规划分区" and layers["parcel"].columns["层数"] == "number"
        near = store.window("plan_zone", shapely.bounds(box(1, 1, 2, 2)))
        assert list(near.columns["PFWH"]) == ["某政批〔2022〕1号"]
        assert sorted(store.read("parcel").columns["备注"]) == ["a", "b", "c", "d", "e", "f"]
    assert set(_state(model_place, 1)) == set(FIRST)


def test_windows_find_what_is_there(model_place: str) -> None:
    with closing(open_store(model_place)) as store:
        west, south = shapely.bounds(box(0, 0, 1, 1))[:2]
        for bounds in ((11, 1, 19, 9), (0, 0, 40, 20), (200, 200, 300, 300)):
            window = (west + bounds[0], south + bounds[1], west + bounds[2], south + bounds[3])
            found = set(store.window("parcel", window).columns["BSM"])
            area = shapely.box(*window)
            assert found == {key for key, (shape, _) in FIRST.items() if shape.intersects(area)}


def test_older_and_doubtful_epochs_are_told(model_place: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="早于"):
        second_epoch(model_place, tmp_path, date="2019-01-01")
    (tmp_path / "二期.gpkg").unlink()
    with pytest.raises(UsageError, match="不是日期"):
        second_epoch(model_place, tmp_path, date="去年")
    job = Job()
    few = write(tmp_path / "少.gpkg", {"A": FIRST["A"]}, "BSM")
    where = {"store": model_place} if "://" in model_place else {"model": model_place}
    update_model(**where, layers={"parcel": str(few)}, date="2021-01-01", preview=True, job=job)
    assert any("--scope partial" in text for text in job.warnings)
    text = {key: (shape, {**own, "MJ": "甲"}) for key, (shape, own) in FIRST.items()}
    wrong = write(tmp_path / "文字.gpkg", text, "BSM")
    with pytest.raises(UnusableInput, match="MJ"):
        update_model(**where, layers={"parcel": str(wrong)}, date="2021-01-01", job=Job())
    assert len(_state(model_place)) == len(FIRST)


def test_duplicate_identities_of_another_model_are_refused(model_place: str, tmp_path: Path) -> None:
    other = make_model(tmp_path, "重复.gpkg")
    with closing(open_store(str(other), writable=True)) as store:
        store.execute("UPDATE parcel SET id = (SELECT id FROM parcel ORDER BY fid LIMIT 1) WHERE fid = 6")
    where = {"store": model_place} if "://" in model_place else {"model": model_place}
    with pytest.raises(UnusableInput, match="重复的身份编码"):
        update_model(**where, new_model=str(other), date="2021-01-01", job=Job())


def test_a_new_survey_updates_buildings_and_their_bodies(small_model: Path, tmp_path: Path) -> None:
    import shutil

    old, new = (Path(shutil.copy(small_model, tmp_path / name)) for name in ("旧.gpkg", "新.gpkg"))
    with closing(open_store(str(new), writable=True)) as store, store.writing():
        store.execute("UPDATE building SET roof_z = roof_z + 5, height = height + 5 WHERE BSM = 'plain'")
        store.execute("UPDATE building SET roof_z = roof_z + 0.1, height = height + 0.1 WHERE BSM = 'court'")
    data = update_model(str(old), new_model=str(new), date="2025-01-01", job=Job()).data
    counts = {row["layer"]: (row["changed"], row["unchanged"]) for row in data["changes"]}
    assert counts == {"building": (1, 3), "land_use": (0, 3), "永久基本农田": (0, 3)}
    assert validate_model(str(old), job=Job()).data["errors"] == []
    height = dict(zip(*(read_layer(f"{old}|layername=building").columns[name] for name in ("BSM", "height"))))
    assert height["plain"] == pytest.approx(20.5, abs=0.05) and height["court"] == pytest.approx(9.0, abs=0.05)
    with closing(open_store(str(old))) as store:
        kept = store.query("SELECT table_name FROM entity_history ORDER BY 1")
    assert [row[0] for row in kept] == ["building", "building_solid", "entity"]


def test_footprints_alone_keep_the_known_heights(small_model: Path, scene: dict[str, Path], tmp_path: Path) -> None:
    import shutil

    path = Path(shutil.copy(small_model, tmp_path / "轮廓.gpkg"))
    source = read_layer(str(scene["footprints"]))
    shapes = source.geometry.copy()
    plain = list(source.columns["BSM"]).index("plain")
    shapes[plain] = shapely.transform(shapes[plain], lambda p: p + np.array([0.5, 0]))
    moved = {key: (shape, {"height": value}) for key, shape, value in
             zip(source.columns["BSM"], shapes, source.columns["height"])}  # fmt: skip
    data = update_model(
        str(path), layers={"building": str(write(tmp_path / "新.gpkg", moved, "BSM"))}, date="2025-01-01", job=Job()
    ).data
    assert data["changes"][0]["changed"] == 1
    assert validate_model(str(path), job=Job()).data["errors"] == []
    layer = read_layer(f"{path}|layername=building")
    height = dict(zip(layer.columns["BSM"], layer.columns["height"]))
    assert height["plain"] == pytest.approx(15.5, abs=0.05)


def test_imported_objects_are_not_left_behind_without_a_word(tmp_path: Path) -> None:
    from tim.store.copying import copy_to_server

    path = make_model(tmp_path)
    with closing(open_store(str(path), writable=True)) as store:
        store.execute("CREATE TABLE city_object (id TEXT)")
        store.execute("INSERT INTO city_object SELECT id FROM parcel")
    with pytest.raises(UsageError, match="三维对象"):
        second_epoch(str(path), tmp_path)
    with pytest.raises(UsageError, match="三维对象"):
        copy_to_server(str(path), "postgresql://nowhere/tim", Job())
