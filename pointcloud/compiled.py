"""Loops over points and cells compiled to machine code when they are first called, and kept for later runs."""

from __future__ import annotations

from typing import Any, Callable, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """A function of arrays and numbers as machine code; kept beside its source or in the user's cache folder."""
    options: dict[str, Any] = {"nogil": True, "error_model": "numpy"}
    try:
        return cast(Function, numba.njit(cache=True, **options)(function))
    except RuntimeError:  # neither folder can be written
        return cast(Function, numba.njit(**options)(function))
