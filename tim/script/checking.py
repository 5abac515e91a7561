"""`tim script check`: what is wrong in scripts, with the line, a pointer below it, and how to repair it."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tim.cli.table import width
from tim.errors import TimError, UnusableInput, UsageError
from tim.job import Job
from tim.review.program import read_rules

_SEVERITIES = {"error": "错误", "warning": "注意", "hint": "建议"}
_COLUMNS = 100  # of a line that is shown


def script_files(names: Sequence[str]) -> list[Path]:
    """The files, and all .zh files in folders, sorted. Raises `UsageError` for a name that leads to none."""
    result: list[Path] = []
    for name in names:
        path = Path(name)
        found = sorted(path.rglob("*.zh")) if path.is_dir() else [path]
        if not found:
            raise UsageError(f"文件夹“{name}”里没有脚本（.zh 文件）")
        result += found
    return result


def check_file(path: Path, job: Job) -> tuple[list[dict[str, Any]], list[str]]:
    """The diagnostics of a file as plain data and its lines.

    Raises `UsageError` when it cannot be opened, `UnusableInput` when it is no script.
    """
    from tim.engine.scripts import check_script

    try:
        text = read_rules(path, job)
    except FileNotFoundError:
        raise UsageError(f"脚本“{path}”不存在；请检查路径") from None
    except PermissionError:
        raise UsageError(f"没有权限读取脚本“{path}”") from None
    except OSError:
        raise UsageError(f"脚本“{path}”打不开；请检查路径、权限和磁盘") from None
    return check_script(text, str(path)), text.split("\n")


def check_all(paths: Sequence[Path], job: Job) -> tuple[list[tuple[dict[str, Any], list[str]]], list[str]]:
    """((diagnostic, lines of its file) of all files, what is wrong with files that cannot be read).

    A single file that cannot be read raises its error.
    """
    found: list[tuple[dict[str, Any], list[str]]] = []
    unreadable: list[str] = []
    for path in paths:
        try:
            diagnostics, lines = check_file(path, job)
        except (UsageError, UnusableInput) as error:
            if len(paths) == 1:
                raise
            unreadable.append(_message(error))
            continue
        found += [(item, lines) for item in diagnostics]
    return found, unreadable


def _message(error: TimError) -> str:
    return str(error.message)


def describe_diagnostic(item: dict[str, Any], lines: Sequence[str]) -> list[str]:
    """Lines for people: place, severity, code and reason; the line with a pointer; the repairs."""
    severity = _SEVERITIES.get(item["severity"], item["severity"])
    result = [f"{item['file']}:{item['line']}:{item['column']}  {severity} {item['code']}：{item['message']}"]
    line = lines[item["line"] - 1] if item["line"] <= len(lines) else ""
    if line.strip():
        end = item["end_column"] if item["end_line"] == item["line"] else len(line) + 1
        result += ["    " + text for text in pointed(line, item["column"], end)]
    for number, fix in enumerate(item["fixes"], 1):
        result.append(f"  改法{number if len(item['fixes']) > 1 else ''}：{fix['title']}{_repaired(fix, lines)}")
    return result


def pointed(line: str, column: int, end: int) -> list[str]:
    """The line, cut around the place when it is long, and the pointer; columns from 1, the end exclusive."""
    visible = "".join(character if _is_visible(character) else " " for character in line)
    first = max(0, column - 1 - _COLUMNS // 4) if width(visible) > _COLUMNS else 0
    shown = visible[first:]
    while width(shown) > _COLUMNS:
        shown = shown[: len(shown) * _COLUMNS // width(shown)]
    lead = "…" if first else ""
    tail = "…" if first + len(shown) < len(visible) else ""
    margin = width(lead + visible[first : column - 1])
    marked = width(visible[column - 1 : min(max(end - 1, column), first + len(shown))])
    return [lead + shown + tail, " " * margin + "^" * max(marked, 1)]


def _is_visible(character: str) -> bool:
    return unicodedata.category(character) not in ("Cc", "Cs", "Cf", "Zl", "Zp")


def _repaired(fix: dict[str, Any], lines: Sequence[str]) -> str:
    """The line as the repair makes it, when the repair concerns one line only."""
    edits = fix["edits"]
    if len({edit["line"] for edit in edits} | {edit["end_line"] for edit in edits}) != 1 or edits[0]["line"] > len(
        lines
    ):
        return ""
    line = lines[edits[0]["line"] - 1]
    for edit in sorted(edits, key=lambda edit: -edit["column"]):
        line = line[: edit["column"] - 1] + edit["text"] + line[edit["end_column"] - 1 :]
    line = line.strip()
    return f"  →  {line}" if line and "\n" not in line and width(line) <= _COLUMNS else ""
