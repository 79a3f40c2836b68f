"""A ledger is named in a scenario's text, of which all else stays."""

from __future__ import annotations

import tomllib

import pytest

from routeplan.scenario.ledger_name import with_ledger
from tests.helpers import paths

TEXTS = [
    (paths.DEMO / "scenario.toml").read_text(encoding="utf-8"),
    "a = 1  # one",
    "a = 1\r\n\r\n[campaign]  # of May\r\ngoal = 3\r\n\r\n[b]\r\nc = 2\r\n",
    "campaign.goal = 3  # dotted\n[b]\nc = 2\n",
    "[campaign]\nledger = 'other.sqlite'\n\n[[teams]]\nid = 'A'\n",
    "[[teams]]\nid = 'A'\n[[teams]]\nid = 'B'  # last",
]


@pytest.mark.parametrize("text", TEXTS)
def test_only_the_ledger_is_other_than_before(text: str) -> None:
    named = with_ledger(text, "campaign.sqlite")
    before, after = tomllib.loads(text), tomllib.loads(named)
    assert after.pop("campaign") == {**before.pop("campaign", {}), "ledger": "campaign.sqlite"}
    assert after == before
    kept = [line for line in text.splitlines() if "ledger" not in line]
    assert [line for line in named.splitlines() if line in kept and line] == [
        line for line in kept if line
    ]
