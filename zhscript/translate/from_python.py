"""A subset of Python as scripts in Chinese: functions, 如果, loops, values, texts, lists and dictionaries.

A translation is checked as any script is, and what the two languages understand differently is refused: names that
stay visible after a block, lists that two names share, parameters that change.
"""

from __future__ import annotations

import ast
from typing import Any, Optional

from .from_python_expressions import ExpressionsFromPython, Unknown
from .from_python_names import ScopeNames, is_fresh, kind_of, used_names, walk_scope
from .from_python_tree import assigns, blocks, defines, flat, is_copy, only_read
from .python_module import ANNOTATIONS, support
from .spelling import spelt_number

_MODULES = frozenset({"__future__", "math", "datetime", "calendar", "functools", "re", "fractions"})
_WORDS = {python: word for word, python in ANNOTATIONS.items()}
_AUGMENTED = {ast.Add: "增加", ast.Sub: "减少"}
_OPERATORS = {ast.Mult: "乘以", ast.Div: "除以"}


class PythonReader(ExpressionsFromPython):
    """Writes statements. `lines` holds (text, line of the Python)."""

    def __init__(self, tree: ast.Module) -> None:
        brought = set(support())
        self.body = [item for item in flat(tree.body) if defines(item) not in brought]
        self.functions = frozenset(item.name for item in self.body if isinstance(item, ast.FunctionDef))
        self.lines: list[tuple[str, int]] = []
        self.problems: list[Unknown] = []
        self.depth = 0
        self.file = self.scope = ScopeNames(self.body)
        self._declared: list[set[str]] = [set()]
        self._owner: Optional[ast.FunctionDef] = None

    def run(self) -> None:
        """Translate the whole file; what cannot be is noted in `problems`."""
        for item in self.body:
            if isinstance(item, ast.FunctionDef):
                self._function(item)
        self._hoist([item for item in self.body if not isinstance(item, ast.FunctionDef)])
        for item in self.body:
            if not isinstance(item, ast.FunctionDef):
                self.statement(item)

    def write(self, text: str, node: ast.AST) -> None:
        """One line."""
        self.lines.append(("    " * self.depth + text, getattr(node, "lineno", 1)))

    def statement(self, node: ast.stmt) -> None:
        """One statement; an error is noted and the next one read."""
        method = getattr(self, "_do_" + type(node).__name__.lower(), None)
        try:
            if method is None:
                raise Unknown("这种语句不能译成中文脚本", node)
            method(node)
        except Unknown as unknown:
            unknown.node = unknown.node if hasattr(unknown.node, "lineno") else node
            self.problems.append(unknown)

    def block(self, body: list[ast.stmt]) -> None:
        """Statements one level deeper; names that they declare end with them."""
        self.depth += 1
        self._declared.append(set())
        for item in body:
            self.statement(item)
        self._declared.pop()
        self.depth -= 1

    # -- functions

    def _function(self, node: ast.FunctionDef) -> None:
        arguments = node.args
        if node.decorator_list or arguments.vararg or arguments.kwarg or arguments.kwonlyargs or arguments.posonlyargs:
            self.problems.append(Unknown("函数只能有普通的参数，不能有装饰器", node))
            return
        defaults: list[Optional[ast.expr]] = [None] * (len(arguments.args) - len(arguments.defaults))
        defaults += arguments.defaults
        try:
            formals = [self._formal(arg, default) for arg, default in zip(arguments.args, defaults)]
            result = self._annotation(node.returns)
            name = self.name(node.name)
        except Unknown as unknown:
            self.problems.append(Unknown(unknown.message, unknown.node or node))
            return
        self.write(f"函数 {name}（{'，'.join(formals)}）{result}", node)
        self._owner = node
        self.scope = ScopeNames(node.body, frozenset(arg.arg for arg in arguments.args))
        self._declared.append({arg.arg for arg in arguments.args})
        body = node.body
        if isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
            text = str(body[0].value.value)
            self.depth += 1
            self.write(f"说明“{self.quoted(' '.join(text.split()), body[0])}”", body[0])
            self.depth -= 1
            body = body[1:]
        self._check_scope(node)
        self.depth += 1
        self._hoist(body)
        self.depth -= 1
        self.block(body)
        self.write("结束", node)
        self._declared.pop()
        self.scope, self._owner = self.file, None

    def _check_scope(self, node: ast.FunctionDef) -> None:
        hidden = (set(self.scope.assigned) | self.scope.loops | self.scope.parameters) & set(self.file.assigned)
        if hidden:
            message = f"函数里的名字“{sorted(hidden)[0]}”和函数外的名字相同，中文脚本里不能这样；请改名"
            self.problems.append(Unknown(message, node))
        changed = self.scope.parameters & (set(self.scope.assigned) | self.scope.changed | self.scope.mutated)
        if changed:
            message = f"参数“{sorted(changed)[0]}”在函数里改变了，中文脚本的参数不能改变；请先放进另一个名字"
            self.problems.append(Unknown(message, node))

    def _formal(self, arg: ast.arg, default: Optional[ast.expr]) -> str:
        text = self.name(arg.arg) + self._annotation(arg.annotation)
        if default is None:
            return text
        if self.constant(default) is None and not isinstance(default, ast.Constant):
            raise Unknown("参数的默认值要是直接写出的数或文字", default)
        return f"{text} 默认 {self.text(default)}"

    def _annotation(self, node: Optional[ast.expr]) -> str:
        known = isinstance(node, ast.Name) and node.id in _WORDS
        return f"：{_WORDS[node.id]}" if known else ""  # type: ignore[union-attr]

    def _do_return(self, node: ast.Return) -> None:
        self.write("返回" if node.value is None else f"返回 {self.text(node.value)}", node)

    # -- names

    def _hoist(self, body: list[ast.stmt]) -> None:
        """Names that get their first value inside a block but are used outside it are declared before."""
        for name in self.scope.assigned:
            if not any(assigns(item, name) for item in body) and self._used_across(body, name):
                self._declared[-1].add(name)
                self.write(f"变量 {self.name(name)} 为 空", body[0])

    def _used_across(self, body: list[ast.stmt], name: str) -> bool:
        holders = [item for item in body if name in used_names([item])]
        if len(holders) > 1:
            return True
        inner = blocks(holders[0]) if holders else []
        return sum(name in used_names(block) for block in inner) > 1

    def _is_declared(self, name: str) -> bool:
        return any(name in names for names in self._declared)

    def _do_assign(self, node: ast.Assign) -> None:
        if len(node.targets) != 1:
            raise Unknown("一行里给几个名字赋值不能译成中文脚本", node)
        target = node.targets[0]
        self._guard(target, node.value)
        if isinstance(target, ast.Name):
            self._give(target.id, node.value, node)
        elif isinstance(target, ast.Subscript):
            self.write(f"{self._subscript(target)} 改为 {self.text(node.value)}", node)
        else:
            raise Unknown("这样赋值不能译成中文脚本", node)

    def _do_annassign(self, node: ast.AnnAssign) -> None:
        if node.value is None or not isinstance(node.target, ast.Name):
            raise Unknown("没有值的声明不能译成中文脚本", node)
        self._give(node.target.id, node.value, node)

    def _give(self, name: str, value: ast.expr, node: ast.stmt) -> None:
        text = self.text(value)
        if name in self.scope.loops:
            raise Unknown(f"循环用的名字“{name}”在别处又赋了值，中文脚本里不能这样；请改名", node)
        if self._is_declared(name):
            self.write(f"{self.name(name)} 改为 {text}", node)
            return
        self._declared[-1].add(name)
        # a constant that is named 设定 would be computed exactly, which Python does not do
        variable = self.scope.is_variable(name) or (self.constant(value) is not None and self._calculated(name))
        self.write(f"{'变量' if variable else '设定'} {self.name(name)} 为 {text}", node)

    def _calculated(self, name: str) -> bool:
        """Whether the name is an operand of arithmetic anywhere."""
        return any(
            isinstance(part, ast.BinOp) and name in used_names([part.left, part.right])
            for item in self.body
            for part in ast.walk(item)
        )

    def _guard(self, target: ast.expr, value: ast.expr) -> None:
        """Two names for one list: a change of one would show in the other in Python only."""
        root: Any = target
        while isinstance(root, ast.Subscript):
            root = root.value
        changed = self.scope.mutated | self.file.mutated
        names = used_names([value]) if not is_fresh(value) or kind_of(value) in ("list", "dict") else set()
        aliased = [name for name in names if name in changed and not only_read(value, name)]
        shared = isinstance(target, ast.Name) and isinstance(value, ast.Name) and not self._is_scalar(value.id)
        if aliased or (shared and isinstance(root, ast.Name) and root.id in changed):
            message = "两个名字指着同一个列表或字典，其中一个后来改变了，中文脚本里它们各是各的；请用别的写法"
            raise Unknown(message, value)

    def _is_scalar(self, name: str) -> bool:
        """Whether all that the name stands for are numbers, texts and the like."""
        values = self.scope.values.get(name, []) or self.file.values.get(name, [])
        return bool(values) and all(is_fresh(value) and kind_of(value) in ("", "str") for value in values)

    def _do_augassign(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name) and kind_of(node.value) in ("str", "list"):
            raise Unknown("文字和列表的“+=”不能译成中文脚本", node)
        target = self.text(node.target)
        if isinstance(node.target, ast.Name) and self.kind(node.target) in ("str", "list"):
            raise Unknown("文字和列表的“+=”不能译成中文脚本", node)
        if type(node.op) in _AUGMENTED:
            self.write(f"{target} {_AUGMENTED[type(node.op)]} {self.text(node.value)}", node)
        elif type(node.op) in _OPERATORS:
            self.write(f"{target} 改为 {target} {_OPERATORS[type(node.op)]} {self.operand(node.value)}", node)
        else:
            raise Unknown("这种运算不能译成中文脚本", node)

    # -- other statements

    def _do_expr(self, node: ast.Expr) -> None:
        call = node.value
        if isinstance(call, ast.Constant):
            return  # a text that stands alone explains the file
        if not isinstance(call, ast.Call):
            raise Unknown("单独一行的式子没有作用", node)
        if isinstance(call.func, ast.Name) and call.func.id == "print":
            if call.keywords:
                raise Unknown("print 的带名字的参数不能译成中文脚本", node)
            self.write(f"显示 {'，'.join(map(self.text, call.args)) or '“”'}", node)
        elif isinstance(call.func, ast.Attribute) and call.func.attr == "append" and len(call.args) == 1:
            self._guard(ast.Subscript(call.func.value, ast.Constant(0)), call.args[0])
            self.write(f"把 {self.operand(call.args[0])} 加入 {self.text(call.func.value)}", node)
        elif isinstance(call.func, ast.Name) and call.func.id == "报错":
            self.write(f"报错 {self.text(call.args[0])}", node)
        elif isinstance(call.func, ast.Name) and call.func.id == "改第几个":
            place, value = self._place(call.args[1]), self.text(call.args[2])
            self.write(f"{self.operand(call.args[0])} 的第{place}个 改为 {value}", node)
        elif isinstance(call.func, ast.Name) and call.func.id in self.functions:
            self.write(self.text(call), node)
        else:
            raise Unknown("这一行不能译成中文脚本", node)

    def _do_raise(self, node: ast.Raise) -> None:
        error = node.exc
        if isinstance(error, ast.Call) and len(error.args) == 1:
            self.write(f"报错 {self.text(error.args[0])}", node)
        else:
            raise Unknown("raise 要写成 raise ValueError(“说明”)", node)

    def _do_if(self, node: ast.If) -> None:
        word = "如果"
        while True:
            self.write(f"{word} {self.text(node.test)}，那么", node)
            self.block(node.body)
            rest = node.orelse
            if len(rest) != 1 or not isinstance(rest[0], ast.If):
                break
            node, word = rest[0], "否则如果"
        if rest:
            self.write("否则", rest[0])
            self.block(rest)
        self.write("结束", node)

    def _do_while(self, node: ast.While) -> None:
        if node.orelse:
            raise Unknown("循环后面的 else 不能译成中文脚本", node)
        self.write(f"只要 {self.text(node.test)}，就重复：", node)
        self.block(node.body)
        self.write("结束", node)

    def _do_break(self, node: ast.Break) -> None:
        self.write("跳出", node)

    def _do_continue(self, node: ast.Continue) -> None:
        self.write("跳过", node)

    def _do_import(self, node: ast.Import) -> None:
        for name in node.names:
            if name.name not in _MODULES or name.asname:
                raise Unknown(f"“import {name.name}”不能译成中文脚本", node)

    def _do_importfrom(self, node: ast.ImportFrom) -> None:
        if node.module not in ("__future__", "fractions"):
            raise Unknown(f"“from {node.module} import”不能译成中文脚本", node)

    def _do_for(self, node: ast.For) -> None:
        if node.orelse:
            raise Unknown("循环后面的 else 不能译成中文脚本", node)
        self._loop_names(node)
        call = node.iter
        inner = call.args[0] if isinstance(call, ast.Call) and call.args else None
        name = call.func.id if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) else ""
        if name in ("range", "步进") and isinstance(node.target, ast.Name) and isinstance(call, ast.Call):
            self._counted(node, call, name)
        elif name == "enumerate" and isinstance(node.target, ast.Tuple) and isinstance(call, ast.Call):
            if len(call.args) != 2 or self.constant(call.args[1]) != 1 or inner is None:
                raise Unknown("enumerate 要从 1 数起：enumerate(列表, 1)", node)
            number, element = (self.name(item.id) for item in node.target.elts)  # type: ignore[attr-defined]
            self.write(f"遍历 {self._source(inner, node)} 中的每个 {element}（第 {number} 个）：", node)
        elif isinstance(node.target, ast.Name):
            self.write(f"遍历 {self._source(call, node)} 中的每个 {self.name(node.target.id)}：", node)
        else:
            raise Unknown("这样的循环不能译成中文脚本", node)
        self.block(node.body)
        self.write("结束", node)

    def _source(self, source: ast.expr, node: ast.For) -> str:
        root = source.args[0] if is_copy(source) else source  # type: ignore[attr-defined]
        changed = ScopeNames(node.body).mutated
        made_here = isinstance(root, (ast.List, ast.Tuple, ast.ListComp))  # no other name for it
        if not (is_copy(source) or made_here) and used_names([root]) & changed:
            raise Unknown("循环里改变了正在循环的列表，中文脚本里循环的是原来的列表；请用 list(…)", node)
        keys = " 的键列表" if self.kind(root) == "dict" else ""
        return self.operand(root) + keys

    def _loop_names(self, node: ast.For) -> None:
        names = used_names([node.target])
        if names & (set(self.scope.assigned) | self.scope.changed | self.scope.parameters | set(self.file.assigned)):
            raise Unknown("循环用的名字在别处又赋了值，中文脚本里不能这样；请改名", node)
        after = False
        for item in walk_scope(self._scope_body()):
            if item is node:
                after = True
            elif after and isinstance(item, ast.Name) and item.id in names and not self._inside_loop(item):
                raise Unknown(f"循环用的名字“{item.id}”在循环后面又用到，中文脚本里它只在循环里有", node)

    def _scope_body(self) -> list[ast.stmt]:
        if self._owner is not None:
            return self._owner.body
        return [item for item in self.body if not isinstance(item, ast.FunctionDef)]

    def _inside_loop(self, name: ast.Name) -> bool:
        """Whether a loop or comprehension that binds the name is around it."""
        for item in self.body:
            for part in ast.walk(item):
                binds = isinstance(part, ast.For) and name.id in used_names([part.target])
                listed = isinstance(part, (ast.ListComp, ast.Lambda)) and any(x is name for x in ast.walk(part))
                if (binds and any(x is name for x in ast.walk(part))) or listed:
                    return True
        return False

    def _counted(self, node: ast.For, call: ast.Call, name: str) -> None:
        """range ends before its last number, 循环 with it."""
        target: Any = node.target
        arguments = [*call.args]
        if name == "步进":
            down = any(keyword.arg == "向下" for keyword in call.keywords)
            parts = [self.operand(argument) for argument in arguments]
            step = (
                f"，每次{'减少' if down else '增加'} {parts[2]}" if len(parts) > 2 else "，每次减少 1" if down else ""
            )
            self.write(f"循环 {self.name(target.id)} 从 {parts[0]} 到 {parts[1]}{step}：", node)
            return
        low: ast.expr = ast.Constant(0) if len(arguments) == 1 else arguments[0]
        high = arguments[0] if len(arguments) == 1 else arguments[1]
        step_value = self.constant(arguments[2]) if len(arguments) == 3 else 1
        if not isinstance(step_value, int) or step_value == 0:
            raise Unknown("range 的步长要直接写成不为零的整数", node)
        ends = self.constant(high)
        if ends is not None:
            number = ends - 1 if step_value > 0 else ends + 1
            last = spelt_number(number) if number >= 0 else f"（－{spelt_number(-number)}）"
        else:
            last = f"（{self.operand(high)} {'减去' if step_value > 0 else '加上'} 1）"
        step = "" if step_value == 1 else f"，每次{'增加' if step_value > 0 else '减少'} {abs(step_value)}"
        self.write(f"循环 {self.name(target.id)} 从 {self.operand(low)} 到 {last}{step}：", node)
