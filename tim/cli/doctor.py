"""`tim doctor` on the terminal."""

from __future__ import annotations

import time

from tim.cli.run import print_result
from tim.cli.table import table
from tim.doctor import BAD, GOOD, WEAK, examine, report
from tim.errors import EXIT_DONE, EXIT_FAILED

_MARKS = {GOOD: "可用", WEAK: "注意", BAD: "不能用"}


def run_doctor(*, as_json: bool) -> int:
    """Examine the machine and print what was found; exit status 1 when the main work cannot run."""
    started = time.monotonic()
    result = report(examine(), time.monotonic() - started)
    if as_json:
        print_result(result, as_json=True)
    else:
        rows = [(check["group"], _MARKS[check["status"]], check["name"], check["text"]) for check in result["checks"]]
        print("\n".join(table(("类别", "状态", "项目", "情况"), rows)))
        print(result["message"])
    return EXIT_DONE if result["status"] == "ok" else EXIT_FAILED
