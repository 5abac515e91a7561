"""Runs the rule files of a standard over the data: the language judges, the fast checks find."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tim.errors import TimError, UnusableInput, UsageError
from tim.quality.attributes import as_numbers, as_texts
from tim.quality.candidates import Candidates
from tim.quality.data import Data, DataLayer
from tim.quality.record import NOTE, UNDECIDED, WRONG, Defect, RuleResult
from tim.quality.sources import REQUIRED, Wanted, find, parse_source
from tim.quality.standards import Standard
from tim.review.program import parse_rules, read_rules
from tim.review.record import FAILS

if TYPE_CHECKING:
    from zhscript import LayerDeclaration, Program

_BATCH = 100_000  # rows of a layer as the language holds them at a time
_STATES = {FAILS: WRONG, "无法判断": UNDECIDED, "提示": NOTE}
_CLASS, _CONFIDENCE = re.compile(r"缺陷\s*([ABC])\s*类"), re.compile(r"可信度\s*([HML\-]+)")


@dataclass
class Scope:
    """What need not be checked again. `rows[code]`: changed features of a layer; `unchanged`: layers as they were."""

    rows: dict[str, np.ndarray] = field(default_factory=dict)
    unchanged: frozenset[str] = frozenset()


@dataclass
class FileRun:
    """One rule file on its way: `wanted` and `missing` by the key of each declared layer."""

    path: Path
    program: Program
    wanted: dict[str, Wanted]
    found: dict[str, Candidates] = field(default_factory=dict)
    rows: dict[str, np.ndarray] = field(default_factory=dict)
    single: set[str] = field(default_factory=set)  # layers whose features are judged one by one
    missing: dict[str, str] = field(default_factory=dict)
    fields: dict[str, dict[str, str]] = field(default_factory=dict)  # layer key → field name → why it is not there


def read_programs(standard: Standard, data_job: Any) -> list[FileRun]:
    """The checked programs of all rule files. Raises `UnusableInput` for errors, `UsageError` for unknown checks."""
    runs, numbers = [], set()
    for path in standard.rules:
        program = parse_rules(path, read_rules(path, data_job), data_job)
        for number in (_header(rule, "编号") or rule.title for rule in _rules(program)):
            if number in numbers:
                raise UsageError(f"规则文件“{path.name}”的规则编号“{number}”与别的规则相同；编号要各不相同")
            numbers.add(number)
        wanted = {layer.key: parse_source(layer.source, standard) for layer in program.layers}
        runs.append(FileRun(path, program, wanted))
    return runs


def evaluate(run: FileRun, standard: Standard, data: Data, scope: Scope) -> tuple[list[RuleResult], list[Defect]]:
    """The rules of one file and what they find in `scope`. Raises `TimError` when a rule itself fails."""
    results = [_described(rule, run) for rule in _rules(run.program)]
    uses = {result.number: _layers_of(rule, run.program) for rule, result in zip(_rules(run.program), results)}
    wanted_keys = {key for key in run.wanted if not _all_unchanged(run.wanted[key], data, scope)}
    for keys in uses.values():  # a rule is taken over as a whole or not at all
        wanted_keys |= set(keys) if wanted_keys & set(keys) else set()
    tables = {
        layer.key: _table(layer, run, standard, data, scope, layer.key in wanted_keys) for layer in run.program.layers
    }
    defects: list[Defect] = []
    for outcomes, first in _in_batches(run, tables, data):
        for rule, result, outcome in zip(_rules(run.program), results, outcomes):
            result.note = outcome.note or _why_not(rule, uses[result.number], run)
            if result.note:
                continue
            result.kept = bool(uses[result.number]) and not any(key in wanted_keys for key in uses[result.number])
            result.checked = _checked(uses[result.number], run, data)
            defects += _defects(result, outcome.findings, run, data, first)
    order = {result.number: place for place, result in enumerate(results)}
    return results, sorted(defects, key=lambda defect: order[defect.rule])  # by rule, then as found


def _in_batches(run: FileRun, tables: dict[str, Any], data: Data) -> Iterator[tuple[list[Any], int]]:
    """The outcomes of all rules for so many rows of the stored layers at a time, and the first of these rows.

    Only where no rule compares features with each other; what fast checks found is judged with the first rows.
    """
    from zhscript.engine import ScriptError, Table, run_rules, streamable

    size = max((len(rows) for rows in run.rows.values()), default=0)
    apart = all(layer.key in streamable(run.program) for layer in run.program.layers)
    step = _BATCH if apart else max(size, 1)

    def cancelled() -> bool:
        data.job.check()
        return False

    for first in range(0, max(size, 1), step):

        def opened(declared: LayerDeclaration, first: int = first) -> Any:
            whole = tables[declared.key]
            if isinstance(whole, Table):
                return whole if not first else Table(whole.name, dict.fromkeys(whole.columns, ()), None, "", "")
            return whole(first, step)

        try:
            yield run_rules(run.program, opened, cancelled=cancelled).rules, first
        except ScriptError as error:
            failure = TimError if error.line else UnusableInput
            raise failure(f"规则文件 {run.path.name} {error.message}") from error


def _rules(program: Program) -> list[Any]:
    from zhscript.syntax import Rule

    return program.of_kind(Rule)


def _described(rule: Any, run: FileRun) -> RuleResult:
    group = _header(rule, "分组")
    found, confidence = _CLASS.search(group), _CONFIDENCE.search(group)
    return RuleResult(
        number=_header(rule, "编号") or rule.title,
        title=rule.title,
        basis="；".join(basis.text for basis in rule.basis),
        level=_header(rule, "等级") or "一般",
        group=re.split("[，,]", group)[0] if group else "其他",
        defect_class=found[1] if found else "",
        confidence=confidence[1] if confidence else "没有写明",
        file=run.path.name,
    )


def _header(rule: Any, word: str) -> str:
    header = next((item for item in rule.headers if item.word == word), None)
    return "" if header is None else str(getattr(header.values[0], "value", ""))


def _layers_of(rule: Any, program: Program) -> list[str]:
    """Keys of the declared layers that a rule names."""
    names = names_in(rule)
    return [layer.key for layer in program.layers if layer.key in names]


def names_in(node: Any) -> set[str]:
    """Every name and word that stands in a piece of a program."""
    found: set[str] = set()
    stack = [node]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            found.add(item)
        elif isinstance(item, (list, tuple)):
            stack.extend(item)
        elif hasattr(item, "__dict__"):
            stack.extend(vars(item).values())
    return found


def _why_not(rule: Any, keys: Iterable[str], run: FileRun) -> str:
    """Why a rule could not be evaluated: layers or fields that are not there."""
    reasons = [run.missing[key] for key in keys if key in run.missing]
    names = names_in(rule)
    reasons += [why for key in keys for name, why in run.fields.get(key, {}).items() if name in names]
    return "；".join(dict.fromkeys(reasons))


def _all_unchanged(wanted: Wanted, data: Data, scope: Scope) -> bool:
    """Whether all layers that a fast check looks at are as they were."""
    if not wanted.check or wanted.check == REQUIRED:
        return False
    there = [code for code in wanted.needed if code in data.layers]
    return bool(there) and all(code in scope.unchanged for code in there)


def _table(declared: LayerDeclaration, run: FileRun, standard: Standard, data: Data, scope: Scope, wanted: bool) -> Any:
    """A declared layer as the language reads it; noted in the run what is missing of it.

    Of a stored layer not the table, but a function that gives so many rows from the first one on.
    """
    from zhscript.engine import Table, streamable

    source = run.wanted[declared.key]
    columns = [column for _, column, _ in declared.fields]
    if source.check:
        absent = _absent(source, data)
        if absent:
            run.missing[declared.key] = f"数据里没有图层 {absent}"
        chosen = source if wanted else Wanted((), source.check)
        run.found[declared.key] = found = find(chosen, standard, data, tuple(columns))
        told: dict[str, Any] = {**found.columns}
        return Table(declared.name, told, None, "", "")
    layer = data.layers.get(source.codes[0])
    if layer is None:
        run.missing[declared.key] = f"数据里没有图层 {source.codes[0]}"
        return Table(declared.name, {column: [] for column in columns}, None, "", "")
    rows = np.arange(len(layer))
    if declared.key in streamable(run.program):  # nothing compares features with each other
        rows = scope.rows.get(layer.code, rows)
        run.single.add(declared.key)
    run.rows[declared.key] = rows
    absent_fields = {}
    for name, column, word in declared.fields:
        if _column(layer, column, word, rows[:0]) is None:
            problem = layer.area_problem if column.startswith("@") else None
            absent_fields[name] = problem or f"图层 {layer.code} 没有字段 {column}"
    run.fields.setdefault(declared.key, {}).update(absent_fields)

    def part(first: int, count: int) -> Table:
        chosen = rows[first : first + count]
        nothing = np.full(len(chosen), None, dtype=object)
        values: dict[str, Any] = {
            column: nothing if name in absent_fields else _column(layer, column, word, chosen)
            for name, column, word in declared.fields
        }
        return Table(declared.name, values, None, "", "")

    return part


def _absent(source: Wanted, data: Data) -> str:
    """The layers for want of which a fast check has nothing to look at; "" when it has."""
    if source.check == REQUIRED:
        return ""
    there = [code for code in source.codes if code in data.layers]
    others = [code for code in source.needed[len(source.codes) :] if code not in data.layers]
    return "、".join(others if there else source.codes)


def _column(layer: DataLayer, column: str, word: str, rows: np.ndarray) -> np.ndarray | None:
    """A stored or measured column in the type that the rules ask for; None when there is none."""
    if column.startswith("@"):
        return layer.derived(column, rows)
    name = layer.column_name(column)
    if name is None:
        return None
    values = layer.source.columns[name][rows]
    if word in ("数值", "整数", "比率"):
        return as_numbers(values)
    return as_texts(values) if word == "文本" else values


def _checked(keys: Iterable[str], run: FileRun, data: Data) -> int:
    """How many features a rule looked at."""
    codes = {code for key in keys for code in run.wanted[key].codes}
    return sum(len(data.layers[code]) for code in codes if code in data.layers)


def _defects(result: RuleResult, findings: Iterable[Any], run: FileRun, data: Data, first: int) -> Iterable[Defect]:
    """What a rule found in the rows from the `first` on."""
    keys = {layer.name: layer.key for layer in run.program.layers}
    for item in findings:
        state = _STATES.get(item.verdict)
        key = keys.get(item.layer)
        if state is None or key is None or item.feature_index < 0:
            continue
        if key in run.found:
            yield _of_candidate(result, item, state, run.found[key], data)
            continue
        layer = data.layers[run.wanted[key].codes[0]]
        row = int(run.rows[key][first + item.feature_index])
        yield Defect(
            result.number, layer.code, str(layer.names[row]), int(layer.source.fids[row]), item.message,
            layer.geometry[row], state, whole=key not in run.single,
        )  # fmt: skip


def _of_candidate(result: RuleResult, item: Any, state: str, found: Candidates, data: Data) -> Defect:
    index = item.feature_index
    code, row, shape = str(found.layer[index]), int(found.place[index]), found.geometry[index]
    layer = data.layers.get(code)
    area = next(
        (float(values[index]) for name, values in found.columns.items() if name.endswith(("面积", "面积数"))), None
    )
    if layer is None or row < 0:
        return Defect(
            result.number, code, "", -1, item.message, shape, state, str(found.other[index]), area, whole=True
        )
    shape = layer.geometry[row] if shape is None else shape
    return Defect(
        result.number, code, str(layer.names[row]), int(layer.source.fids[row]), item.message, shape, state,
        str(found.other[index]), area, whole=True,
    )  # fmt: skip
