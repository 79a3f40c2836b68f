"""Launchers lead to the office of their folder, however it is called."""

from __future__ import annotations

import shlex
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from routeplan.cli import main
from routeplan.web.shortcut import shortcut
from tests.helpers.campaign import Undertaking

ODD = Path('/data/Aral\'s "best" $HOME `id` 100% \\ week')


def test_a_shell_reads_the_folder_as_it_is() -> None:
    name, text = shortcut(ODD, "/usr/bin/python3", "darwin")
    assert name == "routeplan-office.command"
    assert text.startswith("#!/bin/sh\n")
    words = shlex.split(text.splitlines()[1])
    assert words == ["exec", "/usr/bin/python3", "-P", "-m", "routeplan", "office", str(ODD)]


def test_a_desktop_file_quotes_as_its_specification_says() -> None:
    name, text = shortcut(ODD, "/usr/bin/python3", "linux")
    assert name == "routeplan-office.desktop"
    (line,) = [each for each in text.splitlines() if each.startswith("Exec=")]
    # The value's own backslashes first, then those of quotes; %% is a percent sign.
    value = line.removeprefix("Exec=").replace("\\\\", "\\").replace("%%", "%")
    words = [w.replace("\0", "") for w in _unquoted(value)]
    assert words == ["/usr/bin/python3", "-P", "-m", "routeplan", "office", str(ODD)]


def _unquoted(value: str) -> list[str]:
    words, word, inside, letters = [], "", False, iter(value)
    for letter in letters:
        if letter == "\\" and inside:
            word += next(letters)
        elif letter == '"':
            inside = not inside
            if not inside:
                words.append(word)
                word = ""
        elif inside:
            word += letter
    return words


def test_a_batch_file_keeps_percent_signs() -> None:
    name, text = shortcut(Path("C:\\My week 100%"), "C:\\py\\python.exe", "win32")
    assert name == "routeplan-office.bat"
    assert '"C:\\My week 100%%"' in text


def test_a_batch_file_runs_nothing_that_is_in_a_name() -> None:
    _name, text = shortcut(Path("C:\\A & B (1)^"), "C:\\Program Files\\python.exe", "win32")
    lines = text.split("\r\n")
    assert lines[0] == "@chcp 65001 >nul"
    command = '@"C:\\Program Files\\python.exe" -P -m routeplan office "C:\\A & B (1)^"'
    assert lines[1:] == [command, "@pause", ""]


def test_a_path_with_a_line_break_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot be printed"):
        shortcut(Path("/data/a\nExec=b"), "/usr/bin/python3", "linux")


def test_the_command_writes_one_that_its_owner_can_run_and_replaces_no_other_file(
    tmp_path: Path,
) -> None:
    Undertaking().write(tmp_path)
    with pytest.raises(SystemExit) as ended:
        main(["office", str(tmp_path), "--shortcut"])
    assert ended.value.code == 0
    (made,) = tmp_path.glob("routeplan-office.*")
    assert made.stat().st_mode & stat.S_IXUSR
    made.unlink()
    made.write_text("mine", encoding="utf-8")
    (tmp_path / ".routeplan.index").unlink()
    with pytest.raises(SystemExit) as ended:
        main(["office", str(tmp_path), "--shortcut"])
    assert (ended.value.code, made.read_text(encoding="utf-8")) == (2, "mine")


@pytest.mark.skipif(sys.platform == "win32", reason="a shell is needed")
def test_a_launcher_for_macos_starts_this_program(tmp_path: Path) -> None:
    Undertaking().write(tmp_path)
    name, text = shortcut(tmp_path, sys.executable, "darwin")
    path = tmp_path / name
    path.write_text(text.rstrip("\n") + " --help\n", encoding="utf-8")
    path.chmod(0o700)
    shown = subprocess.run([path], capture_output=True, text=True, check=True)  # noqa: S603
    assert "--shortcut" in shown.stdout
