"""Relations that codes tell: the same supervision number, the parcel's code inside a real-estate unit's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from tim.codes.business import check_code
from tim.graph.rules import code_of_field, code_rules
from tim.model.classes import kind_of
from tim.model.entities import Relation
from tim.store.base import Store, quoted

PARCEL_LENGTH = 19  # of the 28 characters of a unit code, GB/T 37346-2019
_Codes = dict[str, list[tuple[str, str]]]  # code → (identity, field)


def relations_by_code(store: Store, version: int) -> Iterator[Relation]:
    """Relations between entities of this version that carry the same code; of n partners each has confidence 1/n."""
    carried = {name: _codes_of(store, name, columns) for name, columns in _layers(store)}
    for rule in code_rules():
        for subject in (name for name in carried if kind_of(name) == rule.subject):
            for target in (name for name in carried if kind_of(name) == rule.object):
                mine, theirs = (carried[name].get(rule.code, {}) for name in (subject, target))
                yield from _equal(mine, theirs, rule.predicate, version)


def _layers(store: Store) -> list[tuple[str, list[str]]]:
    found = [(layer.name, [name for name in layer.columns if code_of_field(name)]) for layer in store.layers()]
    return [(name, columns) for name, columns in found if columns]


def _codes_of(store: Store, layer: str, columns: Sequence[str]) -> dict[str, _Codes]:
    """Kind of code → code → who carries it in which field. A unit's code holds its parcel's, too."""
    result: dict[str, _Codes] = defaultdict(lambda: defaultdict(list))
    for column in columns:
        kind = code_of_field(column)
        rows = store.query(f"SELECT id, {quoted(column)} FROM {quoted(layer)} WHERE {quoted(column)} IS NOT NULL")
        for identity, value in rows:
            code = "".join(str(value).split()).upper()
            if not code:
                continue
            if kind == "unit":
                if check_code("unit_code", code).valid:
                    result["parcel"][code[:PARCEL_LENGTH]].append((identity, column))
            else:
                result[kind][code].append((identity, column))
    return result


def _equal(subjects: Mapping, objects: Mapping, predicate: str, version: int) -> Iterator[Relation]:
    for code, carriers in subjects.items():
        partners = sorted({identity for identity, _ in objects.get(code, ())})
        for identity, field in dict(carriers).items():
            others = [other for other in partners if other != identity]
            for other in others:
                yield Relation(identity, predicate, other, round(1 / len(others), 4), f"code:{field}", version)
