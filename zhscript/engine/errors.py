"""What can end a run, worded for people."""

from __future__ import annotations

from pathlib import PurePath


class ScriptError(Exception):
    """The program cannot go on. `line` and `column` (from 1) are 0 when no place in the text is to blame."""

    exit_status = 1

    def __init__(self, message: str, line: int = 0, column: int = 0, file: str = "") -> None:
        super().__init__(message)
        self.reason = message
        self.file = file  # of 引用, "" for the program's own
        where = f"“{PurePath(file).name}”" if file else ""
        self.message = f"{where}第 {line} 行：{message}" if line else message
        self.line = line
        self.column = column


class OverLimit(Exception):
    """The run has used up its time or memory; nothing in the program can take it. Callers get a `ScriptError`."""

    def __init__(self, reason: str, line: int = 0, column: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line
        self.column = column

    def at(self, line: int, column: int) -> OverLimit:
        """The same at a place, unless it has one."""
        return self if self.line else OverLimit(self.reason, line, column)


class Cancelled(Exception):
    """The caller asked to stop."""

    message = "已取消，没有写出结果"
    exit_status = 130
    kind = "cancelled"


class Undetermined(Exception):
    """A value cannot be known (空, an invalid shape …): in a rule the verdict is 无法判断, in a script an error."""

    def __init__(self, reason: str, start: int = -1) -> None:
        super().__init__(reason)
        self.reason = reason
        self.start = start


class Mistake(Exception):
    """A value is of the wrong sort; becomes a `ScriptError` with the place of the expression."""


class CallMistake(Mistake):
    """What is wrong with a call as a whole: its place is told, not one inside the function."""
