"""Land-use codes: which field holds them, after which version of the classification, and what is unknown."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

import numpy as np

from tim.data import read_table

SANDIAO, YDYH_2023, YDYH_2020 = "三调工作分类", "用地用海分类（2023）", "用地用海分类（2020 试行）"
TABLES = {
    SANDIAO: "landuse_sandiao.csv",
    YDYH_2023: "landuse_ydyh_2023.csv",
    YDYH_2020: "landuse_ydyh_2020_trial.csv",
}
_PLANNED = (YDYH_2023, YDYH_2020)
# field name → versions it may hold, the likelier first
CODE_FIELDS = {
    "dlbm": (SANDIAO, *_PLANNED),
    "地类编码": (SANDIAO, *_PLANNED),
    "ydyhfldm": _PLANNED,
    "ydyhdm": _PLANNED,
    "yddm": _PLANNED,
    "dldm": (*_PLANNED, SANDIAO),
    "zdldm": (*_PLANNED, SANDIAO),
    "地类代码": (*_PLANNED, SANDIAO),
    "用地用海分类代码": _PLANNED,
    "用地用海代码": _PLANNED,
    "用地用海": _PLANNED,
    "用地代码": _PLANNED,
    "land_use_code": (SANDIAO, *_PLANNED),
    "code": (SANDIAO, *_PLANNED),
}
_SUFFIX = re.compile(r"(?<=\d)[KA]$")


@dataclass(frozen=True)
class LandUseClass:
    """One class of a classification; `colour` is (r, g, b) or None where the table has none."""

    code: str
    name: str
    colour: tuple[int, int, int] | None


@dataclass(frozen=True)
class Codes:
    """Codes of the features of a layer. `names` has None where the code is missing or unknown."""

    field: str
    version: str
    codes: np.ndarray
    names: np.ndarray
    unknown: dict[str, int]


def classification(version: str) -> dict[str, LandUseClass]:
    """The classes of one version by code; of the third survey the land classes only."""
    classes = {}
    for row in read_table(TABLES[version]):
        if row.get("code_kind", "DLBM") != "DLBM":
            continue
        rgb = tuple(int(row[channel]) for channel in "rgb") if row["r"] else None
        classes[row["code"]] = LandUseClass(row["code"], row["name"], rgb)  # type: ignore[arg-type]
    return classes


def find_class(version: str, code: str) -> LandUseClass | None:
    """The class of a code. The suffixes K (可调整) and A (subtype) fall back to the class without them."""
    classes = classification(version)
    return classes.get(code) or classes.get(_SUFFIX.sub("", code))


def find_codes(columns: dict[str, np.ndarray]) -> Codes | None:
    """The land-use codes of a layer; None when it has no code field.

    The version is the one that knows most features' codes; of equals the likelier for the field.
    """
    lowered = {name.lower(): name for name in columns}
    field = next((lowered[name] for name in CODE_FIELDS if name in lowered), None)
    if field is None:
        return None
    codes = np.array([code_text(value) for value in columns[field]], dtype=object)
    counts = Counter(code for code in codes if code is not None)
    versions = CODE_FIELDS[field.lower()]
    known = {
        version: sum(count for code, count in counts.items() if find_class(version, code) is not None)
        for version in versions
    }
    version = max(versions, key=lambda item: known[item])
    found = {code: find_class(version, code) for code in counts}
    titles = {code: known_class.name if known_class else None for code, known_class in found.items()}
    names = np.array([titles.get(code) for code in codes], dtype=object)
    return Codes(field, version, codes, names, {code: counts[code] for code in sorted(counts) if found[code] is None})


def code_text(value: object) -> str | None:
    """A code as text. Numbers lose leading zeros in their source: `101` was `0101`; that is restored."""
    if value is None or (isinstance(value, (float, np.floating)) and np.isnan(value)):
        return None
    if isinstance(value, (int, float, np.number)):
        digits = str(int(value))
        return digits if len(digits) % 2 == 0 else "0" + digits
    return str(value).strip() or None
