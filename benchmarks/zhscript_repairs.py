"""How many one-token mistakes are repaired by an offered fix: `python benchmarks/zhscript_repairs.py [COUNT] [FOLDER]`.

COUNT mistakes of each kind are drawn for every program of the corpus (or FOLDER), by a fixed seed. A mistake counts as
repaired when one of the first three fixes offered gives the tree of the program before. `silent` are mistakes that
give another correct program: no tool can notice them.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "unit" / "zhscript")]

from zh_mistakes import Mistakes, Tally, tree  # noqa: E402

from zhscript import check_text  # noqa: E402


def main(count: int = 3, folder: str = "tests/unit/zhscript/corpus", show: int = 0) -> None:
    """Print the rate of each kind and of all."""
    tally, slowest, spent, checks = Tally(), 0.0, 0.0, 0
    for path in sorted((ROOT / folder).glob("*.zh")):
        text = path.read_text(encoding="utf-8")
        wanted = tree(text)
        if wanted is None or any(item.severity == "error" for item in check_text(text)[1]):
            print(f"left out, it has errors of its own: {path.name}")
            continue
        for mistake in Mistakes(text, path.name).draw(count):
            began = time.process_time()
            check_text(mistake.text)
            took = time.process_time() - began
            slowest, spent, checks = max(slowest, took), spent + took, checks + 1
            tally.add(mistake, wanted)
    for kind, counts in sorted(tally.outcomes.items()):
        figures = "  ".join(f"{name} {counts[name]:4}" for name in ("repaired", "missed", "silent", "same"))
        print(f"{kind:22} {tally.rate([kind]):6.1%}   {figures}")
    contents = {"drop_name", "drop_literal"}
    print(f"all kinds              {tally.rate():6.1%}")
    print(f"without lost contents  {tally.rate(set(tally.outcomes) - contents):6.1%}")
    print(f"fixes that do not compile: {len(tally.bad_fixes)}")
    print(f"check of a program with a mistake: mean {spent / checks * 1000:.0f} ms, slowest {slowest * 1000:.0f} ms")
    for mistake in tally.missed[:show]:
        tell(mistake)
    for mistake, title in tally.bad_fixes[:show]:
        print("BAD", title)
        tell(mistake)


def tell(mistake: object) -> None:
    """Print the line that differs, and what is said about it."""
    pairs = zip(mistake.text.split("\n"), mistake.original.split("\n"))  # type: ignore[attr-defined]
    line, before = next((pair for pair in pairs if pair[0] != pair[1]), ("", ""))
    print(f"\n{mistake.kind}\n  - {before}\n  + {line}")  # type: ignore[attr-defined]
    for item in check_text(mistake.text)[1][:3]:  # type: ignore[attr-defined]
        titles = [fix["title"] for fix in item.fixes]
        print(f"    {item.line}:{item.column} {item.code} {item.message}  {titles}")


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:] if word.isdigit()]
    folders = [word for word in sys.argv[1:] if not word.isdigit()]
    main(numbers[0] if numbers else 3, folders[0] if folders else "tests/unit/zhscript/corpus", *numbers[1:2])
