"""Entries that are run one after another, as at a prompt: what earlier ones have declared and computed stays."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field, replace
from typing import Any, Callable, NamedTuple

from .. import check_text
from .. import syntax as s
from ..diagnostics import Diagnostic
from ..program import Program
from ..vocabulary import STATEMENT_WORDS
from .depth import deep_calls
from .errors import ScriptError
from .host import Host, OpenLayer, as_host
from .reference import check_reference
from .report import RuleOutcome, TestOutcome
from .run import EllipsoidalArea, Runner
from .streams import Stream, whole
from .table import Layer, View, read_layer
from .testing import run_tests
from .values import show

_HEAD = "脚本 对话\n"
_SHOW = "显示 "


class Entry(NamedTuple):
    """What has been entered: its text and the names that it declares for later entries."""

    text: str
    names: frozenset[str]


@dataclass
class Reply:
    """What became of an entry. With `errors` nothing has been run; lines count from the entry's first."""

    diagnostics: list[Diagnostic] = field(default_factory=list)
    rules: list[RuleOutcome] = field(default_factory=list)
    tests: list[TestOutcome] = field(default_factory=list)

    @property
    def errors(self) -> list[Diagnostic]:
        """The mistakes that kept the entry from being run."""
        return [item for item in self.diagnostics if item.severity == "error"]


