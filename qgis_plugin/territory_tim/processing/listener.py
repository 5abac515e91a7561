"""A running job's words in Processing's dialog."""

from __future__ import annotations

from qgis.core import QgsProcessingFeedback

from .. import log
from ..engine.session import JobListener
from ..texts import tr


class FeedbackListener(JobListener):
    """Passes progress, log and warnings on, and the user's wish to cancel back."""

    def __init__(self, feedback: QgsProcessingFeedback) -> None:
        self._feedback = feedback
        self._stage = ""

    def progress(self, fraction: float, text: str, seconds_left: float | None) -> None:
        self._feedback.setProgress(100.0 * fraction)
        if text and text != self._stage:
            self._stage = text
            self._feedback.setProgressText(text + _time_left(seconds_left))

    def log(self, text: str) -> None:
        self._feedback.pushInfo(text)

    def warning(self, text: str) -> None:
        self._feedback.pushWarning(text)

    def engine_line(self, text: str) -> None:
        self._feedback.pushDebugInfo(text)
        log.info(text)

    def is_cancelled(self) -> bool:
        return self._feedback.isCanceled()


def _time_left(seconds: float | None) -> str:
    if seconds is None or seconds < 1:
        return ""
    if seconds < 90:
        return tr("（约剩 {} 秒）").format(round(seconds))
    return tr("（约剩 {} 分钟）").format(round(seconds / 60))
