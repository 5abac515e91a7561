"""A PostGIS server for tests: Debian's programs, a temporary folder, a Unix socket, no port, nothing kept."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

_USER = "postgres"  # the server refuses to run as root
# what makes a database survive a crash is not needed here
_OPTIONS = "-c listen_addresses='' -c fsync=off -c full_page_writes=off -c synchronous_commit=off -c jit=off"


def find_programs() -> Path | None:
    """The folder with initdb and pg_ctl of a PostgreSQL that has PostGIS, or None."""
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        extension = Path("/usr/share/postgresql") / folder.parent.name / "extension" / "postgis.control"
        if (folder / "initdb").exists() and extension.exists() and shutil.which("psql"):
            return folder
    return None


class PostgisServer:
    """A running server with the database `tim`; `folder` holds its socket."""

    def __init__(self, programs: Path) -> None:
        self.programs = programs
        self.folder = Path(tempfile.mkdtemp(prefix="tim-postgis-", dir="/tmp"))
        if os.geteuid() == 0:
            shutil.chown(self.folder, _USER, _USER)
        self._run(str(programs / "initdb"), "-D", str(self.folder / "data"), "-A", "trust", "-E", "UTF8", "--no-sync")
        self._control("start", "-o", f"{_OPTIONS} -k {self.folder}", "-l", str(self.folder / "log"))
        try:
            self.query("CREATE DATABASE tim", database="postgres")
            self.query("CREATE EXTENSION postgis")
        except BaseException:
            self.stop()
            raise

    def query(self, sql: str, database: str = "tim") -> list[list[str]]:
        """Run statements; the rows of what they give, as texts (NULL is "␀"). Raises `AssertionError` on an error."""
        command = ["psql", "-h", str(self.folder), "-d", database, "-v", "ON_ERROR_STOP=1", "-qAtX"]
        command += ["-F", "\x1f", "-P", "null=␀", "-f", "-"]
        done = self._run(*command, input=sql)
        return [line.split("\x1f") for line in done.stdout.splitlines()]

    def stop(self) -> None:
        """Stop the server and remove its folder."""
        self._control("stop", "-m", "immediate")
        shutil.rmtree(self.folder, ignore_errors=True)

    def _control(self, *arguments: str) -> None:
        self._run(str(self.programs / "pg_ctl"), "-D", str(self.folder / "data"), "-w", *arguments)

    def _run(self, *command: str, **options: str) -> subprocess.CompletedProcess[str]:
        prefix = ("runuser", "-u", _USER, "--") if os.geteuid() == 0 else ()
        environment = {**os.environ, "LC_ALL": "C.UTF-8", "PGCONNECT_TIMEOUT": "20"}
        done = subprocess.run(
            [*prefix, *command],
            cwd="/",
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if command[0].endswith("pg_ctl") else subprocess.PIPE,
            encoding="utf-8",
            timeout=60,
            check=False,
            **options,  # type: ignore[arg-type]
        )
        assert done.returncode == 0, f"{command[0]}: {done.stdout[-500:]}{(done.stderr or '')[-3000:]}"
        return done
