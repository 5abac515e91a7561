"""`tim script run 文件 工具 --参数 值`: the command of a tool, made from its declaration alone."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tim.cli.run import print_failure, print_result, supervise
from tim.cli.table import width, wrap
from tim.engine.internal import TOOL
from tim.errors import EXIT_DONE, EXIT_FAILED, Failure, UsageError
from tim.job import Job
from tim.result import OK

if TYPE_CHECKING:
    from zhscript import Program
    from zhscript.tools import ToolDeclaration

_FLAGS = {
    "--json": "json",
    "--verbose": "verbose",
    "--overwrite": "overwrite",
    "--覆盖": "overwrite",
    "--help": "help",
    "--帮助": "help",
    "-h": "help",
}
_SINGLE = frozenset({"data"})
_SEVERAL = frozenset({"layer", "folder", "allow"})
_COLUMNS, _INDENT = 100, 30


@dataclass
class Call:
    """The words of a command: what is not an option, the flags, and the options with their values."""

    words: list[str] = field(default_factory=list)
    flags: set[str] = field(default_factory=set)
    options: list[tuple[str, str]] = field(default_factory=list)


def run_tool_command(given: Sequence[str]) -> int | None:
    """The exit status of a tool's command; None when the words do not name a tool: then it is another command."""
    call = read_words(given[2:])
    if list(given[:2]) != ["script", "run"] or not call.words:
        return None
    path = Path(call.words[0])
    program = _program(path, told=len(call.words) > 1)
    if program is None:
        return None
    from zhscript.tools import tools_of

    tools = tools_of(program)
    if not tools or (len(call.words) < 2 and program.kind != "工具箱"):
        return None
    if len(call.words) < 2 and len(tools) > 1:
        if "help" in call.flags:
            print("\n".join(_toolbox_help(path, tools)))
            return EXIT_DONE
        raise UsageError(f"“{path.name}”里有 {len(tools)} 个工具，请在文件名后面写出要运行的：{_titles(tools)}")
    tool = _find(tools, call.words[1] if len(call.words) > 1 else tools[0].title, path)
    if len(call.words) > 2:
        raise UsageError(f"“{call.words[2]}”前面要写参数名，例如 --{_first(tool)} {call.words[2]}")
    if "help" in call.flags:
        print("\n".join(tool_help(tool, path.name)))
        return EXIT_DONE
    return _run(tool, path, call)


def read_words(words: Sequence[str]) -> Call:
    """Options with their values: `--名 值`, `--名=值`; a value may begin with one dash; an option alone means 是."""
    call = Call()
    waiting = ""
    for word in words:
        name, equals, value = word.partition("=")
        if word in _FLAGS and not waiting:
            call.flags.add(_FLAGS[word])
        elif word.startswith("--") and len(word) > 2:
            if waiting:
                call.options.append((waiting, "是"))
            waiting = "" if equals else word[2:]
            if word in _FLAGS:
                call.flags.add(_FLAGS[word])
                waiting = ""
            elif equals:
                call.options.append((name[2:], value))
        elif waiting:
            call.options.append((waiting, word))
            waiting = ""
        else:
            call.words.append(word)
    if waiting:
        call.options.append((waiting, "是"))
    return call


def _program(path: Path, *, told: bool) -> Program | None:
    """The checked program of a script file; what is wrong with it is `told`, else None: the plain command tells."""
    from tim.errors import UnusableInput
    from tim.review.program import parse_rules, read_rules

    try:
        return parse_rules(path, read_rules(path, Job()), Job())
    except UnusableInput:
        if told:
            raise
    except (OSError, ValueError):
        if told:
            raise UsageError(f"脚本“{path}”打不开；请检查路径") from None
    return None


def _find(tools: Sequence[ToolDeclaration], title: str, path: Path) -> ToolDeclaration:
    for tool in tools:
        if tool.title == title.strip('“”"'):
            return tool
    raise UsageError(f"“{path.name}”里没有工具“{title}”；有：{_titles(tools)}")


def _titles(tools: Iterable[ToolDeclaration]) -> str:
    return "、".join(tool.title for tool in tools)


def _first(tool: ToolDeclaration) -> str:
    return tool.parameters[0].name if tool.parameters else "参数"


