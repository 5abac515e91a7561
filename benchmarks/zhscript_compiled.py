"""Compiled scripts against the same Python: CPU time of both in one run, the median of the ratios of rounds.

`python benchmarks/zhscript_compiled.py` prints the ratios of loops, calls, arithmetic, features and lists, with the
flag of cancellation in the compiled code, and of text to code object against CPython's own `compile`.
"""

from __future__ import annotations

import statistics
from time import process_time

from zhscript import check_text
from zhscript.engine.compiler.execution import bound
from zhscript.engine.compiler.limits import Clock
from zhscript.engine.compiler.program import compile_script
from zhscript.engine.run import Runner
from zhscript.engine.table import Layer, Table, read_layer

ROUNDS = 7
TURNS = 300_000

CASES = {
    "循环与整数": (
        f"变量 合计 为 0\n循环 子 从 1 到 {TURNS}：\n合计 增加 子\n结束\n显示 合计",
        f"def main():\n    total = 0\n    for i in range(1, {TURNS} + 1):\n        total += i\n    return total",
    ),
    "只要循环": (
        f"变量 数 为 0\n变量 合计 为 0.5\n只要 数 小于 {TURNS}，就重复：\n数 增加 1\n"
        "合计 改为 合计 乘以 0.5 加上 数\n结束\n显示 合计",
        f"def main():\n    n = 0\n    total = 0.5\n    while n < {TURNS}:\n        n += 1\n"
        "        total = total * 0.5 + n\n    return total",
    ),
    "带单位的算术": (
        f"变量 地 为 0平方米\n设定 宽 为 3.5米\n循环 子 从 1 到 {TURNS}：\n设定 长 为 子 乘以 2.5米\n"
        "地 改为 地 乘以 0.5 加上 宽 乘以 长 减去 1亩\n结束\n显示 地",
        "def main():\n    area = 0.0\n    width = 3.5\n"
        f"    for i in range(1, {TURNS} + 1):\n        length = i * 2.5\n"
        "        area = area * 0.5 + width * length - 2000 / 3\n    return area",
    ),
    "整数相乘": (
        f"变量 合计 为 0\n循环 子 从 1 到 {TURNS}：\n合计 改为 余数（合计 加上 子 乘以 子，1000003）\n结束\n显示 合计",
        f"def main():\n    total = 0\n    for i in range(1, {TURNS} + 1):\n        total = (total + i * i) % 1000003\n"
        "    return total",
    ),
    "变量相乘": (
        f"变量 合计 为 7\n循环 子 从 1 到 {TURNS}：\n合计 改为 余数（合计 乘以 子 加上 1，1000003）\n结束\n显示 合计",
        f"def main():\n    total = 7\n    for i in range(1, {TURNS} + 1):\n        total = (total * i + 1) % 1000003\n"
        "    return total",
    ),
    "函数调用": (
        "函数 算（长：长度，宽：长度）：面积\n返回 长 乘以 宽 加上 1平方米\n结束\n"
        f"变量 合计 为 0平方米\n循环 子 从 1 到 {TURNS}：\n合计 增加 算（2.5米，3.5米）\n结束\n显示 合计",
        "def area(a, b):\n    return a * b + 1\n\ndef main():\n    total = 0.0\n"
        f"    for i in range(1, {TURNS} + 1):\n        total += area(2.5, 3.5)\n    return total",
    ),
    "递归": (
        "函数 斐（n：整数）：整数\n如果 n 小于 2，那么 返回 n\n"
        "返回 斐（n 减去 1） 加上 斐（n 减去 2）\n结束\n显示 斐（22）",
        "def fib(n):\n    if n < 2:\n        return n\n    return fib(n - 1) + fib(n - 2)\n\n"
        "def main():\n    return fib(22)",
    ),
    "条件": (
        f"变量 多 为 0\n变量 少 为 0\n循环 子 从 1 到 {TURNS}：\n如果 子 大于 1000 且 子 不等于 2000，那么\n"
        "多 增加 1\n否则\n少 增加 1\n结束\n结束\n显示 多，少",
        "def main():\n    more = less = 0\n"
        f"    for i in range(1, {TURNS} + 1):\n        if i > 1000 and i != 2000:\n            more += 1\n"
        "        else:\n            less += 1\n    return more, less",
    ),
    "列表": (
        f"变量 列 为 列表（）\n循环 子 从 1 到 {TURNS // 3}：\n把 子 乘以 2 加入 列\n结束\n显示 列的个数",
        "def main():\n    items = []\n"
        f"    for i in range(1, {TURNS // 3} + 1):\n        items.append(i * 2)\n    return len(items)",
    ),
    "查询": (
        f"设定 列 为（1 至 {TURNS // 3}）\n"
        "设定 选 为（列 中的每个 子，其中 子 大于 100，列出 子 乘以 2）\n显示 选的个数",
        f"def main():\n    items = list(range(1, {TURNS // 3} + 1))\n    return len([i * 2 for i in items if i > 100])",
    ),
    "要素": (
        "图层 地块 来自“甲”，字段 面积数（数值）、高（米）\n变量 合计 为 0\n变量 次 为 0\n遍历 地块 中的每个 块：\n"
        "合计 增加 块的面积数 乘以 2\n如果 块的高 大于 24米，那么 次 增加 1\n结束\n显示 合计，次",
        "def main():\n    total = 0\n    count = 0\n    for f in FEATURES:\n        total += f.area * 2\n"
        "        if f.height > 24:\n            count += 1\n    return total, count",
    ),
}


