"""Formats of points: what is written is read back the same; what others write is read; what is broken is said."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import laspy
import numpy as np
import pytest

from pointcloud.errors import UnusableSource
from pointcloud.sources import open_sources
from pointcloud.task import Task
from tim.errors import UnusableInput, UsageError
from tim.job import Job
from tim.points.convert import points_convert
from tim.points.ground import points_ground

XYZ = np.random.default_rng(2).uniform((500_000, 3_400_000, 10), (500_060, 3_400_040, 30), (25_000, 3)).round(3)


@pytest.fixture
def cloud(tmp_path: Path) -> Path:
    header = laspy.LasHeader(version="1.4", point_format=7)
    header.scales, header.offsets = [0.001] * 3, [500_000, 3_400_000, 0]
    header.add_extra_dim(laspy.ExtraBytesParams("Deviation", np.uint16))
    points = laspy.LasData(header)
    points.x, points.y, points.z = XYZ.T
    count = np.arange(len(XYZ))
    points.classification, points.intensity, points.red = count % 7, count, count * 2 % 65536
    points["Deviation"] = count % 999
    points.write(tmp_path / "云.laz")
    return tmp_path / "云.laz"


def read(path: Path) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    (source,) = open_sources([path], Task())
    records = list(source.records(Task()))
    assert sum(len(record) for record in records) == source.count
    names = ("classification", "intensity", "red")
    known = set(records[0].point_format.dimension_names)
    columns = {
        name: np.concatenate([np.asarray(record[name]) for record in records]) for name in names if name in known
    }
    return np.concatenate([np.stack([record.x, record.y, record.z], axis=1) for record in records]), columns


@pytest.mark.parametrize("name", ["b.las", "b.laz", "b.ply", "b.xyz", "b.csv", "ept"])
def test_points_come_back(cloud: Path, tmp_path: Path, name: str) -> None:
    out = tmp_path / name
    result = points_convert(points=[str(cloud)], out=str(out), job=Job())
    assert result.data["points"] == len(XYZ) and sum(result.data["classes"].values()) == len(XYZ)
    xyz, columns = read(out)
    order, expected = np.lexsort(xyz.round(3).T), np.lexsort(XYZ.T)
    assert np.abs(xyz[order] - XYZ[expected]).max() < 1e-6
    count = np.arange(len(XYZ))[expected]
    assert np.array_equal(columns["classification"][order], count % 7)
    assert np.array_equal(columns["intensity"][order], count)
    lost = 257 if name.endswith(("ply", "xyz", "csv")) else 1
    assert np.abs(columns["red"][order].astype(int) - count * 2 % 65536).max() < lost
    if name.startswith("b.la"):
        assert np.array_equal(laspy.read(out)["Deviation"], np.arange(len(XYZ)) % 999)


def test_window_of_octrees_and_of_others_is_the_same(cloud: Path, tmp_path: Path) -> None:
    points_convert(points=[str(cloud)], out=str(tmp_path / "ept"), job=Job())
    window = (500_010.0, 3_400_005.0, 500_020.0, 3_400_030.0)
    inside = ((XYZ[:, :2] >= window[:2]) & (XYZ[:, :2] <= window[2:])).all(axis=1).sum()
    for source in (cloud, tmp_path / "ept"):
        text = ",".join(str(value) for value in window)
        result = points_convert(
            points=[str(source)], out=str(tmp_path / "w.laz"), window=text, overwrite=True, job=Job()
        )
        assert result.data["points"] == inside
    with pytest.raises(UnusableInput, match="窗口里没有点"):
        points_convert(points=[str(cloud)], out=str(tmp_path / "x.laz"), window="0,0,1,1", job=Job())
    for text in ("1,2,3", "3,3,1,1", "a,b,c,d"):
        with pytest.raises(UsageError, match="窗口"):
            points_convert(points=[str(cloud)], out=str(tmp_path / "x.laz"), window=text, job=Job())
    assert not (tmp_path / "x.laz").exists()


def test_window_of_copc_reads_the_same_points(data_folder: Path, tmp_path: Path) -> None:
    path = data_folder / "lidar" / "copc_ept" / "extrabytes-dataset.copc.laz"
    result = points_convert(
        points=[str(path)], out=str(tmp_path / "a.laz"), window="527900,6210900,527950,6210950", job=Job()
    )
    every = laspy.read(path)
    inside = (every.x <= 527950) & (every.y <= 6210950)
    assert result.data["points"] == inside.sum()
    assert np.array_equal(np.sort(laspy.read(tmp_path / "a.laz")["Deviation"]), np.sort(every["Deviation"][inside]))


def test_extra_fields_stay_when_ground_is_written(data_folder: Path, tmp_path: Path) -> None:
    path = data_folder / "lidar" / "copc_ept" / "extrabytes-dataset.copc.laz"
    points_ground(points=[str(path)], out=str(tmp_path / "a.laz"), crs="EPSG:32755", job=Job())
    before, after = laspy.read(path), laspy.read(tmp_path / "a.laz")
    for name in ("X", "Y", "Z", "Deviation", "Reflectance", "gps_time"):
        assert np.array_equal(before[name], after[name])
    assert after.header.parse_crs().to_epsg() == 32755 and not any(vlr.user_id == "copc" for vlr in after.header.vlrs)


def test_ept_is_what_qgis_expects(cloud: Path, tmp_path: Path) -> None:
    points_convert(points=[str(cloud)], out=str(tmp_path / "ept"), crs="EPSG:32650", job=Job())
    information = json.loads((tmp_path / "ept" / "ept.json").read_text())
    nodes = json.loads((tmp_path / "ept" / "ept-hierarchy" / "0-0-0-0.json").read_text())
    assert information["dataType"] == "binary" and "32650" in information["srs"]["wkt"]
    assert sum(nodes.values()) == information["points"] == len(XYZ) and len(nodes) > 1
    size = sum(field["size"] for field in information["schema"])
    for key, count in nodes.items():
        assert (tmp_path / "ept" / "ept-data" / f"{key}.bin").stat().st_size == count * size
        if not key.startswith("0"):
            depth, *place = (int(number) for number in key.split("-"))
            assert "-".join(str(number) for number in (depth - 1, *(number // 2 for number in place))) in nodes


def pcd(kind: str) -> bytes:
    """Three points with a colour, the second without a place."""
    rows = [(1.5, 2.5, 3.5, 0x102030), (np.nan, 0, 0, 0), (4.0, 5.0, 6.0, 0xFFFFFF)]
    head = "VERSION .7\nFIELDS x y z rgb\nSIZE 4 4 4 4\nTYPE F F F U\nCOUNT 1 1 1 1\nWIDTH 3\nHEIGHT 1\nPOINTS 3\n"
    if kind == "ascii":
        return (head + "DATA ascii\n" + "".join("{} {} {} {}\n".format(*row) for row in rows)).encode()
    if kind == "binary":
        return (head + "DATA binary\n").encode() + b"".join(struct.pack("<3fI", *row) for row in rows)
    columns = b"".join(struct.pack("<3f", *(row[axis] for row in rows)) for axis in range(3))
    columns += struct.pack("<3I", *(row[3] for row in rows))
    packed = b"".join(bytes([len(part) - 1]) + part for part in (columns[:32], columns[32:]))
    return (head + "DATA binary_compressed\n").encode() + struct.pack("<2I", len(packed), len(columns)) + packed


@pytest.mark.parametrize("kind", ["ascii", "binary", "binary_compressed"])
def test_pcd(tmp_path: Path, kind: str) -> None:
    (tmp_path / "a.pcd").write_bytes(pcd(kind))
    (source,) = open_sources([tmp_path / "a.pcd"], Task())
    (record,) = source.records(Task())
    assert np.stack([record.x, record.y, record.z]).T.tolist() == [[1.5, 2.5, 3.5], [4, 5, 6]]
    assert (np.asarray(record.red) // 257).tolist() == [0x10, 0xFF] and "1 个点" in source.warnings[0]


def test_repeats_in_compressed_pcd(tmp_path: Path) -> None:
    """LZF copies what was written before: 48 equal bytes as one plain byte and a copy of 47."""
    data = pcd("binary_compressed")
    head = data[: data.index(b"compressed\n") + 11]
    packed = bytes([0, 0, (7 << 5), 47 - 2 - 7, 0])
    (tmp_path / "a.pcd").write_bytes(head + struct.pack("<2I", len(packed), 48) + packed)
    (source,) = open_sources([tmp_path / "a.pcd"], Task())
    assert source.count == 3 and source.bounds == (0.0,) * 6


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("a.xyz", "1 2 3\n4 5\n", "不是数的内容或列数不同"),
        ("a.xyz", "1 2 3 4 5\n", "每行有 5 个数"),
        ("a.xyz", "", "没有点"),
        ("a.csv", "x,y,k\n1,2,3\n", "没有 x、y、z"),
        ("a.ply", "ply\nformat ascii 1.0\nelement vertex 9\nproperty float x\nend_header\n1\n", "不完整|没有 x"),
        ("a.ply", "ply\nformat ascii 1.0\nelement vertex 99999999999999\nend_header\n", "点数"),
        ("a.ply", "solid", "没有结束"),
        ("a.pcd", "FIELDS x y\nDATA ascii\n", "文件头不完整"),
    ],
)
def test_broken_tables_are_told(tmp_path: Path, name: str, text: str, words: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(UnusableSource, match=words):
        open_sources([tmp_path / name], Task())
