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

# found by its name when a dialog is made: headless runs have no windows to import
_FILES_WRAPPER = __name__.rpartition(".processing.")[0] + ".gui.files_wrapper.FilesWrapper"
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


def _input_filter(declared: dict[str, Any]) -> str:
    """The filter of a dialog that opens files: all fitting types at once, or any file."""
    patterns = " ".join(f"*.{suffix}" for suffix in declared["suffixes"])
    return ";;".join(([f"{of(declared['title'])} ({patterns})"] if patterns else []) + [tr("所有文件") + " (*)"])


def _output_filter(suffixes: list[str]) -> str:
    """The filter of a dialog that saves a file: one entry a file type, the first one is the default."""
    return ";;".join(f"{_FILE_KINDS.get(suffix, suffix.upper())} (*.{suffix})" for suffix in suffixes)


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
    return QgsProcessingParameterFile(fileFilter=_input_filter(declared), **_common(declared))


def _files(declared: dict[str, Any]) -> QgsProcessingParameterDefinition:
    """Several files and folders, with a field of our own in the dialog."""
    parameter = QgsProcessingParameterMultipleLayers(layerType=QgsProcessing.SourceType.TypeFile, **_common(declared))
    wrapper = {"class": _FILES_WRAPPER, "file_filter": _input_filter(declared)}
    parameter.setMetadata({"widget_wrapper": wrapper})
    return parameter


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
        fileFilter=_output_filter(declared["suffixes"]), createByDefault=declared["required"], **_common(declared)
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
    "points": _files,
    "model": _files,
    "file": _files,
    "script": _files,
    "vector": _several(QgsProcessing.SourceType.TypeVector),
    "raster": _several(QgsProcessing.SourceType.TypeRaster),
}
