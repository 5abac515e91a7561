"""The argument parser, built from the declarations alone."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from typing import Any, NoReturn

import tim
from tim.cli.chinese import english, speak_chinese
from tim.cli.table import width as columns
from tim.cli.table import wrap
from tim.declare import Kind, Operation, Parameter, Text
from tim.errors import UsageError

_SUMMARY = Text(
    "国土空间信息模型：由点云与实景三维建立模型，中文规则审查", "Territory information models from points and meshes"
)
_WORDS = {
    "points": Text("点云", "Point clouds"),
    "graph": Text("知识图谱", "Knowledge graph"),
    "model": Text("模型的结构、版本和历史", "Schema, versions and history of a model"),
    "script": Text("中文脚本", "Scripts in Chinese"),
    "mesh": Text("实景三维网格", "Meshes"),
    "image": Text("影像", "Images"),
    "picture": Text("图片", "Pictures"),
    "area": Text("面积", "Areas"),
    "code": Text("空间码和登记编码", "Codes"),
    "boundary": Text("界址点", "Boundary points"),
    "landuse": Text("地类转换", "Land use"),
    "analyse": Text("空间分析", "Spatial analysis"),
    "plan": Text("规划符合性", "Conformity with plans"),
    "quality": Text("数据库质检", "Database checks"),
    "warnings": Text("预警", "Warnings"),
    "vct": Text("VCT 交换文件", "VCT exchange files"),
}
_JSON = Text("在标准输出上给出一个 JSON 结果，其余文字写到标准错误", "One JSON result on standard output")
_VERSION = Text("显示版本号", "Show the version")
_VERBOSE = Text("显示日志和出错的细节", "Show the log and the details of errors")
_ENGLISH_UNITS = {
    "毫米": "mm",
    "厘米": "cm",
    "米": "m",
    "千米": "km",
    "平方米": "m²",
    "公顷": "ha",
    "亩": "mu",
    "立方米": "m³",
    "秒": "s",
    "分钟": "min",
    "小时": "h",
    "天": "d",
    "年": "years",
    "度": "°",
    "千米/小时": "km/h",
    "米/秒": "m/s",
    "像素": "px",
    "平方千米": "km²",
    "个": "",
    "点/平方米": "points/m²",
    "万元": "10,000 yuan",
    "元": "yuan",
}
_METAVARS = {
    Kind.NUMBER: Text("数", "NUMBER"),
    Kind.INTEGER: Text("整数", "INTEGER"),
    Kind.TEXT: Text("文字", "TEXT"),
    Kind.CRS: Text("坐标系", "CRS"),
    Kind.LAYERS: Text("名称=源", "NAME=SOURCE"),
}
_FILE = Text("文件", "FILE")


class Parser(argparse.ArgumentParser):
    """Raises `UsageError` instead of ending the process, so that there is one way to report mistakes."""

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_abbrev=False, formatter_class=_Formatter, **options)
        self.pending: Sequence[Parameter] = ()

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parameters are added when their command is called: those of all commands would take a third of the start."""
        pending, self.pending = self.pending, ()
        for parameter in pending:
            _add_parameter(self, parameter)
        return super().parse_known_args(args, namespace)

    def format_help(self) -> str:
        text = super().format_help()
        return text if english() else re.sub(r"(?m)^(\S+):$", r"\1：", text)

    def error(self, message: str) -> NoReturn:
        hint = f"see {self.prog} --help" if english() else f"用法见 {self.prog} --help"
        raise UsageError(f"{message}; {hint}" if english() else f"{message}；{hint}")


