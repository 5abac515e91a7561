"""Python expressions in Chinese. Operands that are not simple stand in brackets."""

from __future__ import annotations

import ast
import datetime
from typing import Any, Optional

from .from_python_names import ScopeNames, kind_of
from .spelling import KEPT_WORDS, spelt_name, spelt_number, spelt_text

_BINARY = {ast.Add: "加上", ast.Sub: "减去", ast.Mult: "乘以", ast.Div: "除以"}
_COMPARE = {ast.Gt: "大于", ast.Lt: "小于", ast.LtE: "不大于", ast.GtE: "不小于", ast.Eq: "等于", ast.NotEq: "不等于"}
_FUNCTIONS = {"abs": "绝对值", "sum": "总和", "sorted": "排序", "int": "取整", "float": "转为数值", "str": "转为文本"}
_METHODS = {"upper": "大写", "lower": "小写", "replace": "替换", "split": "拆分"}
_SIGNS = {"+": "加上", "-": "减去", "*": "乘以", "/": "除以", ">": "大于", "<": "小于", "<=": "不大于", ">=": "不小于"}
_SIGNS.update({"==": "等于", "!=": "不等于"})
_SIMPLE = (ast.Name, ast.Constant, ast.JoinedStr)


class Unknown(Exception):
    """Python that has no counterpart, with its place."""

    def __init__(self, message: str, node: Any) -> None:
        super().__init__(message)
        self.message = message
        self.node = node


