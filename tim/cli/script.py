"""`tim script check` and `tim script format`: in this process, because they must be quick."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from tim.cli.run import print_result
from tim.engine.scripts import check_script
from tim.errors import EXIT_DONE, EXIT_FAILED, UsageError
from tim.job import Job
from tim.result import OK, VIOLATIONS
from tim.review.program import read_rules

_SEVERITIES = {"error": "错误", "warning": "注意", "hint": "建议"}


def check_files(files: list[str], *, as_json: bool) -> int:
    """Check script files and print their diagnostics; exit status 1 when there are errors."""
    started = time.monotonic()
    job = Job()
    diagnostics = [item for file in files for item in _diagnostics(file, job)]
    errors = sum(item["severity"] == "error" for item in diagnostics)
    result: dict[str, Any] = {
        "status": VIOLATIONS if errors else OK,
        "message": f"检查了 {len(files)} 个文件，{errors} 处错误"
        if errors
        else f"检查了 {len(files)} 个文件，没有错误",
        "outputs": [],
        "seconds": round(time.monotonic() - started, 3),
        "warnings": job.warnings,
        "diagnostics": diagnostics,
    }
    if as_json:
        print_result(result, as_json=True)
    else:
        for item in diagnostics:
            severity = _SEVERITIES.get(item["severity"], item["severity"])
            print(f"{item['file']}:{item['line']}:{item['column']}: {severity} {item['code']}：{item['message']}")
        print(result["message"])
    return EXIT_FAILED if errors else EXIT_DONE


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


def _diagnostics(file: str, job: Job) -> list[dict[str, Any]]:
    path = Path(file)
    try:
        return check_script(read_rules(path, job), file)
    except FileNotFoundError:
        raise UsageError(f"脚本“{file}”不存在；请检查路径") from None
    except OSError as error:
        raise UsageError(f"脚本“{file}”打不开（{error.strerror}）；请检查路径和权限") from None
