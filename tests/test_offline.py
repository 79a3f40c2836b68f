"""The whole command line works where there is no network, and asks for none."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from routeplan.cli.commands import COMMANDS
from tests.campaign_helpers import Undertaking

if TYPE_CHECKING:
    from collections.abc import Iterator

SEARCH = ("--iterations", "1")

# Alone in a network of its own, in which there is not even loopback.
ALONE = ("unshare", "--user", "--map-root-user", "--net")

# Read by every interpreter at its start: whoever would connect, bind, look up or send, fails, and
# leaves a note of it, so that one who keeps the failure to himself is found out, too.
REFUSE = """\
import socket, sys

def refuse(event, args):
    if event in {"socket.connect", "socket.bind", "socket.getaddrinfo", "socket.sendto",
                 "socket.gethostbyname", "socket.gethostbyaddr"}:
        if event in {"socket.connect", "socket.bind"} and args[0].family == socket.AF_UNIX:
            return
        with open(%r, "a") as notes:
            notes.write(f"{event} {args!r} by {sys.argv}\\n")
        raise OSError("there is no network")

sys.addaudithook(refuse)
"""


def can_be_alone() -> bool:
    if shutil.which("unshare") is None:
        return False
    ended = subprocess.run([*ALONE, "true"], capture_output=True, check=False)  # noqa: S603
    return ended.returncode == 0


def lines(folder: Path) -> Iterator[tuple[str, ...]]:
    """Yield what is typed, one command after another: every one that there is but `fetch`."""
    toy, out = str(folder / "scenario.toml"), folder / "out"
    problem, plan = str(out / "problem.json"), str(out / "plan.json")
    yield "demo", "-o", str(folder / "demo"), *SEARCH
    yield "run", toy, "-o", str(out), *SEARCH
    yield "roads", str(folder / "district.osm")
    yield "villages", toy
    yield "problem", toy, "-o", str(folder / "p.json")
    yield "solve", problem, "-o", str(folder / "plan.json"), "--engine", "routing", *SEARCH
    yield "audit", problem, plan
    yield "explain", problem, plan, "Aral", *SEARCH
    yield "map", toy, plan, "-o", str(folder / "map.html")
    yield "sheets", toy, plan, "-o", str(folder / "sheets")
    yield "phone", toy, plan, "-o", str(folder / "phone")
    yield "workbook", "write", toy, plan, "-o", str(folder / "plan.xlsx")
    yield "workbook", "read", str(folder / "plan.xlsx"), problem, plan
    yield "layers", toy, plan, "-o", str(folder / "plan.gpkg")
    yield "handouts", toy, plan, "-o", str(folder / "all"), "--language", "kk"
    yield "pack", "keygen", "-o", str(folder / "key.txt")
    words = str(folder / "words.txt")
    lock = "--passphrase-file", words
    asked = "--crew", "A", "--day", "0", "--expires", "2999-01-01"
    yield "pack", toy, plan, *asked, *lock, "-o", str(folder / "a.age")
    yield "pack", "open", str(folder / "a.age"), *lock
    yield ("doctor",)
    yield "wipe", str(folder / "all"), "--dry-run"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    Undertaking().write(tmp_path)
    (tmp_path / "words.txt").write_text("four words are enough\n", encoding="utf-8")
    return tmp_path


def run_all(folder: Path, *, before: tuple[str, ...] = ()) -> None:
    hook = folder / "hook"
    hook.mkdir()
    notes = folder / "notes.txt"
    (hook / "sitecustomize.py").write_text(REFUSE % str(notes), encoding="utf-8")
    root = str(Path(__file__).parents[1])
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(hook), root])}
    for line in lines(folder):
        ended = subprocess.run(  # noqa: S603
            [*before, sys.executable, "-m", "routeplan", *line, "--quiet"],
            capture_output=True,
            cwd=folder,
            env=environment,
            check=False,
        )
        assert ended.returncode == 0, (line, ended.stderr.decode())
    assert not notes.exists(), notes.read_text(encoding="utf-8")


def test_every_command_is_tried() -> None:
    tried = {" ".join(line[:2]) for line in lines(Path())} | {line[0] for line in lines(Path())}
    assert set(COMMANDS) - {"fetch"} <= tried


def test_the_refusal_holds_in_every_interpreter(tmp_path: Path) -> None:
    notes = tmp_path / "notes.txt"
    (tmp_path / "sitecustomize.py").write_text(REFUSE % str(notes), encoding="utf-8")
    ask = "import socket; socket.create_connection(('127.0.0.1', 9), 1)"
    ended = subprocess.run(  # noqa: S603
        [sys.executable, "-c", ask],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        check=False,
    )
    assert b"there is no network" in ended.stderr
    assert notes.exists()


def test_the_whole_command_line_works_where_there_is_no_network(folder: Path) -> None:
    # Where a network of one's own is not to be had, refused sockets alone must do.
    run_all(folder, before=ALONE if can_be_alone() else ())
