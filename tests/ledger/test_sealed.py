"""A sealed ledger shows nothing without its passphrase, and loses nothing with it."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import pytest

from routeplan.errors import InputError
from routeplan.ledger import open_ledger, restore
from routeplan.ledger.marks import find_kind
from tests.ledger.campaign import VILLAGES, answers, new_ledger, recorded, visit

if TYPE_CHECKING:
    from pathlib import Path

    from routeplan.ledger import Ledger

WORDS = "four words are enough"
OTHER_WORDS = "four other words it has"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "campaign.sqlite.age"


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seal without scrypt, which takes a second or two each time."""

    def seal(data: bytes, passphrase: str) -> bytes:
        return b"sealed with " + passphrase.encode() + data

    def unseal(data: bytes, passphrase: str, *, source: str) -> bytes:
        mark = seal(b"", passphrase)
        assert data.startswith(mark), source
        return data.removeprefix(mark)

    for module in ("storage", "opening"):
        monkeypatch.setattr(f"routeplan.ledger.{module}.seal_with_passphrase", seal)
        monkeypatch.setattr(f"routeplan.ledger.{module}.unseal_with_passphrase", unseal)


def opened(path: Path) -> Ledger:
    return open_ledger(path, passphrase=WORDS)


def test_a_sealed_ledger_is_read_back_and_shows_nothing(path: Path) -> None:
    # Each sealing and opening takes a second or two.
    with new_ledger(path.with_name("open.sqlite")) as ledger:
        before = answers(ledger)
        ledger.backup(path, passphrase=WORDS)
    path.with_name("open.sqlite").unlink()
    data = path.read_bytes()
    assert data.startswith(b"age-encryption.org/v1\n-> scrypt ")
    assert b"SQLite" not in data
    assert b"Aqbulaq" not in data
    assert path.stat().st_mode & 0o077 == 0 or os.name == "nt"
    # Nothing else is left beside it.
    assert {each.name for each in path.parent.iterdir()} == {path.name, ".routeplan.index"}
    with opened(path) as ledger:
        assert answers(ledger) == before
    with pytest.raises(InputError, match="is sealed; give its passphrase"):
        open_ledger(path)
    with pytest.raises(InputError, match="wrong passphrase"):
        open_ledger(path, passphrase=OTHER_WORDS)


@pytest.mark.usefixtures("quick")
def test_two_that_have_it_open_lose_nothing_of_each_other(path: Path) -> None:
    with new_ledger(path, passphrase=WORDS) as first, opened(path) as second:
        assert first.record(recorded(visit()), source="a").added == (1,)
        assert second.record(recorded(visit(day=1)), source="b").added == (2,)
        assert first.results() == [visit(), visit(day=1)]
    with opened(path) as ledger:
        assert ledger.results() == [visit(), visit(day=1)]


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize("failing", ["fsync", "replace"])
def test_what_cannot_be_written_is_not_recorded(
    path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with new_ledger(path, passphrase=WORDS) as ledger:
        before, content = answers(ledger), path.read_bytes()
        with monkeypatch.context() as patch:
            patch.setattr("os.fsync" if failing == "fsync" else "pathlib.Path.replace", fail)
            with pytest.raises(InputError, match="no space left on device"):
                ledger.record(recorded(visit()), source="x")
        assert path.read_bytes() == content
        assert answers(ledger) == before
        assert ledger.record(recorded(visit()), source="x").added == (1,)


def test_a_passphrase_is_good_and_has_a_sealed_file(path: Path) -> None:
    with pytest.raises(InputError, match="would soon be guessed"):
        open_ledger(path, passphrase=WORDS[:4], create=True)
    with pytest.raises(InputError, match="give its passphrase"):
        open_ledger(path, create=True)
    for where in (path.with_suffix(""), "postgresql://host/campaign"):
        with pytest.raises(InputError, match="has no passphrase"):
            open_ledger(where, passphrase=WORDS, create=True)
    assert not list(path.parent.iterdir())


@pytest.mark.usefixtures("quick")
def test_the_backup_of_a_sealed_ledger_is_sealed_and_can_be_restored(path: Path) -> None:
    backup = path.with_name("backup.age")
    with new_ledger(path, passphrase=WORDS) as ledger:
        before = answers(ledger)
        with pytest.raises(InputError, match="would lie open"):
            ledger.backup(path.with_name("backup.sqlite"))
        ledger.backup(backup)
    restore(backup, path.with_name("open.sqlite"), passphrase=WORDS)
    with open_ledger(path.with_name("open.sqlite")) as ledger:
        assert answers(ledger) == before
        assert ledger.villages() == VILLAGES
    with pytest.raises(InputError, match="is sealed; give its passphrase"):
        restore(backup, path.with_name("again.age"))


@pytest.mark.usefixtures("quick")
def test_an_older_sealed_ledger_is_migrated_and_kept_sealed_beside_it(
    path: Path, request: pytest.FixtureRequest
) -> None:
    with new_ledger(path, passphrase=WORDS) as ledger:
        before = answers(ledger)
    old = path.read_bytes()
    request.getfixturevalue("later_version")
    for _ in range(2):
        with opened(path) as ledger:
            assert answers(ledger) == before
            with ledger._storage.reading() as connection:
                assert connection.exec_driver_sql("PRAGMA user_version").scalar() == 2
    kept = path.with_name("campaign.sqlite.v1.age")
    assert kept.read_bytes() == old
    assert find_kind(kept) == find_kind(path) == "sealed"
    assert {each.name for each in path.parent.iterdir()} - {"migrations"} == {
        *(path.name, kept.name, ".routeplan.index"),
    }
