"""Parameters of a call, checked against the declaration. Every mistake is one Chinese sentence."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tim.declare import OUTPUT_KINDS, SOURCE_KINDS, Kind, Operation, Parameter
from tim.errors import UsageError
from tim.files import check_target

# `PG:dbname=x`, `https://…`, `/vsizip/…`: sources that are no files; a single letter before the colon is a drive
NO_FILE = re.compile(r"^(?:[A-Za-z][A-Za-z0-9+]+:|/vsi)")


def check_parameters(
    operation: Operation, given: Mapping[str, Any], folder: str | Path | None = None
) -> dict[str, Any]:
    """The keywords for the operation's function: defaults filled in, numbers converted, paths absolute.

    Relative paths are resolved in `folder` (default: the current one). Raises `UsageError` for parameters that are
    unknown, missing, of the wrong type or out of range, sources that do not exist, and results that cannot be written.
    """
    base = Path(folder) if folder else _current_folder()
    _refuse_unknown(operation, given)
    values: dict[str, Any] = {}
    for parameter in operation.parameters:
        value = given.get(parameter.name)
        if _is_empty(value):
            if parameter.required:
                raise UsageError(f"缺少参数 {_label(parameter)}；用法见 tim {operation.name} --help")
            values[parameter.name] = parameter.default
        else:
            values[parameter.name] = _value(parameter, value, base)
    _check_outputs(operation, values)
    return values


def _current_folder() -> Path:
    try:
        return Path.cwd()
    except OSError:
        raise UsageError("当前文件夹已被删除或不能访问；请先换到别的文件夹") from None


def _refuse_unknown(operation: Operation, given: Mapping[str, Any]) -> None:
    known = [parameter.name for parameter in operation.parameters]
    for name in given:
        if name not in known:
            close = difflib.get_close_matches(str(name), known, n=1)
            hint = f"你是不是想写 {close[0]}？" if close else f"可用的参数：{'、'.join(known) or '无'}"
            raise UsageError(f"“{operation.name}”没有参数 {name}；{hint}")


def _is_empty(value: Any) -> bool:
    return value is None or (isinstance(value, (str, list, tuple, dict)) and len(value) == 0)


def _label(parameter: Parameter) -> str:
    return f"{parameter.name}（{parameter.title.zh}）"


def _value(parameter: Parameter, value: Any, base: Path) -> Any:
    if parameter.kind is Kind.LAYERS:
        return _layers(parameter, value, base)
    if parameter.kind is Kind.ARGUMENTS:
        return _arguments(parameter, value)
    if not parameter.many:
        return _one(parameter, value, base)
    values = list(value) if isinstance(value, (list, tuple)) else [value]
    return [_one(parameter, item, base) for item in values]


def _one(parameter: Parameter, value: Any, base: Path) -> Any:
    kind = parameter.kind
    if kind is Kind.FLAG:
        return _require(parameter, value, bool, "是或否（true/false）")
    if kind in (Kind.NUMBER, Kind.INTEGER):
        return _number(parameter, value)
    text = _require(parameter, value, str, "文字")
    if "\0" in text or not text.strip():
        raise UsageError(f"参数 {_label(parameter)}的值是空白或含有无效字符")
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise UsageError(f"参数 {_label(parameter)}里有不是 UTF-8 的字符；请检查文件名和终端的编码")
    if kind is Kind.CHOICE:
        return _choice(parameter, text)
    if kind in OUTPUT_KINDS:
        return _output(parameter, text, base)
    if kind in SOURCE_KINDS:
        return _source(parameter, text, base)
    return text


def _require(parameter: Parameter, value: Any, kind: type, words: str) -> Any:
    if not isinstance(value, kind):
        raise UsageError(f"参数 {_label(parameter)}应是{words}，给出的是{_shown(value)}")
    return value


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else repr(value)
    return f"“{text[:60]}…”" if len(text) > 60 else f"“{text}”"


def _number(parameter: Parameter, value: Any) -> float | int:
    """A number, or the text of one as typed on a command line, within the declared range."""
    words = "整数" if parameter.kind is Kind.INTEGER else "数"
    wrong = UsageError(f"参数 {_label(parameter)}应是{words}，给出的是{_shown(value)}")
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise wrong
    try:
        number = float(value)
    except (ValueError, OverflowError):
        raise wrong from None
    if not math.isfinite(number) or (parameter.kind is Kind.INTEGER and number != int(number)):
        raise wrong
    low, high = parameter.minimum, parameter.maximum
    if (low is not None and number < low) or (high is not None and number > high):
        raise UsageError(f"参数 {_label(parameter)}应{_range(low, high, parameter.unit)}，给出的是{_shown(value)}")
    return int(number) if parameter.kind is Kind.INTEGER else number


def _range(low: float | None, high: float | None, unit: str) -> str:
    space = f" {unit}" if unit else ""
    if low is None:
        return f"不大于 {high:g}{space}"
    if high is None:
        return f"不小于 {low:g}{space}"
    return f"在 {low:g} 到 {high:g}{space or ' '}之间"


def _choice(parameter: Parameter, text: str) -> str:
    allowed = [value for value, _ in parameter.choices]
    if text not in allowed:
        listed = "、".join(f"{value}（{title.zh}）" for value, title in parameter.choices)
        raise UsageError(f"参数 {_label(parameter)}没有选项“{text}”；可选：{listed}")
    return text


def _source(parameter: Parameter, text: str, base: Path) -> str:
    """The source with an absolute path; `file|layername=x` keeps what follows the bar."""
    if NO_FILE.match(text):
        return text
    name, bar, rest = (text, "", "") if _exists(base / Path(text).expanduser()) else text.partition("|")
    path = base / Path(name).expanduser()
    try:
        path.stat()
    except FileNotFoundError:
        raise UsageError(f"{parameter.title.zh}“{name}”不存在；请检查路径（参数 {parameter.name}）") from None
    except OSError as error:
        raise UsageError(f"{parameter.title.zh}“{name}”打不开（{error.strerror}）；请检查路径和权限") from None
    return f"{path}{bar}{rest}"


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return False


def _output(parameter: Parameter, text: str, base: Path) -> str:
    path = base / Path(text).expanduser()
    endings = tuple("." + suffix for suffix in parameter.suffixes)
    if endings and not path.name.lower().endswith(endings):
        raise UsageError(f"{parameter.title.zh}“{text}”的扩展名应是 {' 或 '.join(endings)}（参数 {parameter.name}）")
    return str(path)


def _layers(parameter: Parameter, value: Any, base: Path) -> dict[str, str]:
    """Layer name → source, from such a mapping or from texts `名=源`."""
    if isinstance(value, Mapping):
        pairs = list(value.items())
    else:
        texts = value if isinstance(value, (list, tuple)) else [value]
        pairs = [_pair(parameter, text) for text in texts]
    layers: dict[str, str] = {}
    for name, source in pairs:
        if name in layers:
            raise UsageError(f"参数 {_label(parameter)}里图层“{name}”给了两次")
        layers[name] = _source(parameter, _require(parameter, source, str, "文字"), base)
    return layers


def _arguments(parameter: Parameter, value: Any) -> dict[str, Any]:
    """The arguments as given: the declaration of the tool judges them in the worker."""
    mapping: dict[str, Any] = _require(parameter, value, dict, "参数名到值的对应")
    for name, item in mapping.items():
        items = item if isinstance(item, list) else [item]
        if not all(part is None or isinstance(part, (str, bool, int, float)) for part in items):
            raise UsageError(f"参数“{name}”的值应是文字、数或它们的列表，给出的是{_shown(item)}")
    return mapping


def _pair(parameter: Parameter, text: Any) -> tuple[str, str]:
    name, equals, source = _require(parameter, text, str, "文字").partition("=")
    if not (equals and name.strip() and source.strip()):
        raise UsageError(f"参数 {_label(parameter)}应写作 名称=数据源，给出的是{_shown(text)}")
    return name.strip(), source.strip()


def _check_outputs(operation: Operation, values: dict[str, Any]) -> None:
    """Refuse results that would replace a source or each other, exist already, or have no folder to go to."""
    taken = {Path(path).resolve(): name for name, path in _source_paths(operation, values)}
    for parameter in operation.parameters:
        if parameter.kind not in OUTPUT_KINDS or values[parameter.name] is None:
            continue
        target = values[parameter.name]
        other = taken.get(Path(target).resolve())
        if other is not None:
            raise UsageError(f"参数 {_label(parameter)}与参数 {other} 是同一个文件“{target}”；请换一个文件名")
        taken[Path(target).resolve()] = parameter.name
        check_target(target, overwrite=parameter.grows or bool(values.get("overwrite")))


def _source_paths(operation: Operation, values: dict[str, Any]) -> list[tuple[str, str]]:
    """(parameter name, path) of every source that is a file or folder."""
    found: list[tuple[str, str]] = []
    for parameter in operation.parameters:
        value = values[parameter.name]
        if value is None or parameter.kind not in (SOURCE_KINDS | {Kind.LAYERS}):
            continue
        sources = value.values() if isinstance(value, dict) else value if isinstance(value, list) else [value]
        found += [(parameter.name, source.partition("|")[0]) for source in sources if not NO_FILE.match(source)]
    return found
