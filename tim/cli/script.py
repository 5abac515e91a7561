"""`tim script check` and `tim script format`: in this process, because they must be quick."""

from __future__ import annotations

import time
from typing import Any

from tim.cli.run import print_result
from tim.errors import EXIT_DONE, EXIT_FAILED, EXIT_USAGE
from tim.job import Job
from tim.result import OK, VIOLATIONS


def check_files(files: list[str], *, as_json: bool) -> int:
    """Check script files and folders of them and print what is wrong.

    Exit status 1 when there are errors, 2 when a file cannot be read.
    """
    from tim.script.checking import check_all, describe_diagnostic, script_files

    started = time.monotonic()
    job = Job()
    paths = script_files(files)
    found, unreadable = check_all(paths, job)
    errors = sum(item["severity"] == "error" for item, _ in found)
    message = f"检查了 {len(paths)} 个文件，" + (f"{errors} 处错误" if errors else "没有错误")
    if unreadable:
        message += f"，{len(unreadable)} 个读不了"
    result: dict[str, Any] = {
        "status": VIOLATIONS if errors or unreadable else OK,
        "message": message,
        "outputs": [],
        "seconds": round(time.monotonic() - started, 3),
        "warnings": [*job.warnings, *unreadable],
        "diagnostics": [item for item, _ in found],
    }
    if as_json:
        print_result(result, as_json=True)
    else:
        for warning in result["warnings"]:
            print(f"注意：{warning}")
        for item, lines in found:
            print("\n".join(describe_diagnostic(item, lines)))
        print(message)
    return EXIT_USAGE if unreadable else EXIT_FAILED if errors else EXIT_DONE


def format_scripts(files: list[str], *, check: bool, as_json: bool) -> int:
    """Format script files; with `check` nothing is written and the exit status is 1 when one is not in form."""
    from tim.script.formatting import format_files

    started = time.monotonic()
    job = Job()
    outcomes = format_files(files, check=check, job=job)
    changed = [str(path) for path, is_changed in outcomes if is_changed]
    what = "需要整理" if check else "已整理"
    result: dict[str, Any] = {
        "status": VIOLATIONS if check and changed else OK,
        "message": f"{len(outcomes)} 个文件，{len(changed)} 个{what}",
        "outputs": [] if check else changed,
        "seconds": round(time.monotonic() - started, 3),
        "warnings": job.warnings,
        "changed": changed,
    }
    if as_json:
        print_result(result, as_json=True)
    else:
        for path in changed:
            print(f"{what}：{path}")
        print(result["message"])
    return EXIT_FAILED if check and changed else EXIT_DONE
