"""Checks the items of a file and makes the program of them."""

from __future__ import annotations

import datetime
from typing import Any, Iterable, Optional

from .. import syntax as s
from ..characters import normalize
from ..diagnostics import Problem, Source
from ..finding import Sources
from ..library import PERMISSIONS
from ..program import LayerDeclaration, Program
from ..records import replace
from ..types import ANY, Type
from .expressions import Expressions
from .importing import Imports, Loader, merge
from .scope import Scopes, Symbol
from .statements import Statements
from .writing import source_options

LEVELS = ("强制", "一般", "提示")
_AREA_BASES = {"平面面积": "plane", "椭球面积": "ellipsoid"}
_FILE_HEADERS = frozenset({"版本", "权限", "面积口径", "坐标系", "参数日期", "说明"})
_RULE_HEADERS = frozenset({"说明", "等级", "编号", "分组", "施行日期", "废止日期"})


def check_items(
    items: list[s.Statement], source: Source, path: str, problems: list[Problem], sources: Optional[Sources] = None
) -> Program:
    """The program that the items make up; what is wrong with them is added to `problems`.

    `sources` finds the files of 引用.
    """
    loader = Loader(sources)
    check = FileCheck(items, source, path, problems, loader)
    program = check.run()
    if loader.modules and not any(problem.severity == "error" for problem in problems):
        merge(check, loader.modules.values(), program.items)
    return program


def word_of(node: Any) -> str:
    """The plain word or text of a header value."""
    if isinstance(node, s.Text):
        return node.value
    return node.identifier.name if isinstance(node, s.Name) else ""


