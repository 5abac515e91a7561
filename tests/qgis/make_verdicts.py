"""Run by the engine's Python: rules as QGIS expressions, random layers, and what the engine finds. Prints JSON.

usage: make_verdicts.py SEED COUNT
"""

from __future__ import annotations

import datetime
import json
import random
import sys
from pathlib import Path

import shapely

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "unit" / "zhscript")]

from translation_support import BOWTIE, CONDITIONS, RULES, engine_verdicts  # noqa: E402
from zhscript_support import checked  # noqa: E402

from zhscript import syntax  # noqa: E402
from zhscript.translate.qgis import rule_expression  # noqa: E402
from zhscript.translate.refusal import Refusal  # noqa: E402

TEXTS = ["0701", "701", "070102", "A-1", "a_1", "O'Br\\ien", " ", "", None, "绿地"]
NUMBERS = [-1.0, 0.0, 0.1, 0.3, 1.5, 2.5, 18.0, 24.0, None]
DATES = [datetime.date(2020, 2, 29), datetime.date(2021, 3, 31), datetime.date(2024, 6, 1), None]
PLOTS = {"编号": TEXTS, "用途": TEXTS, "MJ": NUMBERS, "高度": NUMBERS, "户数": [0, 1, 2, 3, 6, 18, None]}
PLOTS.update({"批准": DATES, "容积率（计容）": NUMBERS, "备注": TEXTS})


def shape(rng: random.Random, odd: float):
    if rng.random() < odd:
        return rng.choice([None, BOWTIE])
    left, bottom = rng.randint(0, 14) + rng.choice([0.0, 0.0, 0.5]), rng.randint(0, 14)
    return shapely.box(left, bottom, left + rng.randint(1, 7), bottom + rng.randint(1, 7))


def column(rng: random.Random, values: list, count: int) -> list:
    return [rng.choice(values) for _ in range(count)]


def world(rng: random.Random):
    odd = rng.choice([0.0, 0.0, 0.0, 0.2])
    plots = [shape(rng, 0.1) for _ in range(rng.randint(1, 8))]
    fields = [shape(rng, odd) for _ in range(rng.randint(0, 6))]
    zones = [shape(rng, 0) for _ in range(rng.randint(0, 3))]
    return {
        "地块": (plots, {name: column(rng, values, len(plots)) for name, values in PLOTS.items()}),
        "农田": (fields, {"类别": column(rng, ["水田", "旱地", "绿地", None], len(fields))}),
        "分区": (
            zones,
            {"名称": column(rng, ["甲区", "乙区", None], len(zones)), "限高": column(rng, NUMBERS, len(zones))},
        ),
    }


def main() -> None:
    rng = random.Random(int(sys.argv[1]))
    program = checked(RULES)
    expressions, refused = {}, {}
    for number, rule in enumerate(program.of_kind(syntax.Rule)):
        try:
            expressions[rule.title] = rule_expression(program, rule)
        except Refusal as refusal:
            refused[CONDITIONS[number] if number < len(CONDITIONS) else rule.title] = refusal.message
    worlds = []
    for _ in range(int(sys.argv[2])):
        layers = world(rng)
        expected = engine_verdicts(program, layers)
        worlds.append(
            {
                "layers": {
                    name: {"wkt": [None if item is None else item.wkt for item in shapes], "columns": columns}
                    for name, (shapes, columns) in layers.items()
                },
                "expected": {title: [told, counts] for title, (told, counts) in expected.items()},
            }
        )
    print(
        json.dumps({"expressions": expressions, "refused": refused, "worlds": worlds}, default=str, ensure_ascii=False)
    )


main()
