"""Types of city objects, the model's classes of entities, and their Chinese names."""

from __future__ import annotations

import re
from functools import cache

from tim.data import read_table
from tim.exchange.city.objects import CityObject

CLASS = "citygml_class"  # attribute of a generic object that stands for a class which a format lacks


@cache
def _rows() -> dict[str, dict[str, str]]:
    return {row["type"]: row for row in read_table("city_classes.csv")}


def entity_class(kind: str) -> str:
    """The model's class for a type: building for Building; for an unknown one its name in small letters."""
    row = _rows().get(kind)
    return row["class"] if row else re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", kind.lstrip("+")).lower()


def is_core(kind: str) -> bool:
    """Whether CityJSON 2.0 has this type itself."""
    row = _rows().get(kind)
    return row is not None and row["citygml"] != "urf"


def restore_class(thing: CityObject) -> None:
    """Give a generic object the class that it stands for."""
    if thing.type == "GenericCityObject" and isinstance(thing.attributes.get(CLASS), str):
        thing.type = thing.attributes.pop(CLASS)
