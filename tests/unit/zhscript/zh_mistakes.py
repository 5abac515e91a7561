"""Mistakes that people make in writing, one token at a time, and what became of them. For tests and benchmarks."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache

from zhscript import check_text
from zhscript.characters import BLANK
from zhscript.lexer import Lexeme, Lexer
from zhscript.names import declared_names
from zhscript.parsing import parse_text
from zhscript.syntax.nodes import Node
from zhscript.vocabulary import CONNECTIVES, LINE_WORDS, STATEMENT_WORDS

KEYWORDS = {*STATEMENT_WORDS, *CONNECTIVES, *(word for table in LINE_WORDS.values() for word in table)}
_CONTENT = ("NUMBER", "QUANTITY", "RATIO", "DATE", "STRING", "BOOK", "ARTICLE", "ORDINAL", "SINCE")

# characters that are taken for each other by eye
_SHAPES = (
    "未末 土士 己已 日曰 人入 干千 大太 天夫 设没 定走 处外 "
    "间问 第弟 要耍 束柬 图困 检捡 治冶 拆折 候侯 准淮 圆园 条务 "
    "贝见 田由 甲申 午牛 小少 等竿 于干 中申 每母 个介 则侧 "
    "取职 否吞 如奴 果呆 显昱 示元 规观 历厉 遍偏 循盾 函涵 数敷 "
    "参叁 表衰 来末 自白 报服 告吉 提堤 跳挑 返迈 回同 变恋 "
    "量重 标际 例列 外处 依衣 据居 情请 面而 积织 名各 称称 长张 "
    "地他 块快 的旳 为办 与写 到倒 至致 约钓 属尾 包句 含念 "
    "位拉 介价 加如 减咸 乘乖 除徐 改政 增赠 把吧 写与 入人 保呆 "
)
# what people write for a word of the language
_SYNONYMS = {
    "如果": "若 要是 假如 if", "那么": "则 就 then", "否则": "不然 else", "否则如果": "否则若 不然如果 elif",
    "结束": "结束了 完 end", "设定": "令 设 定义 let", "变量": "变数 var", "显示": "打印 输出 print",
    "只要": "当 while", "遍历": "对于 for", "返回": "返还 return", "函数": "方法 function", "检查": "审查 核查",
    "要求": "必须 应当", "提示": "提醒 警告", "否则报告": "否则提示 否则报", "跳过": "继续 continue",
    "跳出": "中断 break",
    "规则": "规定 条款", "图层": "层 layer", "参数": "常量", "大于": "高于 超过 > ", "小于": "低于 不足 <",
    "等于": "是 == =", "不等于": "不是 != <> ≠", "不大于": "小于等于 小于或等于 不超过 <= ≤",
    "不小于": "大于等于 大于或等于 不低于 >= ≥",
    "属于": "在于 属於", "包含": "含有 包括", "且": "和 and && 并", "并且": "而且 and", "或": "或是 or ||",
    "或者": "或是 or",
    "并非": "不是 非 not", "加上": "加 +", "减去": "减 －", "乘以": "乘 x", "除以": "除 ／", "改为": "变为 赋值为",
    "增加": "加 累加", "减少": "减", "中的每个": "的每个 里的每个 中每个 中的每一个", "其中": "当中 where",
    "为": "是 := ＝",
    "换算为": "换算成 转换为", "介于": "处于 在", "至": "到 ~", "没有": "无", "不为空": "非空",
    "为空": "是空 空", "来自": "取自 来源于",
    "所在的": "所处的", "相交": "交叉 相交于", "约等于": "大约等于 ≈", "都满足": "全部满足 都符合",
    "列出": "输出 取", "就重复": "重复",
    "的": "之", "与": "和 跟", "标注": "标记", "建议": "提议", "默认": "缺省", "则取": "则 取",
    "否则取": "否则 则取", "依据": "根据 按照",
    "报错": "出错 抛出", "重复": "循环", "加入": "添加到", "保存为": "另存为 存为", "写入": "写到",
    "期望": "断言", "已知": "给定",
}  # fmt: skip
_UNITS = {
    "平方米": "平米 平方 m2 ㎡米 方", "公顷": "顷 公倾 ha", "亩": "畝 亩地", "米": "公尺 m 来", "千米": "公理 km",
    "平方公里": "平方公理", "元": "块钱 圆", "万元": "万圆 萬元", "天": "日子", "个月": "月", "年": "岁",
    "亿元": "亿圆",
}  # fmt: skip
_TRADITIONAL = dict(
    zip(
        "规则图层设检显参历环结变错标测试则于属并为与报据备号积长网张没换过达围减归类处项称实际应划区线边缓冲总数单",
        "規則圖層設檢顯參歷環結變錯標測試則於屬並為與報據備號積長網張沒換過達圍減歸類處項稱實際應劃區線邊緩衝總數單",
    )
)
_MARKS = {
    "，": "。；.", ",": "。；", "：": "；;．", "（": "【[{《〔", "）": "】]}》〕", "“": "‘'《『【",
    "”": "’'》』】",
    "、": "；。/", "《": "“<<", "》": "”>>", "＝": "：", "「": "『", "」": "』",
}  # fmt: skip


@dataclass(frozen=True)
class Mistake:
    """A program with one token wrong."""

    kind: str
    text: str
    original: str


@lru_cache(maxsize=1)
def _sounds() -> dict[str, list[str]]:
    """The common characters (level 1 of GB 2312) by their reading, as an input method offers them."""
    from pypinyin import lazy_pinyin

    common = [
        bytes([a, b]).decode("gb2312") for a in range(0xB0, 0xD8) for b in range(0xA1, 0xFF) if (a, b) < (0xD7, 0xFA)
    ]
    result: dict[str, list[str]] = defaultdict(list)
    for character in common:
        result[lazy_pinyin(character)[0]].append(character)
    return result


def sound_alike(character: str, chance: random.Random) -> str:
    """Another common character of the same reading, or the character itself when there is none."""
    from pypinyin import lazy_pinyin

    others = [other for other in _sounds().get(lazy_pinyin(character)[0], ()) if other != character]
    return chance.choice(others) if others else character


def shape_alike(character: str, chance: random.Random) -> str:
    """A character that looks like it, or the character itself."""
    others = [pair.replace(character, "", 1) for pair in _SHAPES.split() if character in pair]
    return chance.choice(others) if others else character


def tree(text: str) -> object:
    """The program's tree without positions; None when it cannot be read."""
    parsed = parse_text(text)
    if any(problem.severity == "error" for problem in parsed.problems):
        return None
    return [plain(item) for item in parsed.items]


