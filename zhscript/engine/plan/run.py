"""Runs a check by its plan, chunk by chunk: decide in bulk, then look at what is left, in the order of the layer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Callable

import numpy as np

from ... import syntax as s
from ...program import Program
from ..report import INAPPLICABLE, PASSED, RuleOutcome
from ..streams import StreamedLayer
from ..table import Feature, Layer, View
from .build import Builder
from .columns import KNOWN
from .frame import Chunk, Frame
from .operators import Operator
from .steps import Block, block

if TYPE_CHECKING:
    from ..run import Runner

FIRST, LARGEST = 512, 16_384  # features in a chunk
PAIRS = 1_000_000  # that a chunk should keep at most

Part = Callable[[float], None]


class Plan:
    """How one check is evaluated."""

    def __init__(self, program: Program, check: s.Check, layer: str) -> None:
        self.check = check
        builder = Builder(program, check.identifier.name, layer)
        self.where: Operator | None = None if check.where is None else builder.build(check.where)
        self.body: Block = block(builder, check.body)
        self.matches = builder.matches

    def decide(self, chunk: Chunk, rows: np.ndarray) -> tuple[np.ndarray, int]:
        """The rows that have to be looked at, and how many surely do not apply."""
        looked = np.zeros(chunk.stop - chunk.start, dtype=bool)
        frame, inapplicable = Frame(chunk, rows), 0
        if self.where is not None:
            column = self.where.column(frame).as_condition()
            sure, applies = column.state == KNOWN, column.values.astype(bool)
            looked[rows[~sure]] = True
            inapplicable = int((sure & ~applies).sum())
            frame = Frame(chunk, rows[sure & applies])
        self.body.run(frame, looked)
        return np.flatnonzero(looked), inapplicable


def run_check(
    runner: Runner, check: s.Check, source: Any, outcome: RuleOutcome, exceptions: Any, part: Part | None
) -> bool:
    """Evaluate a check over `source`; false when that is nothing a plan can go through. `part` is told the progress."""
    total = len(source.layer) if isinstance(source, View) else len(source) if isinstance(source, list) else 0
    done = 0
    try:
        for layer, places in _pieces(source):
            plan = Plan(runner.program, check, layer.declaration.key)
            for count in _run_piece(runner, plan, layer, places, outcome, exceptions):
                done += count
                if part:
                    part(done / total)
    except NotPlanned:
        return False
    finally:
        runner.evaluator.found = None
    return True


def _run_piece(
    runner: Runner, plan: Plan, layer: Layer, places: np.ndarray, outcome: RuleOutcome, exceptions: Any
) -> Iterator[int]:
    """Go through features of a layer in chunks that grow and shrink with what they meet; tells how many are done."""
    done, size = 0, FIRST
    while done < len(places):
        runner.check()
        start = int(places[done])
        stop = min(start + size, len(layer))
        count = int(np.searchsorted(places, stop))
        chunk = Chunk(runner.evaluator, layer, plan.check.identifier.name, start, stop)
        _run_chunk(runner, plan, chunk, places[done:count] - start, outcome, exceptions)
        yield count - done
        done = count
        kept = chunk.space.forget(layer)
        size = max(size // 2, 1) if kept > PAIRS else min(size * 2, LARGEST) if kept < PAIRS // 4 else size


def _run_chunk(
    runner: Runner, plan: Plan, chunk: Chunk, rows: np.ndarray, outcome: RuleOutcome, exceptions: Any
) -> None:
    runner.evaluator.found = lambda node: chunk.found(plan.matches.get(node))
    looked, inapplicable = plan.decide(chunk, rows)
    passed = len(rows) - len(looked) - inapplicable
    outcome.verdicts[INAPPLICABLE] += inapplicable
    outcome.verdicts[PASSED] += passed
    outcome.checked += passed
    for row in looked:
        chunk.row = int(row)
        runner.look(plan.check, Feature(chunk.layer, chunk.start + chunk.row), outcome, exceptions)


class NotPlanned(Exception):
    """What is to be checked is no layer and no features of one layer in their order."""


def _pieces(source: Any) -> Iterator[tuple[Layer, np.ndarray]]:
    """Layers and the places of the features to go through."""
    if isinstance(source, View) and isinstance(source.layer, StreamedLayer):
        for layer in source.layer.parts():
            yield layer, np.arange(len(layer))
    elif isinstance(source, View):
        places = np.arange(len(source.layer))
        yield source.layer, places[places != source.without]
    elif isinstance(source, list) and source and all(isinstance(item, Feature) for item in source):
        places = np.array([item.index for item in source])
        if any(item.layer is not source[0].layer for item in source) or not (np.diff(places) > 0).all():
            raise NotPlanned
        yield source[0].layer, places
    else:
        raise NotPlanned
