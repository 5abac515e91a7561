"""分类“耕地”: the codes of a class of the standard land-use classifications, from the dictionaries of the language."""

from __future__ import annotations

from functools import lru_cache
from typing import Dict, FrozenSet, Optional

from .data import read_table

# prefix → what it is called, its table
VERSIONS = {
    "三调": ("国土变更调查工作分类", "landuse_sandiao.csv"),
    "用地用海": ("用地用海分类（2023）", "landuse_ydyh_2023.csv"),
    "用地用海2020": ("用地用海分类（2020 试行）", "landuse_ydyh_2020_trial.csv"),
}
MAJOR = ("农用地", "建设用地", "未利用地")

Classes = Dict[str, FrozenSet[str]]


@lru_cache(maxsize=None)
def classes(version: str) -> Classes:
    """Class name → its codes, with those of the classes inside it."""
    members: dict[str, set[str]] = {}
    rows = [row for row in read_table(VERSIONS[version][1]) if row.get("code_kind", "DLBM") == "DLBM"]
    names = {row["code"]: row["name"] for row in rows}
    for row in rows:
        owners = {row["name"], row.get("level1_name", ""), row.get("three_major_class", "")}
        parent = row.get("parent_code", "")
        while parent:
            owners.add(names.get(parent, ""))
            parent = next((other.get("parent_code", "") for other in rows if other["code"] == parent), "")
        for owner in owners - {""}:
            members.setdefault(owner, set()).add(row["code"])
    return {name: frozenset(codes) for name, codes in members.items()}


def class_codes(title: str) -> tuple[frozenset[str], Optional[str]]:
    """The codes of 分类“title” and None, or no codes and what is wrong in one Chinese line.

    “三调：耕地” names the classification. Without one the class must mean the same in every classification that has it:
    none of its codes may stand for something else in another.
    """
    version, _, name = title.replace(":", "：").partition("：")
    if not name:
        return _everywhere(version.strip())
    version, name = version.strip(), name.strip()
    if version not in VERSIONS:
        return frozenset(), f"不认识分类标准“{version}”；可以写 {'、'.join(VERSIONS)}"
    found = classes(version).get(name)
    if found is None:
        return frozenset(), f"{VERSIONS[version][0]}里没有“{name}”"
    return found, None


def _everywhere(name: str) -> tuple[frozenset[str], Optional[str]]:
    having = [version for version in VERSIONS if name in classes(version)]
    if not having:
        return frozenset(), f"分类标准里没有“{name}”"
    codes = frozenset(code for version in having for code in classes(version)[name])
    for version in VERSIONS:
        known = classes(version)
        other = codes & frozenset().union(*known.values()) - known.get(name, frozenset())
        if other:
            choices = "、".join(f"“{one}：{name}”" for one in having)
            return frozenset(), f"“{name}”在各个分类标准里的代码不同，请写明是哪一个：{choices}"
    return codes, None
