"""Land-use codes, their conversion between classifications, and change between two dates."""

from __future__ import annotations

from tim.landuse.codes import (
    SANDIAO,
    TABLES,
    YDYH_2020,
    YDYH_2023,
    Codes,
    LandUseClass,
    classification,
    find_class,
    find_codes,
)

__all__ = [
    "SANDIAO",
    "TABLES",
    "YDYH_2020",
    "YDYH_2023",
    "Codes",
    "LandUseClass",
    "classification",
    "find_class",
    "find_codes",
]
