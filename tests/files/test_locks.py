"""A file is locked by one process at a time, and by none once that has ended."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from routeplan.files.locks import is_locked, locked_file
from tests.helpers import paths

if TYPE_CHECKING:
    from pathlib import Path

HOLDING = """\
import pathlib, sys
from routeplan.files.locks import locked_file
with locked_file(pathlib.Path(sys.argv[1])) as is_ours:
    print(is_ours, flush=True)
    sys.stdin.readline()
"""


def test_a_lock_is_held_by_one_and_free_afterwards(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    assert not is_locked(path)
    assert not path.exists()
    with locked_file(path) as first:
        with locked_file(path) as second:
            assert (first, second) == (True, False)
        assert is_locked(path)
        assert is_locked(path)
    assert not is_locked(path)
    with locked_file(path) as again:
        assert again


def test_a_process_that_is_killed_leaves_no_lock(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    command = [sys.executable, "-c", HOLDING, str(path)]
    with subprocess.Popen(  # noqa: S603
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=paths.ROOT, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "True\n"
        assert is_locked(path)
        with locked_file(path) as is_ours:
            assert not is_ours
        other.kill()
    assert not is_locked(path)


def test_a_lock_where_no_file_can_be_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"), locked_file(tmp_path / "none" / "lock"):
        pass
    assert not is_locked(tmp_path / "none" / "lock")
