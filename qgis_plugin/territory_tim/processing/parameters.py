"""From a declared parameter to Processing's parameters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qgis.core import (
    QgsProcessing,
    QgsProcessingParameterBoolean,
    QgsProcessingParameterColor,
    QgsProcessingParameterCrs,
    QgsProcessingParameterDateTime,
    QgsProcessingParameterDefinition,
    QgsProcessingParameterDistance,
    QgsProcessingParameterEnum,
    QgsProcessingParameterExtent,
    QgsProcessingParameterFeatureSource,
    QgsProcessingParameterField,
    QgsProcessingParameterFile,
    QgsProcessingParameterFileDestination,
    QgsProcessingParameterMultipleLayers,
    QgsProcessingParameterNumber,
    QgsProcessingParameterPoint,
    QgsProcessingParameterRasterLayer,
    QgsProcessingParameterString,
    QgsProcessingParameterVectorDestination,
    QgsUnitTypes,
)
from qgis.PyQt.QtCore import QDateTime, Qt

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
_OUTPUT_TYPES = {**_SOURCE_TYPES, "": QgsProcessing.SourceType.TypeVectorAnyGeometry}
_OUTPUT_TYPES["none"] = QgsProcessing.SourceType.TypeVector
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
    kinds = [f"{_FILE_KINDS.get(suffix, suffix.upper())} (*.{suffix})" for suffix in suffixes]
    return ";;".join(kinds) or tr("所有文件") + " (*)"


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


# ---- kinds that only tools have


def _table(declared: dict[str, Any]) -> QgsProcessingParameterDefinition:
    return QgsProcessingParameterFeatureSource(types=[QgsProcessing.SourceType.TypeVector], **_common(declared))


def _field(declared: dict[str, Any]) -> QgsProcessingParameterDefinition:
    parent = processing_name(declared["parent"])
    return QgsProcessingParameterField(parentLayerParameterName=parent, **_common(declared))


def _distance(declared: dict[str, Any]) -> QgsProcessingParameterDefinition:
    """A length in metres, with a box for other units beside it."""
    bounds = {"minValue": declared["minimum"], "maxValue": declared["maximum"]}
    given = {name: value for name, value in bounds.items() if value is not None}
    parameter = QgsProcessingParameterDistance(**given, **_common(declared))
    parameter.setDefaultUnit(QgsUnitTypes.DistanceUnit.DistanceMeters)
    return parameter


def _options(declared: dict[str, Any]) -> QgsProcessingParameterDefinition:
    """Options are given by their words, as on the command line, not by numbers."""
    values = [choice["value"] for choice in declared["choices"]]
    several = declared["kind"] == "options"
    return QgsProcessingParameterEnum(
        options=values, allowMultiple=several, usesStaticStrings=True, **_common(declared)
    )


def _folder(declared: dict[str, Any]) -> QgsProcessingParameterDefinition:
    return QgsProcessingParameterFile(behavior=QgsProcessingParameterFile.Behavior.Folder, **_common(declared))


def _date(declared: dict[str, Any]) -> QgsProcessingParameterDefinition:
    common = _common(declared)
    if declared["default"]:
        common["defaultValue"] = QDateTime.fromString(declared["default"], Qt.DateFormat.ISODate)
    return QgsProcessingParameterDateTime(type=QgsProcessingParameterDateTime.Type.Date, **common)


def _extent(declared: dict[str, Any]) -> QgsProcessingParameterDefinition:
    return QgsProcessingParameterExtent(**_common(declared))


def _point(declared: dict[str, Any]) -> QgsProcessingParameterDefinition:
    return QgsProcessingParameterPoint(**_common(declared))


def _colour(declared: dict[str, Any]) -> QgsProcessingParameterDefinition:
    return QgsProcessingParameterColor(opacityEnabled=False, **_common(declared))


def _output_layer(declared: dict[str, Any]) -> QgsProcessingParameterDefinition:
    kind = _OUTPUT_TYPES[declared["geometry"]]
    common = {**_common(declared), "optional": True}
    return QgsProcessingParameterVectorDestination(type=kind, createByDefault=True, **common)


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
    "table": _table,
    "field": _field,
    "distance": _distance,
    "option": _options,
    "options": _options,
    "folder": _folder,
    "date": _date,
    "extent": _extent,
    "point": _point,
    "colour": _colour,
    "output_layer": _output_layer,
}
_MANY_MAKERS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "points": _files,
    "model": _files,
    "file": _files,
    "script": _files,
    "vector": _several(QgsProcessing.SourceType.TypeVector),
    "raster": _several(QgsProcessing.SourceType.TypeRaster),
}
