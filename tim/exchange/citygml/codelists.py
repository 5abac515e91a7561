"""Code lists of CityGML: the meaning of a code, from the dictionaries beside the data."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from tim.errors import UnusableInput
from tim.exchange.citygml.xml import local, text, tree

_LARGEST = 50_000_000  # bytes
_ANCESTORS = 6


class CodeLists:
    """Meanings of codes; remembers which lists were missing and which codes unknown."""

    def __init__(self, document: Path) -> None:
        self._document = document
        self._read: dict[str, dict[str, str] | None] = {}
        self.missing: Counter[str] = Counter()
        self.unknown: Counter[tuple[str, str]] = Counter()

    def meaning(self, space: str, code: str) -> str | None:
        """The meaning of a code, or None, which is remembered. `space`: the codeSpace as written."""
        name = space.replace("\\", "/").rsplit("/", 1)[-1]
        if space not in self._read:
            file = self._find(space, name)
            self._read[space] = None if file is None else _entries(file)
        entries = self._read[space]
        if entries is None:
            self.missing[name] += 1
            return None
        if code not in entries:
            self.unknown[name, code] += 1
            return None
        return entries[code]

    def notes(self, name: str) -> list[str]:
        """What the user has to know, in Chinese."""
        result = []
        if self.missing:
            shown = "、".join(f"{space}（{count} 处）" for space, count in sorted(self.missing.items()))
            result.append(f"“{name}”用到的代码表缺失，保留原码：{shown}")
        if self.unknown:
            shown = "、".join(f"{space} 的 {code}" for space, code in list(self.unknown)[:5])
            result.append(f"“{name}”有 {len(self.unknown)} 个代码不在代码表里，保留原码：{shown}")
        return result

    def _find(self, space: str, name: str) -> Path | None:
        """The file that the reference names, else one of that name in a folder `codelists` above the document."""
        if "://" in space or space.startswith(("urn:", "/")) or not name.lower().endswith(".xml"):
            return None
        folder = self._document.absolute().parent
        places = [folder / space.replace("\\", "/")]
        places += [above / "codelists" / name for above in (folder, *list(folder.parents)[:_ANCESTORS])]
        return next((file for file in places if _usable(file)), None)


def _usable(file: Path) -> bool:
    try:
        return file.is_file() and 0 < file.stat().st_size <= _LARGEST
    except OSError:
        return False


def _entries(file: Path) -> dict[str, str] | None:
    """Code → meaning of a GML dictionary: in `gml:name` stands the code, in `gml:description` the meaning."""
    try:
        root = tree(file)
    except UnusableInput:
        return None
    result = {}
    for definition in root.iter("{*}Definition"):
        parts = {local(child): text(child) for child in definition}
        if parts.get("name"):
            result[parts["name"]] = parts.get("description") or parts["name"]
    return result
