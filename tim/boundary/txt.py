"""Boundary-point text files: [属性描述], [地块坐标], a record line for each plot, a line for each point.

The form is that of the tools in use (land approval, enforcement, balance of farmland); no standard is published.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from tim.errors import UnusableInput

RECORD = ("界址点数", "地块面积", "地块编号", "地块名称", "图形属性", "图幅号", "地块用途", "地类编码")
SHORT = ("界址点数", "地块名称", "图形属性", "地块用途")  # enforcement
_LARGEST = 500_000_000
_FULL_WIDTH = str.maketrans("０１２３４５６７８９．－，＝＠［］", "0123456789.-,=@[]")


@dataclass
class Plot:
    """One record: its fields as text, its rings (n×2, x north, y east, closed), the line where it stands."""

    fields: dict[str, str]
    rings: list[np.ndarray] = field(default_factory=list)
    line: int = 0

    @property
    def title(self) -> str:
        """How the plot is named to people."""
        return self.fields.get("地块名称") or self.fields.get("地块编号") or f"第 {self.line} 行的地块"


@dataclass
class BoundaryFile:
    """A file as read: header, plots, encoding, and what was odd (Chinese lines)."""

    header: dict[str, str]
    plots: list[Plot]
    encoding: str
    notes: list[str]


def read_boundary(path: Path) -> BoundaryFile:
    """Read a file (UTF-8 with or without mark, UTF-16 with mark, GBK). Raises `UnusableInput` naming file and line."""
    text, encoding = _text(path)
    reader = _Reader(path.name)
    for number, line in enumerate(text.splitlines(), 1):
        reader.take(number, line.translate(_FULL_WIDTH).strip(" \t\u3000\ufeff"))
    return BoundaryFile(reader.header, reader.finish(), encoding, reader.notes)


class _Reader:
    def __init__(self, name: str) -> None:
        self.name = name
        self.header: dict[str, str] = {}
        self.plots: list[Plot] = []
        self.notes: list[str] = []
        self._section = ""
        self._points: list[tuple[str, float, float]] = []
        self._ring: str | None = None

    def take(self, number: int, line: str) -> None:
        """One line of the file."""
        if not line:
            return
        if line.startswith("[") and line.endswith("]"):
            self._section = line[1:-1]
        elif self._section != "地块坐标":
            key, mark, value = line.partition("=")
            if not mark:
                raise UnusableInput(f"“{self.name}”第 {number} 行看不懂：“{line[:40]}”；文件头应为 名称=值")
            self.header[key.strip()] = value.strip()
        elif line.endswith("@"):
            self._close_plot()
            self.plots.append(Plot(_record(line), line=number))
        else:
            self._point(number, line)

    def finish(self) -> list[Plot]:
        """All plots; the file must have some."""
        self._close_plot()
        if not self.plots:
            raise UnusableInput(f"“{self.name}”里没有地块；应有 [地块坐标] 和以 @ 结尾的地块行，可能不是界址点文件")
        return self.plots

    def _point(self, number: int, line: str) -> None:
        parts = [part.strip() for part in line.split(",")]
        if not self.plots:
            raise UnusableInput(f"“{self.name}”第 {number} 行是界址点，但前面没有以 @ 结尾的地块行")
        if len(parts) not in (4, 5):
            raise UnusableInput(f"“{self.name}”第 {number} 行有 {len(parts)} 项，应为 点号,圈号,X,Y")
        try:
            x, y = float(parts[2]), float(parts[3])
        except ValueError as error:
            raise UnusableInput(f"“{self.name}”第 {number} 行的坐标“{parts[2]},{parts[3]}”不是数") from error
        if not np.isfinite([x, y]).all() or max(abs(x), abs(y)) > _LARGEST:
            raise UnusableInput(f"“{self.name}”第 {number} 行的坐标“{parts[2]},{parts[3]}”超出范围")
        if self._ring is not None and parts[1] != self._ring:
            self._close_ring()
        self._ring = parts[1]
        self._points.append((parts[0], x, y))

    def _close_ring(self) -> None:
        if self._ring is None:
            return
        plot = self.plots[-1]
        ring = np.array([(x, y) for _, x, y in self._points])
        if len(ring) < 3 or (len(ring) == 3 and (ring[0] == ring[-1]).all()):
            raise UnusableInput(f"“{self.name}”的{plot.title}第 {self._ring} 圈只有 {len(ring)} 个点，不成面")
        if (ring[0] != ring[-1]).any():
            self.notes.append(f"{plot.title}第 {self._ring} 圈没有回到起点，已补上")
            ring = np.vstack([ring, ring[:1]])
        plot.rings.append(ring)
        self._points, self._ring = [], None

    def _close_plot(self) -> None:
        if not self.plots:
            return
        self._close_ring()
        plot = self.plots[-1]
        if not plot.rings:
            raise UnusableInput(f"“{self.name}”第 {plot.line} 行的地块“{plot.title}”没有界址点")
        stated = re.fullmatch(r"\d+", plot.fields.get("界址点数", ""))
        lines = sum(len(ring) for ring in plot.rings)
        if stated and int(stated.group()) not in (lines, lines - len(plot.rings)):
            self.notes.append(
                f"{plot.title}写明 {stated.group()} 个界址点，实有 {lines - len(plot.rings)} 个（不计重复的起点）"
            )


def _record(line: str) -> dict[str, str]:
    values = [value.strip() for value in line.rstrip("@").rstrip(",").split(",")]
    names = SHORT if len(values) <= len(SHORT) else RECORD
    fields = dict(zip(names, values))
    fields.update({f"附加{number}": value for number, value in enumerate(values[len(names) :], 1)})
    return fields


def _text(path: Path) -> tuple[str, str]:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UnusableInput(f"读不了“{path.name}”（{error.strerror}）") from error
    marked = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
    encodings: Iterable[str] = next(
        ((name,) for mark, name in marked.items() if data.startswith(mark)), ("utf-8", "gb18030")
    )
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text, "GBK" if encoding == "gb18030" else encoding.upper()
    raise UnusableInput(f"“{path.name}”不是文本文件（不是 UTF-8 或 GBK 编码）")


def write_lines(
    header: dict[str, str],
    plots: Iterable[Plot],
    decimals: int,
    *,
    record: Sequence[str] = RECORD,
    lengths: Callable[[np.ndarray], np.ndarray] | None = None,
    east_first: bool = False,
) -> Iterator[str]:
    """The lines of a file. Point numbers go on through the rings of a plot; the first point closes each ring.

    `record`: the fields of a plot's line. With `lengths` (of the edges of a ring, m) each point line ends with that to
    the next point. `east_first`: y before x.
    """
    yield "[属性描述]"
    yield from (f"{key}={value}" for key, value in header.items())
    yield "[地块坐标]"
    for plot in plots:
        yield ",".join(_plain(plot.fields.get(name, "")) for name in record) + ",@"
        first = 1
        for number, ring in enumerate(plot.rings, 1):
            count = len(ring) - 1
            steps = lengths(ring) if lengths else None
            for index, place in enumerate(ring[:, ::-1] if east_first else ring):
                line = f"J{first + index % count},{number},{place[0]:.{decimals}f},{place[1]:.{decimals}f}"
                yield line if steps is None else f"{line},{steps[index % count]:.2f}"
            first += count


def _plain(text: str) -> str:
    """A field without what would break the line."""
    return re.sub(r"[,@\r\n]", " ", text)
