"""`tim script explain`: how rules are evaluated, and why a feature came out as it did."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tim.errors import UsageError
from tim.job import Job
from tim.result import Result
from tim.review.check import open_inputs
from tim.review.program import parse_rules, read_rules, tell_rules
from tim.review.run import evaluate

if TYPE_CHECKING:
    from zhscript import Program


def explain_script(
    script: str,
    rule: str | None = None,
    feature: str | None = None,
    data: str | None = None,
    layer: Mapping[str, str] | None = None,
    *,
    job: Job,
) -> Result:
    """Tell the plan of the rules in a file, or of one `rule`; with `feature` why its verdicts came out.

    The plan needs no data; with them it tells how many pairs of features there are to look at. Layers are found as
    `tim check` finds them. Result key `printed`: the lines. Raises `UsageError` for an unknown rule and `UnusableInput`
    for a file, layers or a feature that cannot be used.
    """
    path = Path(script)
    program = parse_rules(path, read_rules(path, job), job)
    tell_rules(program, job)
    _require_rule(program, rule, path)
    if feature is not None:
        return _feature(program, feature, rule or "", open_inputs(program, data, layer, job), job)
    from zhscript.engine.plan.telling import tell_plans

    if data is None and not layer:
        lines = list(tell_plans(program, {}, rule or ""))
    else:
        lines = evaluate(
            partial(_with_data, rule or ""), program, open_inputs(program, data, layer, job), date.today(), job
        )
    return Result(f"“{program.name or path.stem}”的执行计划", data={"printed": lines})


def _feature(program: Program, feature: str, rule: str, inputs: Any, job: Job) -> Result:
    from zhscript.engine.explanation import explain_feature

    def explain(program: Program, open_layer: Any, **surroundings: Any) -> Any:
        return explain_feature(program, open_layer, feature, rule, **surroundings)

    explanations = evaluate(explain, program, inputs, date.today(), job)
    lines = [line for explanation in explanations for line in explanation.lines()]
    return Result(f"要素“{feature}”的结论怎样得出", data={"printed": lines})


def _with_data(rule: str, program: Program, open_layer: Any, **surroundings: Any) -> list[str]:
    from zhscript.engine.opening import open_layers
    from zhscript.engine.plan.telling import tell_plans

    layers, _, _ = open_layers(program, open_layer, surroundings["progress"], lambda: None)
    return list(tell_plans(program, layers, rule))


def _require_rule(program: Program, rule: str | None, path: Path) -> None:
    from zhscript.syntax import Rule

    titles = [item.title for item in program.of_kind(Rule)]
    if rule is not None and rule not in titles:
        raise UsageError(f"“{path.name}”里没有规则“{rule}”；有：{'、'.join(titles) or '无'}")