class Plot:
    """A feature as a Python program would have it."""

    __slots__ = ("area", "height")

    def __init__(self, area: float, height: float) -> None:
        self.area = area
        self.height = height


FEATURES = [Plot(float(n % 977), float(n % 61)) for n in range(TURNS // 3)]


def layer(program) -> dict[str, Layer]:
    """The features as a layer."""
    columns = {"面积数": [plot.area for plot in FEATURES], "高": [plot.height for plot in FEATURES]}
    table = Table("甲", columns, None, "")
    return {item.key: read_layer(item, table) for item in program.layers}


def ratio(script: str, python: str) -> float:
    """How many times the CPU time of Python the compiled script takes."""
    program, _ = check_text(script)
    compiled = compile_script(program)
    names: dict = {"FEATURES": FEATURES}
    exec(compile(python, "peer", "exec"), names)
    layers = layer(program)
    ratios = []
    for _ in range(ROUNDS):
        runner = Runner(program, layers)
        clock = Clock(runner.check)
        code = bound(compiled, program, runner, clock)
        clock.start(code)
        start = process_time()
        code["f_script"]()
        middle = process_time()
        names["main"]()
        end = process_time()
        clock.stop()
        ratios.append((middle - start) / (end - middle))
    return statistics.median(ratios)


def long_texts(lines: int) -> tuple[str, str]:
    """A script and the same Python, of about so many lines."""
    script, python = ["变量 合计 为 0平方米"], ["def main():", "    total = 0.0"]
    for number in range(lines // 8):
        script += [
            f"设定 长{number} 为 {number}.5米 加上 3米",
            f"设定 宽{number} 为 长{number} 乘以 0.5",
            f"如果 长{number} 大于 宽{number} 且 合计 小于 100亩，那么",
            f"    合计 增加 长{number} 乘以 宽{number}",
            "否则",
            f"    合计 改为 合计 减去 宽{number} 乘以 长{number}",
            "结束",
            f"显示“{{合计：亩，两位小数}}”，长{number}",
        ]
        python += [
            f"    length{number} = {number}.5 + 3.0",
            f"    width{number} = length{number} * 0.5",
            f"    if length{number} > width{number} and total < 66666.67:",
            f"        total += length{number} * width{number}",
            "    else:",
            f"        total = total - width{number} * length{number}",
            "    pass",
            f'    print(f"{{total:.2f}}", length{number})',
        ]
    return "\n".join(script) + "\n", "\n".join(python) + "\n"


def text_to_code(lines: int) -> dict[str, float]:
    """CPU times of the front end, the emission and `compile`, in units of CPython's own `compile` of the text."""
    script, python = long_texts(lines)
    parts: dict[str, list[float]] = {"检查": [], "生成代码": [], "合计": []}
    for _ in range(5):
        start = process_time()
        compile(python, "peer", "exec")
        peer = process_time() - start
        start = process_time()
        program, _ = check_text(script)
        middle = process_time()
        compile_script(program)
        end = process_time()
        parts["检查"].append((middle - start) / peer)
        parts["生成代码"].append((end - middle) / peer)
        parts["合计"].append((end - start) / peer)
    return {name: statistics.median(values) for name, values in parts.items()}


def main() -> None:
    """Print all ratios."""
    for name, (script, python) in CASES.items():
        print(f"{name}：{ratio(script, python):.2f} 倍于 Python")
    for lines in (1000, 10_000):
        parts = "，".join(f"{name} {value:.1f}" for name, value in text_to_code(lines).items())
        print(f"{lines} 行的文本到代码（CPython 的 compile 为 1）：{parts}")


if __name__ == "__main__":
    main()
