"""Every operation the engine knows: the product's own, scripts, internal ones, and those of an extra module."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from pathlib import Path

from tim.declare import Operation
from tim.engine.internal import INTERNAL
from tim.operations import OPERATIONS
from tim.operations.script import SCRIPTS

EXTRA_MODULE = "TIM_OPERATIONS_MODULE"


def public_operations() -> tuple[Operation, ...]:
    """What the doors show: the product's operations and those of the module named by `TIM_OPERATIONS_MODULE`.

    The variable holds a module name or the path of a `.py` file, whose `OPERATIONS` is a sequence of
    `tim.declare.Operation`. It is read by every process of the engine, so targets may live in that module.
    """
    name = os.environ.get(EXTRA_MODULE, "")
    if not name:
        return OPERATIONS
    if name.endswith(".py"):
        folder = str(Path(name).absolute().parent)
        if folder not in sys.path:
            sys.path.append(folder)
        name = Path(name).stem
    return (*OPERATIONS, *import_module(name).OPERATIONS)


def find_operation(name: str) -> Operation | None:
    """The operation with this identifier or command name, scripts and internal ones included, or None."""
    for operation in (*public_operations(), *SCRIPTS, *INTERNAL):
        if name in (operation.identifier, operation.name):
            return operation
    return None
