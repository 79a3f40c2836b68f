"""The whole command line works where there is no network, asks for none, and runs no code found."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from routeplan.cli.commands import COMMANDS
from routeplan.packs import make_identity
from tests.helpers import paths
from tests.helpers.campaign import Undertaking

if TYPE_CHECKING:
    from collections.abc import Iterator

SEARCH = ("--iterations", "1")
# So many that a process of its own routes the days, after nights were changed.
ROUTING = ("--engine", "routing", "--iterations", "300")
KEY = make_identity()

# Alone in a network of its own, in which there is not even loopback.
ALONE = ("unshare", "--user", "--map-root-user", "--net")

# Read by every interpreter at its start: whoever would connect, look up a host or send, fails, and
# leaves a note of it, so that one who keeps the failure to himself is found out, too.
REFUSE = """\
import socket, sys

ASKING = {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr",
          "socket.sendto", "socket.sendmsg"}

def refuse(event, args):
    if event not in ASKING or getattr(args[0], "family", None) == getattr(socket, "AF_UNIX", 0):
        return
    with open(%r, "a") as notes:
        notes.write(f"{event} {args!r} by {sys.argv}\\n")
    raise OSError("there is no network")

sys.addaudithook(refuse)
with open(%r, "a") as begun:
    begun.write(f"{sys.orig_argv}\\n")
"""

# What a module is that lies beside the tables: it leaves a note, too.
TRAP = """\
import sys
with open(%r, "a") as notes:
    notes.write(f"{__name__} was taken from the current folder by {sys.argv}\\n")
raise ImportError("not for the current folder")
"""

# What is typed, one command after another.
TYPE = """\
import json, sys
from routeplan.cli import main

for line in json.load(sys.stdin) if __name__ == "__main__" else ():
    try:
        main([*line, "--quiet"])
    except SystemExit as ended:
        if ended.code:
            sys.exit(f"{line} ended with {ended.code}")
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
    yield "roads", "report", str(folder / "district.osm")
    yield "roads", "explain", toy, "base", "Bulaq"
    yield "roads", "learn", toy, str(folder / "reports.csv"), "-o", str(folder / "speeds.toml")
    yield "villages", toy
    yield "villages", "template", str(folder / "template.xlsx")
    yield "villages", "match", str(folder / "villages.csv"), "--osm", str(folder / "district.osm")
    yield "problem", toy, "-o", str(folder / "p.json")
    yield "solve", problem, "-o", str(folder / "plan.json"), *ROUTING
    yield "replan", plan, "--from", "2", "--scenario", toy, "-o", str(folder / "later"), *SEARCH
    yield "audit", problem, plan
    yield "explain", problem, plan, "Aral", *SEARCH
    yield "map", toy, plan, "-o", str(folder / "map.html")
    yield "sheets", toy, plan, "-o", str(folder / "sheets")
    yield "phone", toy, plan, "-o", str(folder / "phone")
    yield "workbook", "write", toy, plan, "-o", str(folder / "plan.xlsx")
    yield "workbook", "read", str(folder / "plan.xlsx"), problem, plan
    yield "layers", toy, plan, "-o", str(folder / "plan.gpkg")
    yield "report", toy, plan, "-o", str(folder / "report.html")
    cells = "--workers", "1"
    made = "-o", str(folder / "analysis")
    yield "compare", str(out), plan, *made
    yield "frontier", problem, "--crews", "1:2", *made, *cells, *SEARCH
    yield "sweep", str(folder / "sweep.toml"), *made, *cells
    yield "coverage", toy, "--minutes", "60", "--hosts", "0", *made, *cells
    yield "country", str(folder / "sweep.toml"), "--crews", "1", *made, *cells
    yield "handouts", toy, plan, "-o", str(folder / "all"), "--language", "kk"
    yield "pack", "keygen", "-o", str(folder / "key.txt")
    asked = "--crew", "A", "--day", "1", "--expires", "2999-01-01", "--recipient", KEY.recipient
    yield "pack", toy, plan, *asked, "-o", str(folder / "a.age")
    yield "pack", "open", str(folder / "a.age"), "--identity", str(folder / "own.txt")
    ledger = str(folder / "campaign.sqlite")
    yield "ledger", "create", ledger, toy
    yield "ledger", "show", ledger
    yield "ledger", "backup", ledger, "-o", str(folder / "backup.sqlite")
    yield "ledger", "restore", str(folder / "backup.sqlite"), "-o", str(folder / "new.sqlite")
    yield "evening", str(out), "--day", "1", "--ledger", ledger, *SEARCH
    week = "--after", str(out), "-o", str(folder / "week2")
    yield "week", "new", toy, "--ledger", ledger, *week, *SEARCH
    yield ("doctor",)
    yield "office", str(folder), "--shortcut"
    yield "record", plan, str(folder / "results.csv"), "--ledger", str(folder / "campaign.sqlite")
    yield "wipe", str(folder / "all"), "--dry-run"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    Undertaking().write(tmp_path)
    reports = "from,to,minutes,vehicle,date\nbase,Bulaq,5,car,2027-05-03\n"
    (tmp_path / "reports.csv").write_text(reports, encoding="utf-8")
    results = "team,date,village,reached,signed\nA,2027-05-03,Bulaq,4,3\n"
    (tmp_path / "results.csv").write_text(results, encoding="utf-8")
    sweep = [
        *('format = "routeplan-sweep"', "version = 1", "[search]", "iterations = 1"),
        *("[[districts]]", 'name = "Aral"', 'scenario = "out/problem.json"'),
    ]
    (tmp_path / "sweep.toml").write_text("\n".join(sweep), encoding="utf-8")
    (tmp_path / "own.txt").write_text(KEY.secret, encoding="utf-8")
    return tmp_path


