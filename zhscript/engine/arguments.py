"""What is given to a function of the library: of the right sort and known, otherwise `Mistake` or `Undetermined`."""

from __future__ import annotations

import datetime
from typing import Any

from ..units import NONE
from .errors import Mistake, Undetermined
from .values import show, split, whole


def known(value: Any, what: str) -> Any:
    """The value; `Undetermined` when it is 空. `what` names it."""
    if value is None:
        raise Undetermined(f"{what}为空")
    return value


def text(value: Any) -> str:
    """A text; `Mistake` for anything else."""
    if not isinstance(known(value, "文字"), str):
        raise Mistake(f"这里要文字，现在是“{show(value)}”；可以先“转为文本”")
    return value


def integer(value: Any) -> int:
    """A whole number without a unit."""
    number, dimension = split(known(value, "数"))
    integer = whole(number)
    if dimension != NONE or integer is None:
        raise Mistake(f"这里要整数，现在是“{show(value)}”")
    return integer


def plain(value: Any) -> Any:
    """A number without a unit."""
    number, dimension = split(known(value, "数"))
    if dimension != NONE:
        raise Mistake(f"这里要不带单位的数，现在是“{show(value)}”")
    return number


def date(value: Any) -> datetime.date:
    """A date."""
    if not isinstance(known(value, "日期"), datetime.date):
        raise Mistake(f"这里要日期，现在是“{show(value)}”")
    return value


def items(value: Any) -> list[Any]:
    """A list; `Mistake` for anything else."""
    if not isinstance(known(value, "列表"), list):
        raise Mistake(f"这里要列表，现在是“{show(value)}”")
    return value
