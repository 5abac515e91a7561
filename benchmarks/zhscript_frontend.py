"""Speed of the language's front end: ratios against CPython's own `compile` of an equally long program in one run.

Run: python -m benchmarks.zhscript_frontend [--segmentation DATA]. CPU time, the best of several rounds. With
--segmentation the conditions of the segmentation test are judged, 20,000 of them; DATA is the folder of the real data.
"""

from __future__ import annotations

import argparse
import compileall
import os
import random
import subprocess
import sys
from pathlib import Path
from time import process_time
from typing import Callable

import zhscript
from benchmarks.zhscript_programs import rule_sets, scripts
from zhscript import check_text, cutting
from zhscript.engine.compiler.program import compile_script
from zhscript.lexer import Lexer
from zhscript.parsing import parse_text
from zhscript.session import Document

TESTS = Path(__file__).parents[1] / "tests" / "unit" / "zhscript"
START = (
    "import sys; from time import process_time; a = process_time(); import zhscript; b = process_time();"
    "zhscript.check_text('规则集 甲\\n图层 乙 来自“丙”\\n检查 乙 中的每个 丁：\\n要求 丁的面积 大于 1亩\\n结束\\n');"
    "c = process_time(); print((b - a) * 1000, (c - b) * 1000)"
)


def best(functions: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Milliseconds of CPU, the least of the rounds; all functions take turns."""
    times = dict.fromkeys(functions, float("inf"))
    for _ in range(rounds):
        for name, function in functions.items():
            start = process_time()
            function()
            times[name] = min(times[name], (process_time() - start) * 1000)
    return times


def forgetting(function: Callable[[], object]) -> Callable[[], object]:
    """The function without what the lexer remembers of the text."""

    def run() -> object:
        cutting.places_of.cache_clear()
        return function()

    return run


def compiled(text: str) -> object:
    """Text to code object."""
    program, told = check_text(text)
    assert program is not None, told
    return compile_script(program).code


def against_python(lines: int, rounds: int) -> None:
    """Every step against CPython's `compile`."""
    rules, rules_peer = rule_sets(lines)
    script, script_peer = scripts(lines)
    times = best(
        {
            "Python，规则": lambda: compile(rules_peer, "peer", "exec"),
            "词": forgetting(lambda: Lexer(rules).cut()),
            "词与树": forgetting(lambda: parse_text(rules)),
            "检查": forgetting(lambda: check_text(rules)),
            "Python，脚本": lambda: compile(script_peer, "peer", "exec"),
            "脚本检查": forgetting(lambda: check_text(script)),
            "脚本到代码": forgetting(lambda: compiled(script)),
        },
        rounds,
    )
    for name in ("词", "词与树", "检查"):
        print(f"{lines} 行规则集，{name}：{times[name]:.1f} 毫秒，{times[name] / times['Python，规则']:.1f} 倍")
    for name in ("脚本检查", "脚本到代码"):
        print(f"{lines} 行脚本，{name}：{times[name]:.1f} 毫秒，{times[name] / times['Python，脚本']:.1f} 倍")


def edits(lines: int) -> None:
    """One rule of a file is edited: a number, then a new name."""
    text, _ = rule_sets(lines)
    document = Document(text)
    place = text.index("    要求", len(text) // 2)
    for title, piece in (("改一个限值", "    要求 {}米 大于 1米\n"), ("加一个名字", "    设定 新名{} 为 1米\n")):
        times = []
        for number in range(10):
            changed = text[:place] + piece.format(number) + text[place:]
            start = process_time()
            document.update(changed)
            times.append((process_time() - start) * 1000)
        print(
            f"{lines} 行，{title}：{sorted(times)[len(times) // 2]:.1f} 毫秒（中位数），{max(times):.1f} 毫秒（最多）"
        )


def cold_start() -> None:
    """Import and first check in new processes."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    compileall.compile_dir(Path(zhscript.__file__).parent, quiet=1)  # as installed
    runs = [
        subprocess.run([sys.executable, "-c", START], capture_output=True, text=True, env=kept).stdout for _ in range(9)
    ]
    imported, checked = (min(values) for values in zip(*(map(float, run.split()) for run in runs)))
    print(f"冷启动：导入 {imported:.0f} 毫秒，第一次检查 {checked:.0f} 毫秒")


def segmentation(data: Path, files: int = 200) -> None:
    """Blank-free conditions over real names against every other way to read them."""
    sys.path.insert(0, str(TESTS))
    from test_zh_segmentation import judge
    from zh_segmentation import Generator, field_names, layer_names, place_names

    zhscript._repaired = lambda *arguments: arguments[-1]  # repairs take long and change nothing here
    places = place_names(data)
    sums = [0, 0, 0]
    for seed in range(files):
        generator = Generator(random.Random(seed), [*field_names(), *places], layer_names(), places)
        sums = [before + more for before, more in zip(sums, judge(generator, 100))]
    print(f"{files * 100} 个不留空格的条件：读错 {sums[0]}，有歧义而没有发现 {sums[1]}，发现歧义 {sums[2]}")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--segmentation", type=Path)
    arguments = parser.parse_args()
    cold_start()
    against_python(1_000, 15)
    against_python(10_000, 4)
    edits(1_000)
    edits(10_000)
    if arguments.segmentation:
        segmentation(arguments.segmentation)


if __name__ == "__main__":
    main()
