"""Errors of the point-cloud kernel, worded for people."""

from __future__ import annotations


class PointCloudError(Exception):
    """The work failed. `message` is one Chinese line: what is wrong, in which file, and what to do."""

    exit_status = 1

    def __init__(self, message: str, *, detail: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.detail = detail


class UnusableSource(PointCloudError):
    """The input cannot be used: damaged, empty, of another format, without a coordinate reference system."""

    exit_status = 2
