"""Script files: read in any usual encoding, written back in the same one, complete or not at all."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from ..errors import InputError
from ..texts import tr

_LARGEST = 4_000_000
_ENCODINGS = (("utf-8-sig", b"\xef\xbb\xbf"), ("utf-16", b"\xff\xfe"), ("utf-16", b"\xfe\xff"))


@dataclass(frozen=True)
class Script:
    """A text and how its file spells it: `encoding` for Python, `newline` at the ends of lines."""

    text: str
    encoding: str = "utf-8"
    newline: str = "\n"


def read_script(path: str | Path) -> Script:
    """The text of a file, lines ended by newlines alone. Raises `InputError` in one line."""
    name = Path(path).name
    try:
        with open(path, "rb") as stream:
            content = stream.read(_LARGEST + 1)
    except OSError as error:
        raise InputError(tr("“{}”打不开（{}）").format(name, error.strerror)) from error
    if len(content) > _LARGEST:
        raise InputError(tr("“{}”太大，不像脚本文件").format(name))
    for encoding in _candidates(content):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        newline = "\r\n" if "\r\n" in text else "\n"
        return Script(text.replace("\r\n", "\n").replace("\r", "\n"), encoding, newline)
    raise InputError(tr("“{}”不是文字文件（既不是 UTF-8 也不是 GB18030）").format(name))


def _candidates(content: bytes) -> list[str]:
    marked = [encoding for encoding, mark in _ENCODINGS if content.startswith(mark)]
    return marked or ["utf-8", "gb18030"]


def write_script(path: str | Path, script: Script) -> None:
    """Write the text in its encoding; the file changes only when everything is on disk. Raises `InputError`."""
    target = Path(path)
    text = script.text.replace("\n", script.newline)
    try:
        content = text.encode(script.encoding)
    except UnicodeEncodeError:
        content = text.encode("utf-8")  # the old encoding lacks a character
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, working = tempfile.mkstemp(prefix=f".{target.name}.", dir=str(target.parent))
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            os.chmod(working, target.stat().st_mode & 0o777 if target.exists() else 0o644)
            os.replace(working, str(target.resolve()))
        except BaseException:
            os.unlink(working)
            raise
    except OSError as error:
        raise InputError(tr("“{}”写不成（{}）；请换一个位置").format(target.name, error.strerror)) from error
