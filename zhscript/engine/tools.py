"""Runs one tool of a program."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import Any, Callable, Mapping

from .. import syntax as s
from ..program import LayerDeclaration, Program
from ..records import replace
from ..tools import ToolDeclaration, tools_of
from ..tools.declaration import SOURCES
from .compiler.debugging import Decide
from .compiler.execution import compiled_or_none, started
from .compiler.limits import Limits, guarded
from .depth import deep_calls
from .draft import table_of
from .host import Host, OpenLayer
from .interpreter.tools import language_value
from .opening import Progress
from .placing import placed
from .prepare import prepare
from .run import EllipsoidalArea
from .table import Layer, Table, View


@dataclass
class ToolResult:
    """What a call gives: values of its outputs by name (None when nothing was written), and its layers and tables."""

    tool: ToolDeclaration
    values: dict[str, Any]
    layers: dict[str, Table]
    printed: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def layers_of(program: Program, tool: ToolDeclaration, values: Mapping[str, Any]) -> list[LayerDeclaration]:
    """The layers that a call reads: those of the program, and a declaration with open fields for each parameter.

    `values` are those of `zhscript.tools.bind`; parameters that were left open are left out.
    """
    given = [item for item in tool.parameters if item.kind in SOURCES and values.get(item.key) is not None]
    return [*program.layers, *(LayerDeclaration(p.name, values[p.key], (), p.kind, True) for p in given)]


def run_tool(
    program: Program,
    title: str,
    values: Mapping[str, Any],
    host: Host | OpenLayer,
    *,
    ellipsoidal_area: EllipsoidalArea | None = None,
    today: datetime.date | None = None,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    limits: Limits = Limits(),  # noqa: B008 - never changed
    engine: str = "compiled",
    decide: Decide | None = None,
) -> ToolResult:
    """Run the tool with this title; `values` are those of `zhscript.tools.bind`.

    The host's `open_layer` gets the declarations of `layers_of`. Extents and points must be in the CRS of the layers.
    Raises `ToolError` for values that the tool refuses, `ScriptError` (beyond `limits` too) or `Cancelled`.
    """
    cancelled = guarded(cancelled, limits)
    node = next(tool for tool in program.of_kind(s.Tool) if tool.title == title)
    tool = next(item for item in tools_of(program) if item.title == title)
    read = replace(program, layers=layers_of(program, tool, values))
    runner, crs, warnings = prepare(read, host, ellipsoidal_area, today, progress, cancelled, True)
    given = {
        item.key: View(runner.layers[item.key]) if item.kind in SOURCES else language_value(item, values[item.key])
        for item in tool.parameters
        if values.get(item.key) is not None
    }
    compiled = compiled_or_none(read, False, decide) if engine == "compiled" else None
    with deep_calls(), placed(program), started(compiled, read, runner, False, decide):
        outputs = runner.call_tool(node, tool, given)
    kinds = {item.key: item for item in tool.outputs}
    return ToolResult(
        tool,
        {kinds[key].name: value for key, value in outputs.items() if not isinstance(value, View)},
        {kinds[key].name: _table(value.layer, crs) for key, value in outputs.items() if isinstance(value, View)},
        runner.printed,
        [*warnings, *runner.evaluator.host.warnings],
    )


def _table(layer: Layer, crs: str) -> Table:
    """The content of an output; one that stayed empty is in the CRS of what was read."""
    table = table_of(layer)
    return replace(table, crs=table.crs or crs) if table.geometry is not None else table
