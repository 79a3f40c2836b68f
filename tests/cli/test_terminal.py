"""No name, argument or file says anything to a terminal but what is read of it."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import logging
import re
import sys
import warnings
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.progress import Progress, TextColumn
from rich.table import Table
from rich.text import Text

from routeplan import cli
from routeplan.cli.console import Terminal
from routeplan.cli.output import Output
from routeplan.cli.terminal import guard_libraries, visible, write_error, write_json
from routeplan.errors import Fault
from routeplan.fetch.hosts import HostRequest
from tests.cli.test_cli import OFFLINE, SEARCH, Shell, ask, shell
from tests.helpers.campaign import Undertaking, table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["shell"]

CONTROLS = [chr(n) for n in (*range(0x20), 0x7F, *range(0x80, 0xA0)) if chr(n) not in "\n\t"]
DIRECTIONS = [
    *"\u061c\u200e\u200f",
    *map(chr, range(0x202A, 0x202F)),
    *map(chr, range(0x2066, 0x206A)),
]
HOSTILE = re.compile(f"[{re.escape(''.join([*CONTROLS, *DIRECTIONS]))}]")
SEQUENCES = (
    *("\x1b[31m", "\x1b]0;title\x07", "\x1b]8;;http://x.example\x1b\\", "\x1b[2J", "\x9b31m"),
    *("[red]", "[/]", "[link=http://x.example]", ":smile:", "\udcff", "\r", "\u2028"),
)
NAMES = st.lists(st.sampled_from([*CONTROLS, *DIRECTIONS, *SEQUENCES, "Ақ", "\n", "\t", "x"]))
HOSTILE_NAMES = NAMES.map("".join)


@contextlib.contextmanager
def printed() -> Iterator[io.StringIO]:
    """Catch both streams in one."""
    stream = io.StringIO()
    with contextlib.redirect_stdout(stream), contextlib.redirect_stderr(stream):
        yield stream


@given(HOSTILE_NAMES)
def test_what_is_made_visible_holds_nothing_that_a_terminal_obeys(name: str) -> None:
    shown = visible(name)
    assert not HOSTILE.search(shown)
    shown.encode()
    assert visible(shown) == shown


@given(st.text(st.characters(exclude_categories=["Cc", "Cf", "Cs", "Zl", "Zp"])))
def test_what_is_harmless_is_printed_as_it_is(name: str) -> None:
    assert visible(name) == name


@given(HOSTILE_NAMES)
def test_json_is_printed_in_escapes_and_reads_the_same(name: str) -> None:
    values = {name: [name, {"rows": name}]}
    with printed() as stream:
        write_json(values)
    assert not HOSTILE.search(stream.getvalue())
    assert json.loads(stream.getvalue()) == values


@given(HOSTILE_NAMES)
def test_tables_lines_faults_and_progress_print_names_that_do_nothing(name: str) -> None:
    files = {name: name}
    with printed() as stream:
        out = Output(as_json=False, quiet=False)
        out.answer({}, [name])
        out.tables({name: pd.DataFrame({name: [name]})}, files, note=name)  # type: ignore[arg-type]
        out.files(files)  # type: ignore[arg-type]
        with out.steps() as steps:
            steps.on_step(name)
            steps.note(name)
            steps.count(1, 2)
        write_error(f"{Fault(name, name, name)} {HostRequest(name, name)}")
    assert not HOSTILE.search(stream.getvalue())


@settings(max_examples=40)
@given(HOSTILE_NAMES)
def test_on_a_terminal_only_the_console_itself_speaks_to_it(name: str) -> None:
    stream = io.StringIO()
    console = Terminal()
    console.file, console._force_terminal = stream, True
    grid = Table(title=name)
    grid.add_column(name, footer=name)
    grid.add_row(name)
    console.print(grid, Text(name), name)
    with Progress(TextColumn("{task.description}", markup=False), console=console) as progress:
        progress.add_task(name)
    own = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", stream.getvalue())
    assert not HOSTILE.search(own.replace("\r", ""))
    assert "\x1b[31m" not in stream.getvalue()
    assert "x.example\x1b\\" not in stream.getvalue()


@settings(max_examples=15)
@given(HOSTILE_NAMES.filter(lambda name: not name.startswith("-")))
def test_complaints_about_arguments_repeat_them_visibly(name: str) -> None:
    for arguments in (["solve", "p.json", name, name], ["doctor", f"--{name}"], [f"x{name}"]):
        with printed() as stream, pytest.raises(SystemExit):
            cli.main(arguments)
        assert not HOSTILE.search(stream.getvalue())


def test_what_python_prints_by_itself_is_visible(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(warnings, "formatwarning", warnings.formatwarning)
    guard_libraries()
    text = warnings.formatwarning("Aral\x1b[2J", UserWarning, "f.py", 1)
    assert text == "UserWarning: Aral\\x1b[2J\n"
    with printed() as stream:
        sys.excepthook(ValueError, ValueError("Aral\x1b[2J"), None)
        assert logging.lastResort is not None
        logging.lastResort.handle(logging.makeLogRecord({"msg": "Bulaq\x1b[2J"}))
    assert stream.getvalue() == "ValueError: Aral\\x1b[2J\nBulaq\\x1b[2J\n"


ODD = "=A\x1b[31m\u202eq\x9b31m[red]"


@pytest.fixture
def hostile(shell: Shell) -> Path:
    """Return a scenario whose every name would say something to a terminal."""
    # A table with C0 in it is refused as no text.
    name = ODD.replace("\x1b", "\x9b")
    rows = [re.sub(r"^(\w+),(\w+),", rf"\1,\2{name},", row) for row in table()]
    toy = Undertaking(table=[table()[0], *rows[1:]]).write(shell.folder)
    text = toy.read_text(encoding="utf-8")
    odd = json.dumps(ODD)
    text = text.replace('"Toy week"', odd).replace('id = "A"', f"id = {odd}")
    toy.write_text(text, encoding="utf-8")
    return toy


# Those that show names; JSON is written by the same function whatever the command.
NAMING = ("villages", "explain", "pack")


def test_every_command_answers_hostile_names_without_obeying_them(
    shell: Shell, hostile: Path
) -> None:
    answer = shell("run", hostile, "-o", "out", *SEARCH)
    assert answer.code == 0, answer.err
    for command in OFFLINE:
        if command in {"demo", "frontier", "country"}:
            continue  # no names but ours, or those of the tables of a sweep
        asked = ask(command, hostile, shell.folder / "out")
        arguments = [ODD if each == "A" else each for each in asked]
        answers = [shell(*arguments)]
        if command in NAMING:
            answers.append(shell(*arguments, "--json"))
            assert all("u202e" in answer.out for answer in answers), command
        for answer in answers:
            assert answer.code == 0, (command, answer.err)
            assert not HOSTILE.search(answer.out + answer.err), command
    for path in (shell.folder / "made").rglob("*.csv"):
        with path.open(encoding="utf-8-sig", newline="") as file:
            delimiter = ";" if ";" in file.readline() else ","
            cells = [cell for row in csv.reader(file, delimiter=delimiter) for cell in row]
        assert cells
        assert not [cell for cell in cells if cell.startswith("=")], path.name
