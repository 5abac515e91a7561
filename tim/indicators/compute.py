"""Indicators of a catalogue for one epoch: value, terms, and why one cannot be computed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from pointcloud.task import Task
from tim.area import round_area
from tim.indicators.amounts import Amounts, amounts_of
from tim.indicators.catalogue import Indicator, Term
from tim.indicators.formula import NotComputable, evaluate
from tim.indicators.layers import Layers
from tim.indicators.statistics import Statistics, Target
from tim.indicators.units import factor


@dataclass(frozen=True)
class TermValue:
    """A term's value in base units; `features` is None for a statistic, `place` the cell it stands in."""

    term: Term
    value: float
    features: int | None
    place: str = ""


@dataclass
class Figure:
    """One indicator of one district and epoch. `value` is None where it cannot be computed; `note` then says why."""

    indicator: Indicator
    district: str
    epoch: str
    value: float | None = None
    note: str = ""
    terms: list[TermValue] = field(default_factory=list)
    target: Target | None = None
    level: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Districts:
    """Where figures are asked for: names and polygons; one nameless whole without polygons."""

    names: Sequence[str] = ("",)
    shapes: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=object))


def compute(
    indicators: Sequence[Indicator],
    layers: Layers,
    statistics: Statistics,
    districts: Districts,
    epoch: str,
    job: Task,
) -> tuple[list[Figure], dict[Term, Amounts]]:
    """The figures of all indicators and districts, and what the features contributed to each term.

    A figure is the formula over its terms in base units, turned into the indicator's unit and rounded to its decimals.
    """
    measured: dict[Term, Amounts | NotComputable] = {}
    figures = []
    for number, indicator in enumerate(indicators):
        job.progress(number / len(indicators), f"计算“{indicator.name}”")
        job.check()
        for term in indicator.terms:
            if term.source is not None and term not in measured:
                part = job.part(number / len(indicators), (number + 1) / len(indicators))
                measured[term] = _measured(term, layers, districts, part)
        for index, district in enumerate(districts.names):
            figures.append(_figure(indicator, index, district, epoch, measured, statistics))
    return figures, {term: found for term, found in measured.items() if isinstance(found, Amounts)}


def _measured(term: Term, layers: Layers, districts: Districts, job: Task) -> Amounts | NotComputable:
    try:
        return amounts_of(term, layers, districts.shapes, job)
    except NotComputable as reason:
        return reason


def _figure(
    indicator: Indicator,
    index: int,
    district: str,
    epoch: str,
    measured: dict[Term, Amounts | NotComputable],
    statistics: Statistics,
) -> Figure:
    figure = Figure(indicator, district, epoch)
    missing = []
    for term in indicator.terms or (Term(indicator.name, statistic=indicator.name),):
        try:
            figure.terms.append(_term_value(term, index, district, epoch, measured, statistics))
        except NotComputable as reason:
            missing.append(reason.message)
    if missing:
        figure.note = "；".join(dict.fromkeys(missing))
        return figure
    try:
        values = {item.term.name: item.value for item in figure.terms}
        value = evaluate(indicator.formula, values) if indicator.formula else figure.terms[0].value
        figure.value = round_area(value / factor(indicator.unit), indicator.decimals)
    except NotComputable as reason:
        figure.note = reason.message
    return figure


def _term_value(
    term: Term,
    index: int,
    district: str,
    epoch: str,
    measured: dict[Term, Amounts | NotComputable],
    statistics: Statistics,
) -> TermValue:
    if term.source is None:
        found = statistics.find(term.statistic, district, epoch)
        return TermValue(term, found.value, None, f"{statistics.file} {found.place}")
    amounts = measured[term]
    if isinstance(amounts, NotComputable):
        raise amounts
    return TermValue(term, amounts.total(index), amounts.count(index))
