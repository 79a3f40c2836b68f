"""Files are written whole or not at all, and nothing else is ever left behind."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routeplan.errors import InputError
from routeplan.files import (
    ANY,
    INDEX,
    check_writable,
    digest_of,
    enter_in_index,
    is_signed,
    is_temporary,
    move_whole,
    name_digest,
    open_private,
    read_bytes,
    read_index,
    remove_abandoned,
    sign,
    write_unlocked,
    write_whole,
)

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


@pytest.mark.skipif(sys.platform == "win32", reason="has no modes")
@pytest.mark.parametrize(
    ("umask", "file", "folder"), [(0, 0o600, 0o700), (0o027, 0o600, 0o700), (0o277, 0o400, None)]
)
def test_files_and_folders_are_for_the_user_alone_unless_the_umask_is_stricter(
    tmp_path: Path, umask: int, file: int, folder: int | None
) -> None:
    paths = [tmp_path / "plan.json", tmp_path / "a" / "b" / "plan.json"]
    paths[0].touch(0o644)
    before = os.umask(umask)
    try:
        write_whole(dict.fromkeys(paths[: 1 if folder is None else 2], "new"))
        after = os.umask(umask)
    finally:
        os.umask(before)
    assert after == umask
    for path in (tmp_path, *tmp_path.rglob("*")):
        if path.is_file():
            assert stat.S_IMODE(path.stat().st_mode) == file, path
        elif path != tmp_path:
            assert stat.S_IMODE(path.stat().st_mode) == folder, path


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
    (left,) = (each for each in tmp_path.iterdir() if each != path)
    assert is_temporary(left)
    assert stat.S_IMODE(left.stat().st_mode) == 0o600
    write_whole({tmp_path / "map.html": ""})
    assert names(tmp_path) == ["map.html", "plan.json"]


def test_temporary_files_of_a_writer_that_may_be_running_are_swept_only_when_they_are_old(
    tmp_path: Path,
) -> None:
    mine, old, strange = (
        tmp_path / name
        for name in (f".routeplan-{os.getpid()}-a1", f".routeplan-{os.getpid()}-a2", ".routeplan-x")
    )
    others = [tmp_path / name for name in (".routeplan", "routeplan-1-a", ".routeplan-1-a b")]
    for path in (mine, old, strange, *others):
        path.touch()
        os.utime(path, (0, 0) if path not in {mine, strange} else None)
    assert remove_abandoned([tmp_path, tmp_path / "none"]) == [old]
    assert {mine, strange, *others} == set(tmp_path.iterdir())


def test_an_index_tells_no_name_and_forgets_what_is_gone(tmp_path: Path) -> None:
    write_whole({tmp_path / "Aral_day1.age": "1", tmp_path / "plan.json": "2"})
    text = (tmp_path / INDEX).read_text()
    assert "Aral" not in text
    (tmp_path / "Aral_day1.age").unlink()
    write_whole({tmp_path / "map.html": "3"})
    assert set(read_index(tmp_path)) == {name_digest("plan.json"), name_digest("map.html")}


@pytest.mark.skipif(sys.platform == "win32", reason="has no locks of folders")
def test_processes_that_write_to_one_folder_at_once_lose_no_entry_of_its_index(
    tmp_path: Path,
) -> None:
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from routeplan.files import write_whole\n"
        "for n in range(10):\n"
        "    write_whole({Path(sys.argv[1], f'{sys.argv[2]}-{n}.csv'): ''})\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    running = [subprocess.Popen([*command, str(number)]) for number in range(4)]  # noqa: S603
    assert [process.wait() for process in running] == [0] * 4
    assert set(read_index(tmp_path)) == {name_digest(name) for name in names(tmp_path)}
    assert len(names(tmp_path)) == 40


NAMES = st.sampled_from(["plan.json", "Ақ.csv", "a/plan.json", "a/b/map.html"])
WRITTEN = st.dictionaries(NAMES, st.sampled_from(["", "1", "2"]), min_size=1)


@given(rounds=st.lists(st.tuples(WRITTEN, st.sets(NAMES)), max_size=4))
@settings(max_examples=25)
def test_every_file_that_is_written_is_in_the_index_of_its_folder_with_what_it_holds(
    rounds: list[tuple[dict[str, str], set[str]]],
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for written, gone in rounds:
            write_whole({folder / name: text for name, text in written.items()})
            for each in gone:
                (folder / each).unlink(missing_ok=True)
        for path in folder.rglob("*"):
            if path.is_file() and path.name != INDEX:
                assert digest_of(path) == read_index(path.parent)[name_digest(path.name)][-1]


def test_what_is_no_index_is_neither_taken_for_one_nor_written_over(tmp_path: Path) -> None:
    for text in ("mine", "[]", '{"format": "routeplan-files", "version": 1, "files": [1]}'):
        (tmp_path / INDEX).write_text(text)
        with pytest.raises(InputError, match="is not the index that routeplan keeps"):
            write_whole({tmp_path / "plan.json": "1"})
        assert faults_of(tmp_path / "plan.json")[0].startswith(f"{tmp_path / INDEX}: is not the")
        assert (tmp_path / INDEX).read_text() == text
        assert names(tmp_path) == []
    (tmp_path / INDEX).unlink()
    (tmp_path / INDEX).mkdir()
    assert faults_of(tmp_path / "plan.json") == [
        f"{tmp_path / INDEX}: cannot be read: is a directory"
    ]
    with pytest.raises(InputError, match="is the name of the index"):
        write_whole({tmp_path / INDEX: "1"})
    assert faults_of(tmp_path / INDEX)[0].endswith("choose another name")


def test_a_file_that_grew_in_its_folder_is_moved_and_entered(tmp_path: Path) -> None:
    part = tmp_path / "kz.part"
    enter_in_index(part)
    assert read_index(tmp_path) == {name_digest("kz.part"): [ANY]}
    with open(part, "w", opener=open_private) as file:
        file.write("map")
    assert stat.S_IMODE(part.stat().st_mode) == 0o600 or sys.platform == "win32"
    move_whole(part, tmp_path / "kz")
    assert read_index(tmp_path)[name_digest("kz")] == [digest_of(tmp_path / "kz")]
    assert names(tmp_path) == ["kz"]


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


def test_a_workbook_that_is_open_elsewhere_is_named_and_the_rest_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workbook, table = tmp_path / "plan.xlsx", tmp_path / "plan.txt"
    write_whole({workbook: "old", table: "old"})
    replace = Path.replace

    def locked(self: Path, target: Path) -> Path:
        if Path(target) == workbook:
            raise PermissionError(13, "Permission denied")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", locked)
    (fault,) = write_unlocked({workbook: "new", table: "new"})
    assert str(fault).startswith(f"{workbook}: cannot be written: permission denied; close it in")
    assert (workbook.read_text(), table.read_text()) == ("old", "new")
    # Files that belong together are still written all or not at all.
    with pytest.raises(InputError, match="close it in Excel"):
        write_whole({table: "newer", workbook: "newer"})
    assert table.read_text() == "new"


def test_a_signed_file_is_known_until_it_is_changed_or_written_by_others(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    write_whole({path: "one"})
    assert not is_signed("run", path)
    sign("run", path)
    assert is_signed("run", path)
    write_whole({tmp_path / "other": "x"})
    assert is_signed("run", path)
    write_whole({path: "two"})
    assert not is_signed("run", path)
