"""What a run gives back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

PASSED, FAILED, EXCEPTED, UNDETERMINED, INAPPLICABLE, HINT = "通过", "不通过", "例外", "无法判断", "不适用", "提示"


@dataclass
class Finding:
    """One thing that a rule has to say about a feature.

    `verdict` is 不通过, 例外, 无法判断 or 提示; `feature` the key of the feature in its layer, `feature_index` its row
    (-1 for findings about a whole layer); `geometry` what to draw (标注, otherwise the feature); `values` every 设定 as
    text; `raw` the same as values of the language. `file` is the path of a referenced file whose line it is.
    """

    rule: str
    level: str
    basis: str
    layer: str
    feature: str
    feature_index: int
    verdict: str
    message: str
    geometry: Any
    values: dict[str, str]
    suggestion: str = ""
    line: int = 0
    raw: dict[str, Any] = field(default_factory=dict, repr=False)
    file: str = ""


@dataclass
class RuleOutcome:
    """A rule's result: how many features it applied to, and how they came out.

    `checked` counts the features it applied to, `violations` the findings 不通过, `verdicts` the features by verdict.
    `number` is the rule's 编号, `note` says why it was not evaluated (not yet or no longer in force).
    """

    name: str
    level: str
    basis: str
    checked: int = 0
    violations: int = 0
    findings: list[Finding] = field(default_factory=list)
    verdicts: dict[str, int] = field(default_factory=dict)
    number: str = ""
    note: str = ""


@dataclass
class RuleReport:
    """The outcomes of all rules, in the order of the file, and what to know about the data."""

    rules: list[RuleOutcome]
    warnings: list[str] = field(default_factory=list)
    area_basis: str = "plane"
    crs: str = ""


@dataclass
class ScriptResult:
    """What a script printed, and the outcomes of its checks."""

    printed: list[str]
    rules: list[RuleOutcome]
    warnings: list[str] = field(default_factory=list)


@dataclass
class TestOutcome:
    """The result of a 测试 block; `message` tells what did not hold, `line` where."""

    __test__ = False

    name: str
    passed: bool
    message: str = ""
    line: int = 0