def plain(node: object) -> object:
    """A node without positions and spelling."""
    if isinstance(node, Node):
        return (
            type(node).__name__,
            *(plain(value) for name, value in vars(node).items() if name not in ("start", "end", "text")),
        )
    if isinstance(node, (list, tuple)):
        return [plain(item) for item in node]
    return node if isinstance(node, (str, int, bool, Fraction, type(None))) else repr(node)


def lexemes_of(text: str) -> list[Lexeme]:
    """The lexemes with a text of their own; those inside the holes of texts too."""
    names = declared_names(text)
    result = []
    for lexeme in Lexer(text).run():
        if lexeme.end == lexeme.start or lexeme.kind in ("_NL", "ERROR"):
            continue
        result.append(lexeme)
        if lexeme.kind == "STRING" and "{" in lexeme.text:
            opening = lexeme.text.index("{") + 1
            inside = lexeme.text[opening : lexeme.text.find("}")].split("：")[0]
            hole = Lexer(inside, names, lexeme.start + opening, False).run()
            result += [piece for piece in hole if piece.end > piece.start and piece.kind not in ("_NL", "ERROR")]
    return result


class Mistakes:
    """All kinds of one-token mistakes in one program, drawn by a seed."""

    def __init__(self, text: str, seed: object) -> None:
        self.text = text
        self.chance = random.Random(str(seed))
        self.lexemes = lexemes_of(text)
        self.outer = [x for i, x in enumerate(self.lexemes) if not i or x.start >= self.lexemes[i - 1].end]

    def draw(self, count: int) -> list[Mistake]:
        """Up to `count` different mistakes of each kind."""
        result = []
        for name in sorted(dir(self)):
            if not name.startswith("_kind_"):
                continue
            texts = sorted(set(getattr(self, name)()) - {self.text})
            for text in self.chance.sample(texts, min(count, len(texts))):
                result.append(Mistake(name[6:], text, self.text))
        return result

    def _put(self, lexeme: Lexeme, new: str) -> str:
        return self.text[: lexeme.start] + new + self.text[lexeme.end :]

    def _keywords(self) -> list[Lexeme]:
        return [x for x in self.lexemes if x.text in KEYWORDS]

    def _names(self) -> list[Lexeme]:
        return [x for x in self.lexemes if x.kind in ("NAME", "WORD")]

    def _kind_drop_keyword(self) -> list[str]:
        return [self._put(x, "") for x in self._keywords() if x.kind != "_END"]

    def _kind_drop_name(self) -> list[str]:
        return [self._put(x, "") for x in self._names()]

    def _kind_drop_literal(self) -> list[str]:
        return [self._put(x, "") for x in self.outer if x.kind in _CONTENT]

    def _kind_drop_mark(self) -> list[str]:
        return [self._put(x, "") for x in self.outer if x.text in "，、：（）()＝,:"]

    def _kind_drop_quote(self) -> list[str]:
        result = []
        for x in self.outer:
            if x.kind in ("STRING", "BOOK"):
                result += [self._put(x, x.text[1:]), self._put(x, x.text[:-1])]
        return result

    def _kind_drop_end(self) -> list[str]:
        lines = self.text.split("\n")
        return ["\n".join(lines[:i] + lines[i + 1 :]) for i, x in enumerate(lines) if x.strip(BLANK).startswith("结束")]

    def _kind_extra_end(self) -> list[str]:
        lines = self.text.split("\n")
        return ["\n".join([*lines[:i], x, *lines[i:]]) for i, x in enumerate(lines) if x.strip(BLANK) == "结束"]

    def _kind_double_token(self) -> list[str]:
        return [self._put(x, f"{x.text} {x.text}" if x.text[0].isalnum() else x.text * 2) for x in self.outer]

    def _kind_swap_tokens(self) -> list[str]:
        result = []
        for a, b in zip(self.outer, self.outer[1:]):
            gap = self.text[a.end : b.start]
            if "\n" not in gap:
                result.append(self.text[: a.start] + b.text + (gap or " ") + a.text + self.text[b.end :])
        return result

    def _replaced(self, lexemes: list[Lexeme], change: object) -> list[str]:
        result = []
        for x in lexemes:
            place = self.chance.randrange(len(x.text))
            new = change(x.text[place], self.chance)  # type: ignore[operator]
            result.append(self._put(x, x.text[:place] + new + x.text[place + 1 :]))
        return result

    def _kind_sound_keyword(self) -> list[str]:
        return self._replaced(self._keywords(), sound_alike)

    def _kind_sound_name(self) -> list[str]:
        return self._replaced([x for x in self._names() if not x.text.isascii()], sound_alike)

    def _kind_shape_keyword(self) -> list[str]:
        return self._replaced(self._keywords(), shape_alike)

    def _kind_shape_name(self) -> list[str]:
        return self._replaced(self._names(), shape_alike)

    def _without_one(self, lexemes: list[Lexeme]) -> list[str]:
        result = []
        for x in lexemes:
            if len(x.text) > 1:
                place = self.chance.randrange(len(x.text))
                result.append(self._put(x, x.text[:place] + x.text[place + 1 :]))
        return result

    def _kind_short_keyword(self) -> list[str]:
        return self._without_one(self._keywords())

    def _kind_short_name(self) -> list[str]:
        return self._without_one([x for x in self._names() if len(x.text) > 2])

    def _kind_stammered_word(self) -> list[str]:
        result = []
        for x in self._keywords() + self._names():
            place = self.chance.randrange(len(x.text))
            result.append(self._put(x, x.text[: place + 1] + x.text[place] + x.text[place + 1 :]))
        return result

    def _kind_swapped_characters(self) -> list[str]:
        result = []
        for x in self._keywords() + self._names():
            if len(x.text) > 1:
                i = self.chance.randrange(len(x.text) - 1)
                result.append(self._put(x, x.text[:i] + x.text[i + 1] + x.text[i] + x.text[i + 2 :]))
        return result

    def _kind_traditional(self) -> list[str]:
        words = self._keywords() + self._names()
        return [self._put(x, "".join(_TRADITIONAL.get(c, c) for c in x.text)) for x in words]

    def _kind_synonym(self) -> list[str]:
        result = []
        for x in self._keywords():
            for other in _SYNONYMS.get(x.text, "").split():
                pad = " " if other.isascii() else ""
                result.append(self._put(x, pad + other + pad))
        return result

    def _kind_wrong_mark(self) -> list[str]:
        result = []
        for x in self.outer:
            if x.text in _MARKS:
                result += [self._put(x, mark) for mark in _MARKS[x.text]]
            elif x.kind in ("STRING", "BOOK"):
                result += [self._put(x, mark + x.text[1:]) for mark in _MARKS.get(x.text[0], "")]
                result += [self._put(x, x.text[:-1] + mark) for mark in _MARKS.get(x.text[-1], "")]
        return result

    def _kind_comma_in_number(self) -> list[str]:
        numbers = [x for x in self.outer if x.kind in ("NUMBER", "QUANTITY") and x.text[:4].isdigit()]
        return [self._put(x, x.text[:1] + "," + x.text[1:]) for x in numbers]

    def _kind_full_stop_in_number(self) -> list[str]:
        return [self._put(x, x.text.replace(".", "。")) for x in self.outer if x.kind in ("NUMBER", "QUANTITY")]

    def _kind_wrong_unit(self) -> list[str]:
        result = []
        for x in self.lexemes:
            if x.kind == "QUANTITY" and "每" not in x.text:
                for unit, others in _UNITS.items():
                    if x.text.endswith(unit) and x.text[: -len(unit)][-1:].isdigit():
                        result += [self._put(x, x.text[: -len(unit)] + other) for other in others.split()]
        return result

    def _kind_unclosed_name(self) -> list[str]:
        """The blank after a new name forgotten."""
        result = []
        for a, b in zip(self.outer, self.outer[1:]):
            if a.kind in ("NAME", "WORD") and b.kind == "_IS" and b.start > a.end:
                result.append(self.text[: a.end] + self.text[b.start :])
        return result


