"""Rule sets as Python: a function for each rule, over rows with shapely geometries."""

from __future__ import annotations

from typing import Any

from .. import syntax as s
from ..characters import normalize
from ..program import LayerDeclaration, Program
from ..types import named_type
from .dialect import field_factor
from .python_base import ATOM, COMPARISON, Code
from .python_module import PythonModule, support, with_support
from .python_names import Names
from .refusal import Refusal

_MEASURES = {"面积": "面积", "总面积": "面积", "平面面积": "面积", "周长": "周长", "长度": "周长", "中心点": "中心点"}
_KINDS = {"number": "数", "text": "文字", "date": "日期"}


class PythonRules(PythonModule):
    """Adds layers, geometry and rules to what Python modules can say."""

    def __init__(self, program: Program, names: Names) -> None:
        super().__init__(program, names)
        self.layers = {layer.key: layer for layer in program.layers}
        self.declared = self.declared | frozenset(self.layers)
        self._rows: list[tuple[str, str]] = []  # layer and name of the features in scope, innermost last
        self._tried: set[str] = set()  # names whose value may be 无法判断
        self._in_check = False
        self._loops = 0

    # -- expressions

    def _name(self, node: s.Name) -> Code:
        if node.identifier.name in self._tried:
            return Code(f"取({self.names.of(node.identifier.name)})")
        return super()._name(node)

    def settled_name(self, name: str) -> bool:
        return name not in self._tried

    def settled(self, node: Any) -> bool:
        if isinstance(node, s.Member):
            layer = self.layers.get(self.types[node.base].layer)
            is_field = layer is not None and layer.field_type(node.identifier.name) is not None
            return is_field and self.kind(node.base) == "feature" and self._sure_and_settled(node.base)
        return super().settled(node)

    def today(self) -> Code:
        """In rules only the date of the header, so that verdicts can be reproduced."""
        if self.program.date is None:
            raise Refusal("没有“参数日期”，不知道“今天”是哪一天；请在文件开头写 参数日期", s.Text(0, 0, ""))
        return super().today()

    def _others(self, node: s.Others) -> Code:
        name = next(row for layer, row in reversed(self._rows) if layer == node.identifier.name)
        return Code(f"其他({self.names.of(node.identifier.name)}, {name})")

    def _member(self, node: s.Member) -> Code:
        kind, name = self.types[node.base], node.identifier.name
        layer = self.layers.get(kind.layer)
        item = kind.item.layer if kind.kind == "list" and kind.item else ""
        if kind.kind == "feature" and layer and layer.field_type(name) is not None:
            return Code(f"{self.known(node.base, ATOM)}[{name!r}]")
        group = layer or self.layers.get(item)
        if kind.kind in ("layer", "list") and group:
            if group.field_type(name) is not None:
                return Code(f"[项[{name!r}] for 项 in {self.text(node.base)}]")
            if name in ("面积", "周长", "长度", "中心点"):
                return Code(f"[{_MEASURES[name]}(项) for 项 in {self.text(node.base)}]")
        return super()._member(node)

    def library(self, name: str, given: list[Any], node: Any) -> Code:
        if name in _MEASURES:
            return Code(f"{_MEASURES[name]}({self.text(given[0])})")
        if name == "形状":
            return Code(f"形状({self.text(given[0])})")
        if name == "边界":
            return Code(f"shapely.boundary(形状({self.text(given[0])}))")
        if name == "节点数":
            return Code(f"int(shapely.get_num_coordinates(形状({self.text(given[0])})))")
        return super().library(name, given, node)

    def _measuredmember(self, node: s.MeasuredMember) -> Code:
        metres = float(node.measure.value) * (-1 if node.identifier.name == "内缩范围" else 1)
        return Code(f"缓冲({self.text(node.base)}, {metres!r})")

    def _relation(self, node: s.Relation) -> Code:
        sides, word = f"{self.text(node.left)}, {self.text(node.right)}", node.word.name
        if word == "相交面积":
            return Code(f"面积(相交部分({sides}))")
        if word == "相交长度":
            return Code(f"线长(相交部分({sides}))")
        return Code(f"{word}({sides})")

    def _distance(self, node: s.Distance) -> Code:
        return Code(f"距离({self.text(node.left)}, {self.text(node.right)})")

    def _touching(self, node: s.Touching) -> Code:
        return Code(f"关系({self.text(node.left)}, {self.text(node.right)}, {node.word!r})")

    def spatial_comparison(self, node: s.Compare) -> Code:
        left, right = self.text(node.left), self.text(node.right)
        sides = f"{right}, {left}" if node.operator in ("包含", "不包含") else f"{left}, {right}"
        return self._turned(Code(f"位于({sides})"), node.operator in ("位于", "包含"))

    def _located(self, node: s.Located) -> Code:
        return Code(f"所在({self.text(node.base)}, {self.names.of(node.layer.name)})")

    def _unique(self, node: s.Unique) -> Code:
        operand: Any = node.operand
        return Code(f"唯一({self.text(node.layer)}, {operand.identifier.name!r}, {self.text(operand)})")

    def _empty(self, node: s.Empty) -> Code:
        if isinstance(node.operand, s.Name) and node.operand.identifier.name in self._tried:
            return self._turned(Code(f"是空({self.text(node.operand)})"), not node.negated)
        return super()._empty(node)

    # -- statements of a check

    def _binding_(self, node: s.Binding) -> None:
        name = node.identifier.name
        if not self._in_check or self.settled(node.value):
            self._tried.discard(name)
            super()._binding_(node)
            return
        text = f"试(lambda: {self.copied(node.value, self.types.get(node.value))})"
        self._tried.add(name)
        self.write(f"{self.names.of(name)} = {text}", node)

    def _skip_(self, node: s.Skip) -> None:
        if self._in_check and not self._loops:
            self.write("return")
        else:
            super()._skip_(node)

    def _foreach_(self, node: s.ForEach) -> None:
        self._loops += 1
        super()._foreach_(node)
        self._loops -= 1

    def _hint_(self, node: s.Hint) -> None:
        self.write(f"结论['说明'].append({self.shown(node.message)})", node)

    def _require_(self, node: s.Require) -> None:
        if node.report is not None:
            said = self.shown(node.report)
        else:
            source = self.program.source.slice(node.condition.start, node.condition.end)
            said = repr(f"不满足“{' '.join(source.split())}”")
        parts = [f"要求(结论, lambda: {self.condition(node.condition)}, lambda: {said}"]
        if self._exceptions:
            parts.append(", [" + ", ".join(self._exceptions) + "]")
        self.write("".join(parts) + ")", node.condition)

    _exceptions: tuple[str, ...] = ()

    def _exception(self, node: s.RuleException) -> str:
        conditions = ", ".join(f"lambda: {self.condition(condition)}" for condition in node.conditions)
        return f"({node.title!r}, [{conditions}])"

    # -- declarations

    def _standard_(self, node: s.Standard) -> None:
        formals = ", ".join(self.names.of(formal.identifier.name) for formal in node.formals)
        self.lines += ["", ""]
        self.write(f"def {self.names.of(node.identifier.name)}({formals}):")
        self.depth += 1
        self.write("例外 = []")
        for case in node.cases:
            if case.over:
                raise self.refuse("“优先于”", case)
            condition, value = self.condition(case.condition), self.text(case.value)
            self.write(f"例外.append(({case.title!r}, lambda: {condition}, lambda: {value}))", case)
        principle = self.text(node.principle)
        self.write(f"return 标准值({node.identifier.text!r}, 例外, lambda: {principle})", node.principle)
        self.depth -= 1

    def _apply(self, identifier: s.Identifier, given: list[Any], named: dict[str, Any], node: Any) -> Code:
        standard = next((i for i in self.program.of_kind(s.Standard) if i.identifier.name == identifier.name), None)
        if standard is not None:
            arguments = ", ".join(self.text(value) for value in given)
            return Code(f"{self.names.of(identifier.name)}({arguments})")
        return super()._apply(identifier, given, named, node)

    def rule(self, rule: s.Rule, name: str) -> None:
        """The function of a rule: a list of (verdict, what there is to say) for the features of its layer."""
        checks = [item for item in rule.body if isinstance(item, s.Check)]
        if len(checks) != 1 or rule.body[-1] is not checks[0]:
            raise self.refuse("不是恰有一个“检查”、而且“检查”在最后的规则", rule)
        if any(header.word in ("施行日期", "废止日期") for header in rule.headers):
            raise self.refuse("“施行日期”“废止日期”", rule)
        check = checks[0]
        self.lines += ["", ""]
        self.write(f"def {name}():")
        self.depth += 1
        basis = "；".join(item.text for item in rule.basis)
        self.write(repr(f"{rule.title}（依据：{basis}）" if basis else rule.title))
        self._in_check, self._tried = True, set()
        for statement in rule.body[:-1]:
            self.statement(statement)
        self._check_function(check, [e for e in self.program.of_kind(s.RuleException) if e.target == rule.title])
        self._in_check, self._tried = False, set()
        self.depth -= 1

    def _check_function(self, check: s.Check, exceptions: list[s.RuleException]) -> None:
        row = self.names.of(check.identifier.name)
        self.write(f"def 检查({row}, 结论):")
        self.depth += 1
        self._rows.append((self.types[check.source].layer, row))
        if check.where is not None:
            self.write(f"if not {self.condition(check.where, COMPARISON)}:", check.where)
            self.lines.append("    " * (self.depth + 1) + "结论['结论'] = '不适用'")
            self.lines.append("    " * (self.depth + 1) + "return")
        self.depth -= 1
        self._with_exceptions(check, exceptions)
        self._rows.pop()
        self.lines.append("")
        self.write(f"return [判断(检查, 要素) for 要素 in {self.elements(check.source)}]")

    def _with_exceptions(self, check: s.Check, exceptions: list[s.RuleException]) -> None:
        """The body; conditions of exceptions see the names bound before each requirement."""
        self.depth += 1
        for statement in check.body:
            bound = exceptions and isinstance(statement, (s.Require, s.If))
            self._exceptions = tuple(map(self._exception, exceptions)) if bound else ()
            self.statement(statement)
        self._exceptions = ()
        self.depth -= 1


