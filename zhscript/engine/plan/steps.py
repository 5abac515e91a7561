"""The statements of a check over columns: what surely passes goes on, what does not is marked to be looked at."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ... import syntax as s
from .build import Builder
from .columns import KNOWN, LOOK
from .frame import Frame
from .operators import Operator

Looked = np.ndarray  # for each row of the chunk: whether it has to be looked at


class Step:
    """One statement."""

    def run(self, frame: Frame, looked: Looked) -> Frame:
        """The rows that go on with the next statement."""
        raise NotImplementedError


class Bind(Step):
    """设定. What cannot end the run with an error is worked out where it is used."""

    def __init__(self, node: s.Binding, operator: Operator) -> None:
        self.node = node
        self.operator = operator

    def run(self, frame: Frame, looked: Looked) -> Frame:
        if not self.operator.fatal or self.operator.sort == "layer":
            return frame
        return _only(frame, self.operator.column(frame).state != LOOK, looked)


class Demand(Step):
    """要求. `shown` is what a finding needs: worked out in bulk for the rows that have one."""

    def __init__(self, node: s.Require, operator: Operator, shown: Sequence[Operator]) -> None:
        self.node = node
        self.operator = operator
        self.shown = shown

    def run(self, frame: Frame, looked: Looked) -> Frame:
        column = self.operator.column(frame).as_condition()
        holds = (column.state == KNOWN) & column.values.astype(bool)
        failing = _part(frame, ~holds)
        for operator in self.shown if len(failing) else ():
            operator.prepare(failing)
        return _only(frame, holds, looked)


class Branch(Step):
    """如果: each row goes on with the statements of its case."""

    def __init__(self, node: s.If, cases: Sequence[tuple[Operator, Block]], otherwise: Block) -> None:
        self.node = node
        self.cases = cases
        self.otherwise = otherwise

    def run(self, frame: Frame, looked: Looked) -> Frame:
        left = []
        for condition, block in self.cases:
            if not len(frame):
                break
            column = condition.column(frame).as_condition()
            sure = column.state == KNOWN
            values = column.values.astype(bool)
            left.append(block.run(_part(frame, sure & values), looked).rows)
            looked[frame.rows[~sure]] = True
            frame = _part(frame, sure & ~values)
        left.append(self.otherwise.run(frame, looked).rows)
        return Frame(frame.chunk, np.sort(np.concatenate(left)))


class Leave(Step):
    """跳过: the rows pass."""

    def __init__(self, node: s.Skip) -> None:
        self.node = node

    def run(self, frame: Frame, looked: Looked) -> Frame:  # noqa: ARG002 - nothing to mark
        return _part(frame, np.zeros(len(frame), dtype=bool))


class Look(Step):
    """What only the interpreter does: 提示, which is always told, and statements that are not planned."""

    def __init__(self, node: s.Statement, shown: Sequence[Operator]) -> None:
        self.node = node
        self.shown = shown

    def run(self, frame: Frame, looked: Looked) -> Frame:
        if len(frame):
            for operator in self.shown:
                operator.prepare(frame)
        return _only(frame, np.zeros(len(frame), dtype=bool), looked)


class Block:
    """Statements one after the other."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self.steps = steps

    def run(self, frame: Frame, looked: Looked) -> Frame:
        """The rows that reach the end."""
        for step in self.steps:
            if not len(frame):
                break
            frame = step.run(frame, looked)
        return frame


def _part(frame: Frame, mask: np.ndarray) -> Frame:
    return frame if len(frame) and mask.all() else Frame(frame.chunk, frame.rows[mask])


def _only(frame: Frame, sure: np.ndarray, looked: Looked) -> Frame:
    looked[frame.rows[~sure]] = True
    return _part(frame, sure)


def block(builder: Builder, body: Sequence[s.Statement]) -> Block:
    """The steps of a block. Nothing after an unplanned statement matters: all rows are looked at there."""
    inner = builder.open()
    steps: list[Step] = []
    for node in body:
        steps.append(_step(inner, node))
        if isinstance(steps[-1], (Look, Leave)):
            break
    return Block(steps)


def _step(builder: Builder, node: s.Statement) -> Step:
    if isinstance(node, s.Binding) and not node.variable:
        return Bind(node, builder.bind(node))
    if isinstance(node, s.Require):
        shown = [builder.build(part) for part in (node.report, node.mark, node.suggestion) if part is not None]
        return Demand(node, builder.build(node.condition), shown)
    if isinstance(node, s.If):
        cases = [(builder.build(condition), block(builder, body)) for condition, body in node.branches]
        return Branch(node, cases, block(builder, node.otherwise))
    if isinstance(node, (s.Skip, s.Break)):
        return Leave(node)  # type: ignore[arg-type]
    shown = [builder.build(part) for part in vars(node).values() if isinstance(part, s.Expression)]
    return Look(node, shown if isinstance(node, s.Hint) else [])