def environment_of(folder: Path) -> dict[str, str]:
    """Write what refuses sockets; return an environment whose interpreters read it."""
    text = REFUSE % (str(folder / "notes.txt"), str(folder / "begun.txt"))
    (folder / "bin").mkdir(exist_ok=True)
    (folder / "bin" / "sitecustomize.py").write_text(text, encoding="utf-8")
    path = os.pathsep.join([str(folder / "bin"), str(paths.ROOT)])
    # Nothing is known from before.
    return {**os.environ, "PYTHONPATH": path, "ROUTEPLAN_CACHE": str(folder / "cache")}


def lay_traps(folder: Path) -> None:
    """Write modules by the names of all that there are into a folder, and settings of one."""
    rules = "text.usetex: True\nbackend: module://pickle\n"
    (folder / "matplotlibrc").write_text(rules, encoding="utf-8")
    for name in {*sys.stdlib_module_names, *packages_distributions(), "usercustomize"}:
        if name.isidentifier():
            trap = TRAP % str(folder / "notes.txt")
            (folder / f"{name}.py").write_text(trap, encoding="utf-8")


def typed(folder: Path) -> list[str]:
    """Return what runs commands as the installed program does, by a file of another folder."""
    (folder / "bin").mkdir(exist_ok=True)
    (folder / "bin" / "typed.py").write_text(TYPE, encoding="utf-8")
    return [sys.executable, str(folder / "bin" / "typed.py")]


def test_every_command_is_tried() -> None:
    tried = {" ".join(line[:2]) for line in lines(Path())} | {line[0] for line in lines(Path())}
    assert {name for name in COMMANDS if not name.startswith("fetch ")} <= tried


def test_the_refusal_holds_in_every_interpreter(tmp_path: Path) -> None:
    ask = "import socket; socket.create_connection(('127.0.0.1', 9), 1)"
    command = [sys.executable, "-c", ask]
    environment = environment_of(tmp_path)
    ended = subprocess.run(command, env=environment, capture_output=True, check=False)  # noqa: S603
    assert b"there is no network" in ended.stderr
    assert "socket.getaddrinfo" in (tmp_path / "notes.txt").read_text(encoding="utf-8")


def test_traps_are_taken_by_whoever_looks_in_the_current_folder(tmp_path: Path) -> None:
    lay_traps(tmp_path)
    command = [sys.executable, "-c", "import copy"]
    subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)  # noqa: S603
    assert "copy was taken" in (tmp_path / "notes.txt").read_text(encoding="utf-8")


def test_every_command_works_without_a_network_in_a_folder_full_of_modules(folder: Path) -> None:
    lay_traps(folder)
    # Where a network of one's own is not to be had, refused sockets alone must do.
    alone = ALONE if can_be_alone() else ()
    ended = subprocess.run(  # noqa: S603
        [*alone, *typed(folder)],
        input=json.dumps(list(lines(folder))).encode(),
        env=environment_of(folder),
        cwd=folder,
        capture_output=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr.decode()
    notes = folder / "notes.txt"
    assert not notes.exists(), notes.read_text(encoding="utf-8")
    begun = (folder / "begun.txt").read_text(encoding="utf-8")
    for process in (
        "routeplan.planner.ortools_routing.model",
        "multiprocessing.spawn",
        "resource_tracker",
    ):
        assert process in begun
    assert (folder / "all" / "handouts.json").exists()
    assert (folder / "a" / "day.json").exists()
