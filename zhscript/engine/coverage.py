"""Which lines and branches of a program its tests run.

Tests run feature by feature here, without plans: by their code, which tells what runs, or in the interpreter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Iterator

from .. import syntax as s
from ..program import Program
from ..syntax.nodes import walk
from .run import Runner

_EXECUTABLE = (
    s.Binding, s.Assign, s.CallStatement, s.Require, s.Hint, s.Skip, s.Break, s.Return, s.Show, s.Fail, s.Put,
    s.If, s.Check, s.ForEach, s.For, s.Repeat, s.While,
)  # fmt: skip


@dataclass(frozen=True)
class Branch:
    """A condition that came out in one way only: `line` (from 1), `text`, and `outcome`, which never came."""

    line: int
    text: str
    outcome: bool

    def __str__(self) -> str:
        return f"第 {self.line} 行“{self.text}”从来没有{'成立' if self.outcome else '不成立'}过"


@dataclass(frozen=True)
class CoverageReport:
    """Lines with statements and how many of them ran, the lines that never ran; the same of outcomes of conditions."""

    lines: int
    ran: int
    missing: tuple[int, ...]
    outcomes: int
    came: int
    branches: tuple[Branch, ...]


class Coverage:
    """Collects over any number of runs what of a program has run."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._ran: set[Any] = set()
        self._came: set[tuple[Any, bool]] = set()
        self._statements = {node for node in _inside(program) if isinstance(node, _EXECUTABLE)}
        self._conditions = list(dict.fromkeys(_conditions(program)))
        self.wanted = set(self._conditions)

    def runner(self, layers: Any, **options: Any) -> Runner:
        """A runner that notes what it runs."""
        return _Observed(self, layers, **{**options, "indexed": False})

    def statement(self, node: Any) -> None:
        """A statement runs."""
        self._ran.add(node)

    def condition(self, node: Any, outcome: bool) -> None:
        """A condition came out."""
        if node in self.wanted:
            self._came.add((node, outcome))

    def report(self) -> CoverageReport:
        """What ran of the program's own file. A line has run when a statement that begins there has."""
        source = self.program.source
        lines = {source.place(node.start)[0] for node in self._statements}
        ran = {source.place(node.start)[0] for node in self._ran & self._statements}
        branches = [
            Branch(source.place(node.start)[0], source.slice(node.start, node.end).replace("\n", " "), outcome)
            for node in self._conditions
            for outcome in (True, False)
            if (node, outcome) not in self._came
        ]
        outcomes = 2 * len(self._conditions)
        missing = tuple(sorted(lines - ran))
        return CoverageReport(len(lines), len(ran), missing, outcomes, outcomes - len(branches), tuple(branches))


class _Observed(Runner):
    def __init__(self, coverage: Coverage, layers: Any, **options: Any) -> None:
        self._coverage = coverage
        super().__init__(coverage.program, layers, **options)
        decide = self.evaluator.condition

        def condition(node: Any) -> bool:
            outcome = decide(node)
            coverage.condition(node, outcome)
            return outcome

        self.evaluator.condition = condition  # type: ignore[method-assign]

    def _check_layer(self, check: s.Check, *rest: Any) -> None:
        self._coverage.statement(check)
        super()._check_layer(check, *rest)

    def _statement(self, node: s.Statement) -> str | None:
        self._coverage.statement(node)
        return super()._statement(node)


def _inside(program: Program) -> Iterator[Any]:
    """The nodes of what tests can run: rules, exceptions, 标准, functions and 设定 of the program's own file."""
    kinds = (s.Rule, s.RuleException, s.Standard, s.Function, s.Binding)
    if program.kind != "脚本":
        kinds += (s.Check,)  # type: ignore[assignment]
    for item in program.items:
        if isinstance(item, kinds) and not program.source.file_of(program.source.place(item.start)[0])[0]:
            yield from walk(item)


def _conditions(program: Program) -> Iterator[Any]:
    """Conditions whose both outcomes matter, in the order of the text."""
    for node in _inside(program):
        if isinstance(node, s.If):
            yield from (condition for condition, _ in node.branches)
        elif isinstance(node, (s.Require, s.While, s.Case)):
            yield node.condition
        elif isinstance(node, (s.Check, s.ForEach)) and node.where is not None:
            yield node.where
        elif isinstance(node, s.RuleException):
            yield from node.conditions
        elif isinstance(node, s.Choose):
            yield from (condition for condition, _ in node.choices)
