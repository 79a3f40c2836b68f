"""A PostgreSQL server for tests: Debian's package, a socket in a temporary folder, no port."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import psycopg
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

# A server refuses to run as root.
USER = "postgres"
# It ends with whoever began it, however that ends: its standard input is closed then.
RUN = '"$@" & server=$!; read -r _; kill -INT $server; wait $server'
SETTINGS = ("-c", "listen_addresses=", "-c", "fsync=off", "-F", "-c", "max_connections=20")


class Server:
    """A running server, in which each campaign has a schema of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._numbers = count(1)

    @property
    def url(self) -> str:
        return f"postgresql://{USER}@/postgres?host={quote(str(self.folder))}"

    def new_schema(self) -> str:
        """Make an empty schema, and return its address."""
        name = f"campaign{next(self._numbers)}"
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {name}".encode())
        return f"{self.url}&options=-csearch_path%3D{name}"


def binaries() -> Path | None:
    """Return the folder of the programs of the newest version, None where there is none."""
    found = shutil.which("initdb")
    if found:
        return Path(found).parent
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: float(p.parent.name))
    return folders[-1] if folders else None


@contextlib.contextmanager
def running_server() -> Iterator[Server]:
    """Make a cluster and run it; skip where PostgreSQL is not installed."""
    programs = None if sys.platform == "win32" else binaries()
    if programs is None:
        pytest.skip("PostgreSQL is not installed, or this is Windows: sockets are of Unix")
    as_user: dict[str, Any] = {}
    if os.getuid() == 0:
        as_user = {"user": USER, "group": USER, "extra_groups": []}
    with tempfile.TemporaryDirectory(prefix="pg", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        if as_user:
            shutil.chown(folder, USER, USER)
        make = [
            str(programs / "initdb"),
            "-D",
            str(folder / "data"),
            "-A",
            "trust",
            "-U",
            USER,
            "-N",
        ]
        ended = subprocess.run(  # noqa: S603
            [*make, "--locale=C", "-E", "UTF8"],
            cwd=folder,
            capture_output=True,
            check=False,
            **as_user,
        )
        assert ended.returncode == 0, ended.stderr.decode()
        serve = [str(programs / "postgres"), "-D", str(folder / "data"), "-k", name, *SETTINGS]
        with (folder / "log").open("wb") as log:
            process: subprocess.Popen[bytes] = subprocess.Popen(  # noqa: S603
                ["/bin/sh", "-c", RUN, "sh", *serve],
                cwd=folder,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                **as_user,
            )
        server = Server(folder)
        try:
            _wait(server, process)
            yield server
        finally:
            process.communicate(b"\n")


def _wait(server: Server, process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None:
        with contextlib.suppress(psycopg.OperationalError):
            psycopg.connect(server.url).close()
            return
        time.sleep(0.02)
    pytest.fail((server.folder / "log").read_text(encoding="utf-8"))
