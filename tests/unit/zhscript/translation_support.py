"""What the tests of translations share: verdicts by feature, and random layers."""

from __future__ import annotations

import datetime
import math
from collections import Counter

import shapely
from hypothesis import strategies as st
from zhscript_support import opener

from zhscript.engine import run_rules

_WORST = ("提示", "例外", "无法判断", "不通过")

corner = st.integers(0, 14)
BOWTIE = shapely.Polygon([(0, 0), (6, 6), (6, 0), (0, 6)])


@st.composite
def boxes(draw):
    left, bottom = draw(corner) + draw(st.sampled_from([0.0, 0.0, 0.5])), draw(corner)
    return shapely.box(left, bottom, left + draw(st.integers(1, 7)), bottom + draw(st.integers(1, 7)))


usable = st.one_of(
    boxes(),
    boxes(),
    boxes(),
    st.sampled_from([shapely.LineString([(0, 4), (9, 4)]), shapely.Point(4, 4), shapely.Point(3.25, 3.25)]),
)
odd = st.one_of(boxes(), boxes(), boxes(), st.sampled_from([None, shapely.Polygon(), BOWTIE]))

TEXTS = st.sampled_from(["0701", "701", "070102", "A-1", "a_1", "O'Br\\ien", " ", "", None, "％", "绿地"])
NUMBERS = st.sampled_from([-1.0, 0.0, 0.1, 0.3, 1.5, 2.5, 18.0, 24.0, 1e6, math.nan, None])
DATES = st.sampled_from([datetime.date(2020, 2, 29), datetime.date(2021, 3, 31), datetime.date(2024, 6, 1), None])


def engine_verdicts(program, layers, crs="EPSG:4547"):
    """{rule: (worst verdict of each feature that has findings, by row; counts of the verdicts)}."""
    report = run_rules(program, opener(crs, **layers), today=program.date)
    result = {}
    for rule in report.rules:
        worst: dict[int, str] = {}
        for finding in rule.findings:
            before = worst.get(finding.feature_index, "提示")
            worst[finding.feature_index] = max(before, finding.verdict, key=_WORST.index)
        told = {row: verdict for row, verdict in worst.items() if verdict != "提示"}
        result[rule.name] = (told, Counter({name: count for name, count in rule.verdicts.items() if count}))
    return result


def as_engine(verdicts):
    """The same for verdicts that a translation gives, one for each feature in order."""
    told = {row: verdict for row, verdict in enumerate(verdicts) if verdict in _WORST}
    return told, Counter(verdicts)
