"""Sources: every format gives the same points; units, CRS and folders."""

from __future__ import annotations

import json
import shutil
import struct
from pathlib import Path

import laspy
import numpy as np
import pytest
from pyproj import CRS

from pointcloud.errors import UnusableSource
from pointcloud.sources import common_crs, open_sources, unit_factors, with_metric_heights
from pointcloud.sources.crs import crs_of_records
from pointcloud.statistics import summarise
from pointcloud.task import Task

XYZ = np.random.default_rng(1).uniform((500_000, 3_400_000, 10), (500_050, 3_400_040, 30), (500, 3)).round(3)


def read(path: Path) -> np.ndarray:
    (source,) = open_sources([path], Task())
    parts = list(source.chunks(Task()))
    assert sum(len(part) for part in parts) == source.count
    return np.concatenate([np.stack([part.x, part.y, part.z], axis=1) for part in parts])


@pytest.mark.parametrize("suffix", ["las", "laz"])
@pytest.mark.parametrize(
    ("version", "point_format"),
    [("1.1", 0), ("1.2", 1), ("1.2", 2), ("1.2", 3), ("1.3", 4), ("1.4", 6), ("1.4", 7), ("1.4", 8)],
)
def test_versions_and_formats(tmp_path, write_las, version, point_format, suffix):
    if suffix == "laz" and point_format == 4:
        pytest.skip("the LAZ writer has no wave packets")
    path = write_las(tmp_path / f"点.{suffix}", XYZ, 5, version=version, point_format=point_format, crs=None)
    (source,) = open_sources([path], Task())
    assert (source.kind, source.count, source.crs) == (suffix, 500, None)
    assert np.allclose(read(path), XYZ, atol=5e-4)
    assert all((part.classification == 5).all() for part in source.chunks(Task()))


def test_chunks_are_watched_and_announced(tmp_path, write_las, recorder):
    path = write_las(tmp_path / "a.laz", XYZ)
    watched = []
    recorder.watch = lambda seconds, text: watched.append((seconds, text)) or Task().watch(seconds, text)
    (source,) = open_sources([path], recorder)
    assert sum(len(part) for part in source.chunks(recorder)) == 500
    assert len(watched) >= 3 and set(watched) == {(10.0, "读取 a.laz")}


def test_folder_is_searched_and_duplicates_count_once(tmp_path, write_las):
    (tmp_path / "东" / "里").mkdir(parents=True)
    first = write_las(tmp_path / "a.LAZ", XYZ)
    write_las(tmp_path / "东" / "里" / "b.las", XYZ)
    (tmp_path / "读我.txt").write_text("x")
    names = [source.name for source in open_sources([tmp_path, first], Task())]
    assert sorted(names) == ["a.LAZ", "b.las"]


def test_digest_is_that_of_the_file(tmp_path, write_las):
    import hashlib

    path = write_las(tmp_path / "a.las", XYZ)
    (source,) = open_sources([path], Task())
    assert source.digest() == hashlib.sha256(path.read_bytes()).hexdigest()


def write_ept(folder: Path, kind: str, write_las) -> Path:
    """An EPT of two nodes, the second under a hierarchy file of its own."""
    halves = {"0-0-0-0": XYZ[:300], "1-0-0-0": XYZ[300:]}
    (folder / "ept-hierarchy").mkdir(parents=True)
    (folder / "ept-data").mkdir()
    schema = [
        {"name": axis, "type": "signed", "size": 4, "scale": 0.001, "offset": float(np.floor(XYZ[:, i].min()))}
        for i, axis in enumerate("XYZ")
    ]
    schema += [
        {"name": "Classification", "type": "unsigned", "size": 1},
        {"name": "GpsTime", "type": "float", "size": 8},
    ]
    for key, xyz in halves.items():
        if kind == "laszip":
            write_las(folder / "ept-data" / f"{key}.laz", xyz, 2)
            continue
        record = np.zeros(len(xyz), dtype=[("X", "<i4"), ("Y", "<i4"), ("Z", "<i4"), ("C", "u1"), ("T", "<f8")])
        for name, item, values in zip("XYZ", schema, xyz.T):
            record[name] = np.rint((values - item["offset"]) / item["scale"])
        record["C"] = 2
        (folder / "ept-data" / f"{key}.bin").write_bytes(record.tobytes())
    (folder / "ept-hierarchy" / "0-0-0-0.json").write_text(json.dumps({"0-0-0-0": 300, "1-0-0-0": -1}))
    (folder / "ept-hierarchy" / "1-0-0-0.json").write_text(json.dumps({"1-0-0-0": 200}))
    bounds = [*XYZ.min(axis=0), *XYZ.max(axis=0)]
    srs = {"authority": "EPSG", "horizontal": "32650"}
    (folder / "ept.json").write_text(
        json.dumps({"bounds": bounds, "dataType": kind, "points": 500, "schema": schema, "srs": srs})
    )
    return folder


