"""Programs that nobody would write: no crash, no hang, only Chinese messages.

`python benchmarks/zhscript_fuzz.py [COUNT] [SEED]`; those without errors run in both engines on small data with gaps.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "unit" / "zhscript")]

from zh_fuzz import examine, programs  # noqa: E402


def main(count: int = 11_000, seed: int = 1) -> None:
    """Check and run the programs; print what is wrong, by kind."""
    kinds: Counter[str] = Counter()
    bad: Counter[str] = Counter()
    spent: Counter[str] = Counter()
    slowest = (0.0, "")
    for kind, text in programs(count, seed):
        began = time.process_time()
        try:
            wrong = examine(text)
        except Exception as error:
            wrong = [f"crash {type(error).__name__}: {error}"]
        took = time.process_time() - began
        kinds[kind] += 1
        spent[kind] += took
        slowest = max(slowest, (took, kind))
        if wrong:
            bad[kind] += 1
            print(f"{kind}: {wrong[0][:200]}\n    {text[:300]!r}")
    for kind, number in kinds.items():
        mean = spent[kind] / number * 1000
        print(f"{kind:14} {number:6} programs  {bad[kind]:4} bad  mean {mean:6.1f} ms")
    print(f"{sum(kinds.values())} programs, {sum(bad.values())} bad; slowest {slowest[0]:.2f} s ({slowest[1]})")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
