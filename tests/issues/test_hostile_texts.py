"""Texts that are no UTF-8, numbers that are no JSON, folders in the place of rule files."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from tim.engine.framing import FrameError, FrameReader
from tim.engine.parameters import check_parameters
from tim.errors import UnusableInput, UsageError
from tim.job import Job
from tim.operations.model import INFO
from tim.review.program import read_rules


def test_a_name_that_is_no_text(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="不是 UTF-8"):
        check_parameters(INFO, {"model": "\udce6.gpkg"}, tmp_path)


def test_an_identifier_that_is_no_number_is_answered() -> None:
    body = b'{"jsonrpc":"2.0","id":NaN,"method":"tim/operations","params":{}}'
    reader = FrameReader(io.BytesIO(b"Content-Length: %d\r\n\r\n" % len(body) + body))
    with pytest.raises(FrameError):
        reader.read()


def test_a_folder_is_no_rule_file(tmp_path: Path) -> None:
    with pytest.raises(UnusableInput, match="是文件夹"):
        read_rules(tmp_path, Job())
