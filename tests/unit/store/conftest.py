"""The same tests on both kinds of store: a file, and a schema of a PostGIS server."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from epochs import address, make_model
from postgis_server import PostgisServer, find_programs

from tim.job import Job
from tim.store.copying import copy_to_server


@pytest.fixture(scope="session")
def postgis() -> Iterator[PostgisServer]:
    """A running server."""
    programs = find_programs()
    if programs is None:
        if os.environ.get("CI") == "true":
            pytest.fail("CI needs PostgreSQL with PostGIS (installers/developer/setup.sh test)")
        pytest.skip("no PostgreSQL with PostGIS on this machine")
    server = PostgisServer(programs)
    yield server
    server.stop()


@pytest.fixture(params=["file", "server"])
def model_place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A model of the first epoch: the path of its file, or its address."""
    folder = tmp_path / "库"
    folder.mkdir()
    path = make_model(folder)
    if request.param == "file":
        return str(path)
    place = address(request.getfixturevalue("postgis"))
    copy_to_server(str(path), place, Job())
    return place
