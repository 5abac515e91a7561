"""Whole programs as Python modules that run on their own."""

from __future__ import annotations

import ast
import re
from functools import lru_cache
from pathlib import Path
from typing import Any, Iterator, Optional

from .. import syntax as s
from ..program import Program
from ..syntax.nodes import walk
from ..types import Type, named_type
from .python_base import has_unit
from .python_expressions import PythonExpressions
from .python_names import Names
from .refusal import Refusal

_SUPPORT = Path(__file__).with_name("support")
ANNOTATIONS = {"整数": "int", "数值": "float", "文本": "str", "是否": "bool", "列表": "list", "字典": "dict"}
_MODULES = ("calendar", "datetime", "functools", "math", "re", "shapely")
_WORD = re.compile(r"\w+")


@lru_cache(maxsize=None)
def support() -> dict[str, str]:
    """The functions and classes that translations may bring along, by name."""
    found = {}
    for name in ("values", "library", "geometry", "rules"):
        text = (_SUPPORT / f"{name}.py").read_text(encoding="utf-8")
        lines = text.splitlines()
        for node in ast.parse(text).body:
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                found[node.name] = "\n".join(lines[node.lineno - 1 : node.end_lineno])
    return found


def with_support(body: str, title: str, functions: dict[str, str]) -> str:
    """The module: what it is, the imports, the support functions that it needs, and its own text."""
    needed: list[str] = []
    waiting = [name for name in _WORD.findall(body) if name in functions]
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.append(name)
            waiting += [word for word in _WORD.findall(functions[name]) if word in functions]
    brought = "\n\n\n".join(functions[name] for name in functions if name in needed)
    text = brought + "\n" + body
    imports = [f"import {name}" for name in _MODULES if re.search(rf"\b{name}\.", text)]
    imports += ["from fractions import Fraction"] if "Fraction" in text else []
    head = f'"""{title}"""\n\n' + "\n".join(imports)
    parts = [head.rstrip(), brought, body.strip("\n")]
    return "\n\n\n".join(part for part in parts if part) + "\n"


