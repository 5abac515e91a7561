"""Plans decide as the interpreter does: the same verdicts, findings, messages, geometries and errors."""

from __future__ import annotations

import shapely
from hypothesis import given, settings
from zh_worlds import programs, worlds
from zhscript_support import checked

from zhscript.engine import ScriptError, run_rules


def told(program, open_layer, indexed):
    """Everything that a run tells."""
    try:
        report = run_rules(program, open_layer, indexed=indexed)
    except ScriptError as error:
        return error.message
    return [
        (
            rule.checked,
            rule.violations,
            rule.verdicts,
            [
                (f.feature, f.feature_index, f.line, f.verdict, f.message, f.values, f.basis, _wkt(f.geometry))
                for f in rule.findings
            ],
        )
        for rule in report.rules
    ]


def _wkt(geometry):
    return None if geometry is None else shapely.to_wkt(geometry, rounding_precision=-1)


@given(programs(), worlds())
@settings(max_examples=250, deadline=None)
def test_a_plan_tells_what_the_interpreter_tells(text, open_layer):
    program = checked(text)
    assert told(program, open_layer, True) == told(program, open_layer, False)
