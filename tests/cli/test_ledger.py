"""``ledger``, and what ``doctor`` and ``wipe`` know of ledgers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from routeplan.files import INDEX
from routeplan.ledger import open_ledger
from tests.cli.test_cli import Shell, ledger_in, shell, toy
from tests.ledger.campaign import recorded, visit

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["shell", "toy"]

WORDS = "four words are enough"


@pytest.fixture
def words(shell: Shell) -> Path:
    path = shell.folder / "words.txt"
    path.write_text(f"{WORDS}\n", encoding="utf-8")
    return path


def test_a_ledger_is_made_shown_backed_up_and_restored(shell: Shell, toy: Path) -> None:
    made = shell("ledger", "create", "campaign.sqlite", toy, "--json")
    assert made.json == {"ledger": "campaign.sqlite", "villages": 7}
    with open_ledger("campaign.sqlite", recorder="Aigul") as ledger:
        ledger.record(recorded(visit("Bulaq", refused=1), visit("Aq", 1, "B")), source="week1")
    assert shell("ledger", "backup", "campaign.sqlite", "-o", "b.sqlite").code == 0
    assert shell("ledger", "restore", "b.sqlite", "-o", "new.sqlite").code == 0
    for name in ("campaign.sqlite", "new.sqlite"):
        shown = shell("ledger", "show", name, "--visits", "--json").json
        assert shown["totals"] == {
            "households": 191,
            "unsigned": 178,
            "signed": 12,
            "visits": 2,
            "road_reports": 0,
        }
        assert [(v["entry"], v["place"], v["by"]) for v in shown["visits"]] == [
            (1, "Bulaq", "Aigul"),
            (2, "Aq", "Aigul"),
        ]
    assert "visits" not in shell("ledger", "show", "new.sqlite", "--json").json
    read = shell("ledger", "show", "new.sqlite", "--visits").out
    assert "2 visits recorded, 12 households signed, 178 unsigned" in read


def test_what_is_there_is_never_replaced(shell: Shell, toy: Path) -> None:
    path = ledger_in(shell.folder)
    for arguments in (
        ("create", path, toy),
        ("restore", path, "-o", path),
        ("backup", path, "-o", path),
    ):
        (fault,) = shell.refuses(2, "ledger", *arguments)
        assert fault == f"{path}: is there already, and would be lost; choose another name"


def test_a_sealed_ledger_needs_its_passphrase(shell: Shell, toy: Path, words: Path) -> None:
    sealed, opened = "campaign.sqlite.age", ("--passphrase-file", words)
    assert shell("ledger", "create", sealed, toy, *opened).code == 0
    assert shell("ledger", "show", sealed, *opened, "--json").json["totals"]["unsigned"] == 191
    (fault,) = shell.refuses(2, "ledger", "show", sealed)
    assert "there is no terminal to ask for it" in fault
    (fault,) = shell.refuses(2, "ledger", "backup", sealed, "-o", "b.sqlite", *opened)
    assert "would lie open" in fault
    found = shell("doctor", "--json").json["ledgers"]
    assert found == [{"path": sealed, "sealed": True}]
    assert f"{sealed}: a ledger of results, sealed" in shell("doctor").out


@pytest.mark.parametrize("more", [(), ("--changed",)])
def test_wipe_keeps_every_ledger_and_says_why(
    shell: Shell, words: Path, more: tuple[str, ...]
) -> None:
    path = ledger_in(shell.folder)
    sealed = shell.folder / "sealed.age"
    with open_ledger(path) as ledger:
        ledger.backup(sealed, passphrase=WORDS)
    path.with_name("campaign.sqlite-journal").touch()
    (shell.folder / "made.json").write_text('{"format": "routeplan-x"}', encoding="utf-8")
    words.unlink()
    for _ in range(2):
        answer = shell("wipe", ".", "--yes", "--json", *more)
        kept = {row["path"]: row["why"] for row in answer.json["kept"]}
        assert kept == dict.fromkeys(
            ["campaign.sqlite", "campaign.sqlite-journal", "sealed.age"],
            "a ledger: the results recorded in it would be lost",
        )
        assert {each.name for each in shell.folder.iterdir()} == {*kept, INDEX}
    found = shell("doctor", "--json").json["ledgers"]
    assert [(row["path"], row["sealed"]) for row in found] == [
        ("campaign.sqlite", False),
        ("campaign.sqlite-journal", False),
        ("sealed.age", True),
    ]
