"""`tim script run 文件 工具 …`: one call of a tool, for the command line, Processing and the script editor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyproj

from tim.engine.parameters import NO_FILE
from tim.errors import TimError, UnusableInput, UsageError
from tim.files import atomic_output, check_target
from tim.job import Job
from tim.result import Result
from tim.review.check import open_inputs
from tim.review.inputs import Inputs
from tim.review.program import parse_rules, read_rules
from tim.review.resolve import Available, list_available, resolve
from tim.review.run import surroundings
from tim.script.host import ScriptHost, check_permissions
from tim.script.paths import Folders, project_of
from tim.script.writing import DRIVERS, check_sheet, write_csv, write_layer, write_workbook
from tim.sources.crs import parse_crs
from tim.sources.vector import split_spec
from zhscript.records import replace
from zhscript.tools.declaration import SOURCES

if TYPE_CHECKING:
    from zhscript import Program
    from zhscript.engine import Table, ToolResult
    from zhscript.tools import ToolDeclaration, ToolOutput, ToolParameter

_SHEETS = (".xlsx", ".csv")
_PATHS = ("file", "save", "folder")


def run_tool(
    script: str,
    tool: str,
    arguments: Mapping[str, Any] | None = None,
    data: str | None = None,
    layer: Mapping[str, str] | None = None,
    folder: Sequence[str] | None = None,
    allow: Sequence[str] | None = None,
    overwrite: bool = False,
    *,
    job: Job,
) -> Result:
    """Run one tool of a script file.

    `arguments`: names of parameters → texts or values (see `zhscript.tools.convert`), and names of output layers →
    files to save them to. Layers are sources, or names of layers in `data`; `layer` gives the layers that the file
    itself declares; `folder` and `allow` are those of `tim script run`. Result keys: `printed`, `results` (name, title,
    value in base units, unit, text) and `layers` (name, title, features, path or ""). Raises `UsageError` and
    `UnusableInput` for what cannot be used, `TimError` with the line when the tool itself fails.
    """
    return call_tool(script, tool, arguments, data, layer, folder, allow, overwrite, job=job)


def call_tool(
    script: str,
    tool: str,
    arguments: Mapping[str, Any] | None = None,
    data: str | None = None,
    layer: Mapping[str, str] | None = None,
    folder: Sequence[str] | None = None,
    allow: Sequence[str] | None = None,
    overwrite: bool = False,
    *,
    job: Job,
    decide: Any = None,
) -> Result:
    """`run_tool` that `decide` makes stop at lines (see `zhscript.engine.run_tool`)."""
    path = Path(script)
    program = parse_rules(path, read_rules(path, job), job)
    check_permissions(program, allow)
    declaration = _find(program, tool, path)
    values, targets = _bound(declaration, arguments or {}, overwrite)
    inputs = _open(program, declaration, values, data, layer or {}, job)
    _spare_inputs(declaration, values, targets, inputs)
    granted = [Path(values[item.key]) for item in declaration.parameters if item.kind in _PATHS and values[item.key]]
    host = ScriptHost(inputs, Folders(project_of(path), [*map(Path, folder or ()), *granted]), job, overwrite=overwrite)
    host.protect([path, *(Path(file) for _, file in program.source.files)])
    with host:
        outcome = _run(program, declaration, _placed(declaration, values, inputs), inputs, host, job, decide)
    saved = _saved(outcome, targets, overwrite, job)
    return _result(outcome, declaration, targets, [*map(str, host.outputs), *saved])


def _find(program: Program, title: str, path: Path) -> ToolDeclaration:
    from zhscript.tools import tools_of

    tools = tools_of(program)
    for tool in tools:
        if tool.title == title:
            return tool
    listed = "、".join(tool.title for tool in tools) or "无"
    raise UsageError(f"“{path.name}”里没有工具“{title}”；有：{listed}")


def _bound(
    tool: ToolDeclaration, arguments: Mapping[str, Any], overwrite: bool
) -> tuple[dict[str, Any], dict[str, str]]:
    """The typed values by key, and the files of output layers by their names. Files that must be there are there."""
    from zhscript.characters import normalize
    from zhscript.tools import ToolError, bind

    outputs = {output.key: output for output in tool.outputs if output.kind != "value"}
    targets = {
        outputs[normalize(name)].name: str(value)
        for name, value in arguments.items()
        if normalize(name) in outputs and value
    }
    try:
        values = bind(tool, {name: value for name, value in arguments.items() if normalize(name) not in outputs})
    except ToolError as error:
        raise UsageError(error.message) from error
    for parameter in tool.parameters:
        if values[parameter.key] is not None:
            _check(parameter, values[parameter.key], overwrite)
            if parameter.kind in _PATHS:
                values[parameter.key] = str(Path(values[parameter.key]).absolute())
    for name, target in targets.items():
        if Path(target).suffix.lower() not in (*DRIVERS, *_SHEETS):
            raise UsageError(f"“{name}”要保存为 {'、'.join((*DRIVERS, *_SHEETS))}；给出的是“{target}”")
        check_target(target, overwrite=overwrite)
    return values, targets


def _spare_inputs(tool: ToolDeclaration, values: Mapping[str, Any], targets: Mapping[str, str], inputs: Inputs) -> None:
    """Refuse to write a result over a file that the call reads: the user's data are never changed."""
    results = dict(targets)
    results.update(
        (parameter.name, values[parameter.key])
        for parameter in tool.parameters
        if parameter.kind == "save" and values[parameter.key] is not None
    )
    for name, target in results.items():
        for layer in inputs.layers.values():
            if Path(target).exists() and Path(target).samefile(layer.path):
                raise UsageError(f"“{name}”不能写到“{layer.path.name}”：这个文件是输入；请换一个文件名")


