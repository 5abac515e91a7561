"""From the values that Processing gives to the parameters that the engine takes."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from qgis.core import (
    QgsMapLayer,
    QgsProcessingContext,
    QgsProcessingFeatureSourceDefinition,
    QgsProcessingFeedback,
    QgsProcessingParameterDefinition,
    QgsProcessingParameters,
    QgsProcessingUtils,
    QgsVectorLayer,
)

from ..errors import InputError
from ..texts import of, tr
from .layer_copy import LayerCopy, own_file
from .parameters import NAMED_SUFFIX, processing_name

_CRS_CODE = re.compile(r"[A-Za-z]+:\d+(\+([A-Za-z]+:)?\d+)?")


@dataclass
class Request:
    """The parameters of a job. Layers still to be written stand in it as `LayerCopy`."""

    parameters: dict[str, Any] = field(default_factory=dict)

    def written(self, folder: str, feedback: QgsProcessingFeedback) -> dict[str, Any]:
        """The parameters with every copy written into `folder`: only texts, numbers, lists and mappings are left."""
        count = 0

        def resolve(value: Any) -> Any:
            nonlocal count
            if isinstance(value, LayerCopy):
                count += 1
                return value.write(folder, count, feedback)
            if isinstance(value, list):
                return [resolve(item) for item in value]
            if isinstance(value, dict):
                return {name: resolve(item) for name, item in value.items()}
            return value

        return {name: resolve(value) for name, value in self.parameters.items()}


class Reader:
    """Reads the values of one call. Made and used in the main thread: it looks at layers."""

    def __init__(
        self,
        definitions: Callable[[str], QgsProcessingParameterDefinition],
        values: dict[str, Any],
        context: QgsProcessingContext,
    ) -> None:
        self._definitions = definitions
        self._values = values
        self._context = context

    def request(self, declared: list[dict[str, Any]]) -> Request:
        """The request for these declared parameters; what was left open is left out. Raises `InputError`."""
        request = Request()
        for parameter in declared:
            value = self._read(parameter)
            if value is not None and value != {} and value != []:
                request.parameters[parameter["name"]] = value
        return request

    def _read(self, declared: dict[str, Any]) -> Any:
        name = processing_name(declared["name"])
        if declared["kind"] == "layers":
            return self._layers(name)
        if self._raw(name) in (None, ""):
            return None
        return _READERS[declared["kind"]](self, declared, name)

    def _raw(self, name: str) -> Any:
        definition = self._definitions(name)
        return self._values.get(name, definition.defaultValue())

    def _as(self, reader: Callable[..., Any], name: str) -> Any:
        return reader(self._definitions(name), self._raw(name), self._context)

    def _files(self, declared: dict[str, Any], name: str) -> Any:
        if declared["many"]:
            return self._as(QgsProcessingParameters.parameterAsFileList, name)
        return self._as(QgsProcessingParameters.parameterAsFile, name)

    def _vector(self, declared: dict[str, Any], name: str) -> Any:
        if declared["many"]:
            return [self._source(item) for item in _items(self._raw(name))]
        value = self._raw(name)
        restricted = isinstance(value, QgsProcessingFeatureSourceDefinition) and (
            value.selectedFeaturesOnly or value.featureLimit >= 0
        )
        if not restricted:
            return self._source(value.source if isinstance(value, QgsProcessingFeatureSourceDefinition) else value)
        source = self._as(QgsProcessingParameters.parameterAsSource, name)
        if source is None:
            raise InputError(tr("“{}”打不开；请另选图层").format(of(declared["title"])))
        return LayerCopy.of_source(source)

    def _raster(self, declared: dict[str, Any], name: str) -> Any:
        if declared["many"]:
            return [self._source(item) for item in _items(self._raw(name))]
        return self._source(self._raw(name))

    def _layers(self, name: str) -> dict[str, Any]:
        named: dict[str, Any] = {}
        for item in _items(self._raw(name)):
            self._add(named, self._name_of(item), item)
        for line in str(self._raw(name + NAMED_SUFFIX) or "").splitlines():
            if line.strip():
                layer_name, equals, source = (part.strip() for part in line.partition("="))
                if not (layer_name and equals and source):
                    raise InputError(tr("“{}”应写作 名称=数据源").format(line.strip()))
                self._add(named, layer_name, source)
        return named

    def _add(self, named: dict[str, Any], name: str, item: Any) -> None:
        if name in named:
            raise InputError(tr("图层“{}”给了两次；请用 名称=数据源 分别命名").format(name))
        named[name] = self._source(item)

    def _layer(self, item: Any) -> QgsMapLayer | None:
        """The project's layer that `item` is or names."""
        if isinstance(item, QgsMapLayer):
            return item
        if hasattr(item, "asExpression"):  # a QgsProperty, as models use
            item = item.valueAsString(self._context.expressionContext())[0]
        if os.path.exists(str(item).partition("|")[0]):
            return None
        return QgsProcessingUtils.mapLayerFromString(str(item), self._context, False)

    def _name_of(self, item: Any) -> str:
        layer = self._layer(item)
        if layer is not None:
            return layer.name()
        path, _, rest = str(item).partition("|layername=")
        return rest.partition("|")[0] or os.path.splitext(os.path.basename(path))[0]

    def _source(self, item: Any) -> Any:
        """A file as it was given, the file of a layer, or a copy of what the layer shows."""
        layer = self._layer(item)
        if layer is None:
            return str(item)
        if not isinstance(layer, QgsVectorLayer):
            return layer.source()
        return own_file(layer) or LayerCopy.of_layer(layer)

    def _crs(self, _declared: dict[str, Any], name: str) -> str:
        value = self._raw(name)
        if isinstance(value, str) and _CRS_CODE.fullmatch(value):
            return value  # also EPSG:4547+5737, which QGIS itself does not read
        crs = self._as(QgsProcessingParameters.parameterAsCrs, name)
        if not crs.isValid():
            raise InputError(tr("坐标系“{}”无法识别；请写成 EPSG:4547 这样的代码").format(value))
        code = crs.authid()
        return code if code and not code.startswith("USER:") else crs.toWkt()

    def _text(self, declared: dict[str, Any], name: str) -> Any:
        text = self._as(QgsProcessingParameters.parameterAsString, name)
        return [line for line in text.splitlines() if line.strip()] if declared["many"] else text

    def _number(self, _declared: dict[str, Any], name: str) -> float:
        return self._as(QgsProcessingParameters.parameterAsDouble, name)

    def _integer(self, _declared: dict[str, Any], name: str) -> int:
        return self._as(QgsProcessingParameters.parameterAsInt, name)

    def _choice(self, declared: dict[str, Any], name: str) -> str:
        return declared["choices"][self._as(QgsProcessingParameters.parameterAsEnum, name)]["value"]

    def _flag(self, _declared: dict[str, Any], name: str) -> bool:
        return self._as(QgsProcessingParameters.parameterAsBool, name)

    def _output(self, _declared: dict[str, Any], name: str) -> str:
        return self._as(QgsProcessingParameters.parameterAsFileOutput, name)


def _items(value: Any) -> list[Any]:
    if value in (None, ""):
        return []
    return list(value) if isinstance(value, (list, tuple)) else [value]


_READERS: dict[str, Callable[[Reader, dict[str, Any], str], Any]] = {
    "points": Reader._files,
    "model": Reader._files,
    "file": Reader._files,
    "script": Reader._files,
    "vector": Reader._vector,
    "raster": Reader._raster,
    "text": Reader._text,
    "number": Reader._number,
    "integer": Reader._integer,
    "choice": Reader._choice,
    "flag": Reader._flag,
    "crs": Reader._crs,
    "output_model": Reader._output,
    "output_file": Reader._output,
}