class _Formatter(argparse.HelpFormatter):
    """Breaks lines by columns, of which a Chinese character takes two."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=28, width=100)

    def _format_action(self, action: argparse.Action) -> str:
        if isinstance(action, argparse._SubParsersAction):  # without a line that only repeats the heading
            return "".join(self._format_action(item) for item in self._iter_indented_subactions(action))
        header = self._format_action_invocation(action)
        surplus = columns(header) - len(header)
        return re.sub(f"(?<={re.escape(header)}) {{0,{surplus}}}(?=  )", "", super()._format_action(action), count=1)

    def _split_lines(self, text: str, width: int) -> list[str]:
        return wrap(" ".join(text.split()), width)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return "\n".join(indent + line for line in wrap(" ".join(text.split()), width - len(indent)))


class Commands:
    """A tree of commands; a command's words are separated by blanks."""

    def __init__(self) -> None:
        speak_chinese()
        self.parser = Parser(prog="tim", description=str(_SUMMARY))
        self.parser.add_argument("--version", action="version", version=f"tim {tim.__version__}", help=str(_VERSION))
        self._groups: dict[str, Any] = {"": _subparsers(self.parser)}

    def add(self, words: str, summary: Text, **defaults: Any) -> Parser:
        """A parser for one command; `defaults` stand in the namespace of the parsed arguments."""
        group, _, name = words.rpartition(" ")
        parser: Parser = self._group(group).add_parser(name, help=str(summary), description=str(summary))
        parser.set_defaults(**defaults)
        parser.add_argument("--json", action="store_true", help=str(_JSON))
        parser.add_argument("--verbose", action="store_true", help=str(_VERBOSE))
        return parser

    def add_operation(self, operation: Operation) -> None:
        """The command of an operation."""
        parser = self.add(operation.name, operation.title, operation=operation)
        parser.description = str(operation.summary)
        parser.pending = operation.parameters

    def _group(self, words: str) -> Any:
        if words not in self._groups:
            title = str(_WORDS.get(words, words))
            self._groups[words] = _subparsers(self._groups[""].add_parser(words, help=title, description=title))
        return self._groups[words]


def _subparsers(parser: argparse.ArgumentParser) -> Any:
    word = "COMMAND" if english() else "命令"
    return parser.add_subparsers(title=word, metavar=word, dest=argparse.SUPPRESS, required=True)


def _add_parameter(parser: Parser, parameter: Parameter) -> None:
    """Values stay texts here: they are converted and checked in one place, `tim.engine.parameters`."""
    options: dict[str, Any] = {"help": _help(parameter), "default": None}
    if parameter.kind is Kind.FLAG:
        parser.add_argument(parameter.option, action="store_true", **{**options, "default": bool(parameter.default)})
        return
    options["metavar"] = _metavar(parameter)
    if parameter.positional:
        several = "+" if parameter.required else "*"
        one = None if parameter.required else "?"
        parser.add_argument(parameter.name, nargs=several if parameter.many else one, **options)
        return
    options["required"] = parameter.required
    if parameter.kind is Kind.LAYERS:
        parser.add_argument(parameter.option, action="append", **options)
    elif parameter.many:
        parser.add_argument(parameter.option, nargs="+", action="extend", **options)
    else:
        parser.add_argument(parameter.option, **options)


def _metavar(parameter: Parameter) -> str:
    if parameter.positional:
        return str(parameter.title)
    if parameter.kind is Kind.CHOICE:
        return "{" + ",".join(value for value, _ in parameter.choices) + "}"
    return str(_METAVARS.get(parameter.kind, _FILE))


def _help(parameter: Parameter) -> str:
    """Title, explanation, range and default in one line."""
    facts = [str(parameter.help)]
    if parameter.choices:
        facts.append((", " if english() else "、").join(f"{value} {title}" for value, title in parameter.choices))
    if parameter.minimum is not None or parameter.maximum is not None:
        low = "" if parameter.minimum is None else f"{parameter.minimum:g}"
        high = "" if parameter.maximum is None else f"{parameter.maximum:g}"
        unit = _ENGLISH_UNITS.get(parameter.unit, parameter.unit) if english() else parameter.unit
        facts.append(f"{low}–{high} {unit}".strip())
    if parameter.default is not None and parameter.kind is not Kind.FLAG:
        facts.append(("default: " if english() else "缺省 ") + str(parameter.default))
    colon, semicolon = (": ", "; ") if english() else ("：", "；")
    return (f"{parameter.title}{colon}" + semicolon.join(facts)).replace("%", "%%")


def split_layers(arguments: Sequence[str], operations: Sequence[Operation]) -> list[str]:
    """Repeat a layers option for each `名=源` behind it, so that `--layer 甲=a 乙=b rules.zh` leaves rules.zh alone."""
    options = {item.option for operation in operations for item in operation.parameters if item.kind is Kind.LAYERS}
    result: list[str] = []
    option = ""
    for argument in arguments:
        if option and result[-1] != option and "=" in argument and not argument.startswith("-"):
            result.append(option)
        elif argument in options:
            option = argument
        elif not (option and result[-1] == option):
            option = ""
        result.append(argument)
    return result