@pytest.mark.parametrize("kind", ["laszip", "binary"])
def test_ept(tmp_path, write_las, kind):
    folder = write_ept(tmp_path / "云", kind, write_las)
    for given in (folder, folder / "ept.json", tmp_path):
        (source,) = open_sources([given], Task())
        assert (source.kind, source.count, source.crs.to_epsg()) == ("ept", 500, 32650)
    assert np.allclose(np.sort(read(folder), axis=0), np.sort(XYZ, axis=0), atol=6e-4)
    assert len(source.files()) == 5 and len(source.digest()) == 64


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda folder: (folder / "ept-data" / "1-0-0-0.laz").unlink(), "缺少 1 个数据文件"),
        (lambda folder: (folder / "ept-hierarchy" / "1-0-0-0.json").write_text("{"), "不是有效的 JSON"),
        (lambda folder: (folder / "ept.json").write_text("{}"), "缺少必要内容"),
        (lambda folder: (folder / "ept-hierarchy" / "0-0-0-0.json").write_text('{"../../x": 3}'), "已损坏"),
    ],
)
def test_damaged_ept(tmp_path, write_las, damage, words):
    folder = write_ept(tmp_path / "云", "laszip", write_las)
    damage(folder)
    with pytest.raises(UnusableSource, match=words):
        open_sources([folder], Task())


def test_ept_node_with_another_number_of_points(tmp_path, write_las):
    folder = write_ept(tmp_path / "云", "laszip", write_las)
    shutil.copy(folder / "ept-data" / "0-0-0-0.laz", folder / "ept-data" / "1-0-0-0.laz")
    with pytest.raises(UnusableSource, match="应有 200 个点"):
        read(folder)


@pytest.mark.parametrize(
    ("crs", "factors"),
    [
        ("EPSG:32650", (1.0, 1.0)),
        ("EPSG:2263", (1200 / 3937, 1200 / 3937)),  # New York, US survey feet, no vertical part
        ("EPSG:32650+6360", (1.0, 1200 / 3937)),  # NAVD88 in US survey feet
        ("EPSG:2263+5703", (1200 / 3937, 1.0)),
        (None, (1.0, 1.0)),
    ],
)
def test_unit_factors(crs, factors):
    assert unit_factors(CRS.from_user_input(crs) if crs else None) == pytest.approx(factors, rel=1e-9)


def test_metric_heights_keep_the_datum():
    metric = with_metric_heights(CRS.from_user_input("EPSG:32650+6360"))
    assert metric.sub_crs_list[1].to_epsg() == 5703
    assert unit_factors(metric) == (1.0, 1.0)
    assert with_metric_heights(CRS.from_epsg(32650)) == CRS.from_epsg(32650)


def keys(*entries: tuple[int, int, int, int]) -> bytes:
    return struct.pack("<4H", 1, 1, 0, len(entries)) + b"".join(struct.pack("<4H", *entry) for entry in entries)


def test_geotiff_keys_also_user_defined():
    """CGCS2000 with a meridian of its own, as cities use it: no EPSG code, only parameters."""
    code, _ = crs_of_records({34735: keys((1024, 0, 1, 1), (3072, 0, 1, 32650))})
    assert code.to_epsg() == 32650
    codes = [(1024, 1), (2048, 4490), (3072, 32767), (3074, 32767), (3075, 1), (3076, 9001)]
    numbers = [(key, 34736, 1, place) for place, key in enumerate((3080, 3081, 3082, 3083, 3092))]
    directory = keys(*((key, 0, 1, value) for key, value in codes), *numbers)
    custom, problem = crs_of_records({34735: directory, 34736: struct.pack("<5d", 113.37, 0.0, 500_000.0, 90.0, 1.0)})
    assert problem == "" and custom.is_projected
    values = {round(parameter.value, 6) for parameter in custom.coordinate_operation.params}
    assert values >= {113.37, 500_000.0, 90.0}


def test_unusable_crs_is_said():
    assert crs_of_records({2112: b"PROJCS[broken\0"})[1] != ""
    assert crs_of_records({})[1] == ""


def test_crs_of_several_sources(tmp_path, write_las):
    paths = [write_las(tmp_path / f"{name}.laz", XYZ, crs=crs) for name, crs in
             (("甲", "EPSG:32650"), ("乙", "EPSG:32651"), ("丙", None))]  # fmt: skip
    one, other, silent = (open_sources([path], Task())[0] for path in paths)
    with pytest.raises(UnusableSource, match=r"甲.laz.*乙.laz"):
        common_crs([one, other])
    with pytest.raises(UnusableSource, match=r"丙.laz.*--crs"):
        common_crs([one, silent])
    with pytest.raises(UnusableSource, match="不一致"):
        common_crs([one], "EPSG:32651")
    with pytest.raises(UnusableSource, match="不认识的坐标系"):
        common_crs([silent], "EPSG:999999")
    assert common_crs([silent]) is None
    assert common_crs([one, silent], "EPSG:32650").to_epsg() == 32650
    assert common_crs([one], "EPSG:32650+5773").is_compound


def test_summary(scene_file, scene):
    summary = summarise(open_sources([scene_file], Task()), Task())
    codes, counts = np.unique(scene.classification, return_counts=True)
    assert summary.classes == dict(zip(codes.tolist(), counts.tolist()))
    assert summary.points == len(scene.xyz)
    assert summary.density_per_m2 == pytest.approx(8.0, rel=0.02)
    assert summary.extent == pytest.approx((*scene.xyz.min(axis=0), *scene.xyz.max(axis=0)), abs=1e-3)


def test_file_is_not_touched(tmp_path, write_las):
    path = write_las(tmp_path / "a.laz", XYZ)
    before = path.read_bytes(), path.stat().st_mtime_ns
    read(path)
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.laz"]


def test_laspy_is_matched(scene_file):
    las = laspy.read(scene_file)
    assert np.array_equal(read(scene_file), np.stack([las.x, las.y, las.z], axis=1))
