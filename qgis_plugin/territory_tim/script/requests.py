"""Answers what a running script asks of QGIS. In the thread of the run; windows and the project in the main thread."""

from __future__ import annotations

import os
import shutil
from typing import Any

from qgis.core import QgsFeedback, QgsProcessingUtils, QgsRectangle

from ..engine.session import UnknownRequest
from ..errors import InputError
from ..processing.layer_copy import LayerCopy
from ..texts import tr
from .algorithms import run_algorithm
from .desk import Desk


class Requests:
    """The requests of one run. Copies of layers go to `folder`, which lives as long as the run."""

    def __init__(self, desk: Desk, folder: str, feedback: QgsFeedback) -> None:
        self._desk = desk
        self._folder = folder
        self._feedback = feedback
        self._files = 0
        self._methods = {
            "open_layer": self._open_layer,
            "add_to_map": self._add_to_map,
            "zoom_to": self._zoom_to,
            "run_algorithm": self._run_algorithm,
            "ask": self._ask,
            "ask_file": self._ask_file,
        }

    def answer(self, method: str, params: dict[str, Any]) -> Any:
        """The result of a request. Raises `UserError` in words for the user, `UnknownRequest` for another method."""
        if method not in self._methods:
            raise UnknownRequest(method)
        return self._methods[method](params)

    def _open_layer(self, params: dict[str, Any]) -> dict[str, str]:
        name = str(params.get("name", ""))
        source = self._in_main_thread(lambda: self._desk.layer(name))
        if isinstance(source, LayerCopy):
            self._files += 1
            folder = os.path.join(self._folder, f"asked{self._files}")
            os.mkdir(folder)
            source = source.write(folder, self._files, self._feedback)
        return {"path": source, "name": name}

    def _add_to_map(self, params: dict[str, Any]) -> None:
        """A copy in Processing's folder stays as long as QGIS runs; QGIS marks such layers as temporary."""
        path, name = str(params.get("path", "")), str(params.get("name", ""))
        if not path.endswith(".gpkg") or not os.path.isfile(path):
            raise InputError(tr("“{}”不存在；请检查路径").format(path))
        kept = QgsProcessingUtils.generateTempFilename("layer.gpkg")
        shutil.copyfile(path, kept)
        self._in_main_thread(lambda: self._desk.show_layer(kept, name))

    def _zoom_to(self, params: dict[str, Any]) -> None:
        bounds = QgsRectangle(*(float(number) for number in params["bounds"]))
        self._in_main_thread(lambda: self._desk.zoom(bounds, str(params.get("crs", ""))))

    def _run_algorithm(self, params: dict[str, Any]) -> dict[str, str]:
        name = str(params.get("algorithm", ""))
        self._files += 1
        target = os.path.join(self._folder, f"result{self._files}.gpkg")
        run_algorithm(name, params.get("parameters") or {}, target, self._feedback)
        return {"path": target, "name": name.split(":")[-1]}

    def _ask(self, params: dict[str, Any]) -> str:
        question, default = str(params.get("question", "")), str(params.get("default") or "")
        return self._in_main_thread(lambda: self._desk.ask(question, default))

    def _ask_file(self, params: dict[str, Any]) -> str:
        question, pattern, default = (str(params.get(key) or "") for key in ("question", "pattern", "default"))
        return self._in_main_thread(lambda: self._desk.ask_file(question, pattern, default))

    def _in_main_thread(self, act: Any) -> Any:
        return self._desk.call(act, self._feedback.isCanceled)
