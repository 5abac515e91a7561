"""Write docs/zhscript/参考.md from the grammar and the words: python -m installers.developer.language_reference"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from zhscript import vocabulary
from zhscript.editing.format import format_text
from zhscript.grammar.build import GRAMMAR
from zhscript.meanings import Meaning, meanings

PAGE = Path(__file__).parents[2] / "docs" / "zhscript" / "参考.md"
HEAD = """# zhscript 参考

本页由语法文件和词表生成，不手工修改。想先学会用，看[教程](教程.md)；按题目讲的写法看[写法](写法.md)；成套的例子看[范例](范例.md)。

## 一、句式

`［ ］` 里的可以不写，`…` 表示可以再写几个，`〔 〕` 是一组，`｜` 隔开几种写法，`⏎` 是换行。
标点全角半角都可以，空格可多可少，只有新名字后面必须有空格或标点。

"""
WORDS_HEAD = """## 二、词

每个词的例子都是完整的程序，由自动测试运行，“得”是运行结果（规则的例子里是用小图形检查后的报告）。
"""
# names of rules of the grammar for people; rules without a name are written out where they are used
NAMES = {
    "module": "文件头",
    "header": "说明行",
    "import": "引用",
    "version": "版本",
    "layer": "图层或表格",
    "fields": "字段行",
    "field": "字段",
    "option": "附加说明",
    "parameter": "参数",
    "since": "某日起的值",
    "form_option": "参数的说明",
    "type": "类型",
    "output": "输出",
    "rule": "规则",
    "basis": "依据",
    "citation": "出处",
    "exception": "例外",
    "condition": "条件行",
    "standard": "标准",
    "principle": "原则",
    "case": "标准的例外",
    "over": "优先",
    "tool": "工具",
    "precondition": "参数的条件",
    "function": "函数",
    "formal": "形参",
    "test": "测试",
    "given": "已知",
    "expect": "期望",
    "statement": "语句",
    "simple": "单句",
    "block": "成块的语句",
    "check": "检查",
    "foreach": "遍历",
    "on_failure": "出错时",
    "where": "限定",
    "for": "循环",
    "step": "步长",
    "repeat": "重复",
    "while": "只要",
    "if": "如果",
    "else_if": "否则如果",
    "else": "否则",
    "if_line": "一行的如果",
    "end": "结束",
    "let": "设定",
    "variable": "变量",
    "assign": "改值",
    "require": "要求",
    "report": "报告",
    "hint": "提示",
    "mark": "标注",
    "suggestion": "建议",
    "return": "返回",
    "show": "显示",
    "fail": "报错",
    "put": "放入",
    "expression": "式子",
    "source": "一列值",
    "range": "范围",
    "or_test": "条件",
    "and_test": "且的条件",
    "not_test": "单个条件",
    "comparison": "比较",
    "converted": "换算",
    "sum": "和差",
    "product": "乘除",
    "signed": "带正负号的",
    "pair": "两个图形",
    "chain": "的字句",
    "atom": "基本式子",
    "arguments": "各项",
    "argument": "一项",
    "identifier": "名字",
    "item": "文件里的一项",
}
TOKENS = {
    "_NL": "⏎",
    "_OPEN": "（",
    "_CLOSE": "）",
    "_COMMA": "，",
    "_COLON": "：",
    "_EQUALS": "＝",
    "_PIECE": "个",
    "_OTHER": "其他",
    "STRING": "“文字”",
    "BOOK": "《文件》",
    "ARTICLE": "第几条",
    "NUMBER": "数",
    "QUANTITY": "带单位的数",
    "RATIO": "百分数或分数",
    "DATE": "日期",
    "NAME": "名字",
    "WORD": "词",
    "QUOTED": "【名字】",
    "REFERENCE": "规则｜工具",
    "ORDINAL": "第几个",
    "SINCE": "自某日起",
}
SIGNS = {"[": "［", "]": "］", "|": "｜", "*": "…", "+": "…", "?": "", "(": "〔", ")": "〕"}
_RULE = re.compile(r"^[?!]*(\w+):(.*(?:\n[ \t].*)*)", re.M)
_PART = re.compile(r"\w+|[()\[\]|?*+]")


def reference() -> str:
    """The page."""
    return HEAD + "\n".join(_sentences()) + "\n\n" + WORDS_HEAD + "".join(_words())


def _sentences() -> Iterator[str]:
    """Every rule of the grammar that has a name, with the words of the language for its terminals."""
    rules = dict(_RULE.findall(GRAMMAR.read_text(encoding="utf-8")))
    spelled = _spellings()
    yield "| 句式 | 写法 |"
    yield "|---|---|"
    for name, title in NAMES.items():
        forms = " <br> ".join(_form(form, rules, spelled) for form in _alternatives(rules[name]))
        yield f"| {title} | {forms} |"


def _alternatives(body: str) -> list[str]:
    body = re.sub(r"->\s*\w+|//[^\n]*", "", body)
    return [form.strip() for form in re.split(r"\n\s*\|", body)]


def _form(form: str, rules: dict[str, str], spelled: dict[str, str]) -> str:
    words = []
    for part in _PART.findall(form):
        if part in NAMES:
            words.append(f"*{NAMES[part]}*")
        elif part in spelled:
            words.append(f"`{spelled[part]}`" if part != "_NL" else "⏎")
        elif part in rules:
            inner = [_form(each, rules, spelled) for each in _alternatives(rules[part])]
            words.append(inner[0] if len(inner) == 1 else "（" + "｜".join(inner) + "）")
        else:
            words.append(SIGNS.get(part, part))
    return " ".join(word for word in words if word)


def _spellings() -> dict[str, str]:
    """The words of each terminal, as people type them."""
    found: dict[str, list[str]] = {}
    tables = [vocabulary.STATEMENT_WORDS, vocabulary.CONNECTIVES, *vocabulary.LINE_WORDS.values()]
    for table in tables:
        for word, kind in table.items():
            if word not in found.setdefault(kind, []):
                found[kind].append(word)
    return {**{kind: "｜".join(words) for kind, words in found.items()}, **TOKENS}


def _words() -> Iterator[str]:
    group = ""
    for entry in sorted(meanings().values(), key=lambda entry: _order()[entry.group]):
        if entry.group != group:
            group = entry.group
            yield f"\n### {group}\n"
        yield _word(entry)


def _order() -> dict[str, int]:
    """Groups in the order in which the list of words tells them."""
    return {group: place for place, group in enumerate(dict.fromkeys(entry.group for entry in meanings().values()))}


def _word(entry: Meaning) -> str:
    shows = entry.shows.replace("\n", "；")
    result = f"得：{shows}\n" if shows else ""
    return f"\n#### {entry.word}\n\n{entry.meaning}\n\n```zh 例\n{format_text(entry.example).rstrip()}\n```\n\n{result}"


if __name__ == "__main__":
    PAGE.write_text(reference(), encoding="utf-8")
