"""What was recorded survives a killed process, others that record, and a newer version."""

from __future__ import annotations

import contextlib
import multiprocessing
import sqlite3
import sys
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from routeplan.errors import InputError
from routeplan.ledger import migrations, open_ledger, restore, schema, storage
from routeplan.ledger.migrations import upgrade
from routeplan.ledger.schema import METADATA, VERSION, VERSION_TABLE
from routeplan.ledger.storage import Memory
from tests.ledger.campaign import BATCH, INSIDE, answers, new_ledger, record_on, recorded, visit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.context import BaseContext
    from pathlib import Path

    from routeplan.ledger import Ledger

KILLS = 15


@pytest.fixture(scope="module")
def processes() -> BaseContext:
    """Processes that begin at once: all that they import is loaded in the one they fork from."""
    if sys.platform == "win32":
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.ledger.campaign", "routeplan.ledger.ledger"])
    return context


def integrity(path: Path) -> list[Any]:
    with contextlib.closing(sqlite3.connect(path)) as file:
        return file.execute("PRAGMA integrity_check").fetchall()


@contextlib.contextmanager
def recorders(
    processes: Any,
    where: Path | str,
    *names: str,
    times: int | None = None,
    words: str | None = None,
    stop_inside: int | None = None,
) -> Iterator[list[Any]]:
    """Run processes that record, all at once; give each with what receives its numbers."""
    running, start = [], processes.Event()
    for name in names:
        receiver, sender = processes.Pipe(duplex=False)
        arguments = (where, name, times, sender, start)
        more = {"passphrase": words, "stop_inside": stop_inside}
        process = processes.Process(target=record_on, args=arguments, kwargs=more)
        process.start()
        sender.close()
        running.append((process, receiver))
    for _, receiver in running:
        assert receiver.recv() == ()  # it has the ledger open
    start.set()
    yield running
    for process, receiver in running:
        process.join()
        receiver.close()


def received(receiver: Any) -> Iterator[tuple[int, ...]]:
    with contextlib.suppress(EOFError):
        while True:
            yield receiver.recv()


def check_batches(ledger: Ledger) -> dict[int, Any]:
    """Check that no batch is there in part, and no number left out; return all rows."""
    rows = {entry.id: entry for each in ledger.entries() for entry in ledger.history(each.id)}
    with ledger._storage.reading() as connection:
        everything = connection.execute(sa.select(schema.VISIT)).all()
    assert [row.id for row in sorted(everything)] == [*range(1, len(everything) + 1)]
    teams = [row.team for row in everything if row.corrects is None]
    assert {teams.count(team) for team in teams} <= {BATCH}
    return {row.id: row for row in everything} | rows


def test_nothing_recorded_is_lost_by_a_killed_process(where: Path | str, processes: Any) -> None:
    """Every third is killed inside a transaction, the others at any moment."""
    rng = Random(1)
    confirmed: list[int] = []
    new_ledger(where).close()
    kills = KILLS if not isinstance(where, str) else KILLS // 5
    for number in range(kills):
        inside = 1 + number if number % 3 == 0 else None
        with recorders(processes, where, f"p{number}", stop_inside=inside) as [(process, receiver)]:
            confirmed += receiver.recv()
            if inside is not None:
                confirmed += [n for batch in iter(receiver.recv, INSIDE) for n in batch]
            else:
                process.join(rng.uniform(0, 0.1))
            process.kill()
            confirmed += [each for batch in received(receiver) for each in batch]
        if not isinstance(where, str):
            assert inside is None or where.with_name(f"{where.name}-journal").exists()
            # SQLite takes back what was not committed when it next opens the file.
            with open_ledger(where) as ledger:
                ledger.villages()
            assert integrity(where) == [("ok",)]
    with open_ledger(where) as ledger:
        assert set(confirmed) <= check_batches(ledger).keys()
        teams = {entry.result.team for entry in ledger.entries()}
    assert len(confirmed) == len(set(confirmed)) >= kills * BATCH
    assert not teams & {f"p{number}-{1 + number}" for number in range(0, kills, 3)}


