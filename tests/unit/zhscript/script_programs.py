"""Random scripts of the part that translates both ways: values, functions, 如果, loops, lists, dictionaries, texts."""

from __future__ import annotations

from hypothesis import strategies as st

from zhscript import syntax as s
from zhscript.library import FUNCTIONS
from zhscript.syntax.nodes import Node

NUMBERS = ("数一", "数二", "a")
TEXTS = ("文一", "b_2")
LISTS = ("表一", "表二")

FUNCTION = """函数 加倍（n：数值，k：数值 默认 2）：数值
    说明“乘以几倍”
    如果 n 大于 1000，那么
        返回 1000
    结束
    返回 n 乘以 k
结束
"""

START = (
    FUNCTION
    + "变量 数一 为 3\n变量 数二 为 1.5\n变量 a 为 7\n变量 文一 为 “甲”\n变量 b_2 为 “乙丙”\n"
    + "变量 表一 为 （1，2.5，4）\n变量 表二 为 列表（2）\n变量 册 为 字典（“甲”：1，“乙”：2）\n"
    + "数一 增加 1\n数二 增加 1\na 增加 1\n文一 改为 “丁”\nb_2 改为 “戊己”\n"
    + "把 3 加入 表一\n把 4 加入 表二\n册 的（“丁”） 改为 9\n"
)


@st.composite
def numbers(draw, depth=2):
    simple = st.one_of(st.sampled_from(NUMBERS), st.integers(0, 20).map(str), st.sampled_from(["0.5", "2.25"]))
    if depth == 0:
        return draw(simple)
    inner = numbers(depth - 1)
    name = draw(st.sampled_from(NUMBERS))  # an operand that is no constant keeps the translation from computing it
    kind = draw(st.integers(0, 8))
    if kind <= 2:
        sign = draw(st.sampled_from(["加上", "减去", "乘以"]))
        return f"（{name} {sign} （{draw(inner)}））"
    if kind == 3:
        return f"（{name} 除以 {draw(st.sampled_from(NUMBERS))}）"
    if kind == 4:
        return f"（{draw(st.sampled_from(LISTS))} 的{draw(st.sampled_from(['个数', '总和', '最大值', '最小值']))}）"
    if kind == 5:
        return f"加倍（{draw(inner)}，k：{draw(inner)}）"
    if kind == 6:
        return f"（{draw(st.sampled_from(LISTS))} 的第{draw(st.integers(1, 3))}个）"
    if kind == 7:
        return f"余数（{name}，{draw(st.sampled_from(NUMBERS))}）"
    return draw(simple)


@st.composite
def conditions(draw, depth=2):
    if depth == 0 or draw(st.booleans()):
        word = draw(st.sampled_from(["大于", "小于", "等于", "不大于", "不小于", "不等于"]))
        if draw(st.integers(0, 3)) == 0:
            return f"（{draw(st.sampled_from(TEXTS))} {draw(st.sampled_from(['等于', '不等于']))} “丁”）"
        return f"（{draw(st.sampled_from(NUMBERS))} {word} {draw(numbers(1))}）"
    inner = conditions(depth - 1)
    kind = draw(st.integers(0, 3))
    if kind == 0:
        return f"（并非 {draw(inner)}）"
    if kind == 1:
        return f"（{draw(numbers(0))} 属于 {draw(st.sampled_from(LISTS))}）"
    return f"（{draw(inner)} {'且' if kind == 2 else '或'} {draw(inner)}）"


@st.composite
def statements(draw, depth=2, loop=False):
    kind = draw(st.integers(0, 9 if depth else 4))
    number, condition = numbers(2), conditions(1)
    body = st.lists(statements(depth - 1, True), min_size=1, max_size=2).map("".join) if depth else st.just("")
    if kind == 0:
        word = draw(st.sampled_from(["改为", "增加", "减少"]))
        return f"{draw(st.sampled_from(NUMBERS))} {word} {draw(number)}\n"
    if kind == 1:
        text = f"“{draw(st.sampled_from(['甲', '、{{', '乙']))}{{{draw(st.sampled_from(TEXTS))}}}”"
        return f"{draw(st.sampled_from(TEXTS))} 改为 {text}\n"
    if kind == 2:
        return f"把 {draw(number)} 加入 {draw(st.sampled_from(LISTS))}\n"
    if kind == 3:
        return f"显示 {draw(number)}，{draw(condition)}，{draw(st.sampled_from(TEXTS))}\n"
    if kind == 4:
        return "册 的（“甲”） 改为 册 的取值（“甲”，缺省：0） 加上 数一\n"
    if kind == 5:
        first, second = f"如果 {draw(condition)}，那么\n{draw(body)}", f"否则如果 {draw(condition)}，那么\n{draw(body)}"
        return f"{first}{second}否则\n{draw(body)}结束\n"
    if kind == 6 and not loop:
        return f"遍历 （1，{draw(number)}） 中的每个 项（第 序 个）：\n显示 项，序\n{draw(body)}结束\n"
    if kind == 7 and not loop:
        bounds = f"从 {draw(st.integers(0, 3))} 到 {draw(st.integers(0, 6))}，每次增加 {draw(st.integers(2, 3))}"
        return f"循环 次 {bounds}：\n{draw(body)}{'跳过' if draw(st.booleans()) else '跳出'}\n结束\n"
    if kind == 8:
        return (
            f"显示 （{draw(st.sampled_from(LISTS))} 中的每个 元，其中 元 大于 {draw(numbers(0))}，列出 元 加上 数一）\n"
        )
    return f"显示 册 的键列表，册 的（“乙”），（如果 {draw(condition)} 则取 {draw(number)}，否则取 {draw(number)}）\n"


programs = st.lists(statements(), min_size=1, max_size=6).map(lambda parts: START + "".join(parts))


def tree(value):
    """A tree without positions, brackets and spelling; x 的 f as f（x）."""
    if isinstance(value, s.Group):
        return tree(value.inner)
    if isinstance(value, s.Identifier):
        return value.name
    if isinstance(value, s.Member) and value.identifier.name in FUNCTIONS:
        return ("Call", value.identifier.name, (tree(value.base),))
    if isinstance(value, s.Call):
        given = [tree(value.receiver)] if value.receiver is not None else []
        given += [(tree(a.name), tree(a.value)) if a.name else tree(a.value) for a in value.arguments]
        return (
            ("ListOf", tuple(given)) if value.function.name == "列表" else ("Call", value.function.name, tuple(given))
        )
    if isinstance(value, s.ListOf):
        return ("ListOf", tuple(map(tree, value.items)))
    if isinstance(value, s.If) and len(value.otherwise) == 1 and isinstance(value.otherwise[0], s.If):
        rest = value.otherwise[0]  # Python does not tell 否则 with a 如果 in it from 否则如果
        return tree(s.If(0, 0, [*value.branches, *rest.branches], rest.otherwise))
    if isinstance(value, Node):
        parts = {k: v for k, v in vars(value).items() if k not in ("start", "end", "text")}
        return (type(value).__name__, *(tree(part) for part in parts.values()))
    if isinstance(value, (list, tuple)):
        return tuple(map(tree, value))
    return value