def _check(parameter: ToolParameter, value: Any, overwrite: bool) -> None:
    if parameter.kind == "save":
        check_target(value, overwrite=overwrite)
    elif parameter.kind == "file" and not Path(value).is_file():
        raise UsageError(f"{parameter.label}：文件“{value}”不存在；请检查路径")
    elif parameter.kind == "folder" and not Path(value).is_dir():
        raise UsageError(f"{parameter.label}：文件夹“{value}”不存在；请检查路径")
    elif parameter.kind == "crs":
        parse_crs(value)


# -- layers


def _open(
    program: Program,
    tool: ToolDeclaration,
    values: dict[str, Any],
    data: str | None,
    given: Mapping[str, str],
    job: Job,
) -> Inputs:
    """All layers of the call in one frame. The first layer of the tool sets it, unless the header names a CRS."""
    from zhscript.engine.tools import layers_of

    available = list_available(data)
    sources = {
        parameter.name: _source(parameter, values[parameter.key], available)
        for parameter in tool.parameters
        if parameter.kind in SOURCES and values[parameter.key] is not None
    }
    layers = sorted(layers_of(program, tool, values), key=lambda item: item.name not in sources)
    return open_inputs(replace(program, layers=layers), data, {**given, **sources}, job)


def _source(parameter: ToolParameter, text: str, available: list[Available]) -> str:
    """A file as it is given, else the layer of the data file that has this name or title."""
    if NO_FILE.match(text) or _exists(text):
        return text
    if available and not Path(text).suffix:
        return resolve({parameter.name: text}, {}, available)[parameter.name]
    hint = "请检查路径" if Path(text).suffix else "请给出文件，或用 --data 给出有这个图层的数据文件"
    raise UsageError(f"{parameter.label}：“{text}”不存在；{hint}")


def _exists(text: str) -> bool:
    try:
        return split_spec(text)[0].exists()
    except (UsageError, OSError, ValueError):
        return False


def _placed(tool: ToolDeclaration, values: dict[str, Any], inputs: Inputs) -> dict[str, Any]:
    """The values with extents and points in the CRS of the layers."""
    placed = dict(values)
    for parameter in tool.parameters:
        value = placed[parameter.key]
        if parameter.kind in ("extent", "point") and value is not None and value[-1] and inputs.crs is not None:
            numbers: Any = [float(number) for number in value[:-1]]
            move = pyproj.Transformer.from_crs(parse_crs(value[-1]), inputs.crs, always_xy=True)
            moved = move.transform_bounds(*numbers) if parameter.kind == "extent" else move.transform(*numbers)
            if not np.isfinite(moved).all():
                raise UsageError(f"{parameter.label}不在数据的坐标系能表示的范围里")
            placed[parameter.key] = (*moved, "")
    return placed


# -- the run and what it gives


def _run(
    program: Program,
    tool: ToolDeclaration,
    values: dict[str, Any],
    inputs: Inputs,
    host: ScriptHost,
    job: Job,
    decide: Any,
) -> ToolResult:
    from zhscript.engine import ScriptError, run_tool
    from zhscript.tools import ToolError

    given = surroundings(inputs, job)
    try:
        return run_tool(program, tool.title, values, host, today=date.today(), decide=decide, **given)
    except ToolError as error:
        raise UsageError(error.message) from error
    except ScriptError as error:
        failure = TimError if error.line else UnusableInput
        raise failure(f"脚本 {Path(program.path).name} {error.message}") from error


def _saved(outcome: ToolResult, targets: dict[str, str], overwrite: bool, job: Job) -> list[str]:
    """Write the output layers that have a file, all or none."""
    for warning in outcome.warnings:
        job.warn(warning)
    with ExitStack() as stack:
        working = {
            name: stack.enter_context(atomic_output(target, job, overwrite=overwrite))
            for name, target in targets.items()
        }
        for name, path in working.items():
            job.progress(0.9, f"写出 {name}")
            _write(path, name, outcome.layers[name])
    return list(targets.values())


def _write(path: Path, name: str, table: Table) -> None:
    suffix = path.suffix.lower()
    if suffix in DRIVERS:
        write_layer(path, name, table.columns, table.geometry, table.crs)
    elif suffix == ".csv":
        write_csv(path, table.columns)
    else:
        check_sheet(name, _rows(table))
        write_workbook(path, {name: table.columns})


def _rows(table: Table) -> int:
    columns = [table.geometry] if table.geometry is not None else list(table.columns.values())
    return len(columns[0]) if columns else 0


def _result(outcome: ToolResult, tool: ToolDeclaration, targets: dict[str, str], saved: list[str]) -> Result:
    results = [_value(output, outcome.values[output.name]) for output in tool.outputs if output.kind == "value"]
    layers = [
        {
            "name": output.name,
            "title": output.title,
            "features": _rows(outcome.layers[output.name]),
            "path": targets.get(output.name, ""),
        }
        for output in tool.outputs
        if output.kind != "value"
    ]
    data = {"printed": outcome.printed, "results": results, "layers": layers}
    return Result(f"“{tool.title}”运行完毕", saved, data=data)


def _value(output: ToolOutput, value: Any) -> dict[str, Any]:
    """A result for people (`text`) and for programs: numbers in base units, dates in ISO form."""
    from zhscript.engine.values import is_number, show, split
    from zhscript.units import unit_name

    unit, plain = "", value
    if is_number(value):
        plain, dimension = split(value)
        unit = unit_name(dimension)
    elif not isinstance(value, (bool, str)) and value is not None:
        plain = show(value)
    return {"name": output.name, "title": output.title, "value": plain, "unit": unit, "text": show(value)}
