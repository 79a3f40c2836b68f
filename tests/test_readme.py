"""The README stays true: its commands, its files, its words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from routeplan.cli import main
from routeplan.cli.commands import COMMANDS
from tests.helpers import paths

ROOT = paths.ROOT
README = (ROOT / "README.md").read_text(encoding="utf-8")
TEST_COMMAND = (
    "python3 -m venv .venv && .venv/bin/pip install -e '.[test]' && .venv/bin/python -m pytest"
)
DEMO_COMMAND = "python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/routeplan demo"


def commands() -> set[str]:
    """Return the words that the README puts behind ``routeplan`` where it is typed."""
    typed = re.findall(r"(?:`|^|bin/)routeplan ([a-z]+)( [a-z]+)?", README, flags=re.MULTILINE)
    return {first + more if first + more in COMMANDS else first for first, more in typed}


@pytest.mark.parametrize("command", sorted(commands()))
def test_every_command_that_is_named_has_help(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    assert ended.value.code == 0
    assert f"routeplan {command}" in capsys.readouterr().out


def test_every_command_that_there_is_is_named() -> None:
    assert set(COMMANDS) == commands()


def test_every_file_that_is_named_is_there() -> None:
    names = set(re.findall(r"`((?:routeplan|data|tests|notebooks)/[\w./]+)`", README))
    names |= set(re.findall(r"\]\(([\w./]+)\)", README)) | {"LICENSE", ".ci/run"}
    assert len(names) > 10
    missing = {name for name in names if not (ROOT / name).exists()}
    assert missing == set()


def test_the_two_commands_stand_there_on_a_line_each() -> None:
    lines = README.splitlines()
    assert TEST_COMMAND in lines
    assert DEMO_COMMAND in lines


def test_the_gate_runs_the_test_command_of_the_readme() -> None:
    gate = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    pattern = re.search(r'grep -m1 -o "([^"]+)" README.md', gate)
    assert pattern is not None
    assert pattern.group(1).replace("\\", "") == TEST_COMMAND


def test_the_modules_that_are_named_can_be_run() -> None:
    for module in re.findall(r"python -m ([\w.]+)", README):
        if module.startswith("tests."):
            assert (ROOT / Path(*module.split("."))).with_suffix(".py").exists()
