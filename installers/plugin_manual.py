"""The reference part of the plugin's manual, from the declarations of the operations."""

from __future__ import annotations

from html import escape
from typing import Any

MARK = "<!-- operations -->"
_HEAD = {"zh": ("参数", "说明", "必填", "缺省"), "en": ("Parameter", "Meaning", "Required", "Default")}
_YES = {"zh": "是", "en": "yes"}


def with_reference(page: str, operations: list[dict[str, Any]], language: str) -> str:
    """The page with one section an operation in place of the mark; `language` is "zh" or "en"."""
    if page.count(MARK) != 1:
        raise ValueError(f"the manual's page ({language}) must have {MARK} once")
    return page.replace(MARK, "\n".join(_section(operation, language) for operation in operations))


def _section(operation: dict[str, Any], language: str) -> str:
    title, summary = (escape(operation[key][language]) for key in ("title", "summary"))
    rows = "".join(_row(parameter, language) for parameter in operation["parameters"])
    head = "".join(f"<th>{word}</th>" for word in _HEAD[language])
    return f'<h3 id="{operation["name"]}">{title}</h3>\n<p>{summary}</p>\n<table>\n<tr>{head}</tr>\n{rows}</table>\n'


def _row(parameter: dict[str, Any], language: str) -> str:
    unit = f"（{parameter['unit']}）" if parameter["unit"] else ""
    cells = (
        parameter["title"][language] + unit,
        parameter["help"][language],
        _YES[language] if parameter["required"] else "",
        _default(parameter, language),
    )
    return "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>\n"


def _default(parameter: dict[str, Any], language: str) -> str:
    for choice in parameter["choices"]:
        if choice["value"] == parameter["default"]:
            return choice["title"][language]
    return "" if parameter["default"] in (None, False) else str(parameter["default"])