class FileCheck:
    """The check of one file, its referenced files included."""

    def __init__(
        self,
        items: list[s.Statement],
        source: Source,
        path: str,
        problems: list[Problem],
        loader: Loader,
        area_basis: str = "plane",
    ) -> None:
        self.own_items = self.items = items
        self.own_host_words: list[tuple[str, int]] = []
        self.imports = Imports(self, loader)
        self.problems = problems
        self.program = Program("", "脚本", source, path, area_basis=area_basis)
        self.scopes = Scopes(problems)
        self.layers: dict[str, LayerDeclaration] = {}
        self.expressions = Expressions(self.scopes, self.layers)
        self.statements = Statements(self.scopes, self.expressions)

    def run(self) -> Program:
        self._module()
        for item in self.items:
            if isinstance(item, s.Header):
                self._file_header(item)
        self.expressions.basis = self.program.area_basis
        self.imports.read(self.own_items)
        self._layers()
        self._titles()
        tools = [item for item in self.items if isinstance(item, s.Tool)]
        if tools:
            from .tools import declare_tools  # few files have tools

            declare_tools(tools, self.program.name, self.program.source, self.expressions)
        for item in self.items:
            if isinstance(item, s.Function):
                self._declare_function(item)
            elif isinstance(item, s.Standard):
                self._declare_standard(item)
        for item in self.items:
            self._item(item)
        if self.expressions.tool_layers:
            from .tools import check_fields

            check_fields(tools, self.program.source, self.expressions)
        permissions = self.expressions.permissions
        permissions.finish()
        self.program.permissions = permissions.allowed
        self.own_host_words = [(word, node.start) for word, node in permissions.host_words]
        self.program.host_words = list(self.own_host_words)
        self.program.writes_files = permissions.writes_files
        if not any(problem.severity == "error" for problem in self.problems):
            self.items = self.imports.finish(self.own_items)
        self.program.items = self.items
        self.program.types, self.program.constants = self.expressions.types, self.expressions.constants
        self.program.measures = self.expressions.measures
        self.program.measures_length = self.expressions.measures_length
        return self.program

    # -- what the whole file says

    def _module(self) -> None:
        modules = [item for item in self.items if isinstance(item, s.Module)]
        for module in modules[1:]:
            self.scopes.error("ZH260", "一个文件只能有一个“规则集”或“脚本”标题", module)
        if modules:
            module = modules[0]
            self.expressions.permissions.place = self.program.source.after_line(module.start)
            self.program.name, self.program.kind = module.identifier.text, module.kind
        elif any(isinstance(item, s.Rule) for item in self.items):
            self.program.kind = "规则集"
        self.statements.kind = self.program.kind

    def _layers(self) -> None:
        last: Optional[int] = None
        for item in self.items:
            if isinstance(item, s.Layer):
                last = self._layer(item)
            elif isinstance(item, s.Fields):
                if last is None:
                    self.scopes.error("ZH261", "“字段”要写在图层后面", item)
                else:
                    declared = self.program.layers[last]
                    more = declared.fields + self._fields(
                        declared.key, item.fields, [name for name, _, _ in declared.fields]
                    )
                    layer = replace(declared, fields=more)
                    self.program.layers[last] = self.layers[layer.key] = layer

    def _layer(self, item: s.Layer) -> int:
        if not item.source.strip():
            self.scopes.error("ZH262", "“来自”后面要写数据的名字", item)
        layer = LayerDeclaration(
            item.identifier.text,
            item.source,
            self._fields(item.identifier.name, item.fields, []),
            "layer" if item.kind == "图层" else "table",
            options=source_options(item.options, self.expressions),
        )
        kind = Type("layer", layer=layer.key, plain=layer.kind == "table")
        self.scopes.declare(item.identifier, Symbol("layer", kind, item))
        self.layers[layer.key] = layer
        self.program.layers.append(layer)
        return len(self.program.layers) - 1

    def _fields(self, layer: str, fields: list[s.Field], before: list[str]) -> tuple:
        result = []
        seen = {normalize(name) for name in before}
        for field in fields:
            if field.identifier.name in seen:
                self.scopes.error("ZH263", f"字段“{field.identifier.text}”写了两次", field)
            seen.add(field.identifier.name)
            word = ""
            if field.type:
                kind = self.expressions.type_named(field.type)
                word = "" if field.type.name in self.layers or kind.kind == "any" else field.type.name
                if kind.failed:
                    self.expressions.failed_fields.add((layer, field.identifier.name))
            result.append((field.identifier.text, field.column, word))
        return tuple(result)

    def _file_header(self, item: s.Header) -> None:
        word, value = item.word, item.values[0]
        if word not in _FILE_HEADERS:
            self.scopes.error("ZH264", f"“{word}”要写在规则里面", item)
        elif word == "面积口径":
            basis = _AREA_BASES.get(word_of(value))
            if basis is None:
                self.scopes.error("ZH265", "面积口径只能是 平面面积 或 椭球面积", value)
            else:
                self.program.area_basis = basis
        elif word == "坐标系":
            self.program.crs = word_of(value)
            if not isinstance(value, s.Text) or not value.value.strip():
                self.scopes.error("ZH266", "坐标系要写成文字，例如 坐标系 “EPSG:4547”", value)
        elif word == "参数日期":
            self.program.date = self.date_of(value)
        elif word == "权限":
            self._permissions(item)
        elif word == "版本":
            self.program.version = str(value.value) if isinstance(value, (s.Number, s.Text)) else word_of(value)

    def _permissions(self, item: s.Header) -> None:
        for value in item.values:
            if word_of(value) not in PERMISSIONS:
                self.scopes.error("ZH267", f"权限只能是 {'、'.join(PERMISSIONS)}", value)
        self.expressions.permissions.declare(item, [word_of(value) for value in item.values])

    def date_of(self, value: Any) -> Optional[datetime.date]:
        """The date of a header line."""
        if isinstance(value, s.Date):
            return value.value
        self.scopes.error("ZH268", "这里要写日期，例如 2024年6月1日", value)
        return None

    def _titles(self) -> None:
        for item in self.items:
            if isinstance(item, s.Rule):
                if item.title in self.expressions.rules:
                    self.scopes.error("ZH269", f"规则“{item.title}”的名字重复了", item)
                self.expressions.rules.add(item.title)

    # -- declarations with bodies

    def _declare_function(self, item: s.Function) -> None:
        result = self.expressions.type_named(item.result) if item.result else ANY
        self.scopes.declare(item.identifier, Symbol("function", result, item))

    def _declare_standard(self, item: s.Standard) -> None:
        self.scopes.declare(item.identifier, Symbol("standard", ANY, item))

    def _item(self, item: s.Statement) -> None:
        if isinstance(item, (s.Module, s.Header, s.Layer, s.Fields, s.Import)):
            return
        check = getattr(self, "_check_" + type(item).__name__.lower(), None)
        if check:
            check(item)
        elif self.program.kind == "工具箱" and not isinstance(item, s.Binding):
            self.scopes.error("ZH294", "工具箱里只能写声明、设定、函数、工具和测试；这一行要写在工具里面", item)
        elif self.program.kind == "规则集" and not isinstance(item, (s.Binding, s.Check)):
            self.scopes.error(
                "ZH270", "规则集里只能写声明、设定、规则、检查和测试；按顺序执行的语句请写在“脚本”里", item
            )
        else:
            self.statements.statement(item)

    def _check_parameter(self, item: s.Parameter) -> None:
        kind = self.expressions.type_of(item.value)
        constant = self.expressions.constants.get(item.value)
        self.scopes.declare(item.identifier, Symbol("parameter", kind, item, constant))

    def _check_datedparameter(self, item: s.DatedParameter) -> None:
        kinds = [self.expressions.type_of(since.value) for since in item.values]
        for kind, since in zip(kinds[1:], item.values[1:]):
            if kind != kinds[0]:
                self.scopes.error("ZH271", f"各期的值要是一类，这里有{kinds[0]}和{kind}", since)
        dates = [since.date for since in item.values]
        if any(later <= earlier for earlier, later in zip(dates, dates[1:])):
            self.scopes.error("ZH272", "各期的日期要由早到晚，不能重复", item)
        self.scopes.declare(item.identifier, Symbol("parameter", kinds[0], item))

    def _check_function(self, item: s.Function) -> None:
        symbol = self.scopes.find(item.identifier.name)
        self.scopes.push()
        self._formals(item.formals)
        kind = self.statements.function_body(item)
        if symbol and symbol.node is item and item.result is None:
            symbol.type = kind
        self.scopes.pop()

    def _formals(self, formals: list[s.Formal]) -> None:
        for formal in formals:
            if formal.default is not None:
                self.expressions.type_of(formal.default)
            self.scopes.declare(formal.identifier, Symbol("value", self.expressions.formal_type(formal)))

    def _check_standard(self, item: s.Standard) -> None:
        self._rule_headers(item.headers)
        self.scopes.push()
        self._formals(item.formals)
        self._priorities("标准", item.cases)
        kinds = [self.expressions.type_of(item.principle)]
        for case in item.cases:
            self.expressions.condition(case.condition)
            kinds.append(self.expressions.type_of(case.value))
            if kinds[-1] != kinds[0]:
                self.scopes.error("ZH271", f"标准的值要是一类，这里有{kinds[0]}和{kinds[-1]}", case.value)
        self.scopes.pop()
        symbol = self.scopes.find(item.identifier.name)
        if symbol:
            symbol.type = kinds[0]

    def _priorities(self, what: str, cases: Iterable[Any]) -> None:
        """优先于 must name exceptions of the same 标准 or rule, and never in a circle."""
        over: dict[str, set[str]] = {}
        for case in cases:
            if case.title in over:
                self.scopes.error("ZH269", f"{what}的例外“{case.title}”的名字重复了", case)
            over[case.title] = set(case.over)
        for case in cases:
            for title in case.over:
                if title not in over:
                    self.scopes.error("ZH204", f"没有名为“{title}”的例外，不能优先于它", case)
                elif case.title in _beaten(over, title):
                    self.scopes.error("ZH292", f"例外“{case.title}”和“{title}”互相优先，定不了先后", case)

    def _rule_headers(self, headers: list[s.Header]) -> None:
        for header in headers:
            value = header.values[0]
            if header.word not in _RULE_HEADERS:
                self.scopes.error("ZH264", f"“{header.word}”要写在文件开头", header)
            elif header.word == "等级" and word_of(value) not in LEVELS:
                self.scopes.error("ZH273", f"等级只能是 {'、'.join(f'“{level}”' for level in LEVELS)}", value)
            elif header.word in ("施行日期", "废止日期"):
                self.date_of(value)

    def _check_tool(self, item: s.Tool) -> None:
        for header in item.headers:
            if header.word not in ("说明", "分组"):
                self.scopes.error("ZH264", f"“{header.word}”不写在工具里面", header)
        from .tools import check_tool

        check_tool(item, self.expressions, self.statements)

    def _check_formparameter(self, item: s.FormParameter) -> None:
        self.scopes.error("ZH295", "这种参数要写在“工具”里面；规则的参数写作 参数 名 为 值", item)

    def _check_output(self, item: s.Output) -> None:
        self.scopes.error("ZH295", "“输出”要写在“工具”里面", item)

    def _check_rule(self, item: s.Rule) -> None:
        self._rule_headers(item.headers)
        if not item.basis:
            self.scopes.note("warning", "ZH301", f"规则“{item.title}”没有写“依据”", item)
        self.statements.rule_body(item)

    def _check_ruleexception(self, item: s.RuleException) -> None:
        self._rule_headers(item.headers)
        if not item.basis:
            self.scopes.note("warning", "ZH301", f"例外“{item.title}”没有写“依据”", item)
        rules = [rule for rule in (*self.items, *self.imports.wanted) if isinstance(rule, s.Rule)]
        target = next((rule for rule in rules if rule.title == item.target), None)
        if target is None:
            self.scopes.error("ZH204", f"没有名为“{item.target}”的规则", item)
            return
        checks = [statement for statement in target.body if isinstance(statement, s.Check)]
        if len(checks) != 1:
            self.scopes.error("ZH274", f"例外要针对恰有一个“检查”的规则，“{item.target}”有 {len(checks)} 个", item)
            return
        same = [other for other in self.items if isinstance(other, s.RuleException) and other.target == item.target]
        if same[0] is item:
            self._priorities("规则", same)
        self.scopes.push()
        for statement in target.body:
            if isinstance(statement, s.Binding):
                self.statements.quiet(statement)
        self.statements.exception_conditions(checks[0], item.conditions)
        self.scopes.pop()

    def _check_test(self, item: s.Test) -> None:
        self.expressions.in_test = True
        self.scopes.push()
        for statement in item.body:
            if isinstance(statement, s.Given):
                self._given(statement)
            elif isinstance(statement, s.ExpectFailure):
                self.expressions.type_of(statement.value)
            elif isinstance(statement, s.Expect):
                self.expressions.condition(statement.condition)
            else:
                self.statements.statement(statement)
        self.scopes.pop()
        self.expressions.in_test = False

    def _given(self, item: s.Given) -> None:
        layer = self.layers.get(item.identifier.name)
        kind = self.expressions.type_of(item.value)
        if layer is None:
            self.scopes.unknown("ZH203", f"没有声明过图层“{item.identifier.text}”", item.identifier, self.layers)
        elif kind.kind not in ("list", "any"):
            self.scopes.error("ZH275", "“已知 图层 为”后面要写 列表（要素（…））", item.value)


def _beaten(over: dict[str, set[str]], title: str) -> set[str]:
    """Everything that an exception goes before, over any number of steps."""
    reached: set[str] = set()
    waiting = [title]
    while waiting:
        found = over.get(waiting.pop(), set()) - reached
        reached |= found
        waiting += found
    return reached
