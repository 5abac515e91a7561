"""Damaged and odd files: one Chinese line, never a crash or a silently wrong result."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from pointcloud.errors import UnusableSource
from pointcloud.sources import open_sources
from pointcloud.statistics import summarise
from pointcloud.survey import SurveyOptions, survey_points
from pointcloud.task import Task

XYZ = np.random.default_rng(2).uniform((0, 0, 0), (50, 40, 5), (5000, 3))


def fails(path, words):
    with pytest.raises(UnusableSource, match=words) as caught:
        summarise(open_sources([path], Task()), Task())
    assert caught.value.message.count("\n") == 0 and caught.value.exit_status == 2


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "空文件"),
        (b"hello, world\n" * 50, "没有 LASF 标识"),
        (b"LASF" + bytes(60), "文件头不完整"),
        (b"LASF" + bytes(400), "LAS 0.0"),
    ],
)
def test_not_a_cloud(tmp_path, content, words):
    path = tmp_path / "假的.laz"
    path.write_bytes(content)
    fails(path, words)


def test_missing_places(tmp_path):
    fails(tmp_path / "没有.las", "不存在")
    fails(tmp_path, "没有点云")
    (tmp_path / "a.doc").write_text("1 2 3")
    fails(tmp_path / "a.doc", "不是支持的点云格式")


@pytest.mark.parametrize("suffix", ["las", "laz"])
@pytest.mark.parametrize("share", [0.3, 0.9, 0.999])
def test_truncated(tmp_path, write_las, suffix, share):
    path = write_las(tmp_path / f"断.{suffix}", XYZ)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    fails(path, "不完整|已损坏|里没有点|却没有点")


@pytest.mark.parametrize(
    ("offset", "kind", "value", "words"),
    [
        (247, "<Q", 0, "里没有点"),
        (247, "<Q", 10**12, "不完整"),
        (131, "<d", float("nan"), "坐标比例"),
        (131, "<d", 0.0, "坐标比例"),
        (105, "<H", 3, "点格式"),
        (104, "<B", 60, "点格式"),
        (96, "<I", 2**31, "却没有点"),
    ],
)
def test_lying_header(tmp_path, write_las, offset, kind, value, words):
    path = write_las(tmp_path / "谎.las", XYZ)
    data = bytearray(path.read_bytes())
    struct.pack_into("<I", data, 107, 0)  # the count of old readers, where the header has one of its own for them
    struct.pack_into(kind, data, offset, value)
    path.write_bytes(bytes(data))
    fails(path, words)


def test_chunk_that_claims_more_than_the_file_has(tmp_path, write_las):
    """The lengths of a chunk's layers make the decompressor allocate: 4 GB here, if it were believed."""
    path = write_las(tmp_path / "a.laz", XYZ)
    data = bytearray(path.read_bytes())
    start = struct.unpack_from("<I", data, 96)[0] + 8
    struct.pack_into("<I", data, start + 30 + 4, 2**32 - 1)
    path.write_bytes(bytes(data))
    fails(path, "与压缩数据的目录不符")


def test_points_outside_the_headers_bounds_are_told(tmp_path, write_las, recorder):
    path = write_las(tmp_path / "a.las", XYZ)
    data = bytearray(path.read_bytes())
    struct.pack_into("<d", data, 179, 25.0)
    path.write_bytes(bytes(data))
    summarise(open_sources([path], recorder), recorder)
    assert any("超出文件头写明的范围" in text for text in recorder.texts("warning"))


def test_conformance_damaged(data_folder):
    folder = data_folder / "conformance" / "las"
    for name, words in [
        ("damaged/broken_coder.laz", "已损坏"),
        ("damaged/broken_type.laz", "已损坏"),
        ("damaged/broken_version.laz", "已损坏"),
        ("damaged/zero_bytes.copc.laz", "空文件"),
        ("versions/permutations/1.2-no-points.las", "却没有点"),
    ]:
        fails(folder / name, words)


def test_conformance_readable(data_folder, recorder):
    folder = data_folder / "conformance" / "las"
    assert summarise(open_sources([folder / "damaged/bad_vlr_count.las"], Task()), Task()).classes == {2: 10}
    versions = sorted((folder / "versions" / "permutations").glob("1.?_?.las"))
    assert len(versions) == 8
    for path in versions:
        summary = summarise(open_sources([path], Task()), Task())
        assert (summary.points, summary.classes, summary.crs.to_epsg()) == (1, {2: 1}, 26915)


@pytest.mark.parametrize("name", ["pdrf6-1.4.laz", "pdrf8-1.4.laz"])
def test_random_coordinates_are_refused_by_the_survey_and_told_by_the_summary(data_folder, tmp_path, recorder, name):
    sources = open_sources([data_folder / "conformance" / "las" / "versions" / name], recorder)
    summary = summarise(sources, recorder)
    assert summary.points == 1024 and summary.density_per_m2 is None
    assert any("超出了地球上可能的坐标" in text for text in recorder.texts("warning"))
    with pytest.raises(UnusableSource, match="坐标不可用"):
        survey_points(sources, SurveyOptions(crs="EPSG:32650"), tmp_path, Task())


@pytest.mark.parametrize("count", [1, 3])
def test_too_few_points(tmp_path, write_las, count):
    path = write_las(tmp_path / "少.laz", XYZ[:count])
    with pytest.raises(UnusableSource, match=f"只有 {count} 个可用的点"):
        survey_points(open_sources([path], Task()), SurveyOptions(), tmp_path / "临时", Task())


def test_all_points_at_one_place(tmp_path, write_las):
    path = write_las(tmp_path / "一处.laz", np.full((2000, 3), 100.0))
    with pytest.raises(UnusableSource, match="地形"):
        survey_points(open_sources([path], Task()), SurveyOptions(), tmp_path / "临时", Task())