class Interactive:
    """A conversation with the interpreter.

    `tell(line)` gets what 显示 shows, at once. `cancelled()` is asked in every turn of a loop.
    """

    def __init__(
        self,
        host: Host | OpenLayer,
        tell: Callable[[str], None],
        *,
        ellipsoidal_area: EllipsoidalArea | None = None,
        today: datetime.date | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> None:
        self._host = as_host(host)
        self._tell = tell
        self._options: dict[str, Any] = {
            "ellipsoidal_area": ellipsoidal_area,
            "today": today or datetime.date.today(),
            "cancelled": cancelled,
        }
        self._entries: list[Entry] = []
        self._values: dict[str, Any] = {}
        self._layers: dict[Any, Layer] = {}  # by declaration

    @property
    def text(self) -> str:
        """The program that the entries make up so far."""
        return _HEAD + "".join(entry.text for entry in self._entries)

    @property
    def values(self) -> dict[str, str]:
        """The names that hold values, and what the values look like."""
        return {name: _shown(value) for name, value in self._values.items()}

    def enter(self, text: str) -> Reply:
        """Check an entry and run it; an expression is shown. Raises `ScriptError` and `Cancelled`, as a script does."""
        text = text.rstrip() + "\n"
        entries, program, diagnostics = self._checked(text)
        if program is None or self._is_lone_call(program, entries):
            others, as_shown, told = self._checked(_SHOW + text)
            if as_shown is not None:
                text, entries, program, diagnostics = _SHOW + text, others, as_shown, []
            elif not text.startswith(tuple(STATEMENT_WORDS)):  # it was meant as an expression
                diagnostics = [_shifted(item) for item in told]
        reply = Reply(diagnostics)
        if program is not None:
            self._run(program, text, entries, reply)
        return reply

    def _checked(self, text: str) -> tuple[list[Entry], Program | None, list[Diagnostic]]:
        """The entries that stay, the program with the new one, and what is wrong with that."""
        names = _declared(text, self.text)
        entries = [entry for entry in self._entries if not entry.names or not entry.names <= names]
        before = _HEAD + "".join(entry.text for entry in entries)
        program, diagnostics = check_text(before + text)
        lines = before.count("\n")
        own = [_moved(item, lines) for item in diagnostics if item.line > lines]
        return entries, program, own or (diagnostics if program is None else [])

    def _is_lone_call(self, program: Program, entries: list[Entry]) -> bool:
        """Whether the entry is a lone call, whose value would be lost."""
        start = len(_HEAD) + sum(len(entry.text) for entry in entries)
        items = [item for item in program.items if item.start >= start]
        return len(items) == 1 and isinstance(items[0], s.CallStatement)

    def _run(self, program: Program, text: str, entries: list[Entry], reply: Reply) -> None:
        start = len(_HEAD) + sum(len(entry.text) for entry in entries)
        items = [item for item in program.items if item.start >= start]
        runner = self._runner(program)
        values = {name: value for name, value in self._values.items() if name not in runner.evaluator.scopes[0]}
        runner.evaluator.scopes[0].update(values)
        with deep_calls():
            try:
                for item in items:
                    self._item(item, runner, program, reply)
            except ScriptError as error:
                lines = program.source.place(start)[0] - 1
                raise ScriptError(error.reason, max(error.line - lines, 0), error.column) from error
        self._values = dict(runner.evaluator.scopes[0])
        self._entries = [*entries, Entry(text, _names_of(items))] if _is_kept(items) else entries

    def _runner(self, program: Program) -> Runner:
        layers = {}
        for declaration in program.layers:
            if declaration not in self._layers:
                given = self._host.open_layer(declaration)
                table = whole(given) if isinstance(given, Stream) else given
                self._layers[declaration] = read_layer(declaration, table)
            layers[declaration.key] = self._layers[declaration]
        crs = check_reference(program, list(layers.values()))
        runner = Runner(program, layers, crs=crs, **self._options)
        runner.evaluator.host = self._host
        runner.printed = _Printed(self._tell)
        return runner

    def _item(self, item: s.Statement, runner: Runner, program: Program, reply: Reply) -> None:
        if isinstance(item, s.Rule):
            reply.rules.append(runner.rule(item))
        elif isinstance(item, s.Test):
            results = run_tests(program, **{name: self._options[name] for name in ("today", "cancelled")})
            reply.tests += [result for result in results if result.name == item.title]
        else:
            outcome = runner.item(item, statements=True)
            if outcome is not None:
                reply.rules.append(replace(outcome, name="检查"))


def _shown(value: Any) -> str:
    return f"{len(value.layer)} 个要素" if isinstance(value, View) else show(value)


class _Printed(list):
    """Tells each line when it is printed."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        super().__init__()
        self._tell = tell

    def append(self, line: str) -> None:
        super().append(line)
        self._tell(line)


def _declared(text: str, before: str) -> frozenset[str]:
    """The names that a text declares at its top level when it follows the earlier one."""
    from ..parsing import parse_text

    parsed = parse_text(before + text)
    return _names_of([item for item in parsed.items if item.start >= len(before)])


def _names_of(items: list[s.Statement]) -> frozenset[str]:
    kinds = (s.Binding, s.Parameter, s.DatedParameter, s.Layer, s.Function, s.Standard)
    named = [item.identifier.name for item in items if isinstance(item, kinds)]
    titled = [f"“{item.title}”" for item in items if isinstance(item, (s.Rule, s.Tool, s.Test))]
    return frozenset(named + titled)


def _is_kept(items: list[s.Statement]) -> bool:
    """Whether later entries may depend on this one."""
    return not all(isinstance(item, (s.Show, s.CallStatement, s.Test)) for item in items)


def _shifted(item: Diagnostic) -> Diagnostic:
    """The diagnostic of an entry before which 显示 was put."""
    columns = {"column": item.column, "end_column": item.end_column}
    if item.line == 1:
        columns["column"] = max(1, item.column - len(_SHOW))
    if item.end_line == 1:
        columns["end_column"] = max(1, item.end_column - len(_SHOW))
    return Diagnostic(**{**item.as_dict(), **columns})


def _moved(item: Diagnostic, lines: int) -> Diagnostic:
    """The diagnostic with lines counted from the entry."""
    moved = {**item.as_dict(), "line": item.line - lines, "end_line": item.end_line - lines, "fixes": []}
    return Diagnostic(**moved)
