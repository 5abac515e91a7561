"""What can go wrong between QGIS and the engine."""

from __future__ import annotations

from ..errors import UserError


class EngineError(UserError):
    """The engine could not do its work."""


class EngineNotFound(EngineError):
    """No engine is installed where one was looked for."""


class EngineDied(EngineError):
    """The engine ended in the middle of the conversation."""


class ProtocolError(EngineError):
    """The engine says what this plugin does not understand."""


class JobFailed(EngineError):
    """The job itself failed; the words are the engine's."""
