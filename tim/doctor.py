"""What works on this machine, what does not, and why."""

from __future__ import annotations

import ctypes.util
import glob
import json
import locale
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import tim
from tim.engine.environment import usable_cores, worker_environment
from tim.engine.internal import PROBE
from tim.engine.supervisor import Supervisor

GOOD, WEAK, BAD = "ok", "warning", "error"
_QGIS_SECONDS = 30
_MIN_FREE_GB = 2.0

# module → (what it is for, whether the main work needs it)
_MODULES = {
    "numpy": ("数组计算", True),
    "scipy": ("近邻与插值", True),
    "shapely": ("矢量计算", True),
    "pyproj": ("坐标转换", True),
    "pyogrio": ("读写矢量数据", True),
    "rasterio": ("读写栅格数据", True),
    "laspy": ("读写点云", True),
    "startinpy": ("三角网地形", True),
    "cv2": ("地面分类", True),
    "zhscript": ("中文规则语言", True),
    "docx": ("Word 报告", False),
    "matplotlib": ("地图图片", False),
    "open3d": ("三维图片", False),
}
_FUNCTIONS = {
    "coordinates": ("坐标转换（EPSG:4490 → EPSG:4547）", True),
    "geopackage": ("写出并读回 GeoPackage", True),
    "laz": ("读 LAZ 压缩点云", True),
    "chinese_font": ("图片里的中文字体", False),
}


@dataclass(frozen=True)
class Check:
    """One thing that was looked at. `status`: "ok", "warning" (something is missing), "error" (the main work fails)."""

    group: str
    name: str
    status: str
    text: str


def examine() -> list[Check]:
    """Look at everything; takes some seconds, because every library is really loaded."""
    return [*_system(), *_engine(), *_graphics(), *_storage(), *_qgis()]


def report(checks: list[Check], seconds: float) -> dict[str, Any]:
    """The result object of `tim doctor`."""
    bad = [check.name for check in checks if check.status == BAD]
    weak = [check.name for check in checks if check.status == WEAK]
    if bad:
        message = f"有 {len(bad)} 项必需的功能不能用：{'、'.join(bad)}"
    elif weak:
        message = f"主要功能都可用；有 {len(weak)} 项要注意：{'、'.join(weak)}"
    else:
        message = "全部功能可用"
    return {
        "status": "failed" if bad else "ok",
        "message": message,
        "outputs": [],
        "seconds": round(seconds, 3),
        "warnings": [f"{check.name}：{check.text}" for check in checks if check.status == WEAK],
        "checks": [asdict(check) for check in checks],
    }


def _system() -> Iterable[Check]:
    group = "系统"
    yield Check(group, "Territory TIM", GOOD, f"{tim.__version__}（{os.path.dirname(tim.__file__)}）")
    version = platform.python_version()
    yield Check(group, "Python", GOOD if sys.version_info >= (3, 9) else BAD, f"{version}（{sys.executable}）")
    yield Check(group, "操作系统", GOOD, f"{platform.platform()}，{usable_cores()} 个处理器核")
    encoding = sys.getfilesystemencoding()
    utf8 = encoding.lower().replace("-", "") == "utf8"
    text = f"{locale.setlocale(locale.LC_CTYPE)}，文件名编码 {encoding}"
    yield Check(
        group, "语言环境", GOOD if utf8 else WEAK, text if utf8 else text + "；中文文件名可能出错，请设为 UTF-8"
    )


def _engine() -> Iterable[Check]:
    """The worker process itself, then every library and function tried inside it."""
    wanted = {f"module:{name}": entry for name, entry in _MODULES.items()}
    wanted.update({f"function:{name}": entry for name, entry in _FUNCTIONS.items()})
    started = time.monotonic()
    _, failure = _try_in_worker([])
    seconds = time.monotonic() - started
    yield Check("引擎", "处理进程", BAD if failure else GOOD, failure or f"{seconds:.2f} 秒启动并结束")
    if failure:
        return
    answers = _try_all(list(wanted))
    for item, (purpose, needed) in wanted.items():
        works, text = answers[item]
        kind, _, name = item.partition(":")
        title = f"{name}（{purpose}）" if kind == "module" else purpose
        yield Check("程序库" if kind == "module" else "功能", title, GOOD if works else BAD if needed else WEAK, text)


def _try_all(items: list[str]) -> dict[str, tuple[bool, str]]:
    """The answer for each item; after a crash a new worker goes on behind the item that caused it."""
    answers: dict[str, tuple[bool, str]] = {}
    rest = items
    while rest:
        new, failure = _try_in_worker(rest)
        answers.update(new)
        rest = [item for item in rest if item not in new]
        if rest:
            answers[rest.pop(0)] = (False, failure or "没有回答")
    return answers


def _try_in_worker(items: list[str]) -> tuple[dict[str, tuple[bool, str]], str]:
    """Answers by item, and the reason when the worker did not come to its end."""
    answers: dict[str, tuple[bool, str]] = {}

    def listen(event: str, data: dict[str, Any]) -> None:
        if event == "log":
            answer = json.loads(data["text"])
            answers[answer["item"]] = (answer["works"], answer["text"])

    outcome = Supervisor(PROBE, {"items": items}, listen).run()
    return answers, outcome.failure.message if outcome.failure else ""


def _graphics() -> Iterable[Check]:
    if os.name == "nt":
        return
    for name in ("GL", "EGL"):
        found = ctypes.util.find_library(name)
        missing = f"没有 lib{name}；三维图片画不出来，请安装系统软件包 lib{name.lower()}1"
        yield Check("图形", f"lib{name}", GOOD if found else WEAK, found or missing)


def _storage() -> Iterable[Check]:
    for title, folder in (("当前文件夹", os.getcwd()), ("临时文件夹", tempfile.gettempdir())):
        free = shutil.disk_usage(folder).free / 1e9
        text = f"{folder}，可用 {free:.1f} GB"
        if not os.access(folder, os.W_OK):
            yield Check("磁盘", title, WEAK, text + "；没有写权限")
        elif free < _MIN_FREE_GB:
            yield Check("磁盘", title, WEAK, text + "；空间不多")
        else:
            yield Check("磁盘", title, GOOD, text)


def _qgis() -> Iterable[Check]:
    """QGIS is asked through its own Python; the plugin runs there."""
    for python in _qgis_pythons():
        command = [python, "-c", "from qgis.core import Qgis; print(Qgis.QGIS_VERSION)"]
        environment = {**worker_environment(), "QT_QPA_PLATFORM": "offscreen"}
        try:
            answer = subprocess.run(command, capture_output=True, timeout=_QGIS_SECONDS, env=environment, check=False)
        except (OSError, subprocess.TimeoutExpired):
            continue
        if answer.returncode == 0:
            version = answer.stdout.decode("utf-8", "replace").strip()
            yield Check("QGIS", "QGIS", GOOD, f"{version}（{shutil.which('qgis') or python}）")
            return
    yield Check("QGIS", "QGIS", WEAK, "没有找到；命令行可以用，插件需要 QGIS 3.22 及以上")


def _qgis_pythons() -> list[str]:
    """Interpreters that may know QGIS: the distribution's, and those of QGIS's own installers."""
    if os.name == "nt":
        return sorted(glob.glob(r"C:\Program Files\QGIS*\bin\python-qgis*.bat"), reverse=True)
    return [path for path in ("/usr/bin/python3", "/opt/qgis/bin/python3") if os.access(path, os.X_OK)]
