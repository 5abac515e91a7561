"""Long programs for benchmarks: rules and functions of daily work, varied by chance, and the same in Python."""

from __future__ import annotations

import random
from itertools import count
from typing import Iterator

_PLACES = "地块 图斑 项目 宗地 单元 街区 村庄 道路 河道 林地 耕地 园地 草地 湿地 公园 小学 医院 站点 管线 码头".split()  # noqa: SIM905 - easier to read than a list
_TRAITS = "面积 高度 宽度 长度 坡度 密度 限高 退界 投资 户数 人口 层数 车位 编号 名称 用途 等级 权属 年份 代码".split()  # noqa: SIM905 - easier to read than a list
_KINDS = "规划 现状 批准 计算 核定 实测 设计 备案 调查 变更 控制 最小 最大 平均 累计 有效 建设 占用 保护 剩余".split()  # noqa: SIM905 - easier to read than a list


class _Names:
    """New names of four or more characters, none twice."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._given: set[str] = set()

    def __call__(self) -> str:
        while True:
            name = self._chance.choice(_KINDS) + self._chance.choice(_PLACES) + self._chance.choice(_TRAITS)
            if name in self._given:
                name += self._chance.choice("甲乙丙丁戊己庚辛") + str(len(self._given))
            if name not in self._given:
                self._given.add(name)
                return name


def _heading(names: _Names, chance: random.Random) -> Iterator[tuple[str, str]]:
    yield "规则集 建设用地审查", "规则集 = '建设用地审查'"
    for layer, source in (("建设项目", "JSXM"), ("永久基本农田", "YJJBNTTB"), ("宗地", "ZD"), ("道路红线", "DLHX")):
        fields = "编号、用地性质、建筑高度（米）、容积率、批准日期（日期）、户数"
        yield f"图层 {layer} 来自“{source}”，字段 {fields}", f"{layer} = layer('{source}', '{fields}'.split('、'))"
    for number in range(8):
        name, amount = names(), chance.randrange(2, 900)
        yield (
            f"参数 参数{name} 为 {amount}平方米，依据“技术规定第{number}条”",
            f"参数{name} = quantity({amount}, '平方米', basis='技术规定第{number}条')",
        )
    yield "函数 折算亩数（占地：面积） 为 占地 换算为 亩", "def 折算亩数(占地): return 占地 / 亩"


def _rule(names: _Names, chance: random.Random, number: int) -> Iterator[tuple[str, str]]:
    part, area, share, low = names(), names(), names(), chance.randrange(2, 99)
    other = chance.choice(("永久基本农田", "道路红线", "宗地"))
    yield f"规则“第{number}号：{area}应当符合规定”", f"@rule('第{number}号：{area}应当符合规定')"
    yield (
        f"依据《中华人民共和国土地管理法》第{chance.randrange(1, 80)}条",
        f"@basis('中华人民共和国土地管理法', {chance.randrange(1, 80)})",
    )
    yield f"等级“{chance.choice(('强制', '一般', '提示'))}”", "@level('强制')"
    yield "检查 建设项目 中的每个 项目：", f"def check_{number}(项目):"
    yield f"    设定 {part} 为 项目 与 {other} 的相交部分", f"    {part} = 项目.intersection({other})"
    yield f"    设定 {area} 为 {part} 的面积", f"    {area} = {part}.area"
    yield f"    设定 {share} 为 {area} 除以 项目的面积", f"    {share} = {area} / 项目.area"
    yield "    注：小于规定的不计", "    # 小于规定的不计"
    yield (
        f"    如果 {area} 大于 {low}亩，且 项目的用地性质 属于（“0701”、“070102”），那么",
        f"    if {area} > {low} * 亩 and 项目.用地性质 in ('0701', '070102'):",
    )
    yield (
        f"        提示“{other}被占用{{{area}：亩，两位小数}}，占{{{share}：百分数，一位小数}}”",
        f"        hint(f'{other}被占用{{{area}:.2f}}，占{{{share}:.1%}}')",
    )
    yield "        跳过", "        return"
    yield "    结束", ""
    distance = chance.randrange(5, 500)
    yield (
        f"    要求 项目 到 道路红线 的距离 不小于 {distance}米，否则报告"
        "“退界不足{项目 到 道路红线 的距离：米，取整}”",
        f"    require(项目.distance(道路红线) >= {distance}, lambda: f'退界不足{{项目.distance(道路红线):.0f}}')",
    )
    yield (
        f"    要求 {area} 不大于 {low}平方米 或 项目的建筑高度 不大于 {distance}米，"
        f"否则报告“{area}超过规定”，标注 {part}",
        f"    require({area} <= {low} or 项目.建筑高度 <= {distance}, '{area}超过规定', {part})",
    )
    yield "结束", ""
    yield "结束", ""
    yield "", ""


def _function(names: _Names, chance: random.Random, _number: int) -> Iterator[tuple[str, str]]:
    name, total, step, item, index = names(), names(), names(), names(), names()
    bound = chance.randrange(10, 99)
    yield (
        f"函数 求{name}（数表：列表，起点：数值，限值：数值 默认 {bound}）：数值",
        f"def 求{name}(数表, 起点, 限值={bound}):",
    )
    yield f"    变量 {total} 为 起点 乘以（限值 减去 2） 加上 {bound}", f"    {total} = 起点 * (限值 - 2) + {bound}"
    yield f"    遍历 数表 中的每个 {item}（第 {index} 个）：", f"    for {index}, {item} in enumerate(数表, 1):"
    yield (
        f"        如果 {item} 小于 {bound} 或 {index} 大于 限值，那么",
        f"        if {item} < {bound} or {index} > 限值:",
    )
    yield f"            {total} 增加 {item} 除以 {index}", f"            {total} += {item} / {index}"
    yield f"        否则如果 {item} 等于 限值，那么", f"        elif {item} == 限值:"
    yield (
        f"            {total} 改为 {total} 减去（{item} 加上 1） 乘以 {index}",
        f"            {total} = {total} - ({item} + 1) * {index}",
    )
    yield "        否则", "        else:"
    yield "            跳出", "            break"
    yield "        结束", ""
    yield "    结束", ""
    yield f"    设定 {step} 为（{total} 加上 数表的个数） 除以 {bound}", f"    {step} = ({total} + len(数表)) / {bound}"
    yield f"    循环 {index}次 从 1 到 {bound}：", f"    for {index}次 in range(1, {bound} + 1):"
    yield f"        {total} 增加 {step} 乘以 {index}次", f"        {total} += {step} * {index}次"
    yield "    结束", ""
    yield (
        f"    返回 {total} 加上 余数（{bound}，7） 减去 {step} 的绝对值",
        f"    return {total} + {bound} % 7 - abs({step})",
    )
    yield "结束", ""
    yield "", ""


def _calls(names: _Names, chance: random.Random, number: int) -> Iterator[tuple[str, str]]:
    total, item, low = names(), names(), chance.randrange(2, 99)
    yield f"变量 {total} 为 {low}", f"{total} = {low}"
    yield f"循环 {item} 从 1 到 {low}：", f"for {item} in range(1, {low} + 1):"
    yield (
        f"    如果 余数（{item}，3） 等于 0 且 {total} 小于 {low}000，那么",
        f"    if {item} % 3 == 0 and {total} < {low}000:",
    )
    yield f"        {total} 增加 {item} 乘以 2 加上 {low}", f"        {total} += {item} * 2 + {low}"
    yield "    否则", "    else:"
    yield f"        {total} 改为 {total} 减去 {item}", f"        {total} = {total} - {item}"
    yield "    结束", ""
    yield "结束", ""
    yield (
        f"显示“第{number}段：{{{total}：两位小数}}，共{{{total} 除以 {low}：百分数，一位小数}}”",
        f"print(f'第{number}段：{{{total}:.2f}}，共{{{total} / {low}:.1%}}')",
    )


def _until(lines: int, parts: Iterator[list[tuple[str, str]]]) -> tuple[str, str]:
    """Both texts by whole parts up to the length; Python, which needs no 结束, gets more parts."""
    ours: list[str] = []
    peer: list[str] = []
    for part in parts:
        if len(ours) < lines:
            ours += [own for own, _ in part]
        peer += [python for own, python in part if python or not own]
        if len(peer) >= len(ours) >= lines:
            break
    return "\n".join(ours) + "\n", "\n".join(peer) + "\n"


def rule_sets(lines: int, seed: int = 1) -> tuple[str, str]:
    """A rule set with functions of at least so many lines, and a Python program of the same content and length."""
    chance = random.Random(seed)
    names = _Names(chance)

    def parts() -> Iterator[list[tuple[str, str]]]:
        yield list(_heading(names, chance))
        for number in count(1):
            yield list((_function if number % 4 == 0 else _rule)(names, chance, number))

    return _until(lines, parts())


def scripts(lines: int, seed: int = 1) -> tuple[str, str]:
    """A script with functions of at least so many lines, and a Python program of the same content and length."""
    chance = random.Random(seed)
    names = _Names(chance)

    def parts() -> Iterator[list[tuple[str, str]]]:
        yield [("脚本 年度汇总", "脚本 = '年度汇总'")]
        for number in count(1):
            yield list((_function if number % 2 == 0 else _calls)(names, chance, number))

    return _until(lines, parts())
