"""The rule file: read, checked, and asked for what a review needs to know of it."""

from __future__ import annotations

import codecs
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tim.errors import UnusableInput
from tim.job import Job

if TYPE_CHECKING:
    from zhscript import Program

# (mark at the beginning, encoding): the first that fits
_ENCODINGS = (
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"", "utf-8-sig"),
    (b"", "gb18030"),
)
_LARGEST = 4_000_000  # bytes; a rule file is written by people


def read_rules(path: Path, job: Job) -> str:
    """The text of a rule file: UTF-8, UTF-16 with its mark, or GB18030 as older Chinese editors write it.

    Raises `UnusableInput`.
    """
    if path.is_dir():
        raise UnusableInput(f"“{path.name}”是文件夹，不是规则文件；请给出文件")
    size = path.stat().st_size
    if size > _LARGEST:
        raise UnusableInput(f"规则文件“{path.name}”太大（{size // 1_000_000} MB），不像规则文件；请检查选对了文件没有")
    content = path.read_bytes()
    if not content.strip():
        raise UnusableInput(f"规则文件“{path.name}”是空的")
    for mark, encoding in _ENCODINGS:
        if mark and not content.startswith(mark):
            continue
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text or _is_noise(text):
            break
        if encoding != "utf-8-sig":
            title = encoding.upper().replace("UTF-16", "UTF-16（Unicode）")
            job.warn(f"规则文件“{path.name}”不是 UTF-8，按 {title} 读取；建议另存为 UTF-8")
        return text
    raise UnusableInput(
        f"规则文件“{path.name}”不是文字文件（UTF-8、GB18030、带标记的 UTF-16 都读不通）；请检查选对了文件没有"
    )


def _is_noise(text: str) -> bool:
    """Whether many characters are of no script: bytes that only happen to be valid."""
    return sum(unicodedata.category(character) in ("Cn", "Co", "Cs") for character in text[:2000]) * 10 > len(
        text[:2000]
    )


def parse_rules(path: Path, text: str, job: Job) -> Program:
    """The checked program. Raises `UnusableInput`: the first error in one line, all of them in `detail`."""
    from tim.script.catalogue import provide_operations
    from tim.script.paths import sources_of
    from zhscript import check_text

    provide_operations()
    program, diagnostics = check_text(text, str(path), sources_of(path))
    errors = [item for item in diagnostics if item.severity == "error"]
    if errors or program is None:
        raise UnusableInput(_first(path, errors), detail="\n".join(map(_line, errors)))
    for item in diagnostics:
        job.log(f"规则文件 {path.name} {_line(item)}")
    return program


def tell_rules(program: Program, job: Job) -> None:
    """Warn of rules without 等级. Raises `UnusableInput` for a program without rules."""
    from zhscript.syntax import Check, Rule

    rules = [item for item in program.items if isinstance(item, (Rule, Check))]
    if not rules:
        raise UnusableInput(f"规则文件“{Path(program.path).name}”里没有规则；脚本请用 tim script run 运行")
    loose = [item.title for item in rules if isinstance(item, Rule) and not any(h.word == "等级" for h in item.headers)]
    if loose:
        job.warn(f"规则“{'”“'.join(loose)}”没有写等级，按“一般”处理，违反时不影响退出码；强制性规定请写 等级“强制”")


def parameters(program: Program) -> tuple[tuple[str, str, str], ...]:
    """(name, value as written, basis) of every 参数 of the program; dated ones with all their values."""
    return tuple(row for item in program.items for row in _parameter(program, item))


def _parameter(program: Program, item: Any) -> list[tuple[str, str, str]]:
    from zhscript.syntax import DatedParameter, Parameter

    def written(node: Any) -> str:
        return program.source.slice(node.start, node.end).strip()

    if isinstance(item, Parameter):
        return [(item.identifier.text, written(item.value), item.basis.text if item.basis else "")]
    if isinstance(item, DatedParameter):
        return [
            (
                f"{item.identifier.text}（自 {since.date} 起）",
                written(since.value),
                since.basis.text if since.basis else "",
            )
            for since in item.values
        ]
    return []


def _first(path: Path, errors: Sequence[Any]) -> str:
    if not errors:
        return f"规则文件 {path.name} 不能使用"
    more = f"（共 {len(errors)} 处错误）" if len(errors) > 1 else ""
    return f"规则文件 {path.name} {_line(errors[0])}{more}"


def _line(item: Any) -> str:
    return f"第 {item.line} 行：{item.message}"
