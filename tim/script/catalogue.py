"""What 功能“…”（…） can call, for the language: the declared operations."""

from __future__ import annotations

from tim.operations import OPERATIONS
from tim.result_titles import RESULT_TITLES


def provide_operations() -> None:
    """Tell the language of the operations; it reads their declarations when a script first asks."""
    from zhscript.operations import provide

    provide(lambda: (operation.as_dict() for operation in OPERATIONS), RESULT_TITLES)
