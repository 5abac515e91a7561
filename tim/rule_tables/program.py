"""The rule file that is made of a table: declared fields, parameters with their basis, rules."""

from __future__ import annotations

from dataclasses import dataclass, field

from tim.rule_tables.limits import Unreadable
from zhscript.translate.spelling import spelt_name, spelt_text

ROW = "\0"  # no text of a cell can hold it
_ELEMENTS = ("地块", "对象", "这一个", "甲")


def name_of(text: str) -> str:
    """A name of the language. Raises `Unreadable`."""
    spelt = spelt_name(text)
    if spelt is None:
        raise Unreadable(f"“{text}”不能作名字（太长，或者有【】、两个连着的下划线）")
    return spelt


def text_of(text: str) -> str:
    """A quoted text of the language. Raises `Unreadable`."""
    spelt = spelt_text(text)
    if spelt is None:
        raise Unreadable(f"“{text}”里的引号不配对，写不进规则")
    return f"“{spelt}”"


@dataclass
class RuleText:
    """One rule: `requirements` are (condition, report) where `ROW` stands for the feature's name."""

    title: str
    layer: str
    requirements: list[tuple[str, str]]
    where: str = ""
    basis: str = ""
    level: str = ""
    number: str = ""


@dataclass
class RuleFile:
    """Collects fields, parameters and rules, and writes them."""

    name: str
    note: str
    fields: dict[str, dict[str, str]] = field(default_factory=dict)  # layer -> field -> type or unit word
    parameters: dict[str, str] = field(default_factory=dict)  # name -> the rest of its line
    rules: list[RuleText] = field(default_factory=list)

    def declare(self, layer: str, name: str, word: str) -> str:
        """Declare a field; gives its spelling. Raises `Unreadable` when it has another type already."""
        fields = self.fields.setdefault(layer, {})
        before = fields.setdefault(name, word)
        if before and word and before != word:
            raise Unreadable(f"字段“{name}”前面按“{before}”计，这里按“{word}”计；一个字段只能有一种单位")
        fields[name] = before or word
        return name_of(name)

    def parameter(self, wish: str, value: str, basis: str) -> str:
        """Declare a parameter with its basis; gives its spelling."""
        name, number = wish, 1
        taken = {*self.parameters, *self.fields, *(key for fields in self.fields.values() for key in fields)}
        while name in taken:
            number += 1
            name = f"{wish}{number}"
        self.parameters[name] = f"{value}，依据{basis}" if basis else value
        return name_of(name)

    def text(self) -> str:
        """The rule file."""
        taken = {*self.fields, *self.parameters, *(key for fields in self.fields.values() for key in fields)}
        element = next(word for word in _ELEMENTS if word not in taken)
        lines = [f"规则集 {name_of(self.name)}", f"说明{text_of(self.note)}", ""]
        for layer, fields in self.fields.items():
            declared = "、".join(name_of(name) + (f"（{word}）" if word else "") for name, word in fields.items())
            lines.append(f"图层 {name_of(layer)} 来自{text_of(layer)}，字段 {declared}")
        lines += [f"参数 {name_of(name)} 为 {rest}" for name, rest in self.parameters.items()]
        for rule in self.rules:
            lines += ["", *_rule_lines(rule, element)]
        return "\n".join(lines) + "\n"


def _rule_lines(rule: RuleText, element: str) -> list[str]:
    lines = [f"规则{text_of(rule.title)}"]
    lines += [f"依据{rule.basis}"] if rule.basis else []
    lines += [f"等级“{rule.level}”"] if rule.level else []
    lines += [f"编号{text_of(rule.number)}"] if rule.number else []
    where = f"，其中 {rule.where.replace(ROW, element)}" if rule.where else ""
    lines.append(f"检查 {name_of(rule.layer)} 中的每个 {element}{where}：")
    for condition, report in rule.requirements:
        told = f"，否则报告{report.replace(ROW, element)}" if report else ""
        lines.append(f"    要求 {condition.replace(ROW, element)}{told}")
    return [*lines, "结束", "结束"]