@dataclass
class Tally:
    """What became of mistakes, by kind: repaired, missed, silent (still a program, another one)."""

    outcomes: dict[str, Counter] = field(default_factory=lambda: defaultdict(Counter))
    bad_fixes: list[tuple[Mistake, str]] = field(default_factory=list)
    missed: list[Mistake] = field(default_factory=list)

    def add(self, mistake: Mistake, wanted: object) -> str:
        """Judge one mistake: repaired when one of the first three fixes gives the original tree."""
        outcome = self._judge(mistake, wanted)
        self.outcomes[mistake.kind][outcome] += 1
        if outcome == "missed":
            self.missed.append(mistake)
        return outcome

    def _judge(self, mistake: Mistake, wanted: object) -> str:
        _, diagnostics = check_text(mistake.text)
        errors = [item for item in diagnostics if item.severity == "error"]
        if not errors:
            return "same" if tree(mistake.text) == wanted else "silent"
        fixes = [fix for item in errors for fix in item.fixes]
        repaired = False
        for number, fix in enumerate(fixes):
            text = apply_fix(mistake.text, fix)
            if check_text(text)[0] is None:
                self.bad_fixes.append((mistake, fix["title"]))
            repaired = repaired or (number < 3 and tree(text) == wanted)
        return "repaired" if repaired else "missed"

    def rate(self, kinds: object = None) -> float:
        """Repaired among the mistakes that were noticed."""
        counts = sum((self.outcomes[kind] for kind in (kinds or self.outcomes)), Counter())  # type: ignore[attr-defined]
        return counts["repaired"] / max(1, counts["repaired"] + counts["missed"])


def apply_fix(text: str, fix: dict) -> str:
    """The text after a fix of a diagnostic."""
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    edits = [
        (starts[e["line"] - 1] + e["column"] - 1, starts[e["end_line"] - 1] + e["end_column"] - 1, e["text"])
        for e in fix["edits"]
    ]
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return text
