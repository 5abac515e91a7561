"""`tim script run`: a script from top to bottom, then its rules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from tim.job import Job
from tim.result import OK, VIOLATIONS, Result
from tim.review.check import AREA_BASES, open_inputs
from tim.review.program import parse_rules, read_rules
from tim.review.run import evaluate, limits_of, outcome
from tim.script.host import ScriptHost, check_permissions
from tim.script.paths import Folders, project_of
from tim.sources.crs import describe


def run_script(
    script: str,
    data: str | None = None,
    layer: Mapping[str, str] | None = None,
    folder: Sequence[str] | None = None,
    allow: Sequence[str] | None = None,
    seconds: float | None = None,
    memory: float | None = None,
    overwrite: bool = False,
    *,
    job: Job,
) -> Result:
    """Run a script on layers, which are found as `tim check` finds them.

    Files that the script names lie in its project (its own folder, or the one above when that is called 脚本) or in the
    folders `folder`. `allow` narrows what its header asks for; beyond `seconds` or `memory` (MB) it ends.
    Result keys: `printed` (what 显示 shows, in order), `rules` (as for `tim check`), `area_basis` and `crs` of what it
    measured; the outputs are the files that it wrote.
    The status is "violations" when a mandatory rule is violated. Raises `UsageError` and `UnusableInput` for scripts or
    layers that cannot be used, `TimError` with the line when the script itself fails.
    """
    from zhscript.engine import run_script as run_program

    path = Path(script)
    program = parse_rules(path, read_rules(path, job), job)
    check_permissions(program, allow)
    inputs = open_inputs(program, data, layer, job)
    host = ScriptHost(
        inputs, Folders(project_of(path), [Path(item) for item in folder or ()]), job, overwrite=overwrite
    )
    host.protect([path, *(Path(file) for _, file in program.source.files)])
    with host:
        result = evaluate(run_program, program, inputs, date.today(), job, host, limits_of(seconds, memory))
    for warning in result.warnings:
        job.warn(warning)
    rules = [outcome(item) for item in result.rules]
    broken = sum(rule.violations for rule in rules if rule.is_mandatory)
    message = f"“{program.name or path.stem}”运行完毕" + (f"，违反强制规则 {broken} 处" if broken else "")
    data_of_result = {
        "printed": result.printed,
        "rules": [rule.as_dict() for rule in rules],
        "area_basis": AREA_BASES[program.area_basis],
        "crs": describe(inputs.crs) if inputs.crs is not None else "",
    }
    return Result(message, [str(file) for file in host.outputs], VIOLATIONS if broken else OK, data_of_result)
