"""The encoding of texts: what the user or the file says; never a silent guess."""

from __future__ import annotations

import codecs
from pathlib import Path

import pyogrio.raw
from pyogrio.errors import DataSourceError

from pointcloud.task import Task
from tim.errors import UnusableInput, UsageError
from tim.sources.text import BYTES, claimed_encoding, fits, needs_decoding

_SAMPLE = 20_000  # features
_SHOWN = 12  # characters
_CANDIDATES = ("utf-8", "gb18030")
_NAMES = {"gb18030": "GBK", "utf-8": "UTF-8"}


def told_encoding(path: Path, layer: str, given: str | None, task: Task) -> str | None:
    """The encoding to read a layer with; None where the format fixes it. Raises `UnusableInput` to ask."""
    if given is not None:
        given = _known(given)
    if not needs_decoding(path):
        _check_geojson(path, given)
        return None
    texts = _texts(path, layer)
    if not texts:
        return None
    claimed = claimed_encoding(path)
    chosen = given or claimed
    if chosen is None:
        raise UnusableInput(
            f"“{path.name}”没有说明文字编码（没有 .cpg）：{_readings(texts)}；请用 --encoding 指定 GBK 或 UTF-8"
        )
    wrong = [text for text in texts if not fits(text, chosen)]
    if wrong:
        whose = "--encoding" if given else "文件说明"
        raise UnusableInput(
            f"“{path.name}”的文字不是{whose}的编码 {chosen.upper()}：{_readings(wrong)}；请用 --encoding 改正"
        )
    if given and claimed and codecs.lookup(given) != codecs.lookup(claimed):
        task.warn(f"“{path.name}”说明的编码是 {claimed.upper()}，已按要求用 {given.upper()}")
    return chosen


def _check_geojson(path: Path, given: str | None) -> None:
    """GeoJSON is UTF-8 (RFC 7946); a file that is not is refused."""
    if path.suffix.lower() not in (".json", ".geojson"):
        return
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as stream:
        try:
            while block := stream.read(1 << 20):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError as error:
            raise UnusableInput(
                f"“{path.name}”不是 UTF-8 编码（GeoJSON 必须是 UTF-8）；请先用编辑器另存为 UTF-8", detail=str(error)
            ) from error
    if given is not None and given != "utf-8":
        raise UsageError(f"“{path.name}”是 GeoJSON，编码只能是 UTF-8；请去掉 --encoding")


def _texts(path: Path, layer: str) -> set[bytes]:
    """Field names and texts with characters beyond ASCII, as bytes."""
    try:
        meta, _, _, values = pyogrio.raw.read(
            path, layer=layer, encoding=BYTES, read_geometry=False, max_features=_SAMPLE
        )
    except DataSourceError as error:
        raise UnusableInput(f"不能把“{path.name}”当作矢量数据读取；文件损坏", detail=str(error)) from error
    cells = [text for column in values if column.dtype == object for text in column if isinstance(text, str)]
    return {text.encode("latin-1") for text in [*meta["fields"], *cells] if not text.isascii()}


def _readings(texts: set[bytes] | list[bytes]) -> str:
    """How the texts read in each encoding that fits."""
    sample = max(texts, key=len)
    fitting = [name for name in _CANDIDATES if all(fits(text, name) for text in texts)]
    shown = [f"按 {_NAMES[name]} 读是“{sample.decode(name, 'ignore')[:_SHOWN]}”" for name in fitting]
    return "，".join(shown) or "按 GBK 和 UTF-8 都读不通"


def _known(name: str) -> str:
    try:
        found = codecs.lookup({"gbk": "gb18030", "gb2312": "gb18030"}.get(name.strip().lower(), name.strip())).name
        "".encode(found)
    except (LookupError, ValueError) as error:
        raise UsageError(f"不认识文字编码“{name[:40]}”；可以写 GBK、UTF-8") from error
    return found
