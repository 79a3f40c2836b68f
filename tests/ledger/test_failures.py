"""What goes wrong with a file or a server is said so that a person can mend it."""

from __future__ import annotations

import contextlib
import sqlite3
import sys
from typing import TYPE_CHECKING

import pytest

from routeplan.errors import InputError
from routeplan.ledger import open_ledger, restore, storage
from tests.ledger.campaign import answers, new_ledger, recorded, visit

if TYPE_CHECKING:
    from pathlib import Path

    from tests.helpers.postgresql import Server


def database_of_others(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path)) as file:
        file.execute("CREATE TABLE visit (id INTEGER)")
        file.commit()


@pytest.mark.parametrize("content", [b"", b"id,name\n", b"SQLite format 3\0", None])
def test_what_is_no_ledger_is_refused_and_left_as_it_is(
    tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "campaign.sqlite"
    if content is None:
        database_of_others(path)
    else:
        path.write_bytes(content)
    before = path.read_bytes()
    for attempt in (
        lambda: open_ledger(path),
        lambda: restore(path, tmp_path / "new.sqlite"),
    ):
        with pytest.raises(InputError, match=r"campaign\.sqlite: is no ledger"):
            attempt()
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["campaign.sqlite"]


def test_a_file_or_folder_that_cannot_be_one_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        open_ledger(tmp_path / "a.sqlite")
    with pytest.raises(InputError, match="is a directory"):
        open_ledger(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be written"):
        open_ledger(tmp_path / "file" / "a.sqlite", create=True)


def test_a_damaged_ledger_is_not_opened_as_if_it_were_whole(tmp_path: Path) -> None:
    path = tmp_path / "campaign.sqlite"
    new_ledger(path).close()
    data = bytearray(path.read_bytes())
    data[4096:] = b"x" * (len(data) - 4096)
    path.write_bytes(data)
    with pytest.raises(InputError, match="is damaged"), open_ledger(path) as ledger:
        ledger.entries()
    with pytest.raises(InputError, match="is damaged"):
        restore(path, tmp_path / "new.sqlite")
    assert not (tmp_path / "new.sqlite").exists()


def test_a_ledger_that_another_program_writes_to_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "campaign.sqlite"
    new_ledger(path).close()
    monkeypatch.setattr(storage, "LOCK_SECONDS", 0.05)
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with open_ledger(path) as ledger:
            assert ledger.entries() == []  # reading goes on
            with pytest.raises(InputError, match="another program has been recording"):
                ledger.record(recorded(visit()), source="x")
            other.execute("ROLLBACK")
            assert ledger.record(recorded(visit()), source="x").added == (1,)


def test_a_server_on_which_another_program_records_says_so(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = server.new_schema()
    monkeypatch.setattr(storage, "LOCK_SECONDS", 0.05)
    with new_ledger(url) as first, open_ledger(url) as second:
        with first._storage.recording():
            assert second.entries() == []
            with pytest.raises(InputError, match="another program has been recording"):
                second.record(recorded(visit()), source="x")
        assert second.record(recorded(visit()), source="x").added == (1,)


def test_a_full_disk_leaves_the_ledger_as_it_was(tmp_path: Path) -> None:
    with new_ledger(tmp_path / "campaign.sqlite") as ledger:
        ledger.record(recorded(visit()), source="x")
        before = answers(ledger)
        with ledger._storage.reading() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
            # What SQLite says then is what it says of a full disk.
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        many = [visit(day=day, team=f"team {day}" * 50) for day in range(100)]
        with pytest.raises(InputError, match="the disk is full"):
            ledger.record(recorded(*many), source="x")
        assert answers(ledger) == before


@pytest.mark.skipif(sys.platform == "win32", reason="there is no limit of this kind")
def test_a_disk_that_fails_leaves_the_ledger_as_it_was(tmp_path: Path) -> None:
    import resource  # noqa: PLC0415  # not on Windows
    import signal  # noqa: PLC0415

    path = tmp_path / "campaign.sqlite"
    with new_ledger(path) as ledger:
        before = answers(ledger)
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        heard = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        try:
            resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size, limits[1]))
            many = [visit(day=day, team=f"team {day}" * 50) for day in range(100)]
            with pytest.raises(InputError, match="disk"):
                ledger.record(recorded(*many), source="x")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
            signal.signal(signal.SIGXFSZ, heard)
        assert answers(ledger) == before
    with open_ledger(path) as ledger:
        assert answers(ledger) == before


def test_a_server_that_does_not_answer_is_named_without_its_password(tmp_path: Path) -> None:
    url = f"postgresql://anna:secret@/campaign?host={tmp_path}"
    with pytest.raises(InputError, match="cannot connect to the server") as caught:
        open_ledger(url)
    assert "secret" not in str(caught.value)
    assert "anna" in str(caught.value)


@pytest.mark.parametrize("url", ["postgresql:", "postgresql://anna:secret@host:port/x"])
def test_what_is_no_address_of_a_database_is_refused(url: str) -> None:
    with pytest.raises(InputError, match="is no address of a database") as caught:
        open_ledger(url)
    assert "secret" not in str(caught.value)


def test_a_database_without_a_ledger_is_refused_and_left_as_it_is(server: Server) -> None:
    url = server.new_schema()
    with pytest.raises(InputError, match="is no ledger"):
        open_ledger(url)
    with storage.Server(url) as there:
        assert there.version() is None


def test_a_database_that_may_only_be_read_says_so(server: Server) -> None:
    url = server.new_schema()
    new_ledger(url).close()
    reading = f"{url}%20-cdefault_transaction_read_only%3Don"
    with open_ledger(reading) as ledger:
        assert ledger.entries() == []
        with pytest.raises(InputError, match="may be read, but not written"):
            ledger.record(recorded(visit()), source="x")


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are others there")
def test_files_of_a_ledger_are_for_their_owner_alone(tmp_path: Path) -> None:
    path, backup = tmp_path / "campaign.sqlite", tmp_path / "backup.sqlite"
    with new_ledger(path) as ledger:
        ledger.backup(backup)
        with ledger._storage.recording() as connection:
            connection.exec_driver_sql("CREATE TABLE more (id INTEGER)")
            journal = path.with_name(f"{path.name}-journal")
            for each in (path, backup, journal):
                assert each.stat().st_mode & 0o077 == 0
