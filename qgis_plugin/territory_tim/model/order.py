"""Names, order and visibility of a model's layers."""

from __future__ import annotations

from ..texts import tr

# from top to bottom; tables that are not named here come where None stands
_ORDER = ("building", "building_solid", "building_solid_lower", None, "land_use", "surface", "terrain")
_HIDDEN = frozenset({"building_solid", "building_solid_lower", "surface"})


def rank(table: str) -> int:
    """Place of a table's layer in the group, counted from the top."""
    return _ORDER.index(table) if table in _ORDER else _ORDER.index(None)


def is_shown(table: str) -> bool:
    """Whether the layer is switched on at first."""
    return table not in _HIDDEN


def title_of(table: str, title: str) -> str:
    """The layer's name: ours for the tables of every model, the file's own for the others."""
    names = {
        "building": tr("建筑"),
        "building_solid": tr("建筑体块"),
        "building_solid_lower": tr("建筑体块（较低层次）"),
        "land_use": tr("土地利用"),
        "surface": tr("地表"),
        "terrain": tr("地形"),
    }
    return names.get(table, title)
