"""What support asks for: versions and where the engine is."""

from __future__ import annotations

from ..engine.locate import EngineCommand, find_engine
from ..errors import UserError
from ..fallback import system_report
from ..texts import tr
from ..version import plugin_version


def found_engine(chosen_path: str | None = None) -> tuple[EngineCommand | None, str]:
    """The engine and one line about it: its path and where that comes from, or why there is none.

    `chosen_path` stands for the setting where it is not saved yet.
    """
    try:
        command = find_engine(chosen_path)
    except UserError as error:
        return None, error.message
    return command, tr("{}（来自{}）").format(command.program, command.origin)


def report() -> str:
    """The text of the dialog, ready to be copied."""
    return "\n".join(
        [tr("插件：{}").format(plugin_version()), tr("引擎：{}").format(found_engine()[1]), system_report()]
    )
