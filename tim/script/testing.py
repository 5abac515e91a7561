"""`tim script test`: the 测试 blocks of script files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from tim.errors import UnusableInput
from tim.job import Job
from tim.result import OK, VIOLATIONS, Result
from tim.review.program import parse_rules, read_rules


def test_scripts(scripts: Sequence[str], coverage: bool = False, *, job: Job) -> Result:
    """Run the tests of files, and of all .zh files in folders.

    Result keys: `tests`, list of {`file`, `name`, `passed`, `message`, `line`}; with `coverage` also
    `coverage`, list of {`file`, `lines`, `ran`, `missing`, `outcomes`, `came`, `branches`}: `missing`
    names the lines that never ran, `branches` the outcomes of conditions that never came. The status is
    "violations" when a test fails.
    Raises `UnusableInput` for a file with errors and when there is no test at all.
    """
    files = [file for script in scripts for file in _files(Path(script))]
    outcomes: list[dict[str, Any]] = []
    covered: list[dict[str, Any]] = []
    for number, file in enumerate(files):
        job.progress(number / len(files), file.name)
        found, report = _outcomes(file, coverage, job)
        outcomes += found
        covered += [report] if found and report else []
    if not outcomes:
        raise UnusableInput("没有找到测试；测试写作：测试“名称” …… 期望 …… 结束")
    failed = sum(not outcome["passed"] for outcome in outcomes)
    message = f"{len(outcomes)} 个测试，" + (f"{failed} 个没有通过" if failed else "全部通过")
    data: dict[str, Any] = {"tests": outcomes}
    if coverage:
        data["coverage"] = covered
        lines, ran = (sum(report[key] for report in covered) for key in ("lines", "ran"))
        message += f"；语句行覆盖 {ran}/{lines}"
    return Result(message, status=VIOLATIONS if failed else OK, data=data)


def _files(path: Path) -> list[Path]:
    return sorted(path.rglob("*.zh")) if path.is_dir() else [path]


def _outcomes(path: Path, coverage: bool, job: Job) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    from tim.area import ellipsoidal_area
    from tim.sources.crs import parse_crs
    from zhscript.engine import Coverage, run_tests

    def cancelled() -> bool:
        job.check()
        return False

    program = parse_rules(path, read_rules(path, job), job)

    def areas(shapes: Any, crs: str) -> Any:
        if not crs:
            raise UnusableInput("测试里算椭球面积，要在文件开头写 坐标系，例如 坐标系 “EPSG:4547”")
        return ellipsoidal_area(shapes, parse_crs(crs))

    watched = Coverage(program) if coverage else None
    results = run_tests(program, ellipsoidal_area=areas, today=date.today(), cancelled=cancelled, coverage=watched)
    outcomes = [
        {"file": str(path), "name": item.name, "passed": item.passed, "message": item.message, "line": item.line}
        for item in results
    ]
    if watched is None:
        return outcomes, {}
    report = watched.report()
    missing, branches = "、".join(map(str, report.missing)), "；".join(map(str, report.branches))
    return outcomes, {"file": str(path), **asdict(report), "missing": missing, "branches": branches}
