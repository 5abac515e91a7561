"""From the form of a tool to the arguments of its call. What does not fit is told by the language, not by QGIS."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qgis.core import QgsCoordinateReferenceSystem, QgsProcessingParameters
from qgis.PyQt.QtCore import QDate, QDateTime

from .parameters import processing_name
from .values import Reader


class ToolReader(Reader):
    """Reads the values of one call. Texts are passed on as they are: the language judges them."""

    def _read(self, declared: dict[str, Any]) -> Any:
        name = processing_name(declared["name"])
        if self._raw(name) in (None, "", []):
            return None
        reader = _TOOL_READERS.get(declared["kind"])
        return reader(self, declared, name) if reader else super()._read(declared)

    def _is_text(self, name: str) -> bool:
        return isinstance(self._raw(name), str)

    def _counted(self, declared: dict[str, Any], name: str) -> Any:
        """A number with the unit that the form counts; a text with another unit stays as it is."""
        if self._is_text(name):
            text = str(self._raw(name)).strip()
            try:
                return _decimal(float(text)) + declared["counted"]
            except ValueError:
                return text
        value = self._as(QgsProcessingParameters.parameterAsDouble, name)
        return _decimal(value) + declared["counted"] if declared["counted"] else value

    def _table(self, declared: dict[str, Any], name: str) -> Any:
        return self._vector(declared, name)

    def _field(self, _declared: dict[str, Any], name: str) -> Any:
        fields = self._as(QgsProcessingParameters.parameterAsFields, name)
        return fields[0] if fields else None

    def _chosen(self, _declared: dict[str, Any], name: str) -> Any:
        """The words of the options."""
        raw = self._raw(name)
        if isinstance(raw, (list, tuple)):
            return [str(item) for item in raw]
        return str(raw) if isinstance(raw, (str, int)) else self._as(QgsProcessingParameters.parameterAsString, name)

    def _truth(self, _declared: dict[str, Any], name: str) -> Any:
        if self._is_text(name):
            return self._raw(name)
        return self._as(QgsProcessingParameters.parameterAsBool, name)

    def _date(self, _declared: dict[str, Any], name: str) -> Any:
        raw = self._raw(name)
        if isinstance(raw, (QDateTime, QDate)):
            return raw.toString("yyyy-MM-dd")
        return raw if isinstance(raw, str) else self._as(QgsProcessingParameters.parameterAsString, name)

    def _extent(self, _declared: dict[str, Any], name: str) -> Any:
        extent = self._as(QgsProcessingParameters.parameterAsExtent, name)
        if extent.isNull():
            return str(self._raw(name))
        crs = self._as(QgsProcessingParameters.parameterAsExtentCrs, name)
        corners = (extent.xMinimum(), extent.yMinimum(), extent.xMaximum(), extent.yMaximum())
        return ",".join(map(_decimal, corners)) + _crs_of(crs)

    def _point(self, _declared: dict[str, Any], name: str) -> Any:
        point = self._as(QgsProcessingParameters.parameterAsPoint, name)
        crs = self._as(QgsProcessingParameters.parameterAsPointCrs, name)
        return ",".join(map(_decimal, (point.x(), point.y()))) + _crs_of(crs)

    def _colour(self, _declared: dict[str, Any], name: str) -> Any:
        colour = self._as(QgsProcessingParameters.parameterAsColor, name)
        return colour.name() if colour.isValid() else str(self._raw(name))


def _decimal(value: float) -> str:
    """The number without an exponent, as short as it can be said."""
    text = repr(float(value))
    if "e" in text or "n" in text:
        text = f"{value:.12f}"
    return text[:-2] if text.endswith(".0") else text


def _crs_of(crs: QgsCoordinateReferenceSystem) -> str:
    return f" [{crs.authid()}]" if crs.isValid() and crs.authid() else ""


_TOOL_READERS: dict[str, Callable[[ToolReader, dict[str, Any], str], Any]] = {
    "table": ToolReader._table,
    "field": ToolReader._field,
    "number": ToolReader._counted,
    "integer": ToolReader._counted,
    "distance": ToolReader._counted,
    "option": ToolReader._chosen,
    "options": ToolReader._chosen,
    "flag": ToolReader._truth,
    "folder": Reader._files,
    "date": ToolReader._date,
    "extent": ToolReader._extent,
    "point": ToolReader._point,
    "colour": ToolReader._colour,
}