def _run(tool: ToolDeclaration, path: Path, call: Call) -> int:
    started = time.monotonic()
    as_json, verbose = "json" in call.flags, "verbose" in call.flags
    given = {"script": str(path), "tool": tool.title, "overwrite": "overwrite" in call.flags}
    result = supervise(TOOL, {**given, **_arguments(call)}, verbose=verbose)
    if isinstance(result, Failure):
        return print_failure(result, as_json=as_json, verbose=verbose, seconds=time.monotonic() - started)
    print_result(result, as_json=as_json)
    return EXIT_DONE if result["status"] == OK else EXIT_FAILED


def _arguments(call: Call) -> dict[str, Any]:
    """What the operation takes: the tool's own arguments together, the options of every tool apart."""
    from zhscript.characters import normalize

    arguments: dict[str, str] = {}
    given: dict[str, Any] = {"arguments": arguments, **{name: [] for name in _SEVERAL}}
    for name, value in call.options:
        place, key = (given, name) if name in _SINGLE else (arguments, normalize(name))
        if name in _SEVERAL:
            given[name].append(value)
        elif key in place:
            raise UsageError(f"参数 --{name} 写了两次")
        else:
            place[key] = value
    return given


def tool_help(tool: ToolDeclaration, file: str) -> Iterable[str]:
    """The help page of a tool's command."""
    from zhscript.tools import facts, output_facts

    command = f"tim script run {file} {tool.title}"
    yield f"用法：{command} --参数 值 …"
    if tool.description:
        yield ""
        yield from wrap(tool.description, _COLUMNS)
    if tool.parameters:
        yield "\n参数："
        for parameter in tool.parameters:
            mark = "（必须）" if parameter.required else ""
            yield from _row(f"--{parameter.name} {_metavar(parameter)}", facts(parameter) + mark)
    if tool.outputs:
        yield "\n结果："
        for output in tool.outputs:
            saved = "" if output.kind == "value" else "；要保存请给出文件（.gpkg、.geojson、.xlsx …）"
            name = output.name if output.kind == "value" else f"--{output.name} 文件"
            yield from _row(name, output_facts(output) + saved)
    yield "\n其他："
    yield from _row("--data 文件", "按名称在其中找图层的数据文件（GeoPackage 等）")
    yield from _row("--layer 图层名=数据源", "脚本自己声明的图层取自哪里，可以多个")
    yield from _row("--folder 文件夹", "除脚本所在文件夹外，允许脚本读写的文件夹，可以多个")
    yield from _row("--allow 权限", "收窄脚本的权限（检查、计算、管理）；缺省按脚本开头的“权限”")
    yield from _row("--overwrite（--覆盖）", "结果文件已存在时覆盖；缺省保留原文件并报错")
    yield from _row("--json", "在标准输出上给出一个 JSON 结果")
    yield "\n例："
    example = " ".join(f"--{item.name} {_sample(item)}" for item in tool.parameters if item.required)
    yield f"  {command} {example}".rstrip()


def _metavar(parameter: Any) -> str:
    return {"choice": "选项", "choices": "选项、选项", "boolean": "是|否", "field": "字段名"}.get(
        parameter.kind, parameter.word
    )


def _sample(parameter: Any) -> str:
    suffix = parameter.suffixes[0] if parameter.suffixes else "txt"
    samples = {
        "layer": "图层.gpkg",
        "table": "表格.xlsx",
        "field": "字段名",
        "number": "1",
        "integer": "1",
        "ratio": "25%",
        "quantity": f"2{parameter.unit}",
        "text": "文字",
        "choice": (parameter.options or ("选项",))[0],
        "choices": "、".join(parameter.options[:2]),
        "boolean": "是",
        "file": f"文件.{suffix}",
        "save": f"结果.{suffix}",
        "folder": "文件夹",
        "date": "2024年6月1日",
        "crs": "EPSG:4547",
        "extent": "左,下,右,上",
        "colour": "#FF0000",
        "point": "x,y",
    }
    return samples[parameter.kind]


def _row(head: str, text: str) -> Iterable[str]:
    lines = wrap(text, _COLUMNS - _INDENT - 2)
    if width(head) > _INDENT - 2:
        yield f"  {head}"
        head = ""
    for line in lines:
        yield f"  {head}{' ' * (_INDENT - width(head))}{line}"
        head = ""


def _toolbox_help(path: Path, tools: Sequence[ToolDeclaration]) -> Iterable[str]:
    yield f"用法：tim script run {path.name} 工具名 --参数 值 …"
    yield "\n工具："
    for tool in tools:
        yield from _row(tool.title, tool.description or tool.group)
    yield f"\n每个工具的参数见 tim script run {path.name} 工具名 --帮助"
