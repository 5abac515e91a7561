"""One operation of the engine as a Processing algorithm."""

from __future__ import annotations

import json
import os
import tempfile
from typing import Any

from qgis.core import (
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingOutputString,
    QgsProcessingParameterBoolean,
    QgsProject,
)
from qgis.PyQt.QtGui import QIcon

from .. import log
from ..engine.locate import find_engine
from ..engine.session import EngineSession
from ..errors import Cancelled, UserError
from ..help import help_url
from ..icons import icon
from ..model.open import open_output
from ..texts import of, tr
from .listener import FeedbackListener
from .outputs import open_in_project, output_paths, refuse_existing, shown_keys
from .parameters import make_parameters, processing_name
from .values import Reader, Request

RESULT, STATUS, LOAD = "RESULT", "STATUS", "LOAD"
_OUTPUT_KINDS = ("output_model", "output_file")


class OperationAlgorithm(QgsProcessingAlgorithm):
    """Everything about it, names, parameters and help, comes from the declaration."""

    def __init__(self, declaration: dict[str, Any]) -> None:
        super().__init__()
        self._declaration = declaration
        self._request = Request()
        self._to_open: list[str] = []

    def createInstance(self) -> OperationAlgorithm:
        return OperationAlgorithm(self._declaration)

    def name(self) -> str:
        return self._declaration["name"]

    def displayName(self) -> str:
        return of(self._declaration["title"])

    def group(self) -> str:
        return of(self._declaration["group"])

    def groupId(self) -> str:
        return self._declaration["group"]["en"].lower().replace(" ", "_")

    def shortDescription(self) -> str:
        return of(self._declaration["summary"])

    def shortHelpString(self) -> str:
        return of(self._declaration["summary"])

    def helpUrl(self) -> str:
        return help_url(self.name()).toString()

    def icon(self) -> QIcon:
        return icon("plugin")

    def initAlgorithm(self, _configuration: dict[str, Any] | None = None) -> None:
        for declared in self._declaration["parameters"]:
            for parameter in make_parameters(declared):
                self.addParameter(parameter)
        if self._loadable():
            title = tr("完成后加载到地图")
            self.addParameter(QgsProcessingParameterBoolean(LOAD, title, defaultValue=True, optional=True))
        self.addOutput(QgsProcessingOutputString(RESULT, tr("结果（JSON）")))
        self.addOutput(QgsProcessingOutputString(STATUS, tr("结论（ok、violations、failed）")))

    def canExecute(self) -> tuple[bool, str]:
        try:
            find_engine()
        except UserError as error:
            return False, error.message
        return True, ""

    def checkParameterValues(self, parameters: dict[str, Any], context: QgsProcessingContext) -> tuple[bool, str]:
        """QGIS's own checks, then what would otherwise fail only after a long run."""
        good, reason = super().checkParameterValues(parameters, context)
        if not good:
            return good, reason
        paths = output_paths(self._outputs(), parameters)
        reason = refuse_existing(paths, bool(parameters.get("OVERWRITE"))) or open_in_project(paths, context.project())
        return not reason, reason

    def prepareAlgorithm(
        self, parameters: dict[str, Any], context: QgsProcessingContext, _feedback: QgsProcessingFeedback
    ) -> bool:
        """In the main thread: layers are looked at here."""
        try:
            self._request = self._reader(parameters, context).request(self._prepared())
        except UserError as error:
            raise _exception(error) from error
        wanted = self._loadable() and self.parameterAsBool(parameters, LOAD, context)
        self._to_open = [path for path in self._written().values() if path.endswith(".gpkg")] if wanted else []
        return True

    def processAlgorithm(
        self, _parameters: dict[str, Any], _context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> dict[str, Any]:
        try:
            result = self._run(feedback)
        except Cancelled as cancelled:
            feedback.pushInfo(cancelled.message)
            return {}
        except UserError as error:
            raise _exception(error) from error
        self._tell(result, feedback)
        return {
            RESULT: json.dumps(result, ensure_ascii=False),
            STATUS: str(result.get("status", "")),
            **self._written(),
            **self._results(result),
        }

    def postProcessAlgorithm(self, context: QgsProcessingContext, feedback: QgsProcessingFeedback) -> dict[str, Any]:
        """In the main thread again: show the results, where there is a map to show them on."""
        if context.project() is None or context.project() != QgsProject.instance() or feedback.isCanceled():
            return {}
        for path in self._to_open:
            if os.path.exists(path):
                try:
                    open_output(path)
                except UserError as error:
                    feedback.reportError(error.message)
        return {}

    def _run(self, feedback: QgsProcessingFeedback) -> dict[str, Any]:
        with tempfile.TemporaryDirectory(prefix="territory_tim_") as folder:
            return self._execute(self._request.written(folder, feedback), feedback)

    def _prepared(self) -> list[dict[str, Any]]:
        """The parameters whose values are read before the run, in the main thread."""
        return self._declaration["parameters"]

    def _reader(self, parameters: dict[str, Any], context: QgsProcessingContext) -> Reader:
        return Reader(self.parameterDefinition, parameters, context)

    def _execute(self, parameters: dict[str, Any], feedback: QgsProcessingFeedback) -> dict[str, Any]:
        with EngineSession(find_engine(), FeedbackListener(feedback)) as engine:
            return engine.run(self.name(), parameters)

    def _results(self, _result: dict[str, Any]) -> dict[str, Any]:
        """What of the engine's result Processing gets by name."""
        return {}

    def _tell(self, result: dict[str, Any], feedback: QgsProcessingFeedback) -> None:
        message = str(result.get("message", ""))
        if result.get("status") == "ok":
            feedback.pushInfo(message)
        else:
            feedback.pushWarning(message)
        for line in shown_keys(result):
            feedback.pushInfo(line)

    def _outputs(self) -> list[dict[str, Any]]:
        return [declared for declared in self._declaration["parameters"] if declared["kind"] in _OUTPUT_KINDS]

    def _loadable(self) -> bool:
        return any("gpkg" in declared["suffixes"] for declared in self._outputs())

    def _written(self) -> dict[str, str]:
        """Processing's outputs: name of the parameter → path of the file."""
        given = self._request.parameters
        return {
            processing_name(declared["name"]): given[declared["name"]]
            for declared in self._outputs()
            if declared["name"] in given
        }


def _exception(error: UserError) -> QgsProcessingException:
    if error.detail:
        log.warning(f"{error.message}\n{error.detail}")
    return QgsProcessingException(error.message)
