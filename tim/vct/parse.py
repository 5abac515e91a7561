"""VCT files as records: head, feature codes, tables, points, lines, polygons, attributes.

The form is that of a survey production system; arcs and other elements that it does not write are refused, not guessed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from tim.errors import UnusableInput
from tim.job import Job

_POLYLINE, _INDIRECT = "11", "21"
_LARGEST = 3_000_000_000  # bytes


@dataclass
class VctTable:
    """An attribute table: (field, type, length, decimals) and the values of each object."""

    fields: list[tuple[str, str, str, str]] = field(default_factory=list)
    rows: dict[str, list[str]] = field(default_factory=dict)


@dataclass
class VctFile:
    """A file as read. Coordinates as they stand. `polygons[id]`: code, rings of signed line ids.

    `codes[code]`: (name, type, table). `notes`: what was odd, in Chinese.
    """

    head: dict[str, str]
    encoding: str
    codes: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    tables: dict[str, VctTable] = field(default_factory=dict)
    points: dict[str, tuple[str, np.ndarray]] = field(default_factory=dict)
    lines: dict[str, tuple[str, np.ndarray]] = field(default_factory=dict)
    polygons: dict[str, tuple[str, list[str]]] = field(default_factory=dict)
    annotations: int = 0
    notes: list[str] = field(default_factory=list)


class _Lines:
    """The lines of a file with their numbers, blank ones left out."""

    def __init__(self, text: str, name: str) -> None:
        self._lines = iter(enumerate(text.splitlines(), 1))
        self.name = name
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        while True:
            self.number, line = next(self._lines)
            line = line.strip(" \t\u3000\ufeff\x1a")
            if line:
                return line

    def take(self, what: str) -> str:
        """The next line, which must be there."""
        line = next(self, None)
        if line is None:
            raise UnusableInput(f"“{self.name}”没有写完：第 {self.number} 行后面应有{what}")
        return line

    def count(self, what: str) -> int:
        """The next line as a whole number."""
        line = self.take(what)
        if not line.isdigit():
            raise self.error(f"应是{what}，写的是“{line[:30]}”")
        return int(line)

    def error(self, text: str) -> UnusableInput:
        """An error at the present line."""
        return UnusableInput(f"“{self.name}”第 {self.number} 行：{text}")


def read_vct(path: Path, job: Job) -> VctFile:
    """Read a file (GB2312, GB18030 or UTF-8). Raises `UnusableInput` naming file and line."""
    text, encoding = _text(path)
    lines = _Lines(text, path.name)
    if lines.take("HeadBegin").lower() != "headbegin":
        raise UnusableInput(f"“{path.name}”不是 VCT 3.0 文件；第一行应是 HeadBegin")
    result = VctFile(_head(lines), encoding)
    separator = result.head.get("Separator", "") or ","
    sections = {
        "featurecodebegin": _codes,
        "tablestructurebegin": _structure,
        "pointbegin": _points,
        "linebegin": _line_records,
        "polygonbegin": _polygons,
        "attributebegin": _attributes,
    }
    for line in lines:
        job.check()
        word = line.lower()
        if word in sections:
            sections[word](lines, result, separator)
        elif word.endswith("begin"):
            result.annotations += _skip(lines, word.removesuffix("begin") + "end", word == "annotationbegin")
        elif not word.endswith("end"):
            raise lines.error(f"看不懂“{line[:30]}”；应是某一部分的开头，如 PolygonBegin")
    return result


def _head(lines: _Lines) -> dict[str, str]:
    head: dict[str, str] = {}
    for line in lines:
        if line.lower() == "headend":
            return head
        key, mark, value = line.partition(":")
        if not mark:
            key, mark, value = line.partition("：")
        head[key.strip()] = value.strip()
    raise UnusableInput(f"“{lines.name}”没有写完：没有 HeadEnd")


def _until(lines: _Lines, end: str) -> Iterator[str]:
    """Lines up to the end of a section."""
    for line in lines:
        if line.lower() == end:
            return
        yield line
    raise UnusableInput(f"“{lines.name}”没有写完：没有 {end}")


def _codes(lines: _Lines, result: VctFile, separator: str) -> None:
    for line in _until(lines, "featurecodeend"):
        parts = [part.strip() for part in line.split(separator)]
        if len(parts) < 4:
            raise lines.error(f"要素代码应有 4 项（代码、名称、类型、表），有 {len(parts)} 项")
        result.codes[parts[0]] = (parts[1], parts[2], parts[3])


def _structure(lines: _Lines, result: VctFile, separator: str) -> None:
    for line in _until(lines, "tablestructureend"):
        name, _, number = line.partition(separator)
        if line == "0":
            continue
        if not number.strip().isdigit():
            raise lines.error(f"应是 表名{separator}字段数，写的是“{line[:30]}”")
        table = result.tables.setdefault(name.strip(), VctTable())
        for _ in range(int(number)):
            parts = [part.strip() for part in lines.take("字段").split(separator)]
            parts += [""] * (4 - len(parts))
            table.fields.append((parts[0], parts[1], parts[2], parts[3]))


def _points(lines: _Lines, result: VctFile, separator: str) -> None:
    for identifier in _until(lines, "pointend"):
        code = lines.take("要素代码")
        lines.take("图形表现")
        lines.take("点的类型")
        place = _place(lines, lines.take("坐标"), separator)
        _new(lines, result.points, identifier)
        result.points[identifier] = code, np.array(place)
        _end_of_record(lines)


def _line_records(lines: _Lines, result: VctFile, separator: str) -> None:
    for identifier in _until(lines, "lineend"):
        code = lines.take("要素代码")
        lines.take("图形表现")
        lines.take("线的类型")
        pieces = []
        for _ in range(lines.count("线段数")):
            kind = lines.take("线段类型")
            if kind != _POLYLINE:
                raise lines.error(f"线段类型 {kind} 不是折线（11）；请先把曲线打散为折线再导出")
            pieces.append([_place(lines, lines.take("坐标"), separator) for _ in range(lines.count("点数"))])
        places = [place for piece in pieces for place in piece]
        if len(places) < 2:
            raise lines.error(f"线 {identifier} 只有 {len(places)} 个点")
        _new(lines, result.lines, identifier)
        result.lines[identifier] = code, np.array(places)
        _end_of_record(lines)


def _polygons(lines: _Lines, result: VctFile, separator: str) -> None:
    for identifier in _until(lines, "polygonend"):
        code = lines.take("要素代码")
        lines.take("图形表现")
        lines.take("面的类型")
        _place(lines, lines.take("标识点坐标"), separator)
        kind = lines.take("构成方式")
        if kind != _INDIRECT:
            raise lines.error(f"面的构成方式 {kind} 不是由线构成（21），没有可靠的说明，不读")
        _new(lines, result.polygons, identifier)
        result.polygons[identifier] = code, _references(lines, lines.count("线数"), separator)


def _references(lines: _Lines, count: int, separator: str) -> list[str]:
    """The signed line ids of a polygon, up to the 0 of its end; a 0 between them parts rings in some files."""
    found: list[str] = []
    total = 0  # with the zeros between rings, which some files count
    while True:
        parts = [part.strip() for part in lines.take("线的编号").split(separator) if part.strip()]
        if parts == ["0"] and (len(found) >= count or total >= count):
            if count not in (len(found), total):
                raise lines.error(f"面写明由 {count} 条线构成，列出了 {len(found)} 条")
            return found
        for part in parts:
            if not part.lstrip("+-").isdigit():
                raise lines.error(f"应是线的编号，写的是“{part[:20]}”")
            total += 1
            if int(part):
                found.append(part)


def _attributes(lines: _Lines, result: VctFile, separator: str) -> None:
    table: VctTable | None = None
    for line in _until(lines, "attributeend"):
        if line.lower() == "tableend":
            table = None
        elif table is None:
            name = line.partition(separator)[0].strip()
            table = result.tables.setdefault(name, VctTable())
        else:
            _row(lines, line, table, result, separator)


def _row(lines: _Lines, line: str, table: VctTable, result: VctFile, separator: str) -> None:
    """One row: the object's id, then its values. With another number of values the row is told and left empty."""
    identifier, *values = (part.strip() for part in line.split(separator))
    if len(values) != len(table.fields):
        told = f"第 {lines.number} 行的属性有 {len(values)} 个值，表有 {len(table.fields)} 个字段；这个对象的属性留空"
        result.notes.append(told)
        values = [""] * len(table.fields)
    if identifier in table.rows:
        result.notes.append(f"第 {lines.number} 行：对象 {identifier} 的属性重复，用后一行")
    table.rows[identifier] = values


