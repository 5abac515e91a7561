"""From what a person gives (the text of a command, the value of a form) to a typed value of the language."""

from __future__ import annotations

import datetime
import re
import unicodedata
from fractions import Fraction
from typing import Any, Callable, Optional

from ..diagnostics import nearest
from ..units import COMPOUND_UNIT, find_unit, number, quantity, ratio
from .declaration import GEOMETRY_WORDS, NUMBERS, Limit, ToolError, ToolParameter

_DECIMAL = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?")
_DATE = re.compile(r"(\d{4})(?:年|-|/|\.)(\d{1,2})(?:月|-|/|\.)(\d{1,2})日?(?:T00:00:00.*)?")
_CRS = re.compile(r"[A-Za-z]+:\d+(?:\+(?:[A-Za-z]+:)?\d+)?|[A-Za-z]{3,}\w*\[.+\]|\+proj=.+", re.DOTALL)
_PLACE = re.compile(r"([^\[\]]*?)\s*(?:\[([^\[\]]+)\])?")
_COLOUR = re.compile(r"#(?:[0-9A-Fa-f]{6}|[0-9A-Fa-f]{8})")
_TRUTH = {"是": True, "真": True, "true": True, "1": True, "否": False, "假": False, "false": False, "0": False}
_LONGEST = 60


def convert(parameter: ToolParameter, value: Any) -> Any:
    """The typed value of `value`, which is a text or already of the right type.

    Numbers come back in base units, exact (`Fraction`); dates as `date`; several options as a tuple; an extent as
    (left, bottom, right, top, CRS or ""), a point as (x, y, CRS or ""); all else as text. Raises `ToolError`.
    """
    if isinstance(value, str):
        value = value.strip()
        if not value or "\0" in value:
            raise _wrong(parameter, "是空白或含有无效字符")
    if parameter.kind in ("choice", "choices", "colour", "crs", "boolean", "date", "extent", "point"):
        return _CONVERTERS[parameter.kind](parameter, value)
    if parameter.kind in NUMBERS:
        result = _CONVERTERS[parameter.kind](parameter, value)
        check_limits(parameter, result)
        return result
    if not isinstance(value, str):
        raise _wrong(parameter, f"要写{wanted(parameter)}", value)
    return _CONVERTERS.get(parameter.kind, _as_it_is)(parameter, value)


def check_limits(parameter: ToolParameter, value: Any) -> None:
    """Raise `ToolError` when the value is outside what the declaration allows."""
    if all(_holds(limit, value) for limit in parameter.limits):
        return
    raise ToolError(
        f"{parameter.label}应{limits_text(parameter)}；给出的是“{shown(parameter, value)}”", *_at(parameter)
    )


def limits_text(parameter: ToolParameter) -> str:
    """The limits in words: 介于 0 至 1, 不小于 0平方米."""
    limits = {limit.operator: limit.text for limit in parameter.limits}
    if set(limits) == {"不小于", "不大于"}:
        return f"介于 {limits['不小于']} 至 {limits['不大于']}"
    return "、".join(f"{limit.operator} {limit.text}" for limit in parameter.limits)


def wanted(parameter: ToolParameter) -> str:
    """What the parameter takes, in words for messages and help."""
    kind = parameter.kind
    if kind == "layer":
        return f"{GEOMETRY_WORDS.get(parameter.geometry, '')}图层"
    if kind == "choice":
        return f"选项之一（{'、'.join(parameter.options)}）"
    if kind == "choices":
        return f"几个选项，用“、”隔开（{'、'.join(parameter.options)}）"
    if kind in ("file", "save") and parameter.suffixes:
        return f"{parameter.word}（{'、'.join('.' + suffix for suffix in parameter.suffixes)}）"
    if kind == "quantity":
        return f"{parameter.word}，带单位，例如 {_example(parameter)}"
    return _WANTED.get(kind, parameter.word)


_WANTED = {
    "boolean": "是 或 否",
    "date": "日期，例如 2024年6月1日",
    "crs": "坐标系，例如 EPSG:4547",
    "extent": "范围，例如 左,下,右,上",
    "point": "坐标，例如 x,y",
    "colour": "颜色，例如 #FF0000",
    "ratio": "比率，例如 0.25 或 25%",
}


