"""Speed of the language: start-up, checking, indexed rules. Run: python -m benchmarks.zhscript_speed"""

from __future__ import annotations

import subprocess
import sys
import time

import numpy as np
import shapely

from zhscript import check_text
from zhscript.engine import Table, run_rules

RULE = """规则集 速度
图层 项目 来自“甲”
图层 农田 来自“乙”
规则“占用”
依据“速度”
检查 项目 中的每个 子：
    要求 {condition}
结束
结束
"""
START = (
    "import time; start = time.process_time(); import zhscript; zhscript.check_text('设定 甲 为 15亩');"
    "print(time.process_time() - start)"
)


def polygons(count: int, radius: float, seed: int) -> np.ndarray:
    """Random 24-gons on 20 km × 20 km."""
    rng = np.random.default_rng(seed)
    angles = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    centres = rng.uniform(0, 20_000, (count, 1, 2))
    reach = radius * rng.uniform(0.7, 1.0, (count, 24, 1))
    return shapely.polygons(centres + reach * np.stack([np.cos(angles), np.sin(angles)], axis=-1))


def timed(condition: str, indexed: bool) -> float:
    program, _ = check_text(RULE.format(condition=condition))
    data = {"项目": polygons(2000, 60, 1), "农田": polygons(8000, 120, 2)}
    start = time.process_time()
    run_rules(program, lambda layer: Table(layer.source, {}, data[layer.name], "EPSG:4547"), indexed=indexed)
    return time.process_time() - start


def main() -> None:
    runs = [subprocess.run([sys.executable, "-c", START], capture_output=True, text=True).stdout for _ in range(5)]
    print(f"import and first check: {min(map(float, runs)) * 1000:.0f} ms of CPU")
    text = "".join(f"设定 值{n} 为（{n} 加上 2）乘以 3亩\n" for n in range(1000))
    start = time.process_time()
    check_text(text)
    print(f"checking 1,000 lines: {(time.process_time() - start) * 1000:.0f} ms")
    for condition in ("子 与 农田 相离", "子 与 农田 的相交面积 不大于 1平方米"):
        fast, slow = timed(condition, True), timed(condition, False)
        print(f"2,000 × 8,000, {condition}: indexed {fast:.2f} s, exhaustive {slow:.2f} s, {slow / fast:.0f} times")


if __name__ == "__main__":
    main()
