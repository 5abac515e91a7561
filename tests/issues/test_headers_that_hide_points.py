"""Found by review: points beyond the header's count were dropped without a word."""

from __future__ import annotations

import struct
from pathlib import Path

import laspy
import numpy as np
import pytest

from pointcloud.errors import UnusableSource
from pointcloud.sources import open_sources
from pointcloud.task import Task


def test_a_count_below_what_the_file_holds_is_refused(tmp_path: Path) -> None:
    cloud = laspy.LasData(laspy.LasHeader(version="1.2", point_format=1))
    cloud.x, cloud.y, cloud.z = np.arange(20.0), np.arange(20.0), np.ones(20)
    path = tmp_path / "少报.las"
    cloud.write(path)
    assert open_sources([path], Task())[0].count == 20

    content = bytearray(path.read_bytes())
    struct.pack_into("<I", content, 107, 10)  # number of point records, LAS 1.2
    path.write_bytes(content)
    with pytest.raises(UnusableSource, match=r"写有 10 个点，文件里却有 20 个"):
        open_sources([path], Task())