def shown(parameter: ToolParameter, value: Any) -> str:
    """A typed value as a person would give it."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Fraction):
        return _number_text(value / _factor(parameter)) + parameter.unit
    if isinstance(value, datetime.date):
        return f"{value.year}年{value.month}月{value.day}日"
    if parameter.kind == "choices":
        return "、".join(value)
    if parameter.kind in ("extent", "point"):
        *numbers, crs = value
        return ",".join(map(_number_text, numbers)) + (f" [{crs}]" if crs else "")
    return str(value)


def _number_text(value: Fraction) -> str:
    """Exact when a few decimals do, else the shortest text of the nearest float."""
    scaled = value * 10**9
    if scaled.denominator != 1:
        return repr(float(value))
    text = f"{abs(scaled.numerator):010d}"
    text = f"{text[:-9]}.{text[-9:]}".rstrip("0").rstrip(".")
    return "-" + text if value < 0 else text


def _factor(parameter: ToolParameter) -> Fraction:
    unit = find_unit(parameter.unit) if parameter.unit else None
    return unit.factor if unit else Fraction(1)


def _example(parameter: ToolParameter) -> str:
    return shown(parameter, parameter.default) if parameter.default is not None else f"2{parameter.unit}"


def _holds(limit: Limit, value: Any) -> bool:
    return {
        "不小于": value >= limit.value,
        "不大于": value <= limit.value,
        "大于": value > limit.value,
        "小于": value < limit.value,
        "等于": value == limit.value,
        "不等于": value != limit.value,
    }[limit.operator]


def _at(parameter: ToolParameter) -> tuple[str, int]:
    return parameter.name, parameter.line


def _wrong(parameter: ToolParameter, what: str, value: Any = None) -> ToolError:
    given = "" if value is None else f"；给出的是“{_short(value)}”"
    return ToolError(f"{parameter.label}{what}{given}", *_at(parameter))


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else "、".join(map(str, value)) if _is_list(value) else str(value)
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"


def _is_list(value: Any) -> bool:
    return isinstance(value, (list, tuple))


def _folded(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


# -- numbers


def _number(parameter: ToolParameter, value: Any) -> Fraction:
    """A number as Python gives it or as text: 0.5, -3, 1e-3, 1.2万, 五百."""
    exact = _plain_number(value)
    if exact is None and isinstance(value, str):
        exact = _language_number(value, number)
    if exact is None:
        raise _wrong(parameter, f"要写{wanted(parameter)}", value)
    return exact


def _plain_number(value: Any) -> Optional[Fraction]:
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, Fraction)):
        return Fraction(value)
    text = repr(value) if isinstance(value, float) else _folded(value) if isinstance(value, str) else ""
    return Fraction(text.rstrip(".")) if _DECIMAL.fullmatch(text) else None


def _language_number(text: str, read: Callable[[str], Fraction]) -> Optional[Fraction]:
    """A numeral of the language, with an optional sign."""
    folded = _folded(text)
    sign = -1 if folded[:1] in "-－" else 1
    try:
        return sign * read(folded.lstrip("-－+"))
    except (ValueError, KeyError, IndexError, ZeroDivisionError):
        return None


def _integer(parameter: ToolParameter, value: Any) -> Fraction:
    exact = _number(parameter, value)
    if exact.denominator != 1:
        raise _wrong(parameter, "要写整数", value)
    return exact


def _ratio(parameter: ToolParameter, value: Any) -> Fraction:
    exact = _language_number(value, ratio) if isinstance(value, str) and _ends_as_ratio(value) else None
    return _number(parameter, value) if exact is None else exact


def _ends_as_ratio(text: str) -> bool:
    return text[-1] in "%％‰" or "分之" in text


def _quantity(parameter: ToolParameter, value: Any) -> Fraction:
    """A number with its unit; numbers of a program count base units."""
    if not isinstance(value, str):
        exact = _plain_number(value)
        if exact is None:
            raise _wrong(parameter, f"要写{wanted(parameter)}", value)
        return exact
    folded = _folded(value)
    if _DECIMAL.fullmatch(folded):
        raise _wrong(parameter, f"要带单位，例如 {folded}{parameter.unit}", value)
    exact = _language_number(folded, lambda text: _quantity_of(text, parameter))
    if exact is None:
        unit = re.search(r"[^\d.+-].*$", folded)
        if unit and not COMPOUND_UNIT.fullmatch(unit.group()) and _DECIMAL.match(folded):
            raise _wrong(
                parameter, f"的单位“{unit.group()}”不认识或不是{parameter.word}的单位，例如 {_example(parameter)}"
            )
        raise _wrong(parameter, f"要写{wanted(parameter)}", value)
    return exact


def _quantity_of(text: str, parameter: ToolParameter) -> Fraction:
    amount, unit = quantity(text)
    if unit.dimension != parameter.dimension:
        raise ValueError(text)
    return amount * unit.factor


# -- the others


def _boolean(parameter: ToolParameter, value: Any) -> bool:
    result = value if isinstance(value, bool) else _TRUTH.get(_folded(str(value)).lower())
    if result is None:
        raise _wrong(parameter, "要写 是 或 否", value)
    return result


def _date(parameter: ToolParameter, value: Any) -> datetime.date:
    if isinstance(value, datetime.datetime):
        value = value.date()
    date = value if isinstance(value, datetime.date) else _date_of(str(value))
    if date is None:
        raise _wrong(parameter, f"要写{wanted(parameter)}", value)
    check_limits(parameter, date)
    return date


def _date_of(text: str) -> Optional[datetime.date]:
    match = _DATE.fullmatch(_folded(text))
    try:
        return datetime.date(*map(int, match.groups())) if match else None
    except ValueError:
        return None


def _choice(parameter: ToolParameter, value: Any) -> str:
    for option in parameter.options:
        if _folded(str(value)) == _folded(option):
            return option
    close = nearest(str(value), parameter.options, 1)
    hint = f"；是不是想写“{close[0]}”？" if close else ""
    raise _wrong(parameter, f"没有选项“{_short(value)}”；可选：{'、'.join(parameter.options)}{hint}")


def _choices(parameter: ToolParameter, value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        value = re.split("[、，,]", value)
    elif not _is_list(value):
        raise _wrong(parameter, f"要写{wanted(parameter)}", value)
    chosen = [_choice(parameter, item) for item in value if str(item).strip()]
    return tuple(option for option in parameter.options if option in chosen)


def _crs(parameter: ToolParameter, value: Any) -> str:
    if not isinstance(value, str) or not _CRS.fullmatch(value):
        raise _wrong(parameter, f"要写{wanted(parameter)}", value)
    return value


def _colour(parameter: ToolParameter, value: Any) -> str:
    if not isinstance(value, str) or not _COLOUR.fullmatch(_folded(value)):
        raise _wrong(parameter, f"要写{wanted(parameter)}", value)
    return _folded(value).upper()


def _place(parameter: ToolParameter, value: Any, count: int) -> tuple[Any, ...]:
    crs = ""
    if isinstance(value, str):
        match = _PLACE.fullmatch(value)
        value, crs = (re.split("[,，]", match.group(1)), match.group(2) or "") if match else ((), "")
    numbers = [_plain_number(item) for item in value] if _is_list(value) else []
    if len(numbers) != count or None in numbers:
        raise _wrong(parameter, f"要写{wanted(parameter)}", value)
    return (*numbers, crs)


def _extent(parameter: ToolParameter, value: Any) -> tuple[Any, ...]:
    left, bottom, right, top, crs = _place(parameter, value, 4)
    if left >= right or bottom >= top:
        raise _wrong(parameter, "的左要小于右、下要小于上", value)
    return left, bottom, right, top, crs


def _point(parameter: ToolParameter, value: Any) -> tuple[Any, ...]:
    return _place(parameter, value, 2)


def _path(parameter: ToolParameter, value: str) -> str:
    if parameter.suffixes and not value.lower().endswith(tuple("." + suffix for suffix in parameter.suffixes)):
        endings = " 或 ".join("." + suffix for suffix in parameter.suffixes)
        raise _wrong(parameter, f"的扩展名应是 {endings}", value)
    return value


def _as_it_is(_parameter: ToolParameter, value: str) -> str:
    return value


_CONVERTERS: dict[str, Callable[[ToolParameter, Any], Any]] = {
    "number": _number,
    "integer": _integer,
    "ratio": _ratio,
    "quantity": _quantity,
    "boolean": _boolean,
    "date": _date,
    "choice": _choice,
    "choices": _choices,
    "crs": _crs,
    "colour": _colour,
    "extent": _extent,
    "point": _point,
    "file": _path,
    "save": _path,
}
