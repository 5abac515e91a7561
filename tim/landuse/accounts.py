"""快报: where new construction land comes from, where farmland goes and comes from, by class of level 1."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from tim.data import read_table
from tim.landuse.transition import Transition, construction, farmland, full_codes


@dataclass(frozen=True)
class Account:
    """One table: `rows` are (class of level 1, code and name, m²), largest first; `total` their sum."""

    title: str
    head: str
    rows: list[tuple[str, str, Decimal]]

    @property
    def total(self) -> Decimal:
        """m²."""
        return sum((area for _, _, area in self.rows), Decimal(0))


def accounts(change: Transition, names: dict[str, str], version: str) -> list[Account]:
    """The accounts of a change; none unless its codes are full ones of the third survey."""
    codes = full_codes(change, version)
    if not codes:
        return []
    built, tilled = set(construction(codes)), set(farmland(codes))
    everything = set(codes)
    return [
        _account("新增建设用地（按来源）", "来源地类", change, names, everything - built, built, by_source=True),
        _account("新增建设用地（按现状）", "现状地类", change, names, everything - built, built, by_source=False),
        _account("耕地流出（按去向）", "去向地类", change, names, tilled, everything - tilled, by_source=False),
        _account("耕地流入（按来源）", "来源地类", change, names, everything - tilled, tilled, by_source=True),
    ]


def _account(
    title: str,
    head: str,
    change: Transition,
    names: dict[str, str],
    before: set[str],
    after: set[str],
    *,
    by_source: bool,
) -> Account:
    groups = {row["code"]: row["level1_name"] for row in read_table("landuse_sandiao.csv")}
    sums: dict[str, Decimal] = {}
    for (one, other), area in change.matrix.items():
        if one in before and other in after:
            key = one if by_source else other
            sums[key] = sums.get(key, Decimal(0)) + area
    rows = sorted(sums.items(), key=lambda item: (-item[1], item[0]))
    return Account(title, head, [(groups.get(code, ""), f"{code} {names[code]}".strip(), area) for code, area in rows])
