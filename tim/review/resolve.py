"""Which source each layer of the rules is read from. Nothing is guessed between two candidates."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Callable
from urllib.parse import quote

from tim.errors import UsageError
from tim.review.names import normal, same_layer
from tim.sources.vector import list_layers


@dataclass(frozen=True)
class Available:
    """A layer of the data file: its table and the title that people see."""

    path: Path
    table: str
    title: str

    @property
    def spec(self) -> str:
        """The layer as a source of `tim.sources.vector`."""
        return f"{self.path}|layername={self.table}"

    def __str__(self) -> str:
        return self.table if self.title in ("", self.table) else f"{self.table}（{self.title}）"


def list_available(data: str | Path | None) -> list[Available]:
    """The layers and tables of the data file, with the titles that a GeoPackage gives them."""
    if data is None:
        return []
    path = Path(data)
    titles = _titles(path)
    return [Available(path, name, titles.get(name, "")) for name, _ in list_layers(path)]


def resolve(names: Mapping[str, str | None], explicit: Mapping[str, str], available: list[Available]) -> dict[str, str]:
    """The source of each declared layer.

    `names`: declared name → the name after 来自 (or None). `explicit`: what `--layer` gives, by either name.
    Raises `UsageError`, in one line for all layers, when one is missing or has several candidates.
    """
    _refuse_unknown(names, explicit)
    sources, problems = {}, []
    for name, original in names.items():
        given = explicit.get(name) or explicit.get(original or name)
        if given is not None:
            sources[name] = given
            continue
        candidates = candidates_of(name, original, available)
        if len(candidates) == 1:
            sources[name] = candidates[0].spec
        else:
            problems.append(_problem(name, original, candidates))
    if problems:
        there = "、".join(map(str, available)) if available else "没有给出数据文件（--data）"
        raise UsageError(f"{'；'.join(problems)}。数据里有：{there}。可用 --layer 图层名=数据源 指定")
    return sources


def candidates_of(name: str, original: str | None, available: list[Available]) -> list[Available]:
    """The best layers, by what agrees: the table with the 来自 name, any spelling as written, an alias."""
    wanted = {normal(text) for text in (name, original) if text}
    aliases = same_layer(original or name) | same_layer(name)
    tests: tuple[Callable[[Available], bool], ...] = (
        lambda layer: layer.table == (original or name),
        lambda layer: bool({normal(layer.table), normal(layer.title)} & wanted),
        lambda layer: bool({normal(layer.table), normal(layer.title)} & aliases),
    )
    for test in tests:
        found = [layer for layer in available if test(layer)]
        if found:
            return found
    return []


def _problem(name: str, original: str | None, candidates: list[Available]) -> str:
    wanted = f"“{name}”" if original in (None, name) else f"“{name}”（来自“{original}”）"
    if candidates:
        return f"图层{wanted}有多个候选：{'、'.join(map(str, candidates))}，不能确定用哪个"
    return f"找不到图层{wanted}"


def _refuse_unknown(names: Mapping[str, str | None], explicit: Mapping[str, str]) -> None:
    known = {*names, *(original for original in names.values() if original)}
    unknown = [name for name in explicit if name not in known]
    if unknown:
        raise UsageError(f"--layer 里的“{'、'.join(unknown)}”不是规则里的图层；规则用到：{'、'.join(names) or '无'}")


def _titles(path: Path) -> dict[str, str]:
    """Titles of a GeoPackage's tables; nothing for other formats. Opened so that no side file can appear."""
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path.absolute()))}?immutable=1", uri=True)) as connection:
            return dict(connection.execute("SELECT table_name, coalesce(identifier, '') FROM gpkg_contents"))
    except sqlite3.Error:
        return {}
