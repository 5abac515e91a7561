"""From a declared parameter to Processing's parameters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qgis.core import (
    QgsProcessing,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterCrs,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterEnum,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterFile,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterMultipleLayers,
    QgsProcessingParameterNumber,
    QgsProcessingParameterRasterLayer,
    QgsProcessingParameterString,
)

from ..texts import of, tr

NAMED_SUFFIX = "_NAMED"  # of the second parameter that a mapping of layers has: lines 名称=数据源

_SOURCE_TYPES = {
    "": QgsProcessing.SourceType.TypeVector,
    "point": QgsProcessing.SourceType.TypeVectorPoint,
    "line": QgsProcessing.SourceType.TypeVectorLine,
    "polygon": QgsProcessing.SourceType.TypeVectorPolygon,
}
_NUMBER_TYPES = {
    "number": QgsProcessingParameterNumber.Type.Double,
    "integer": QgsProcessingParameterNumber.Type.Integer,
}
_FILE_KINDS = {"gpkg": "GeoPackage", "city.json": "CityJSON", "docx": "Word"}


def processing_name(name: str) -> str:
    """The name in Processing of the declared parameter `name`."""
    return name.upper()


def make_parameters(declared: dict[str, Any]) -> list[QgsProcessingParameterDefinition]:
    """The Processing parameters for one declared parameter: one, or two for a mapping of layers."""
    made = _MANY_MAKERS[declared["kind"]](declared) if _is_many(declared) else _MAKERS[declared["kind"]](declared)
    parameters = made if isinstance(made, list) else [made]
    for parameter in parameters:
        parameter.setHelp(parameter.help() or of(declared["help"]))
        if declared["advanced"]:
            parameter.setFlags(parameter.flags() | QgsProcessingParameterDefinition.Flag.FlagAdvanced)
    return parameters


def _is_many(declared: dict[str, Any]) -> bool:
    return declared["many"] and declared["kind"] in _MANY_MAKERS


def file_filter(suffixes: list[str]) -> str:
    """The filter of a file dialog: one entry a file type, the first one is the default."""
    names = {"zh": tr("规则文件"), **_FILE_KINDS}
    return ";;".join(f"{names.get(suffix, suffix.upper())} (*.{suffix})" for suffix in suffixes)


def _label(declared: dict[str, Any]) -> str:
    title, unit = of(declared["title"]), declared["unit"]
    return f"{title}（{unit}）" if unit else title


def _common(declared: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": processing_name(declared["name"]),
        "description": _label(declared),
        "defaultValue": declared["default"],
        "optional": not declared["required"],
    }


def _vector(declared: dict[str, Any]) -> QgsProcessingParameterDefinition:
    return QgsProcessingParameterFeatureSource(types=[_SOURCE_TYPES[declared["geometry"]]], **_common(declared))


def _raster(declared: dict[str, Any]) -> QgsProcessingParameterDefinition:
    return QgsProcessingParameterRasterLayer(**_common(declared))


def _file(declared: dict[str, Any]) -> QgsProcessingParameterDefinition:
    options = {"fileFilter": file_filter(declared["suffixes"])} if declared["suffixes"] else {}
    return QgsProcessingParameterFile(**options, **_common(declared))


def _several(kind: QgsProcessing.SourceType) -> Callable[[dict[str, Any]], QgsProcessingParameterDefinition]:
    def make(declared: dict[str, Any]) -> QgsProcessingParameterDefinition:
        return QgsProcessingParameterMultipleLayers(layerType=kind, **_common(declared))

    return make


def _layers(declared: dict[str, Any]) -> list[QgsProcessingParameterDefinition]:
    """Layers under their own names, and lines 名称=数据源 for those that must have another."""
    layers = QgsProcessingParameterMultipleLayers(layerType=QgsProcessing.SourceType.TypeVector, **_common(declared))
    layers.setHelp(tr("所选的图层，用它们自己的名称"))
    named = QgsProcessingParameterString(
        processing_name(declared["name"]) + NAMED_SUFFIX,
        tr("{}（指定名称，每行一个：名称=数据源）").format(_label(declared)),
        multiLine=True,
        optional=True,
    )
    named.setHelp(tr("每行一个 名称=数据源；数据源是文件，或当前工程里图层的名称"))
    return [layers, named]


def _output(declared: dict[str, Any]) -> QgsProcessingParameterDefinition:
    return QgsProcessingParameterFileDestination(
        fileFilter=file_filter(declared["suffixes"]), createByDefault=declared["required"], **_common(declared)
    )


def _text(declared: dict[str, Any]) -> QgsProcessingParameterDefinition:
    return QgsProcessingParameterString(multiLine=declared["many"], **_common(declared))


def _number(declared: dict[str, Any]) -> QgsProcessingParameterDefinition:
    bounds = {"minValue": declared["minimum"], "maxValue": declared["maximum"]}
    given = {name: value for name, value in bounds.items() if value is not None}
    return QgsProcessingParameterNumber(type=_NUMBER_TYPES[declared["kind"]], **given, **_common(declared))


def _choice(declared: dict[str, Any]) -> QgsProcessingParameterDefinition:
    values = [choice["value"] for choice in declared["choices"]]
    common = _common(declared)
    if declared["default"] is not None:
        common["defaultValue"] = values.index(declared["default"])
    return QgsProcessingParameterEnum(options=[of(choice["title"]) for choice in declared["choices"]], **common)


def _flag(declared: dict[str, Any]) -> QgsProcessingParameterDefinition:
    return QgsProcessingParameterBoolean(**{**_common(declared), "optional": True})


def _crs(declared: dict[str, Any]) -> QgsProcessingParameterDefinition:
    return QgsProcessingParameterCrs(**_common(declared))


_MAKERS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "points": _file,
    "vector": _vector,
    "raster": _raster,
    "model": _file,
    "file": _file,
    "script": _file,
    "layers": _layers,
    "output_model": _output,
    "output_file": _output,
    "text": _text,
    "number": _number,
    "integer": _number,
    "choice": _choice,
    "flag": _flag,
    "crs": _crs,
}
_MANY_MAKERS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "points": _several(QgsProcessing.SourceType.TypeFile),
    "model": _several(QgsProcessing.SourceType.TypeFile),
    "file": _several(QgsProcessing.SourceType.TypeFile),
    "script": _several(QgsProcessing.SourceType.TypeFile),
    "vector": _several(QgsProcessing.SourceType.TypeVector),
    "raster": _several(QgsProcessing.SourceType.TypeRaster),
}
