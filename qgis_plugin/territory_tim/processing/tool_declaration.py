"""A tool's declaration in the shape that the forms of operations are made from."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from qgis.core import QgsProject

from ..language import language
from ..tools.library import FoundTool

_KINDS = {
    "layer": "vector",
    "table": "table",
    "ratio": "number",
    "quantity": "number",
    "boolean": "flag",
    "save": "output_file",
    "choice": "option",
    "choices": "options",
}
_LENGTH = (1, 0, 0, 0, 0)
_METRES = ("米", "千米", "公里", "厘米", "毫米")


def tool_parameters(found: FoundTool) -> list[dict[str, Any]]:
    """The parameters of the form: those of the tool, the layers that its file declares, the layers it gives."""
    tool = found.declaration
    declared = [_parameter(parameter) for parameter in tool.parameters]
    declared += [_layer(name, source) for name, source in found.layers]
    declared += [_output(output) for output in tool.outputs if output.kind != "value"]
    if any(item["kind"].startswith("output") for item in declared):
        declared.append({**_common("overwrite", "flag", "覆盖已有结果", ""), "default": False, "advanced": True})
    return declared


def factor_of(unit: str) -> Fraction:
    """Base units in one of these; 1 for no unit."""
    found = language("units").find_unit(unit) if unit else None
    return found.factor if found else Fraction(1)


def _common(name: str, kind: str, title: str, help_text: str) -> dict[str, Any]:
    empty = {
        "default": None,
        "many": False,
        "choices": [],
        "minimum": None,
        "maximum": None,
        "unit": "",
        "suffixes": [],
    }
    texts = {"title": _both(title), "help": _both(help_text)}
    return {"name": name, "kind": kind, **texts, "required": False, "geometry": "", "advanced": False, **empty}


def _both(text: str) -> dict[str, str]:
    """The texts of a tool are those of its author in every language of the interface."""
    return {"zh": text, "en": text}


def _parameter(parameter: Any) -> dict[str, Any]:
    is_length = parameter.kind == "quantity" and tuple(parameter.dimension) == _LENGTH and parameter.unit in _METRES
    kind = "distance" if is_length else _KINDS.get(parameter.kind, parameter.kind)
    declared = _common(parameter.key, kind, parameter.title, language("tools").facts(parameter))
    declared.update(
        # QGIS takes texts such as 2亩 and missing values only where a parameter is optional; the language judges them
        required=parameter.required,
        choices=[{"value": option, "title": _both(option)} for option in parameter.options],
        unit="" if is_length else parameter.unit,
        suffixes=list(parameter.suffixes),
        geometry=parameter.geometry,
        parent=parameter.parent,
        # what a bare number of the form counts
        counted="米" if is_length else parameter.unit,
    )
    declared["default"] = _default(parameter, declared["counted"])
    if parameter.kind == "layer":  # a default that no layer of the project has does not help
        declared["required"] = not parameter.optional
    for limit in parameter.limits:
        if limit.operator in ("不小于", "不大于") and isinstance(limit.value, Fraction):
            end = "minimum" if limit.operator == "不小于" else "maximum"
            declared[end] = float(limit.value / factor_of(declared["counted"]))
    return declared


def _default(parameter: Any, unit: str) -> Any:
    value = parameter.default
    if isinstance(value, Fraction):
        shown = float(value / factor_of(unit))
        return int(shown) if parameter.kind == "integer" else shown
    if parameter.kind in ("layer", "table"):
        return _project_layer(value)
    if isinstance(value, tuple):
        return list(value)
    return value.isoformat() if hasattr(value, "isoformat") else value


def _project_layer(name: Any) -> Any:
    """The id of the project's only layer of this name, or None."""
    layers = QgsProject.instance().mapLayersByName(name) if name else []
    return layers[0].id() if len(layers) == 1 else None


def _layer(name: str, source: str) -> dict[str, Any]:
    declared = _common(name, "vector", name, f"脚本里的 图层 {name} 来自“{source}”")
    declared.update(required=True, default=_project_layer(source) or _project_layer(name))
    return declared


def _output(output: Any) -> dict[str, Any]:
    declared = _common(output.key, "output_layer", output.title, language("tools").output_facts(output))
    declared.update(geometry=output.geometry if output.kind == "layer" else "none")
    return declared
