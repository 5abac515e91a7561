"""`tim script translate`: programs in other languages, and Python in Chinese."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tim.errors import UnusableInput, UsageError
from tim.files import atomic_output, check_target
from tim.job import Job
from tim.result import Result
from tim.review.program import parse_rules, read_rules

_TITLES = {"python": "Python", "qgis": "QGIS 表达式", "postgis": "PostGIS SQL", "zhscript": "中文脚本"}


def translate_script(
    script: str,
    to: str,
    rule: Sequence[str] | None = None,
    key: str = "id",
    geometry: str = "geom",
    out: str | None = None,
    overwrite: bool = False,
    *,
    job: Job,
) -> Result:
    """Translate `script` into the language `to` (python, qgis, postgis, zhscript).

    `rule` limits QGIS expressions and SQL to rules of these titles. It stands in the result as `translation`, or in
    the file `out`. Raises `UnusableInput` with all places that have no counterpart, `UsageError` for options that do
    not go together.
    """
    if rule and to not in ("qgis", "postgis"):
        raise UsageError("--rule 只能和 --to qgis 或 --to postgis 一起用")
    if out:
        check_target(out, overwrite=overwrite)
    path = Path(script)
    text = read_rules(path, job)
    translated = _from_python(path, text) if to == "zhscript" else _translated(path, text, to, rule, key, geometry, job)
    if not out:
        return Result(f"已译成{_TITLES[to]}", data={"translation": translated})
    with atomic_output(out, job, overwrite=overwrite) as working:
        working.write_text(translated, encoding="utf-8")
    return Result(f"“{path.name}”已译成{_TITLES[to]}", [str(out)], data={"translation": None})


def _translated(path: Path, text: str, to: str, rule: Sequence[str] | None, key: str, geometry: str, job: Job) -> str:
    from zhscript.translate import Untranslatable, to_postgis, to_python, to_qgis

    program = parse_rules(path, text, job)
    try:
        if to == "python":
            return to_python(program)
        if to == "qgis":
            return to_qgis(program, rule or ())
        return to_postgis(program, rule or (), key=key, geometry=geometry)
    except Untranslatable as refused:
        raise _unusable(path, refused.diagnostics) from refused


def _from_python(path: Path, text: str) -> str:
    from zhscript.translate import Untranslatable, from_python

    try:
        return from_python(text)
    except Untranslatable as refused:
        raise _unusable(path, refused.diagnostics) from refused


def _unusable(path: Path, diagnostics: list[Any]) -> UnusableInput:
    """What cannot be translated: the first place in the message, all of them in the detail."""
    lines = [f"第 {item.line} 行：{item.message}" for item in diagnostics]
    more = f"（共 {len(lines)} 处）" if len(lines) > 1 else ""
    return UnusableInput(f"“{path.name}” {lines[0]}{more}", detail="\n".join(lines))
