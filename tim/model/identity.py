"""Identity codes: the same object of the same source gets the same code in every build."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable

import numpy as np
import shapely

from tim.model.classes import entity_classes

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # base 32 without letters that look like digits
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]  # 10 bits each
_SHIFTS = range(90, -1, -10)  # the lower 100 bits of a digest
_GRID = 0.001  # metres: coordinates closer than this are the same place
KEY_FIELDS = (
    "gml_id",
    "entityid",
    "bsm",
    "uuid",
    "guid",
    "globalid",
    "identificatie",
    "标识码",
    "实体标识码",
    "zddm",
    "宗地代码",
)

PREFIXES = {name: item.prefix for name, item in entity_classes().items()} | {"source": "SRC", "process": "PRC"}
_OTHER_PREFIX = "FEA"


def identity_code(entity_class: str, *key: str) -> str:
    """A code from the class and what tells the object from others of its class."""
    prefix = PREFIXES.get(entity_class, _OTHER_PREFIX)
    parts = (prefix, *key) if entity_class in PREFIXES else (prefix, entity_class, *key)
    number = int.from_bytes(hashlib.sha256("\x1f".join(parts).encode("utf-8")).digest(), "big")
    return prefix + "-" + "".join([_PAIRS[number >> shift & 1023] for shift in _SHIFTS])


def feature_keys(columns: dict[str, np.ndarray], geometry: np.ndarray) -> tuple[list[str], str | None]:
    """A key for each feature and the field it comes from; None when no known field is complete and unique.

    Then the key is the shape itself (order of rings and start points do not count); features of equal shape are
    numbered in their order.
    """
    lowered = {name.lower(): name for name in columns}
    for candidate in KEY_FIELDS:
        name = lowered.get(candidate)
        if name is not None and _is_key(columns[name]):
            return [str(value).strip() for value in columns[name]], name
    keys = shape_keys(geometry)
    for place in np.flatnonzero(shapely.is_missing(geometry)):  # of what has no shape the attributes tell it apart
        values = "\x1f".join(f"{name}={values[place]}" for name, values in sorted(columns.items()))
        keys[place] = hashlib.sha256(values.encode("utf-8", "surrogatepass")).hexdigest()
    return _numbered(keys), None


def shape_keys(geometry: np.ndarray) -> list[str]:
    """A digest of each shape that does not depend on the order of rings, parts and start points."""
    rounded = shapely.set_precision(shapely.force_2d(geometry), _GRID, mode="pointwise")
    normal = shapely.to_wkb(shapely.normalize(rounded), byte_order=1)
    return [hashlib.sha256(wkb or b"").hexdigest() for wkb in normal]


def _is_key(values: np.ndarray) -> bool:
    if values.dtype.kind not in "OUiu":
        return False
    texts = ["" if value is None else str(value).strip() for value in values]
    return bool(texts) and all(texts) and len(set(texts)) == len(texts)


def _numbered(keys: Iterable[str]) -> list[str]:
    seen: Counter[str] = Counter()
    result = []
    for key in keys:
        seen[key] += 1
        result.append(key if seen[key] == 1 else f"{key}#{seen[key]}")
    return result
