"""Advice about a program without errors: names nobody uses, unknown codes, hidden words, mixed counts, dead conditions.

What the checker itself notes (rules without 依据, ZH301; limits without a source, ZH302) is not repeated here.
"""

from __future__ import annotations

from typing import Any, Iterator, Optional

from .. import syntax as s
from ..characters import normalize
from ..diagnostics import Diagnostic, Edit, Fix, Problem
from ..library import FUNCTIONS
from ..program import Program
from ..syntax.nodes import walk
from ..units import COUNTERS
from ..vocabulary import CONSTANTS, TYPE_WORDS
from . import dictionaries
from .contradictions import is_impossible
from .model import Model, model_of
from .symbols import Symbol

_USED = {
    "设定": "设定的值",
    "变量": "变量",
    "参数": "参数",
    "图层": "图层",
    "表格": "表格",
    "函数": "函数",
    "标准": "标准",
    "引用": "引用的名字",
    "形参": "参数",
    "输出": "输出",
}
_LIBRARY = frozenset({"函数", "标准", "参数", "引用"})  # what a file offers to others
_SUFFIXES = "KA"  # 可调整 and subtypes, written behind a code
_COUNTED = frozenset(COUNTERS) - {"个", "项", "次", "条", "位"}  # these count anything


def advice(program: Program) -> list[Diagnostic]:
    """The advice about a checked program as diagnostics."""
    return [problem.diagnostic(program.source) for problem in lint(model_of(program))]


def lint(model: Model) -> list[Problem]:
    """The advice, in the order of the text."""
    found = [*_unused(model), *_hiding(model)]
    for item in model.items:
        for node in walk(item):
            found += _of_node(node, model)
    found += _exceptions(model)
    return sorted(found, key=lambda problem: (problem.start, problem.code))


def _of_node(node: Any, model: Model) -> Iterator[Problem]:
    if isinstance(node, s.Compare):
        yield from _codes(node, model)
        yield from _counts(node, model)
    elif isinstance(node, s.Arithmetic) and node.operator in "+-":
        yield from _counts(node, model)
    elif isinstance(node, (s.Check, s.ForEach)) and node.where is not None and is_impossible(model.program, node.where):
        yield _note("ZH307", "这个条件永远不成立，下面的内容一次也不会检查", node.where, "warning")
    elif isinstance(node, s.Case) and is_impossible(model.program, node.condition):
        yield _note("ZH308", f"例外“{node.title}”的条件永远不成立，用不上", node.condition, "warning")


def _note(code: str, message: str, node: Any, severity: str = "hint", *fixes: Fix) -> Problem:
    return Problem(code, message, node.start, node.end, severity, fixes)


# -- names


def _unused(model: Model) -> Iterator[Problem]:
    items = model.items
    runs = any(isinstance(item, (s.Rule, s.Check, s.Tool, s.Show, s.Put, s.CallStatement)) for item in items)
    checks = [node for item in items for node in walk(item) if isinstance(node, (s.Check, s.Rule))]
    used = {symbol.declared.start for symbol in model.symbols if symbol.uses}  # 引用“…” 为 名 declares a name twice
    for symbol in model.symbols:
        if symbol.declared.start in used or symbol.role not in _USED or symbol.owner is not None:
            continue
        if symbol.role in _LIBRARY and not runs:
            continue
        place = symbol.declared
        if symbol.role == "设定" and any(check.start <= place.start < check.end for check in checks):
            continue  # its value stands in the findings
        yield _note("ZH303", f"{_USED[symbol.role]}“{symbol.text}”没有用到", place)


def _hiding(model: Model) -> Iterator[Problem]:
    for symbol in model.symbols:
        if symbol.owner is not None and symbol.name in FUNCTIONS:
            message = f"字段“{symbol.text}”与函数同名：“…的{symbol.text}”取的是字段的值，不再计算"
            yield _note("ZH305", message, symbol.declared)
        elif symbol.role in ("函数", "标准") and symbol.name in FUNCTIONS:
            yield _note("ZH305", f"“{symbol.text}”遮住了原有的函数，以后用的都是这里写的", symbol.declared)
        elif symbol.owner is None and symbol.name in CONSTANTS | TYPE_WORDS - {"图层", "表格"} and _is_value(symbol):
            yield _note("ZH305", f"“{symbol.text}”遮住了语言里的同名词，容易看错；建议换一个名字", symbol.declared)


def _is_value(symbol: Symbol) -> bool:
    return symbol.role in ("设定", "变量", "参数")


# -- land-use codes