def _place(lines: _Lines, text: str, separator: str) -> tuple[float, float]:
    parts = text.split(separator)
    try:
        x, y = float(parts[0]), float(parts[1])
    except (ValueError, IndexError) as error:
        raise lines.error(f"坐标“{text[:40]}”不是两个数") from error
    if not np.isfinite([x, y]).all():
        raise lines.error(f"坐标“{text[:40]}”不是有效数值")
    return x, y


def _end_of_record(lines: _Lines) -> None:
    line = lines.take("0（记录结束）")
    if line != "0":
        raise lines.error(f"记录应以 0 结束，写的是“{line[:30]}”")


def _new(lines: _Lines, records: dict, identifier: str) -> None:  # type: ignore[type-arg]
    if identifier in records:
        raise lines.error(f"编号 {identifier} 重复")


def _skip(lines: _Lines, end: str, counted: bool) -> int:
    """Pass over a section; the number of its records (each ends with a 0) when they are to be told."""
    records = sum(line == "0" for line in _until(lines, end))
    return records if counted else 0


def _text(path: Path) -> tuple[str, str]:
    if path.stat().st_size > _LARGEST:
        raise UnusableInput(f"“{path.name}”太大（超过 3 GB）；请分幅导出")
    data = path.read_bytes()
    for encoding, title in (("utf-8-sig", "UTF-8"), ("gb18030", "GB2312/GB18030")):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text, title
    raise UnusableInput(f"“{path.name}”不是文本文件（不是 GB2312、GB18030 或 UTF-8 编码）")
