"""The map as a script sees it: requests to the program that shows it. Layers travel as files, never in messages."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import shapely

from tim.job import HostRefused, Job
from zhscript.engine import Table
from zhscript.engine.host import Refused

Read = Callable[[str], Table]


class MapHost:
    """Puts the words 打开图层 添加到地图 缩放到 运行算法 询问 询问文件 as requests of a job.

    `read(source)` reads a layer that the host names; `written(layer)` puts one into a file for the host;
    `granted(path)` hears of a file that the user has chosen.
    """

    def __init__(self, job: Job, read: Read, written: Callable[[Table], str], granted: Callable[[Path], None]) -> None:
        self._job = job
        self._read = read
        self._granted = granted
        self._written = written

    def request(self, word: str, given: list[Any], named: dict[str, Any]) -> Any:
        """The answer to one request. Raises `Refused` in the host's words."""
        if not self._job.interactive:
            raise Refused(f"“{word}”要在 QGIS 里运行")
        try:
            return getattr(self, _METHODS[word])(*given, **{_KEYS.get((word, key), key): named[key] for key in named})
        except HostRefused as error:
            raise Refused(error.message or f"“{word}”要在 QGIS 里运行") from error

    def _open_layer(self, name: str) -> Table:
        return self._layer(self._job.ask("open_layer", {"name": name}))

    def _add_to_map(self, layer: Table, name: str | None = None) -> None:
        self._job.ask("add_to_map", {"path": self._written(layer), "name": name or layer.name})

    def _zoom_to(self, region: Table) -> None:
        shapes: Any = [] if region.geometry is None else region.geometry
        bounds = [float(number) for number in shapely.total_bounds(shapes)]
        if any(map(math.isnan, bounds)):
            raise Refused("“缩放到”没有图形可看")
        self._job.ask("zoom_to", {"bounds": bounds, "crs": region.crs})

    def _run_algorithm(self, name: str, /, **parameters: Any) -> Table:
        sent = {key: self._outward(value) for key, value in parameters.items()}
        return self._layer(self._job.ask("run_algorithm", {"algorithm": name, "parameters": sent}))

    def _ask(self, question: str, default: str = "") -> str:
        return str(self._job.ask("ask", {"question": question, "default": default}))

    def _ask_file(self, question: str, pattern: str = "", default: str = "") -> str:
        params = {"question": question, "pattern": pattern, "default": default}
        path = str(self._job.ask("ask_file", params))
        self._granted(Path(path))
        return path

    def _layer(self, answer: Any) -> Table:
        """The layer of an answer {path, name}, where path is `path` or `path|layername=x`."""
        if not isinstance(answer, dict) or not isinstance(answer.get("path"), str):
            raise Refused("QGIS 的回答无法识别；请安装同一版本的插件和引擎")
        table = self._read(answer["path"])
        table.name = str(answer.get("name") or table.name)
        return table

    def _outward(self, value: Any) -> Any:
        """A parameter of an algorithm: layers as {"layer": path}, dates in ISO form."""
        if isinstance(value, Table):
            return {"layer": self._written(value)}
        if isinstance(value, list):
            return [self._outward(item) for item in value]
        if isinstance(value, date):
            return value.isoformat()
        if value is None or isinstance(value, (bool, int, float, str)):
            return value
        raise Refused("“运行算法”的参数只能是图层、数、文字、是或否，以及它们的列表")


_METHODS = {
    "打开图层": "_open_layer",
    "添加到地图": "_add_to_map",
    "缩放到": "_zoom_to",
    "运行算法": "_run_algorithm",
    "询问": "_ask",
    "询问文件": "_ask_file",
}
_KEYS = {
    ("添加到地图", "图层"): "layer",
    ("添加到地图", "名称"): "name",
    ("询问", "问题"): "question",
    ("询问", "缺省"): "default",
    ("询问文件", "问题"): "question",
    ("询问文件", "样式"): "pattern",
    ("询问文件", "缺省"): "default",
}