def _codes(node: s.Compare, model: Model) -> Iterator[Problem]:
    if node.operator not in ("等于", "不等于", "属于", "不属于") or not _holds_codes(node.left, model):
        return
    for text in _texts(node.right, model):
        code = text.value.strip()
        if code.isdigit() and not _is_known(code):
            near = _nearest_codes(code)
            hint = "；是不是想写" + "、".join(f"{item.code}（{item.name}）" for item in near) + "？" if near else ""
            fixes = (
                Fix(f"改为“{item.code}”（{item.name}）", (Edit(text.start, text.end, f"“{item.code}”"),))
                for item in near
            )
            message = f"地类代码“{code}”不在用地用海分类和三调工作分类里{hint}"
            yield _note("ZH304", message, text, "warning", *fixes)


def _holds_codes(node: Any, model: Model) -> bool:
    if not isinstance(node, s.Member):
        return False
    kind = model.program.types.get(node.base)
    layer = next((layer for layer in model.program.layers if kind is not None and layer.key == kind.layer), None)
    columns = [column for name, column, _ in layer.fields if normalize(name) == node.identifier.name] if layer else []
    return dictionaries.holds_land_use(node.identifier.text, *columns)


def _texts(node: Any, model: Model) -> Iterator[s.Text]:
    """The texts that a value is made of; names are followed to what they stand for."""
    if isinstance(node, s.Name):
        symbol = model.used_at.get(node.start)
        node = symbol.value if symbol is not None else None
    if isinstance(node, s.Text):
        yield node
    elif isinstance(node, s.ListOf):
        yield from (item for item in node.items if isinstance(item, s.Text))
    elif isinstance(node, s.Call) and node.function.name == "列表":
        yield from (item.value for item in node.arguments if isinstance(item.value, s.Text))


def _is_known(code: str) -> bool:
    return code in dictionaries.land_use() or code.rstrip(_SUFFIXES) in dictionaries.land_use()


def _nearest_codes(code: str) -> list[dictionaries.LandUse]:
    """Codes that differ in one digit, else the class above."""
    known = dictionaries.land_use()
    alike = [other for other in known if len(other) == len(code) and sum(a != b for a, b in zip(code, other)) == 1]
    above = [code[:length] for length in (4, 2) if length < len(code) and code[:length] in known]
    near = sorted(alike or above, key=lambda other: _first_difference(code, other), reverse=True)
    return [known[other][0] for other in near[:2]]


def _first_difference(code: str, other: str) -> int:
    return next((place for place, (a, b) in enumerate(zip(code, other)) if a != b), len(other))


# -- counts


def _counts(node: Any, model: Model) -> Iterator[Problem]:
    left, right = _counter(node.left, model), _counter(node.right, model)
    if left and right and left != right:
        yield _note("ZH306", f"一边数的是“{left}”，另一边数的是“{right}”，请核对", node, "warning")


def _counter(node: Any, model: Model, depth: int = 0) -> Optional[str]:
    """What a number counts (户, 层 …), None when that is not written."""
    if isinstance(node, s.Group):
        return _counter(node.inner, model, depth)
    if isinstance(node, s.Quantity):
        unit = node.text.lstrip("0123456789０１２３４５６７８９.．零〇一二两三四五六七八九十百千万亿")
        return unit if unit in _COUNTED else None
    if isinstance(node, s.Arithmetic) and node.operator in "+-":
        return _counter(node.left, model, depth) or _counter(node.right, model, depth)
    symbol = None
    if isinstance(node, (s.Name, s.Member)):
        symbol = model.used_at.get(node.identifier.start)
    if symbol is None or depth > 8:
        return None
    if symbol.owner is not None:
        word = symbol.node.type.text if symbol.node.type else ""
        return word if word in _COUNTED else None
    return _counter(symbol.value, model, depth + 1) if symbol.role in ("设定", "参数") else None


# -- exceptions


def _exceptions(model: Model) -> Iterator[Problem]:
    """Exceptions that cannot come about, and those that repeat an earlier one of the same rule."""
    seen: dict[tuple[str, ...], str] = {}
    for item in model.items:
        if not isinstance(item, s.RuleException):
            continue
        written = tuple("".join(model.text[part.start : part.end].split()) for part in item.conditions)
        same = (item.target, *sorted(written))
        if is_impossible(model.program, *item.conditions):
            yield _note("ZH308", f"例外“{item.title}”的条件永远不成立，用不上", item.conditions[0], "warning")
        elif same in seen:
            yield _note("ZH308", f"例外“{item.title}”与“{seen[same]}”的条件相同", item.conditions[0], "warning")
        seen.setdefault(same, item.title)