def test_two_processes_at_once_lose_nothing(where: Path | str, processes: Any) -> None:
    new_ledger(where).close()
    times = 40
    with recorders(processes, where, "a", "b", times=times) as running:
        numbers = [n for _, each in running for batch in received(each) for n in batch]
    assert sorted(numbers) == [*range(1, 2 * (times * BATCH + times // 2) + 1)]
    with open_ledger(where) as ledger:
        assert check_batches(ledger).keys() == set(numbers)


def test_two_processes_at_once_lose_nothing_of_a_sealed_ledger(
    tmp_path: Path, processes: Any
) -> None:
    path, words = tmp_path / "campaign.age", "four words are enough"
    with new_ledger(tmp_path / "open.sqlite") as ledger:
        ledger.backup(path, passphrase=words)
    # Once each: sealing and opening take a second or two.
    with recorders(processes, path, "a", "b", times=1, words=words) as running:
        numbers = [n for _, each in running for batch in received(each) for n in batch]
    assert sorted(numbers) == [1, 2, 3, 4, 5, 6]
    with open_ledger(path, passphrase=words) as ledger:
        assert check_batches(ledger).keys() == set(numbers)


def test_the_tables_are_those_that_the_migrations_make(where: Path | str) -> None:
    from alembic.autogenerate import compare_metadata  # noqa: PLC0415  # heavy
    from alembic.migration import MigrationContext  # noqa: PLC0415

    with new_ledger(where) as ledger, ledger._storage.reading() as connection:
        options = {"version_table": VERSION_TABLE, "compare_type": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, METADATA) == []
        assert context.get_current_revision() == str(VERSION)


def columns(ledger: Ledger) -> set[str]:
    with ledger._storage.reading() as connection:
        return {column["name"] for column in sa.inspect(connection).get_columns("visit")}


def test_an_older_ledger_is_migrated_and_kept_beside_it(
    where: Path | str, request: pytest.FixtureRequest
) -> None:
    with new_ledger(where) as ledger:
        ledger.record(recorded(visit()), source="x")
        before = answers(ledger)
    old = where.read_bytes() if not isinstance(where, str) else b""
    request.getfixturevalue("later_version")
    for _ in range(2):
        with open_ledger(where) as ledger:
            assert "weather" in columns(ledger)
            assert answers(ledger) == before
    if not isinstance(where, str):
        kept = [path for path in where.parent.glob("*.sqlite") if path != where]
        assert [path.name for path in kept] == ["campaign.v1.sqlite"]
        assert kept[0].read_bytes() == old
        restore(kept[0], where.with_name("again.sqlite"))
        with open_ledger(where.with_name("again.sqlite")) as ledger:
            assert answers(ledger) == before


def test_a_failed_migration_changes_nothing(
    tmp_path: Path, later_version: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    del later_version
    path = tmp_path / "campaign.sqlite"
    with monkeypatch.context() as patch:
        patch.setattr(migrations, "VERSION", 1)
        patch.setattr(storage, "VERSION", 1)
        real = migrations.FOLDER / "versions" / "v2.py"
        text = real.read_text(encoding="utf-8")
        real.unlink()
        new_ledger(path).close()
    real.write_text(text + "    raise RuntimeError('no')\n", encoding="utf-8")
    before = path.read_bytes()
    with pytest.raises(RuntimeError, match="no"):
        open_ledger(path)
    assert path.read_bytes() == before


def test_a_ledger_of_a_newer_version_is_refused_and_left_as_it_is(
    where: Path | str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    request.getfixturevalue("later_version")
    with new_ledger(where) as ledger:
        ledger.backup(request.getfixturevalue("tmp_path") / "backup.sqlite")
    monkeypatch.undo()
    files = [request.getfixturevalue("tmp_path") / "backup.sqlite"]
    files += [where] if not isinstance(where, str) else []
    before = [(path.read_bytes(), path.stat().st_mtime_ns) for path in files]
    for attempt in (
        lambda: open_ledger(where),
        lambda: restore(files[0], files[0].with_name("new.sqlite")),
    ):
        with pytest.raises(InputError, match="of version 2, and this routeplan knows up to 1"):
            attempt()
    assert [(path.read_bytes(), path.stat().st_mtime_ns) for path in files] == before
    assert not [path for path in files[0].parent.iterdir() if path.suffix not in {".sqlite", ""}]
    if isinstance(where, str):
        with storage.Server(where) as server:
            assert server.version() == 2


def test_a_migration_runs_on_a_connection_that_is_in_a_transaction() -> None:
    with Memory("x") as made, made.recording() as connection:
        upgrade(connection)
        assert connection.in_transaction()
        assert connection.exec_driver_sql("PRAGMA user_version").scalar() == VERSION