def rules_text(program: Program) -> str:
    """The rules of a program as a Python module. Raises `Refusal`.

    `运行(数据)` takes {layer: rows}, each row a dictionary of the data's columns with the geometry in "形状", and gives
    {rule: [(verdict, [what there is to say]) for each feature]}.
    """
    functions = support()
    taken = frozenset(functions) | {"运行", "数据", "检查", "结论", "要素", "项", "例外"}
    module = PythonRules(program, Names(taken))
    if program.area_basis != "plane" and program.measures:
        raise Refusal("椭球面积还不能译成 Python", s.Text(0, 0, ""))
    for layer in program.layers:
        if layer.kind != "layer":
            raise module.refuse("“表格”", next(i for i in program.items if isinstance(i, s.Layer)))
    declarations = (s.Parameter, s.DatedParameter, s.Binding)
    for item in program.items:
        if isinstance(item, declarations):
            module.statement(item)
    for item in program.items:
        if isinstance(item, (s.Function, s.Standard)):
            module.statement(item)
    rules = {}
    for number, rule in enumerate(program.of_kind(s.Rule), 1):
        rules[rule.title] = f"规则{number}"
        module.rule(rule, f"规则{number}")
    _write_run(module, rules)
    title = f"由规则集“{program.name}”译成。运行（数据）给出每条规则对每个要素的结论和说明。"
    return with_support("\n".join(module.lines), title.replace("\\", "").replace('"', "'"), functions)


def _write_run(module: PythonRules, rules: dict[str, str]) -> None:
    module.lines += ["", "", "def 运行(数据):"]
    module.depth = 1
    module.write('"""数据：图层名 → 要素表，每个要素是字典：列名 → 值，图形在“形状”里。"""')
    for layer in module.program.layers:
        name = module.names.of(layer.key)
        module.write(f"global {name}")
        module.write(f"{name} = 整理(数据[{layer.name!r}], {_fields(layer)})")
    module.write("return {" + ", ".join(f"{title!r}: {name}()" for title, name in rules.items()) + "}")


def _fields(layer: LayerDeclaration) -> str:
    pairs = []
    for name, column, word in layer.fields:
        kind = named_type(word) if word else None
        sort = _KINDS.get(kind.kind, "") if kind else ""
        pairs.append(f"{normalize(name)!r}: ({column!r}, {sort!r}, {str(field_factor(word))!r})")
    return "{" + ", ".join(pairs) + "}"
