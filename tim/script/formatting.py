"""`tim script format`: scripts in canonical form, each in its own encoding and with its own line ends."""

from __future__ import annotations

import codecs
import shutil
from collections.abc import Sequence
from pathlib import Path

from tim.errors import UnusableInput, UsageError
from tim.files import atomic_output
from tim.job import Job

_LARGEST = 4_000_000  # bytes; a script is written by people
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


def format_files(scripts: Sequence[str], *, check: bool, job: Job) -> list[tuple[Path, bool]]:
    """Format files, and all .zh files in folders; with `check` nothing is written.

    Gives each file and whether it was (would be) changed. Raises `UsageError` for a file that is missing and
    `UnusableInput` for one that is no text; files before it have been written then.
    """
    return [(path, _format_file(path, check, job)) for script in scripts for path in _files(Path(script))]


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(path.rglob("*.zh"))
    if not path.exists():
        raise UsageError(f"脚本“{path}”不存在；请检查路径")
    return [path]


def _format_file(path: Path, check: bool, job: Job) -> bool:
    from zhscript.editing.format import format_text

    content = _read(path)
    mark, encoding = next(((mark, name) for mark, name in _MARKS if content.startswith(mark)), (b"", ""))
    text, encoding = _decode(path, content[len(mark) :], encoding)
    line_end = "\r\n" if text.count("\r\n") * 2 > text.count("\n") else "\n"
    formatted = format_text(text.replace("\r\n", "\n")).replace("\n", line_end)
    if formatted == text:
        return False
    if not check:
        target = path.resolve()  # a link goes on pointing at the file
        with atomic_output(target, job, overwrite=True) as working:
            working.write_bytes(mark + formatted.encode(encoding))
            shutil.copymode(target, working)
    return True


def _read(path: Path) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"脚本“{path}”打不开（{error.strerror}）；请检查路径和权限") from None
    if len(content) > _LARGEST:
        raise UnusableInput(f"脚本“{path.name}”太大（{len(content) // 1_000_000} MB），没有改动；请检查选对了文件没有")
    return content


def _decode(path: Path, content: bytes, encoding: str) -> tuple[str, str]:
    """The text, and the encoding in which exactly these bytes come back."""
    for name in [encoding] if encoding else ["utf-8", "gb18030"]:
        try:
            text = content.decode(name)
        except UnicodeDecodeError:
            continue
        if text.encode(name) == content and "\0" not in text:
            return text, name
    raise UnusableInput(f"脚本“{path.name}”不是文字文件，没有改动；请检查选对了文件没有")
