"""Results with quotes in their names, folders in their place, two builds at once, closed streams, bars in names."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import laspy
import numpy as np
import pytest

from tim.assembly.pipeline import build_model
from tim.engine.parameters import check_parameters
from tim.errors import UsageError
from tim.exchange.export import export_model
from tim.files import atomic_output
from tim.job import Job
from tim.model.info import model_info
from tim.operations.model import INFO


def scan(path: Path, *, outlier: bool = False) -> Path:
    """A flat square of 20 m; with `outlier` one point 5000 km away."""
    x, y = (axis.ravel() for axis in np.meshgrid(np.arange(0, 20, 0.5), np.arange(0, 20, 0.5)))
    las = laspy.LasData(laspy.LasHeader(point_format=3, version="1.2"))
    las.header.scales, las.header.offsets = [0.01] * 3, [500_000.0, 3_400_000.0, 0.0]
    las.x = np.append(x, 5e6 if outlier else 10.0) + 500_000
    las.y = np.append(y, 10.0) + 3_400_000
    las.z = np.full(len(x) + 1, 12.0)
    las.write(path)
    return path


@pytest.mark.parametrize("name", ['模"型.gpkg', "a'b.gpkg", "a:b.gpkg", "a|b.gpkg", "#?%20.gpkg"])
def test_any_name_is_written_and_read(tmp_path: Path, name: str) -> None:
    out = tmp_path / name
    build_model(points=[str(scan(tmp_path / "点.las"))], out=str(out), crs="EPSG:4547", job=Job())
    checked = check_parameters(INFO, {"model": name}, tmp_path)
    assert model_info(**checked, job=Job()).data["entities"]["terrain"] == 1
    export_model(model=str(out), to=str(tmp_path / "x.obj"), job=Job())
    assert (tmp_path / "x.obj").stat().st_size > 0


def test_a_point_far_away_is_noise(tmp_path: Path) -> None:
    cloud = scan(tmp_path / "远.las", outlier=True)
    result = build_model(points=[str(cloud)], out=str(tmp_path / "m.gpkg"), crs="EPSG:4547", job=Job())
    assert result.data["extent"][2] < 500_100


def test_a_folder_is_never_replaced_by_a_file(tmp_path: Path) -> None:
    folder = tmp_path / "资料.gpkg"
    folder.mkdir()
    (folder / "留下.txt").write_text("x")
    with pytest.raises(UsageError, match="是文件夹"), atomic_output(folder, Job(), overwrite=True) as working:
        working.write_text("y")
    assert (folder / "留下.txt").exists()


def test_a_result_that_appeared_meanwhile_is_kept(tmp_path: Path) -> None:
    target = tmp_path / "m.gpkg"
    with pytest.raises(UsageError, match="在此期间"), atomic_output(target, Job()) as working:
        working.write_text("second")
        target.write_text("first")
    assert target.read_text() == "first" and list(tmp_path.iterdir()) == [target]


def test_a_name_too_long_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="太长"), atomic_output(tmp_path / ("模" * 80 + ".gpkg"), Job()):
        pass


@pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX shell")
@pytest.mark.parametrize(("shell", "status"), [("2>&-", 2), (">&-", 2), (">/dev/full", 2), ("</dev/null", 2)])
def test_closed_and_full_streams(tmp_path: Path, shell: str, status: int) -> None:
    command = f'"{sys.executable}" -m tim.cli.main info 无.gpkg --json {shell}'
    run = subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert run.returncode == status and "Traceback" not in run.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="a folder in use cannot be removed there")
def test_a_folder_that_is_gone(tmp_path: Path) -> None:
    command = f'mkdir gone; cd gone; rmdir ../gone; "{sys.executable}" -m tim.cli.main info x.gpkg'
    run = subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert run.returncode == 2 and "当前文件夹" in run.stderr
