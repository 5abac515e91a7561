"""A tool of a script file as a Processing algorithm, and what stands for a file with errors."""

from __future__ import annotations

import html
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from qgis.core import (
    QgsApplication,
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingFeedback,
    QgsProcessingOutputNumber,
    QgsProcessingOutputString,
)
from qgis.PyQt.QtGui import QIcon

from ..engine.locate import find_engine
from ..engine.session import EngineSession
from ..errors import UserError
from ..icons import icon
from ..language import language
from ..script.desk import Desk
from ..script.requests import Requests
from ..texts import tr
from ..tools.library import BrokenFile, FoundTool
from .algorithm import OperationAlgorithm
from .layer_copy import LayerCopy
from .listener import FeedbackListener
from .parameters import processing_name
from .tool_declaration import tool_parameters
from .tool_values import ToolReader

OPERATION = "script_tool"
_NUMBERS = ("数值", "整数", "比率", "面积", "长度", "体积", "时长", "金额")


def algorithm_name(found: FoundTool) -> str:
    """The name of a tool's algorithm: file and tool, without what an identifier cannot hold."""
    return re.sub(r"[^\w]+", "_", f"{found.file.stem}_{found.declaration.title}")


class ToolAlgorithm(OperationAlgorithm):
    """The form comes from the front end of the language; the engine is needed only to run."""

    def __init__(self, found: FoundTool) -> None:
        self._found = found
        self._tool = found.declaration
        texts = {key: {"zh": text, "en": text} for key, text in (("title", self._tool.title), ("summary", ""))}
        super().__init__({"name": algorithm_name(found), "parameters": tool_parameters(found), **texts})

    def createInstance(self) -> ToolAlgorithm:
        return ToolAlgorithm(self._found)

    def group(self) -> str:
        return self._tool.group or self._found.file.stem

    def groupId(self) -> str:
        return f"tools_{self.group()}"

    def shortDescription(self) -> str:
        return self._tool.description

    def shortHelpString(self) -> str:
        """The page beside the form, from what the declaration says."""
        tools = language("tools")
        lines = [f"<p>{html.escape(self._tool.description)}</p>"] if self._tool.description else []
        lines.append(f"<h3>{tr('参数')}</h3>")
        lines += [_line(item.name, tools.facts(item)) for item in self._tool.parameters]
        if self._tool.outputs:
            lines.append(f"<h3>{tr('结果')}</h3>")
            lines += [_line(item.name, tools.output_facts(item)) for item in self._tool.outputs]
        where = tr("脚本：{} 第 {} 行").format(self._found.file, self._tool.line)
        return "\n".join([*lines, f"<p><i>{html.escape(where)}</i></p>"])

    def helpUrl(self) -> str:
        return ""

    def initAlgorithm(self, configuration: dict[str, Any] | None = None) -> None:
        super().initAlgorithm(configuration)
        for output in self._tool.outputs:
            if output.kind == "value":
                kind = QgsProcessingOutputNumber if _is_number(output) else QgsProcessingOutputString
                self.addOutput(kind(processing_name(output.key), output.title))

    def checkParameterValues(self, parameters: dict[str, Any], context: QgsProcessingContext) -> tuple[bool, str]:
        """The language judges first: its message is the same as on the command line."""
        tools = language("tools")
        try:
            given = self._reader(parameters, context).request(self._prepared()).parameters
            tools.bind(self._tool, self._own({name: _stand_in(value) for name, value in given.items()}))
        except UserError as error:
            return False, error.message
        except tools.ToolError as error:
            return False, error.message
        return super().checkParameterValues(parameters, context)

    def processAlgorithm(
        self, parameters: dict[str, Any], context: QgsProcessingContext, feedback: QgsProcessingFeedback
    ) -> dict[str, Any]:
        """Layers are promised to the map here: QGIS forgets what the context of another thread was told (3.22)."""
        for declared in self._outputs():
            if declared["kind"] == "output_layer":
                path = self.parameterAsOutputLayer(parameters, processing_name(declared["name"]), context)
                if path:
                    self._request.parameters[declared["name"]] = path
        return super().processAlgorithm(parameters, context, feedback)

    def _prepared(self) -> list[dict[str, Any]]:
        return [declared for declared in super()._prepared() if declared["kind"] != "output_layer"]

    def _reader(self, parameters: dict[str, Any], context: QgsProcessingContext) -> ToolReader:
        return ToolReader(self.parameterDefinition, parameters, context)

    def _own(self, given: dict[str, Any]) -> dict[str, Any]:
        """The values that belong to parameters of the tool."""
        keys = {parameter.key for parameter in self._tool.parameters}
        return {name: value for name, value in given.items() if name in keys}

    def _outputs(self) -> list[dict[str, Any]]:
        kinds = ("output_file", "output_layer")
        return [declared for declared in self._declaration["parameters"] if declared["kind"] in kinds]

    def _loadable(self) -> bool:
        return False  # Processing itself loads the layers that it knows as outputs

    def _execute(self, parameters: dict[str, Any], feedback: QgsProcessingFeedback) -> dict[str, Any]:
        arguments = dict(parameters)
        layers = {name: arguments.pop(name) for name, _ in self._found.layers if name in arguments}
        request = {
            "script": str(self._found.file),
            "tool": self._tool.title,
            "overwrite": bool(arguments.pop("overwrite", False)),
            "arguments": arguments,
            "layer": layers,
        }
        listener = FeedbackListener(feedback)
        with self._answering(listener, feedback), EngineSession(find_engine(), listener) as engine:
            return engine.run(OPERATION, request)

    @contextmanager
    def _answering(self, listener: FeedbackListener, feedback: QgsProcessingFeedback) -> Iterator[None]:
        """Answer what the tool asks of the map and the user, where there is somebody to ask."""
        if QgsApplication.platform() == "qgis_process":
            yield
            return
        desk = Desk(None)
        desk.moveToThread(QgsApplication.instance().thread())  # questions are asked there, whatever thread runs
        feedback.canceled.connect(desk.withdraw)
        try:
            with tempfile.TemporaryDirectory(prefix="territory_tim_") as folder:
                listener.host = Requests(desk, folder, feedback).answer
                yield
        finally:
            feedback.canceled.disconnect(desk.withdraw)
            desk.deleteLater()

    def _results(self, result: dict[str, Any]) -> dict[str, Any]:
        """The values of the result by the names that Processing knows."""
        names = {output.name: processing_name(output.key) for output in self._tool.outputs}
        return {names[item["name"]]: item["value"] for item in result.get("results", ()) if item["name"] in names}

    def _tell(self, result: dict[str, Any], feedback: QgsProcessingFeedback) -> None:
        for line in result.get("printed", ()):
            feedback.pushInfo(str(line))
        for item in result.get("results", ()):
            feedback.pushInfo(f"{item['title']}：{item['text']}")
        feedback.pushInfo(str(result.get("message", "")))


