"""`tim script run`: a script from top to bottom, then its rules."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from tim.job import Job
from tim.result import OK, VIOLATIONS, Result
from tim.review.check import open_inputs
from tim.review.program import parse_rules, read_rules
from tim.review.run import evaluate, outcome


def run_script(script: str, data: str | None = None, layer: Mapping[str, str] | None = None, *, job: Job) -> Result:
    """Run a script on layers, which are found as `tim check` finds them.

    Result keys: `printed` (what 显示 shows, in order), `rules` (as for `tim check`). The status is "violations" when a
    mandatory rule is violated. Raises `UsageError` and `UnusableInput` for a script or layers that cannot be used,
    `TimError` with the line when the script itself fails.
    """
    from zhscript.engine import run_script as run_program

    path = Path(script)
    program = parse_rules(path, read_rules(path, job), job)
    inputs = open_inputs(program, data, layer, job)
    result = evaluate(run_program, program, inputs, date.today(), job)
    for warning in result.warnings:
        job.warn(warning)
    rules = [outcome(item) for item in result.rules]
    broken = sum(rule.violations for rule in rules if rule.is_mandatory)
    message = f"“{program.name or path.stem}”运行完毕" + (f"，违反强制规则 {broken} 处" if broken else "")
    data_of_result = {"printed": result.printed, "rules": [rule.as_dict() for rule in rules]}
    return Result(message, status=VIOLATIONS if broken else OK, data=data_of_result)
