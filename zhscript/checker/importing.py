"""引用: other files become part of this one.

A referenced file is parsed and checked on its own. The names of its functions and values get keys that no other file
has, and what is used of it goes before the items of the referring file; so whatever runs programs sees one program.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Iterable, Optional

from .. import syntax as s
from ..finding import SourceProblem, Sources
from ..program import LayerDeclaration
from ..records import record, replace
from ..syntax.nodes import walk
from ..types import ANY, Type
from .scope import Symbol

if TYPE_CHECKING:
    from .check import FileCheck

_NAMED = (s.Function, s.Standard, s.Parameter, s.DatedParameter, s.Binding)
_PARTS = (s.Rule, s.RuleException, s.Check, s.Tool)  # what 引用“…” alone brings
_BINDERS = (s.Name, s.Formal, s.For, s.ForEach, s.Check, s.Query, s.Quantifier, *_NAMED)


class ImportProblem(Exception):
    """A referenced file cannot be used; the message is one Chinese line."""


@record
class Module:
    """A referenced file after its check. `symbols` holds its own names, `keys` what they are called in the program."""

    title: str
    path: str
    text: str
    check: FileCheck
    keys: dict[str, str]
    items: list[s.Statement]
    symbols: dict[str, Symbol]


class Loader:
    """Loads each referenced file once; files that refer to each other in a circle are an error."""

    def __init__(self, sources: Optional[Sources]) -> None:
        self._sources = sources
        self._open: list[str] = []  # titles of the files that are being read
        self._paths: list[str] = []
        self.modules: dict[str, Module] = {}  # by path, those that others need first

    def load(self, title: str, version: str, check: FileCheck) -> Module:
        """The file of this title, as seen from the file of `check`. Raises `ImportProblem`."""
        if self._sources is None:
            raise ImportProblem(f"这里不能引用别的文件（“{title}”）；请先保存这个文件")
        try:
            found = self._sources(title, check.program.path)
        except SourceProblem as problem:
            raise ImportProblem(str(problem)) from problem
        if found.path == check.program.path or found.path in self._paths:
            circle = " → ".join(
                [*self._open[self._paths.index(found.path) if found.path in self._paths else 0 :], title]
            )
            raise ImportProblem(f"文件互相引用成了圈：{circle}")
        if found.path not in self.modules:
            self._open.append(title)
            self._paths.append(found.path)
            try:
                self.modules[found.path] = self._read(title, found.text, found.path, check)
            finally:
                self._open.pop()
                self._paths.pop()
        module = self.modules[found.path]
        own = module.check.program.version
        if version and own != version:
            raise ImportProblem(f"“{title}”的版本是{f'“{own}”' if own else '没有写'}，这里要“{version}”")
        return module

    def _read(self, title: str, text: str, path: str, outer: FileCheck) -> Module:
        from ..parsing import parse_text
        from .check import FileCheck

        parsed = parse_text(text)
        problems = parsed.problems
        check = FileCheck(parsed.items, parsed.source, path, problems, self, outer.program.area_basis)
        check.run()
        errors = sorted((item for item in problems if item.severity == "error"), key=lambda item: item.start)
        if errors:
            line = parsed.source.place(errors[0].start)[0]
            more = f"（共 {len(errors)} 处错误）" if len(errors) > 1 else ""
            raise ImportProblem(f"引用的“{title}”第 {line} 行有错误：{errors[0].message}{more}")
        number = len(self.modules) + 1
        own = [item for item in check.own_items if isinstance(item, _NAMED)]
        keys = {item.identifier.name: f"{item.identifier.name}·{number}" for item in own}
        rename(check.own_items, keys, check.expressions.own_calls)
        module = Module(title, path, text, check, keys, check.own_items, {})
        for name, key in keys.items():
            symbol = check.scopes.find(name)
            if symbol is not None:
                module.symbols[name] = replace(symbol, key=key)
        return module


def rename(items: Iterable[s.Node], keys: dict[str, str], calls: Iterable[s.Identifier]) -> None:
    """Give names their keys wherever they are bound or used as values; `calls` are those of functions."""
    for item in items if keys else ():
        for node in walk(item):
            if isinstance(node, _BINDERS):
                identifier = node.identifier
                identifier.name = keys.get(identifier.name, identifier.name)
            if isinstance(node, s.ForEach) and node.numbering:
                node.numbering.name = keys.get(node.numbering.name, node.numbering.name)
    for identifier in calls:
        identifier.name = keys.get(identifier.name, identifier.name)


class Imports:
    """What one file refers to."""

    def __init__(self, check: FileCheck, loader: Loader) -> None:
        self._check = check
        self._loader = loader
        self._keys: dict[str, str] = {}  # names of this file that stand for imported ones
        self.wanted: list[s.Statement] = []  # items of other files that become part of this one
        self._aliases: list[tuple[s.Import, s.Identifier, Module]] = []

    def read(self, items: Iterable[s.Statement]) -> None:
        """Load the files and declare what they bring."""
        for item in items:
            if isinstance(item, s.Import):
                try:
                    self._declare(item, self._loader.load(item.title, item.version, self._check))
                except ImportProblem as problem:
                    self._check.scopes.error("ZH290", str(problem), item)
                    self._declare_nothing(item)

    def _declare_nothing(self, item: s.Import) -> None:
        """The names of a file that could not be read cause no further errors."""
        for identifier in (*item.names, *([item.alias] if item.alias else [])):
            self._check.scopes.declare(identifier, Symbol("failed", Type("any", failed=True)))

    def _declare(self, item: s.Import, module: Module) -> None:
        self._check_header(item, module)
        scopes = self._check.scopes
        if item.alias is not None:
            scopes.declare(item.alias, Symbol("module", ANY, module))
            self._aliases.append((item, item.alias, module))
        elif item.names:
            for identifier in item.names:
                symbol = module.symbols.get(identifier.name)
                if symbol is None:
                    scopes.unknown("ZH291", f"“{item.title}”里没有“{identifier.text}”", identifier, module.symbols)
                    scopes.declare(identifier, Symbol("failed", Type("any", failed=True)))
                    continue
                scopes.declare(identifier, symbol)
                self._keys[identifier.name] = symbol.key
                self.wanted += [entry for entry in module.items if _key(entry) == symbol.key]
        else:
            self.wanted += [entry for entry in module.items if isinstance(entry, _PARTS)]
            self._titles(item, module)
            self._tools(item, module)
        self._take_over(module)

    def _check_header(self, item: s.Import, module: Module) -> None:
        program, other = self._check.program, module.check.program
        permissions = self._check.expressions.permissions
        missing = module.check.expressions.permissions.used - permissions.allowed
        if missing:
            words = "、".join(word for word in ("计算", "管理", "主机") if word in missing)
            raise ImportProblem(f"“{item.title}”要有权限“{words}”；请在这个文件开头写 权限 {words}")
        if other.measures and other.area_basis != program.area_basis:
            raise ImportProblem(f"“{item.title}”的面积口径和这个文件不同；请统一用一种面积口径")
        if other.crs and program.crs and other.crs != program.crs:
            raise ImportProblem(f"“{item.title}”的坐标系（{other.crs}）和这个文件（{program.crs}）不同")
        program.crs = program.crs or other.crs
        program.date = program.date or other.date

    def _titles(self, item: s.Import, module: Module) -> None:
        known = self._check.expressions.rules
        for entry in module.items:
            if isinstance(entry, s.Rule):
                if entry.title in known:
                    raise ImportProblem(f"“{item.title}”里的规则“{entry.title}”和已有的规则同名")
                known.add(entry.title)

    def _tools(self, item: s.Import, module: Module) -> None:
        known = self._check.expressions.tools
        for entry in module.items:
            if isinstance(entry, s.Tool):
                if entry.title in known:
                    raise ImportProblem(f"“{item.title}”里的工具“{entry.title}”和已有的工具同名")
                known[entry.title] = module.check.expressions.tools[entry.title]

    def _take_over(self, module: Module) -> None:
        """What the checks of this file need to know about the functions and values of the other one."""
        own, other = self._check.expressions, module.check.expressions
        for name, symbol in module.symbols.items():
            self._check.scopes.declare_key(symbol.key, symbol)
            word = other.permissions.impure.get(name)
            if word:
                own.permissions.impure[symbol.key] = word

    # -- after the check

    def finish(self, own: list[s.Statement]) -> list[s.Statement]:
        """The items of the whole program: what is used of other files goes first."""
        if not self._loader.modules:
            return own
        expressions = self._check.expressions
        rename(own, self._keys, expressions.own_calls)
        for call, key in expressions.module_calls:
            call.receiver, call.function.name = None, key
        modules = list(self._loader.modules.values())
        bindings = [self._alias(*alias) for alias in self._aliases]
        wanted = [*self.wanted, *bindings, *own]
        used = _reachable(wanted, {_key(entry): entry for module in modules for entry in module.items})
        taken = {id(entry) for entry in self.wanted}
        imported = [
            (module, entry)
            for module in modules
            for entry in module.items
            if id(entry) in taken or (_key(entry) and _key(entry) in used)
        ]
        return [entry for _, entry in imported] + bindings + own

    def _alias(self, item: s.Import, alias: s.Identifier, module: Module) -> s.Binding:
        """代码库 stands for a dictionary of the values of its file."""
        expressions, start, end = self._check.expressions, item.start, item.end
        arguments = []
        for name, symbol in module.symbols.items():
            if symbol.role not in ("function", "standard"):
                value = s.Name(start, end, s.Identifier(start, end, symbol.key, name))
                expressions.types[value] = symbol.type
                arguments.append(s.Argument(start, end, s.Identifier(start, end, name, name), value))
        word = s.Identifier(start, end, "字典", "字典")
        call = s.Call(start, end, word, None, arguments)
        expressions.types[call] = Type("mapping", item=ANY)
        return s.Binding(start, end, alias, None, call, False)


def _key(item: s.Statement) -> str:
    return item.identifier.name if isinstance(item, _NAMED) else ""


def _reachable(items: Iterable[s.Statement], named: dict[str, s.Statement]) -> set[str]:
    """The keys of the named items that `items` use, over any number of steps."""
    reached: set[str] = set()
    waiting: list[s.Node] = list(items)
    while waiting:
        for node in walk(waiting.pop()):
            if isinstance(node, s.Identifier) and node.name in named and node.name not in reached:
                reached.add(node.name)
                waiting.append(named[node.name])
    return reached


def merge(check: FileCheck, modules: Iterable[Module], items: list[s.Statement]) -> None:
    """Put the texts, layers and types of the modules whose items are used into the program of `check`."""
    program = check.program
    used = {id(item) for item in items}
    shifted = Shift()
    for module in modules:
        chosen = [item for item in module.items if id(item) in used]
        if not chosen:
            continue
        base = program.source.append(module.text, module.path)
        for item in chosen:
            shifted.move(item, base)
        other = module.check.program
        program.types.update(other.types)
        program.constants.update(other.constants)
        program.measures |= other.measures
        program.measures_length |= other.measures_length
        program.writes_files |= other.writes_files
        program.host_words += [(word, start + base) for word, start in module.check.own_host_words]
        names = {node.name for item in chosen for node in walk(item) if isinstance(node, s.Identifier)}
        for layer in other.layers:
            if layer.key in names:
                merge_layer(check, layer, module.title)


class Shift:
    """Moves nodes to their place in the text of the whole program, each once."""

    def __init__(self) -> None:
        self._moved: set[int] = set()

    def move(self, item: s.Node, base: int) -> None:
        """Move a node and everything inside."""
        for node in walk(item):
            if id(node) not in self._moved:
                self._moved.add(id(node))
                node.start += base
                node.end += base


def merge_layer(check: FileCheck, layer: LayerDeclaration, title: str) -> None:
    """Add a layer; one that both files declare must be the same, and gets the fields of both."""
    program = check.program
    for number, own in enumerate(program.layers):
        if own.key != layer.key:
            continue
        if (own.source, own.kind, own.options) != (layer.source, layer.kind, layer.options):
            item = next(item for item in check.own_items if isinstance(item, s.Import))
            message = f"“{title}”里的图层“{layer.name}”来自“{layer.source}”，这里来自“{own.source}”；请统一"
            check.scopes.error("ZH290", message, item)
            return
        fields = {entry[0]: entry for entry in (*layer.fields, *own.fields)}
        program.layers[number] = check.layers[own.key] = replace(own, fields=tuple(fields.values()))
        return
    program.layers.append(layer)
