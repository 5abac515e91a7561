"""What one feature is found to be under a rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ... import syntax as s
from ..errors import Mistake, Undetermined
from ..functions import LONGEST
from ..report import (
    EXCEPTED,
    FAILED,
    HINT,
    INAPPLICABLE,
    PASSED,
    UNDETERMINED,
    Finding,
    RuleOutcome,
)
from ..table import Feature
from ..values import show
from ..wording import operands, text_of_value

if TYPE_CHECKING:
    from .statements import Statements

WORST = (PASSED, EXCEPTED, UNDETERMINED, FAILED)


class Checked:
    """A feature under a rule (or the rule as a whole, without a feature): what it has been found to be."""

    def __init__(
        self, runner: Statements, outcome: RuleOutcome, feature: Any, exceptions: list[s.RuleException]
    ) -> None:
        self.runner = runner
        self.evaluator = runner.evaluator
        self.outcome = outcome
        self.feature = feature
        self.exceptions = exceptions
        self.verdict = PASSED
        self.judged = False
        self.settings: dict[str, Any] = {}
        self.names: dict[str, str] = {}

    def judge(self, check: s.Check) -> None:
        """Whether the check applies to the feature, and what it finds."""
        if check.where is not None:
            try:
                if not self.evaluator.condition(check.where):
                    self.verdict = INAPPLICABLE
                    return
            except Undetermined as reason:
                self._unknown(reason, check.where)
                return
        self.run(check.body)

    def run(self, body: list[s.Statement]) -> None:
        """Run statements; a condition that cannot be known ends them."""
        scope_of_rule = self.feature is None
        try:
            for statement in body if scope_of_rule else [None]:
                if scope_of_rule:
                    self.runner._statement(statement)  # type: ignore[arg-type]
                else:
                    self.runner.block(body)
        except Undetermined as reason:
            self._unknown(reason, reason)

    def _worsen(self, verdict: str) -> None:
        self.judged = True
        self.verdict = max(self.verdict, verdict, key=WORST.index)

    def _unknown(self, reason: Undetermined, node: Any) -> None:
        self._worsen(UNDETERMINED)
        self._add(UNDETERMINED, f"无法判断：{reason.reason}", None, None, node.start)

    def require(self, node: s.Require) -> None:
        """要求: a finding where the condition does not hold."""
        self.judged = True
        try:
            if self.evaluator.condition(node.condition):
                return
        except Undetermined as reason:
            self._unknown(reason, node)
            return
        self.failed(node)

    def failed(self, node: s.Require) -> None:
        """A condition that does not hold: a finding, or an exception."""
        self.judged = True
        message = self._message(node)
        try:
            exception = self._exception()
        except Undetermined as reason:
            self._worsen(UNDETERMINED)
            text = f"{message}；是否属于例外无法判断：{reason.reason}"
            self._add(UNDETERMINED, text, node.mark, node.suggestion, node.start)
            return
        if exception:
            self._worsen(EXCEPTED)
            basis = "；".join(item.text for item in exception.basis)
            text = f"{message}；属于例外“{exception.title}”"
            self._add(EXCEPTED, text, node.mark, None, node.start, basis)
            return
        self._worsen(FAILED)
        self._add(FAILED, message, node.mark, node.suggestion, node.start)

    def _exception(self) -> s.RuleException | None:
        """The exception that holds and that no other one goes before; unknown ones count only when none holds."""
        holding, unknown = [], None
        for item in self.exceptions:
            try:
                if self._holds(item):
                    holding.append(item)
            except Undetermined as reason:
                unknown = unknown or reason
        if not holding and unknown is not None:
            raise unknown
        beaten = {title for item in holding for title in item.over}
        return next((item for item in holding if item.title not in beaten), None)

    def _holds(self, exception: s.RuleException) -> bool:
        return all(self.evaluator.condition(condition) for condition in exception.conditions)

    def hint(self, node: s.Hint) -> None:
        """提示: a finding that is no violation."""
        message = show(self.evaluator.value(node.message))
        self._add(HINT, message, node.mark, node.suggestion, node.start, level=HINT)

    def _message(self, node: s.Require) -> str:
        if node.report is not None:
            try:
                return show(self.evaluator.value(node.report))
            except Undetermined:
                return "不满足要求"
        text = f"不满足“{self.evaluator.text_of(node.condition)}”"
        shown = [f"{self.evaluator.text_of(part)}＝{self._shown(part)}" for part in operands(node.condition)]
        return text + ("：" + "，".join(shown) if shown else "")

    def _shown(self, node: Any) -> str:
        try:
            return text_of_value(self.evaluator.value(node))
        except Undetermined:
            return "无法判断"

    def _add(
        self,
        verdict: str,
        message: str,
        mark: Any,
        suggestion: Any,
        start: int,
        basis: str = "",
        level: str = "",
    ) -> None:
        if len(self.outcome.findings) >= LONGEST:
            raise Mistake(f"“{self.outcome.name}”报告的太多（最多 {LONGEST} 条），请把条件写得更严")
        feature = self.feature if isinstance(self.feature, Feature) else None
        line = self.evaluator.program.source.place(max(start, 0))[0]
        advice = "" if suggestion is None else self._shown(suggestion)
        values = {self.names.get(name, name): text_of_value(value) for name, value in self.settings.items()}
        self.outcome.findings.append(
            Finding(
                self.outcome.name,
                level or self.outcome.level,
                basis or self.outcome.basis,
                feature.layer.name if feature else "",
                feature.key if feature else "",
                feature.layer.offset + feature.index if feature else -1,
                verdict,
                message,
                self._geometry(mark, feature),
                values,
                advice,
                line,
                dict(self.settings),
            )
        )

    def _geometry(self, mark: Any, feature: Feature | None) -> Any:
        if mark is not None:
            try:
                value = self.evaluator.value(mark)
                shape = self.evaluator.space.shape(value)
                if not shape.is_empty:
                    return shape
            except Undetermined:
                pass
        return feature.layer.shapes[feature.index] if feature else None
