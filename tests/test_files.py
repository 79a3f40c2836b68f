"""Files are written whole or not at all, and nothing else is ever left behind."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from routeplan.errors import InputError
from routeplan.files import INDEX, check_writable, read_bytes, write_whole

NO_PROC = not Path("/proc/self").is_dir()


def names(folder: Path) -> list[str]:
    """Return the names of files in a folder, without its index."""
    return sorted(path.name for path in folder.iterdir() if path.name != INDEX)


def faults_of(*paths: Path) -> list[str]:
    with pytest.raises(InputError) as caught:
        check_writable(*paths)
    return [str(fault) for fault in caught.value.faults]


def test_files_are_written_in_new_folders_and_read_back_equal(tmp_path: Path) -> None:
    text, data = tmp_path / "a" / "b" / "text.json", tmp_path / "data.bin"
    write_whole({text: "Ақбұлақ\n", data: b"\0\r\n"})
    assert read_bytes(text) == "Ақбұлақ\n".encode()
    assert read_bytes(data) == b"\0\r\n"
    assert names(tmp_path) == ["a", "data.bin"]
    assert names(text.parent) == ["text.json"]


def test_a_new_file_takes_the_place_of_an_old_one(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_text("a long old text")
    write_whole({path: "new"})
    assert path.read_text() == "new"
    assert names(tmp_path) == ["plan.json"]


def test_a_file_gets_the_rights_that_any_new_file_gets(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write_whole({tmp_path / "plan.json": ""})
        after = os.umask(0o027)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "plan.json").stat().st_mode) == 0o640
    assert after == 0o027


def test_one_file_that_cannot_be_written_leaves_all_as_they_were(tmp_path: Path) -> None:
    old, folder, below = tmp_path / "old.json", tmp_path / "folder", tmp_path / "old.json" / "map"
    old.write_text("old")
    folder.mkdir()
    with pytest.raises(InputError) as caught:
        write_whole({old: "new", tmp_path / "fresh": "new", folder: "new", below: "new"})
    assert [str(fault) for fault in caught.value.faults] == [
        f"{folder}: cannot be written: it is a folder",
        f"{below}: cannot be written: file exists",
    ]
    assert old.read_text() == "old"
    assert names(tmp_path) == ["folder", "old.json"]


@pytest.mark.parametrize(
    "error", [PermissionError(13, "Permission denied"), KeyboardInterrupt()], ids=["locked", "^C"]
)
def test_what_was_replaced_is_put_back_where_a_later_file_cannot_be_moved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    replace = Path.replace

    def locked(source: Path, target: Path) -> Path:
        if target.name == "locked":
            raise error
        return replace(source, target)

    old = tmp_path / "old"
    old.write_text("old")
    monkeypatch.setattr(Path, "replace", locked)
    expected = InputError if isinstance(error, OSError) else KeyboardInterrupt
    with pytest.raises(expected) as caught:
        write_whole({old: "new", tmp_path / "fresh": "new", tmp_path / "locked": "new"})
    assert old.read_text() == "old"
    assert names(tmp_path) == ["old"]
    if isinstance(caught.value, InputError):
        where = tmp_path / "locked"
        assert str(caught.value) == f"{where}: cannot be written: permission denied"


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_no_temporary_file_is_left_where_writing_breaks_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    def full(_: int) -> None:
        raise error

    (tmp_path / "old").write_text("old")
    monkeypatch.setattr("os.fsync", full)
    with pytest.raises((InputError, KeyboardInterrupt)):
        write_whole({tmp_path / "old": "new", tmp_path / "fresh": "new"})
    assert (tmp_path / "old").read_text() == "old"
    assert names(tmp_path) == ["old"]


@pytest.mark.skipif(sys.platform == "win32", reason="kills as POSIX does")
def test_a_writer_killed_in_the_middle_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_text("old")
    script = (
        "import os, signal, sys\n"
        "from pathlib import Path\n"
        "from routeplan import files\n"
        "os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)\n"
        "files.write_whole({Path(sys.argv[1]): 'new' * 100_000})\n"
    )
    ended = subprocess.run([sys.executable, "-c", script, str(path)], check=False)  # noqa: S603
    assert ended.returncode == -signal.SIGKILL
    assert path.read_text() == "old"


def test_a_check_before_the_work_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "old.json").write_text("old")
    check_writable(tmp_path / "old.json", tmp_path / "a" / "b" / "plan.json", Path("plan.json"))
    assert names(tmp_path) == ["old.json"]
    assert (tmp_path / "old.json").read_text() == "old"


def test_a_check_names_every_file_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    below, folder, sound = tmp_path / "file" / "a" / "plan.json", tmp_path, tmp_path / "sound.json"
    assert faults_of(below, folder, sound) == [
        f"{below}: cannot be written: not a directory; choose another place",
        f"{folder}: cannot be written: it is a folder; choose another place",
    ]


@pytest.mark.skipif(NO_PROC, reason="needs /proc")
def test_a_place_that_takes_no_files_is_refused_also_by_a_user_who_may_do_all() -> None:
    path = Path("/proc/plan.json")
    assert faults_of(path)[0].startswith(f"{path}: cannot be written: ")
    with pytest.raises(InputError, match="cannot be written"):
        write_whole({path: "new"})


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write all")
def test_a_folder_that_is_read_only_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    path = tmp_path / "plan.json"
    assert faults_of(path) == [
        f"{path}: cannot be written: permission denied; choose another place"
    ]
    with pytest.raises(InputError, match="permission denied"):
        write_whole({path: "new"})
    tmp_path.chmod(0o700)


def test_a_device_is_never_replaced_by_a_file() -> None:
    device = Path(os.devnull)
    assert "it is no ordinary file" in faults_of(device)[0]
    with pytest.raises(InputError, match="it is no ordinary file"):
        write_whole({device: "new"})
    assert device.exists()
    assert not device.is_file()


def test_a_file_that_is_not_there_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "none.json"
    with pytest.raises(InputError) as caught:
        read_bytes(path)
    assert str(caught.value) == f"{path}: cannot be read: no such file or directory"
    with pytest.raises(InputError, match="cannot be read: is a directory"):
        read_bytes(tmp_path)
