"""Failures worded for people."""

from __future__ import annotations


class UserError(Exception):
    """`message` is one line for the user: what is wrong and what to do; `detail` is for the log."""

    def __init__(self, message: str, detail: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.detail = detail


class InputError(UserError):
    """A value, layer or file that the user gave cannot be used."""


class Cancelled(UserError):
    """The user cancelled, and nothing is running any more."""
