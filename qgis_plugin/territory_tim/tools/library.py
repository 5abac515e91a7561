"""The tools of all script files, as the front end reads them. Files are read again when they change."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import UserError
from ..language import language
from ..script.files import read_script
from ..texts import tr


@dataclass(frozen=True)
class FoundTool:
    """A tool and its file. `declaration` is a `zhscript.tools.ToolDeclaration`."""

    file: Path
    declaration: Any
    layers: tuple[tuple[str, str], ...]  # (name, source) of the layers that the file itself declares


@dataclass(frozen=True)
class BrokenFile:
    """A script file that cannot be used; `message` says why in one line."""

    file: Path
    message: str


class Library:
    """Remembers what stands in each file until its size or time changes."""

    def __init__(self) -> None:
        self._known: dict[Path, tuple[tuple[int, int], list[FoundTool | BrokenFile]]] = {}

    def read(self, files: list[Path]) -> list[FoundTool | BrokenFile]:
        """Tools and broken files, in the order of the files. Files without tools give nothing."""
        self._known = {file: self._entry(file) for file in files}
        return [item for _, items in self._known.values() for item in items]

    def _entry(self, file: Path) -> tuple[tuple[int, int], list[FoundTool | BrokenFile]]:
        try:
            status = file.stat()
        except OSError:
            return (0, 0), []
        stamp = (status.st_size, status.st_mtime_ns)
        known = self._known.get(file)
        return known if known is not None and known[0] == stamp else (stamp, _read(file))


def _read(file: Path) -> list[FoundTool | BrokenFile]:
    try:
        text = read_script(file).text
    except UserError as error:
        return [BrokenFile(file, error.message)]
    if "工具" not in text:
        return []
    program, diagnostics = language().check_text(text, str(file))
    if program is None:
        errors = [item for item in diagnostics if item.severity == "error"]
        more = tr("（共 {} 处错误）").format(len(errors)) if len(errors) > 1 else ""
        first = errors[0]
        return [BrokenFile(file, tr("{} 第 {} 行：{}{}").format(file.name, first.line, first.message, more))]
    layers = tuple((layer.name, layer.source) for layer in program.layers if layer.kind == "layer")
    return [FoundTool(file, tool, layers) for tool in language("tools").tools_of(program) if not tool.file]