class PythonModule(PythonExpressions):
    """Writes functions and statements."""

    def __init__(self, program: Program, names: Names) -> None:
        super().__init__(program, names)
        self.lines: list[str] = []
        self.depth = 0
        self._variables = self._declared_types()
        self.declared = frozenset(self._declared_names())

    def _declared_names(self) -> Iterator[str]:
        kinds = (s.Binding, s.Parameter, s.DatedParameter, s.Formal, s.ForEach, s.For, s.Query, s.Quantifier, s.Check)
        for item in self.program.items:
            for node in walk(item):
                if isinstance(node, kinds):
                    yield node.identifier.name
                if isinstance(node, s.ForEach) and node.numbering:
                    yield node.numbering.name

    def _declared_types(self) -> dict[str, Optional[Type]]:
        """The types of variables: what is written, else that of the first value that is not 空."""
        types: dict[str, Optional[Type]] = {}
        for item in self.program.items:
            for node in walk(item):
                if isinstance(node, s.Binding) and node.variable:
                    kind = named_type(node.annotation.name) if node.annotation else self.types.get(node.value)
                    types[node.identifier.name] = kind
                elif isinstance(node, s.Assign) and isinstance(node.target, s.Name):
                    before = types.get(node.target.identifier.name)
                    if before is not None and before.kind == "null":
                        types[node.target.identifier.name] = self.types.get(node.value)
        return types

    def write(self, text: str, node: Any = None) -> None:
        """One line; numbers with units are told in a comment."""
        units = [] if node is None else [part.text for part in walk(node) if isinstance(part, s.Quantity)]
        comment = f"  # {'、'.join(units)}" if units else ""
        self.lines.append("    " * self.depth + text + comment)

    def block(self, body: list[s.Statement]) -> None:
        """Statements one level deeper."""
        self.depth += 1
        for statement in body:
            self.statement(statement)
        if not body:
            self.write("pass")
        self.depth -= 1

    def statement(self, node: s.Statement) -> None:
        """One statement."""
        method = getattr(self, "_" + type(node).__name__.lower() + "_", None)
        if method is None:
            raise self.refuse("这种语句", node)
        method(node)

    # -- functions

    def _function_(self, node: s.Function) -> None:
        formals = []
        for formal in node.formals:
            text = self.names.of(formal.identifier.name) + self._annotation(": ", formal.annotation)
            if formal.default is not None:
                if self.program.constants.get(formal.default) is None and not isinstance(formal.default, s.Text):
                    raise self.refuse("不是固定值的默认值", formal)
                sign = " = " if ": " in text else "="
                text += f"{sign}{self.given(formal.default, self.formal_type(formal))}"
            formals.append(text)
        returned = {self.types[item.value] for item in walk(node) if isinstance(item, s.Return) and item.value}
        known = [kind for kind in returned if kind.kind != "null"]
        if len(known) > 1 and any(map(has_unit, known)):
            raise Refusal("函数有时返回带单位的数、有时返回别的值，译成 Python 会丢掉单位", node)
        self.lines += ["", ""]
        self.write(
            f"def {self.names.of(node.identifier.name)}({', '.join(formals)}){self._annotation(' -> ', node.result)}:"
        )
        notes = [header.values[0].value for header in node.headers if header.word == "说明"]  # type: ignore[attr-defined]
        self.depth += 1
        if notes:
            self.write('"""' + notes[0].replace("\\", "\\\\").replace('"""', "'''") + '"""')
        outer = sorted(self._assigned_outside(node))
        if outer:
            self.write(f"global {', '.join(map(self.names.of, outer))}")
        self.depth -= 1
        self.block(node.body)

    def _annotation(self, mark: str, name: Optional[s.TypeName]) -> str:
        """The types that Python has too."""
        known = name is not None and name.part is None and name.name in ANNOTATIONS
        return mark + ANNOTATIONS[name.name] if known and name is not None else ""

    def _assigned_outside(self, node: s.Function) -> set[str]:
        own = {item.identifier.name for item in walk(node) if isinstance(item, (s.Binding, s.Formal))}
        changed = {
            item.target.identifier.name
            for item in walk(node)
            if isinstance(item, s.Assign) and isinstance(item.target, s.Name)
        }
        return changed - own

    def _return_(self, node: s.Return) -> None:
        self.write("return" if node.value is None else f"return {self.text(node.value)}", node)

    # -- names

    def copied(self, node: Any, wanted: Optional[Type]) -> str:
        """A value for a name of its own."""
        text = self.given(node, wanted)
        inner = node
        while isinstance(inner, s.Group):
            inner = inner.inner
        kind = self.kind(node)
        if kind in ("number", "text", "date", "boolean", "shape", "null") or isinstance(inner, (s.Template, s.Range)):
            return text
        return f"副本({text})"

    def _binding_(self, node: s.Binding) -> None:
        wanted = self._variables.get(node.identifier.name) if node.variable else self.types.get(node.value)
        if node.annotation and not has_unit(wanted):
            wanted = self._variables.get(node.identifier.name)
        self.write(f"{self.names.of(node.identifier.name)} = {self.copied(node.value, wanted)}", node)

    def _parameter_(self, node: s.Parameter) -> None:
        self.write(f"{self.names.of(node.identifier.name)} = {self.text(node.value)}", node)

    def _datedparameter_(self, node: s.DatedParameter) -> None:
        date = self.program.date
        chosen = [since for since in node.values if date is not None and since.date <= date]
        if not chosen:
            raise Refusal("按日期取值的参数要有“参数日期”，而且不早于第一个日期", node)
        self.write(f"{self.names.of(node.identifier.name)} = {self.text(chosen[-1].value)}", chosen[-1].value)

    def _assign_(self, node: s.Assign) -> None:
        target = node.target
        if isinstance(target, s.Name):
            name = self.names.of(target.identifier.name)
            wanted = self._variables.get(target.identifier.name)
            if node.operator == "=":
                self.write(f"{name} = {self.copied(node.value, wanted)}", node)
            elif wanted is not None and wanted.kind == "number" and self.kind(node.value) == "number":
                guard = self.known(target)
                value = self.known(node.value, 6)
                simple = f"{name} {node.operator}= {self.known(node.value)}"
                self.write(simple if guard == name else f"{name} = {guard} {node.operator} {value}", node)
            else:
                self.write(f"{name} = 算({node.operator!r}, {name}, {self.given(node.value, None)})", node)
            return
        if not isinstance(target, s.Item):
            raise self.refuse("改变这里的值", target)
        wanted = self.types[target.base].item
        value = self.copied(node.value, wanted)
        if node.operator != "=":
            value = f"算({node.operator!r}, {self.text(target)}, {self.given(node.value, None)})"
        if target.ordinal:
            self.write(f"改第几个({self.text(target.base)}, {self.text(target.key)}, {value})", node)
        else:
            self.write(f"{self.code(target.base).text}[{self.given(target.key, None)}] = {value}", node)

    def _put_(self, node: s.Put) -> None:
        if node.word != "加入" or node.options or self.kind(node.target) != "list":
            raise self.refuse(f"“{node.word}”", node)
        self.write(f"{self.text(node.target)}.append({self.copied(node.value, self.types[node.target].item)})", node)

    def _callstatement_(self, node: s.CallStatement) -> None:
        self.write(self.text(node.call), node)

    # -- flow

    def _show_(self, node: s.Show) -> None:
        shown = [self.shown(value) for value in node.values]
        self.write(f"print({', '.join(shown)})", node)

    def _fail_(self, node: s.Fail) -> None:
        self.write(f"报错({self.shown(node.message)})", node)

    def _skip_(self, _node: s.Skip) -> None:
        self.write("continue")

    def _break_(self, _node: s.Break) -> None:
        self.write("break")

    def _if_(self, node: s.If) -> None:
        word = "if"
        for condition, body in node.branches:
            self.write(f"{word} {self.condition(condition)}:", condition)
            self.block(body)
            word = "elif"
        if node.otherwise:
            self.write("else:")
            self.block(node.otherwise)

    def _while_(self, node: s.While) -> None:
        self.write(f"while {self.condition(node.condition)}:", node.condition)
        self.block(node.body)

    def _repeat_(self, node: s.Repeat) -> None:
        exact = self.program.constants.get(node.count)
        whole = exact is not None and exact.denominator == 1
        self.write(f"for _ in range({exact if whole else f'整数值({self.text(node.count)})'}):")
        self.block(node.body)

    def _for_(self, node: s.For) -> None:
        parts = [node.low, node.high] + ([node.step] if node.step is not None else [])
        exact = [self.program.constants.get(part) for part in parts]
        whole = [value.numerator for value in exact if value is not None and value.denominator == 1]
        name = self.names.of(node.identifier.name)
        low, high, step = (*whole, 1)[:3] if len(whole) == len(parts) else (0, 0, 0)
        if step > 0:
            last, by = (high - 1, -step) if node.down else (high + 1, step)
            self.write(f"for {name} in range({low}, {last}{'' if by == 1 else f', {by}'}):")
        else:
            texts = [self.text(part) for part in parts] + (["向下=True"] if node.down else [])
            self.write(f"for {name} in 步进({', '.join(texts)}):", node.low)
        self.block(node.body)

    def _foreach_(self, node: s.ForEach) -> None:
        if node.failed is not None:
            raise self.refuse("“如果出错”", node)
        name = self.names.of(node.identifier.name)
        source = self.elements(node.source)
        if isinstance(node.source, (s.Name, s.Member, s.Item)):
            source = f"list({source})"  # the loop may change it
        if node.numbering:
            self.write(f"for {self.names.of(node.numbering.name)}, {name} in enumerate({source}, 1):")
        else:
            self.write(f"for {name} in {source}:")
        if node.where is not None:
            self.depth += 1
            self.write(f"if not {self.condition(node.where, 3)}:", node.where)
            self.depth += 1
            self.write("continue")
            self.depth -= 2
        self.block(node.body)


def script_text(program: Program) -> str:
    """A script as a Python module that does the same. Raises `Refusal`."""
    functions = support()
    module = PythonModule(program, Names(frozenset(functions)))
    if program.layers:
        raise module.refuse("用到图层或表格的脚本", next(item for item in program.items if isinstance(item, s.Layer)))
    for item in program.items:
        if isinstance(item, s.Function):
            module.statement(item)
    module.lines += ["", ""]
    for item in program.items:
        if isinstance(item, s.Test):
            module.write(f"# 测试“{item.title}”没有译出")
        elif not isinstance(item, (s.Function, s.Module, s.Header)):
            module.statement(item)
    title = f"由中文脚本“{program.name}”译成。" if program.name else "由中文脚本译成。"
    title += "带单位的数都按基本单位计（米、平方米、天、个月、元）。"
    return with_support("\n".join(module.lines), title.replace("\\", "").replace('"', "'"), functions)