class BrokenFileAlgorithm(QgsProcessingAlgorithm):
    """Stands in the toolbox for a file with errors, and says what is wrong when it is opened."""

    def __init__(self, broken: BrokenFile) -> None:
        super().__init__()
        self._broken = broken

    def createInstance(self) -> BrokenFileAlgorithm:
        return BrokenFileAlgorithm(self._broken)

    def name(self) -> str:
        return re.sub(r"[^\w]+", "_", f"broken_{self._broken.file.stem}")

    def displayName(self) -> str:
        return tr("{}（有错误，不能用）").format(self._broken.file.name)

    def group(self) -> str:
        return tr("有错误的脚本")

    def groupId(self) -> str:
        return "tools_broken"

    def icon(self) -> QIcon:
        return icon("plugin")

    def shortHelpString(self) -> str:
        return html.escape(self._broken.message)

    def initAlgorithm(self, _configuration: dict[str, Any] | None = None) -> None:
        """It takes nothing."""

    def canExecute(self) -> tuple[bool, str]:
        return False, self._broken.message

    def processAlgorithm(self, *_arguments: Any) -> dict[str, Any]:
        return {}


def _line(name: str, facts: str) -> str:
    return f"<p><b>{html.escape(name)}</b>　{html.escape(facts)}</p>"


def _is_number(output: Any) -> bool:
    return output.word in _NUMBERS or any(output.dimension)


def _stand_in(value: Any) -> Any:
    """Layers that are still to be written count as given."""
    return "layer" if isinstance(value, LayerCopy) else value
