"""Encodings of shapefiles: what the bytes say counts more than what the file claims."""

from __future__ import annotations

import codecs
from collections.abc import Iterable
from pathlib import Path

import numpy as np

BYTES = "ISO-8859-1"  # one character per byte: the true encoding is found after reading
_DBF_LANGUAGES = {0x4D: "gb18030", 0x4F: "big5", 0x7A: "gb18030"}


def needs_decoding(path: Path) -> bool:
    """Whether a source is to be read with the encoding `BYTES` and decoded by `decode_columns`."""
    return path.suffix.lower() in (".shp", ".dbf")


def decode_columns(
    path: Path, names: list[str], values: list[np.ndarray], told: str | None = None
) -> tuple[dict[str, np.ndarray], list[str]]:
    """Columns with readable names and texts, and notes for the log.

    Shapefiles come in as Latin-1 (one character per byte) and are decoded here; other sources are decoded already.
    `told` is the encoding where the caller knows it.
    """
    if not needs_decoding(path):
        return dict(zip(names, values)), []
    cells = (text for column in values if column.dtype == object for text in column if isinstance(text, str))
    sample = [*names, *cells]
    encoded = {text.encode("latin-1") for text in sample if not text.isascii()}
    if not encoded:
        return dict(zip(names, values)), []
    encoding, exact = (told, True) if told else _encoding_of(encoded, claimed_encoding(path))
    doubt = "" if exact else "，但有无法识别的字符，请检查编码"
    notes = [f"“{path.name}”的文字按 {encoding.upper()} 编码读取{doubt}"]
    decoded = {}
    for name, column in zip(names, values):
        key = _decode(name, encoding)
        decoded[key] = (
            np.array([_decode(text, encoding) if isinstance(text, str) else text for text in column], dtype=object)
            if column.dtype == object
            else column
        )
    return decoded, notes


def _encoding_of(texts: Iterable[bytes], claimed: str | None) -> tuple[str, bool]:
    """The first encoding that fits every text: the claimed one, UTF-8, GB18030."""
    candidates = [name for name in (claimed, "utf-8", "gb18030") if name]
    for name in candidates:
        if all(fits(text, name) for text in texts):
            return name, True
    return candidates[0], False


def fits(text: bytes, encoding: str) -> bool:
    """Whether the bytes are valid; a character cut off at the end by the field's width is allowed."""
    try:
        codecs.getincrementaldecoder(encoding)("strict").decode(text, final=False)
    except UnicodeDecodeError:
        return False
    return True


def _decode(text: str, encoding: str) -> str:
    """Decode Latin-1 carried bytes, leaving out a character that the field's width cut off."""
    return codecs.getincrementaldecoder(encoding)("replace").decode(text.encode("latin-1"), final=False)


def claimed_encoding(path: Path) -> str | None:
    """The encoding that the .cpg file or the DBF header names, if Python knows it."""
    for cpg in (path.with_suffix(".cpg"), path.with_suffix(".CPG")):
        if cpg.exists():
            name = cpg.read_text("ascii", "ignore").strip().lower()
            name = {"936": "gb18030", "gbk": "gb18030", "gb2312": "gb18030", "65001": "utf-8"}.get(name, name)
            try:
                return codecs.lookup(name).name
            except LookupError:
                return None
    dbf = path.with_suffix(".dbf")
    if dbf.exists():
        with dbf.open("rb") as stream:
            header = stream.read(30)
        return _DBF_LANGUAGES.get(header[29]) if len(header) == 30 else None
    return None
