"""What a worker inherits, and how it is started."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tim.engine.environment import worker_command, worker_environment


def test_variables_of_other_installations_stay_outside() -> None:
    inherited = {
        "HOME": "/home/a",
        "LANG": "zh_CN.UTF-8",
        "PYTHONPATH": "/usr/share/qgis/python",
        "PYTHONHOME": "/usr",
        "PROJ_LIB": "/usr/share/proj",
        "PROJ_DATA": os.path.join(sys.prefix, "share", "proj"),
        "GDAL_DATA": "/usr/share/gdal",
        "GDAL_DRIVER_PATH": "/usr/lib/gdalplugins" + os.pathsep + os.path.join(sys.prefix, "lib"),
        "QT_PLUGIN_PATH": "/usr/lib/qt5",
        "QGIS_PREFIX_PATH": "/usr",
        "LD_LIBRARY_PATH": "/usr/lib/qgis",
        "LD_PRELOAD": "/usr/lib/libx.so",
        "OMP_NUM_THREADS": "3",
    }
    environment = worker_environment(inherited)
    kept = {name: value for name, value in environment.items() if name in inherited}
    assert kept == {
        "HOME": "/home/a",
        "LANG": "zh_CN.UTF-8",
        "PROJ_DATA": os.path.join(sys.prefix, "share", "proj"),
        "GDAL_DRIVER_PATH": os.path.join(sys.prefix, "lib"),
        "OMP_NUM_THREADS": "3",
    }
    assert environment["PYTHONUTF8"] == "1"
    assert environment["PROJ_NETWORK"] == "OFF"
    assert 1 <= int(environment["OPENBLAS_NUM_THREADS"]) <= 8


def test_a_frozen_program_starts_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", "/opt/territory-tim/tim")
    assert worker_command() == ["/opt/territory-tim/tim", "worker"]


def test_modules_in_the_current_folder_are_not_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]
) -> None:
    """A folder of data that holds a `json.py` must not run it."""
    from engine_client import Client

    (tmp_path / "json.py").write_text("raise SystemExit('foreign code')")
    (tmp_path / "tim.py").write_text("raise SystemExit('foreign code')")
    client = Client({**environment, "PYTHONSAFEPATH": "1"})
    monkeypatch.chdir(tmp_path)
    job = client.start("test_write", out=str(tmp_path / "x.txt"))
    assert client.finished(job)["result"]["status"] == "ok"
    client.close()