class ExpressionsFromPython:
    """Writes expressions; `scope` is the function at hand."""

    scope: ScopeNames
    functions: frozenset[str] = frozenset()

    def name(self, name: str) -> str:
        """A name; in 【】 where it is a word of the language."""
        spelt = spelt_name(name)
        if spelt is None:
            raise Unknown(f"名字“{name}”在中文脚本里不能用（不能有两个连着的下划线）", None)
        return spelt

    def text(self, node: ast.expr) -> str:
        """An expression."""
        folded = self.constant(node)
        if folded is not None:
            return spelt_number(folded) if folded >= 0 else f"－{spelt_number(-folded)}"
        method = getattr(self, "_" + type(node).__name__.lower(), None)
        if method is None:
            raise Unknown("这种式子不能译成中文脚本", node)
        return method(node)

    def operand(self, node: ast.expr) -> str:
        """An expression as an operand."""
        text = self.text(node)
        folded = self.constant(node)
        simple = isinstance(node, _SIMPLE) if folded is None else folded >= 0
        return text if simple else f"（{text}）"

    def constant(self, node: ast.expr) -> Any:
        """The value of arithmetic with numbers only, computed as Python does; None for others."""
        if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
            if isinstance(node.value, bool):
                return None
            if node.value != node.value or node.value in (float("inf"), float("-inf")):
                raise Unknown("这个数太大", node)
            return node.value
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
            value = self.constant(node.operand)
            return value if value is None or isinstance(node.op, ast.UAdd) else -value
        if isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
            left, right = self.constant(node.left), self.constant(node.right)
            if left is None or right is None:
                return None
            if isinstance(node.op, ast.Div):
                if right == 0:
                    raise Unknown("除数是零", node)
                return left / right
            if isinstance(node.op, ast.Mult):
                return left * right
            return left + right if isinstance(node.op, ast.Add) else left - right
        return None

    # -- names and literals

    def _name(self, node: ast.Name) -> str:
        return self.name(node.id)

    def _constant(self, node: ast.Constant) -> str:
        if node.value is None:
            return "空"
        if isinstance(node.value, bool):
            return "真" if node.value else "假"
        if isinstance(node.value, str):
            return f"“{self.quoted(node.value, node)}”"
        raise Unknown("这种值不能译成中文脚本", node)

    def quoted(self, text: str, node: Any) -> str:
        """The inside of a “text”."""
        spelt = spelt_text(text)
        if spelt is None:
            raise Unknown("文字里的引号不配对或者有控制字符，中文脚本里写不出来", node)
        return spelt

    def _joinedstr(self, node: ast.JoinedStr) -> str:
        pieces = []
        for part in node.values:
            if isinstance(part, ast.Constant):
                pieces.append(self.quoted(str(part.value), part))
            elif isinstance(part, ast.FormattedValue) and part.conversion == -1:
                pieces.append("{" + self._hole(part.value) + self._format(part) + "}")
            else:
                raise Unknown("这种格式不能译成中文脚本", node)
        return f"“{''.join(pieces)}”"

    def _hole(self, node: ast.expr) -> str:
        """An expression in a text; a dictionary's colon would begin the formats."""
        return f"（{self.text(node)}）" if isinstance(node, (ast.Dict, ast.IfExp, ast.ListComp)) else self.text(node)

    def _format(self, part: ast.FormattedValue) -> str:
        if part.format_spec is None:
            return ""
        values = part.format_spec.values if isinstance(part.format_spec, ast.JoinedStr) else []
        spec = "".join(str(value.value) for value in values if isinstance(value, ast.Constant))
        digits = spec[1:-1]
        if len(values) == 1 and spec.startswith(".") and spec.endswith("f") and digits.isdigit() and int(digits) <= 15:
            return f"：{digits}位小数"
        raise Unknown(f"格式“{spec}”不能译成中文脚本，只认识“.2f”这样的小数位数", part)

    def _list(self, node: ast.List) -> str:
        items = "，".join(map(self.text, node.elts))
        return f"（{items}）" if len(node.elts) > 1 else f"列表（{items}）"

    def _tuple(self, node: ast.Tuple) -> str:
        raise Unknown("元组不能译成中文脚本，请用列表", node)

    def _dict(self, node: ast.Dict) -> str:
        pairs = []
        for key, value in zip(node.keys, node.values):
            if not (isinstance(key, ast.Constant) and isinstance(key.value, str)):
                raise Unknown("字典的键要直接写成文字", node)
            pairs.append(f"“{self.quoted(key.value, key)}”：{self.text(value)}")
        return f"字典（{'，'.join(pairs)}）"

    # -- operators

    def _unaryop(self, node: ast.UnaryOp) -> str:
        if isinstance(node.op, ast.Not):
            return f"并非（{self.text(node.operand)}）"
        if isinstance(node.op, ast.USub):
            return f"－{self.operand(node.operand)}"
        raise Unknown("这种运算不能译成中文脚本", node)

    def _binop(self, node: ast.BinOp) -> str:
        kinds = {self.kind(side) for side in (node.left, node.right)}
        if isinstance(node.op, ast.Add) and "str" in {self.kind(part) for part in _summands(node)}:
            return f"“{''.join(map(self._piece, _summands(node)))}”"
        if kinds & {"str", "list", "dict"}:
            raise Unknown("文字、列表、字典的这种运算不能译成中文脚本", node)
        if isinstance(node.op, (ast.Mod, ast.FloorDiv, ast.Pow)):
            word = {ast.Mod: "余数", ast.FloorDiv: "商", ast.Pow: "乘方"}[type(node.op)]
            return f"{word}（{self.text(node.left)}，{self.text(node.right)}）"
        if type(node.op) not in _BINARY:
            raise Unknown("这种运算不能译成中文脚本", node)
        return f"{self.operand(node.left)} {_BINARY[type(node.op)]} {self.operand(node.right)}"

    def _piece(self, node: ast.expr) -> str:
        """A part of a text that is put together."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return self.quoted(node.value, node)
        call = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "洞"
        if call and len(node.args) == 1 and not node.keywords:  # type: ignore[attr-defined]
            node = node.args[0].body  # type: ignore[attr-defined]
        return "{" + self._hole(node) + "}"

    def _boolop(self, node: ast.BoolOp) -> str:
        word = " 且 " if isinstance(node.op, ast.And) else " 或 "
        return word.join(self.operand(value) for value in node.values)

    def _compare(self, node: ast.Compare) -> str:
        if len(node.ops) == 2 and all(isinstance(op, ast.LtE) for op in node.ops):
            low, value, high = node.left, *node.comparators
            return f"{self.operand(value)} 介于 {self.operand(low)} 至 {self.operand(high)}"
        if len(node.ops) > 1:
            raise Unknown("连着写的比较不能译成中文脚本，请用 and 连接", node)
        operator, right = node.ops[0], node.comparators[0]
        if isinstance(operator, (ast.Is, ast.IsNot)):
            if isinstance(right, ast.Constant) and right.value is None:
                return f"{self.operand(node.left)} {'为空' if isinstance(operator, ast.Is) else '不为空'}"
            raise Unknown("“is”只能和 None 一起用", node)
        if isinstance(operator, (ast.In, ast.NotIn)):
            return self._membership(node.left, right, isinstance(operator, ast.In))
        return f"{self.operand(node.left)} {_COMPARE[type(operator)]} {self.operand(right)}"

    def _membership(self, item: ast.expr, group: ast.expr, holds: bool) -> str:
        kind = self.kind(group)
        if kind == "str":
            return f"{self.operand(group)} {'包含' if holds else '不包含'} {self.operand(item)}"
        if kind not in ("list", "dict"):
            raise Unknown("分不清“in”后面是列表、字典还是文字", group)
        keys = f"（{self.operand(group)} 的键列表）" if kind == "dict" else self.operand(group)
        return f"{self.operand(item)} {'属于' if holds else '不属于'} {keys}"

    def _ifexp(self, node: ast.IfExp) -> str:
        test, body, other = self.operand(node.test), self.operand(node.body), self.operand(node.orelse)
        return f"（如果 {test} 则取 {body}，否则取 {other}）"

    def kind(self, node: ast.expr) -> str:
        """list, dict, str or "" where nothing tells."""
        return self.scope.kind(node.id) if isinstance(node, ast.Name) else kind_of(node)

    # -- items and queries

    def _subscript(self, node: ast.Subscript) -> str:
        base, key = self.operand(node.value), node.slice
        text_key = isinstance(key, (ast.Constant, ast.JoinedStr)) and kind_of(key) == "str"
        if self.kind(node.value) == "dict" or text_key:
            return f"{base} 的（{self.text(key)}）"
        place = self.constant(key) if isinstance(key, ast.expr) else None
        if place == -1:
            return f"{base} 的最后一个"
        if isinstance(place, int) and place >= 0:
            return f"{base} 的第{place + 1}个"
        if self.kind(node.value) != "list" or isinstance(key, ast.Slice) or place is not None:
            raise Unknown("分不清方括号前面是列表还是字典，或者是不支持的切片", node)
        return f"{base} 的第（{self.operand(key)} 加上 1）个"

    def _listcomp(self, node: ast.ListComp) -> str:
        if len(node.generators) != 1 or not isinstance(node.generators[0].target, ast.Name):
            raise Unknown("多重的列表推导不能译成中文脚本", node)
        part = node.generators[0]
        where = "".join(f"，其中 {self.operand(test)}" for test in part.ifs[:1])
        if len(part.ifs) > 1:
            raise Unknown("列表推导里有几个 if，请用 and 合成一个", node)
        name = self.name(part.target.id)  # type: ignore[attr-defined]
        return f"（{self.operand(part.iter)} 中的每个 {name}{where}，列出 {self.operand(node.elt)}）"

    # -- calls

    def _call(self, node: ast.Call) -> str:
        if isinstance(node.func, ast.Attribute):
            return self._method(node, node.func)
        if not isinstance(node.func, ast.Name):
            raise Unknown("这种调用不能译成中文脚本", node)
        name = node.func.id
        if name in self.functions:
            arguments = [self.text(argument) for argument in node.args]
            for keyword in node.keywords:
                if keyword.arg is None:
                    raise Unknown("“**”不能译成中文脚本", node)
                arguments.append(f"{self.name(keyword.arg)}：{self.text(keyword.value)}")
            return f"{self.name(name)}（{'，'.join(arguments)}）"
        brought = self._support(name, node)
        if brought is not None:
            return brought
        return self._builtin(name, node)

    def _builtin(self, name: str, node: ast.Call) -> str:
        if node.keywords:
            raise Unknown(f"“{name}”的带名字的参数不能译成中文脚本", node)
        if name in ("max", "min"):
            word = "最大值" if name == "max" else "最小值"
            items = self.operand(node.args[0]) if len(node.args) == 1 else self._list(ast.List(node.args, ast.Load()))
            return f"{items} 的{word}"
        if name == "list" and not node.args:
            return "列表（）"
        if name == "dict" and not node.args:
            return "字典（）"
        if len(node.args) != 1:
            raise Unknown(f"“{name}”不能译成中文脚本", node)
        if name == "len":
            kind = self.kind(node.args[0])
            word = {"str": "字数", "dict": "键列表 的个数"}.get(kind, "个数")
            return f"{self.operand(node.args[0])} 的{word}"
        if name == "list":
            word = " 的键列表" if self.kind(node.args[0]) == "dict" else ""
            return self.operand(node.args[0]) + word
        if name not in _FUNCTIONS:
            raise Unknown(f"没有定义过“{name}”，或者它不能译成中文脚本", node)
        return f"{self.operand(node.args[0])} 的{_FUNCTIONS[name]}"

    def _support(self, name: str, node: ast.Call) -> Optional[str]:
        """Functions that translations to Python bring along, back as what they came from."""
        args = node.args
        if name in ("知", "真假", "副本", "文字值", "数值", "日期值") and args:
            return f"（{self.text(args[0])}）" if not isinstance(args[0], _SIMPLE) else self.text(args[0])
        if name == "第几个":
            return f"{self.operand(args[0])} 的第{self._place(args[1])}个"
        if name == "最后一个":
            return f"{self.operand(args[0])} 的最后一个"
        if name == "取键":
            return f"{self.operand(args[0])} 的（{self.text(args[1])}）"
        if name == "除":
            return f"{self.operand(args[0])} 除以 {self.operand(args[1])}"
        if name in ("算", "比较") and isinstance(args[0], ast.Constant):
            return f"{self.operand(args[1])} {_SIGNS[str(args[0].value)]} {self.operand(args[2])}"
        if name in ("且", "或") and all(isinstance(side, ast.Lambda) for side in args):
            return f"{self.operand(args[0].body)} {name} {self.operand(args[1].body)}"  # type: ignore[attr-defined]
        if name == "属于":
            return f"{self.operand(args[0])} 属于 {self.operand(args[1])}"
        if name == "没有":
            return f"没有 {self.operand(args[0])}"
        if name == "范围":
            return f"（{self.operand(args[0])} 至 {self.operand(args[1])}）"
        if name == "推迟" and len(node.keywords) == 1:
            unit = "天" if node.keywords[0].arg == "天数" else "个月"
            value = self.constant(node.keywords[0].value)
            if isinstance(value, int):
                return f"{self.operand(args[0])} {'加上' if value >= 0 else '减去'} {abs(value)}{unit}"
        if name == "文" and len(args) == 1 and not node.keywords:
            return self.text(args[0])
        if name in KEPT_WORDS:
            rest = [self.text(argument) for argument in args]
            rest += [f"{self.name(str(k.arg))}：{self.text(k.value)}" for k in node.keywords]
            return f"{name}（{'，'.join(rest)}）"
        return None

    def _place(self, node: ast.expr) -> str:
        value = self.constant(node)
        return str(value) if isinstance(value, int) and value > 0 else f"（{self.text(node)}）"

    def _method(self, node: ast.Call, function: ast.Attribute) -> str:
        name, base = function.attr, function.value
        if isinstance(base, ast.Name) and base.id == "datetime" and name == "date":
            numbers = [self.constant(argument) for argument in node.args]
            return self._date(numbers, node)
        if isinstance(base, ast.Name) and base.id == "math" and len(node.args) == 1:
            words = {"sqrt": "平方根", "trunc": "取整"}
            if name in words:
                return f"{self.operand(node.args[0])} 的{words[name]}"
        arguments = [self.text(argument) for argument in node.args]
        if name in ("startswith", "endswith") and len(arguments) == 1:
            word = "开头是" if name == "startswith" else "结尾是"
            return f"{self.operand(base)} {word} {self.operand(node.args[0])}"
        if name == "join" and len(arguments) == 1:
            return f"拼接（{arguments[0]}，{self.text(base)}）"
        if name in _METHODS and len(arguments) == {"upper": 0, "lower": 0, "replace": 2, "split": 1}[name]:
            rest = f"（{'，'.join(arguments)}）" if arguments else ""
            return f"{self.operand(base)} 的{_METHODS[name]}{rest}"
        if name == "get" and len(arguments) in (1, 2):
            default = f"，缺省：{arguments[1]}" if len(arguments) == 2 else "，缺省：空"
            return f"{self.operand(base)} 的取值（{arguments[0]}{default}）"
        if name in ("keys", "values") and not arguments:
            return f"{self.operand(base)} 的{'键列表' if name == 'keys' else '值列表'}"
        raise Unknown(f"“.{name}”不能译成中文脚本", node)

    def _date(self, numbers: list[Any], node: ast.AST) -> str:
        try:
            date = datetime.date(*numbers)
        except (TypeError, ValueError):
            raise Unknown("日期要直接写出年、月、日", node) from None
        return f"{date.year}年{date.month}月{date.day}日"


def _summands(node: ast.expr) -> list[ast.expr]:
    """The parts of a + b + c."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return [*_summands(node.left), *_summands(node.right)]
    return [node]
