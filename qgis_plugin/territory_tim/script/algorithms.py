"""Algorithms of QGIS that scripts may run: vector layers in, one vector layer out, nothing else touched."""

from __future__ import annotations

import os
import re
from typing import Any

from qgis.core import (
    QgsApplication,
    QgsFeatureRequest,
    QgsFeedback,
    QgsProcessingAlgorithm,
    QgsProcessingContext,
    QgsProcessingException,
    QgsProcessingFeedback,
    QgsProcessingParameterDefinition,
    QgsProject,
    QgsUnitTypes,
    QgsVectorLayer,
)

from .. import log
from ..errors import Cancelled, InputError
from ..texts import tr

ALLOWED = frozenset(
    {
        "native:boundary",
        "native:boundingboxes",
        "native:buffer",
        "native:centroids",
        "native:clip",
        "native:collect",
        "native:convexhull",
        "native:deleteduplicategeometries",
        "native:densifygeometriesgivenaninterval",
        "native:difference",
        "native:dissolve",
        "native:extractbyattribute",
        "native:extractbylocation",
        "native:fixgeometries",
        "native:forcerhr",
        "native:intersection",
        "native:joinattributesbylocation",
        "native:joinattributestable",
        "native:joinbynearest",
        "native:mergevectorlayers",
        "native:multiparttosingleparts",
        "native:pointonsurface",
        "native:polygonstolines",
        "native:promotetomulti",
        "native:removenullgeometries",
        "native:renametablefield",
        "native:reprojectlayer",
        "native:retainfields",
        "native:simplifygeometries",
        "native:smoothgeometry",
        "native:snapgeometries",
        "native:splitwithlines",
        "native:subdivide",
        "native:symmetricaldifference",
        "native:union",
    }
)
_LAYERS = ("source", "vector", "multilayer")
_PLAIN = ("field", "number", "distance", "enum", "boolean", "string", "crs")
_CRS = re.compile(r"EPSG:\d{4,6}")


def run_algorithm(name: str, given: dict[str, Any], target: str, feedback: QgsFeedback) -> None:
    """Run one of `ALLOWED` and write its result to the file `target`. In any thread.

    Layers come as {"layer": path}. Raises `InputError` and `Cancelled`.
    """
    algorithm = QgsApplication.processingRegistry().createAlgorithmById(name) if name in ALLOWED else None
    if algorithm is None:
        raise InputError(tr("脚本不能运行算法“{}”；可以用：{}").format(name, "、".join(sorted(ALLOWED))))
    parameters = {**_parameters(algorithm, given), "OUTPUT": target}
    _require_metres(algorithm, parameters)
    context = QgsProcessingContext()
    context.setTransformContext(QgsProject.instance().transformContext())
    context.setInvalidGeometryCheck(QgsFeatureRequest.InvalidGeometryCheck.GeometryAbortOnInvalid)
    good, reason = algorithm.checkParameterValues(parameters, context)
    if not good:
        raise _failed(name, reason)
    words = QgsProcessingFeedback(False)
    feedback.canceled.connect(words.cancel)
    try:
        _, good = algorithm.run(parameters, context, words)
    except QgsProcessingException as error:
        raise _failed(name, str(error)) from error
    finally:
        feedback.canceled.disconnect(words.cancel)
    if feedback.isCanceled():
        raise Cancelled(tr("已取消，没有写出结果"))
    if not good or not os.path.exists(target):
        raise _failed(name, words.textLog())


def _failed(name: str, reason: str) -> InputError:
    log.warning(f"{name}: {reason}")
    message = tr("算法“{}”没有完成，原因在日志里；请检查参数，图形无效时先用 native:fixgeometries 修复")
    return InputError(message.format(name), reason)


def _parameters(algorithm: QgsProcessingAlgorithm, given: dict[str, Any]) -> dict[str, Any]:
    """The parameters as Processing takes them. Raises `InputError` for what scripts may not give."""
    values = {}
    for name, value in given.items():
        definition = algorithm.parameterDefinition(name)
        kind = definition.type() if definition is not None else ""
        if kind in _LAYERS:
            values[definition.name()] = _layers(name, value, many=kind == "multilayer")
        elif kind in _PLAIN and _is_plain(kind, value):
            values[definition.name()] = value
        else:
            raise InputError(tr("算法“{}”的参数“{}”不能由脚本给出，或值不对").format(algorithm.id(), name))
    return values


def _layers(name: str, value: Any, *, many: bool) -> Any:
    items = value if many and isinstance(value, list) else [value]
    paths = [item.get("layer") if isinstance(item, dict) else None for item in items]
    for path in paths:
        if not isinstance(path, str) or not path.endswith(".gpkg") or not os.path.isfile(path):
            raise InputError(tr("参数“{}”要写图层，例如 打开图层（“地块”）").format(name))
    return paths if many else paths[0]


def _is_plain(kind: str, value: Any) -> bool:
    if kind == "crs":
        return isinstance(value, str) and _CRS.fullmatch(value) is not None
    items = value if isinstance(value, list) else [value]
    return all(item is None or isinstance(item, (bool, int, float, str)) for item in items)


def _require_metres(algorithm: QgsProcessingAlgorithm, parameters: dict[str, Any]) -> None:
    """Distances of a script are metres: a layer in degrees would take them for degrees."""
    distances = [item for item in algorithm.parameterDefinitions() if item.type() == "distance"]
    if not any(item.name() in parameters or not _is_optional(item) for item in distances):
        return
    layer = QgsVectorLayer(str(parameters.get("INPUT", "")), "INPUT", "ogr")
    if layer.isValid() and layer.crs().mapUnits() != QgsUnitTypes.DistanceUnit.DistanceMeters:
        message = tr("算法“{}”的距离按米计算，但图层的坐标系不以米为单位；请先用 native:reprojectlayer 转为投影坐标系")
        raise InputError(message.format(algorithm.id()))


def _is_optional(definition: QgsProcessingParameterDefinition) -> bool:
    return bool(definition.flags() & QgsProcessingParameterDefinition.Flag.FlagOptional)
