"""The name of the campaign's ledger, written into a scenario's text."""

from __future__ import annotations

import tomlkit

__all__ = ["with_ledger"]


def with_ledger(text: str, name: str) -> str:
    r"""Return the text of a scenario that names a ledger; comments and all else are kept.

    Examples
    --------
    >>> print(with_ledger("[campaign]\ngoal = 900  # of May\n", "campaign.sqlite").rstrip())
    [campaign]
    goal = 900  # of May
    ledger = "campaign.sqlite"
    """
    document = tomlkit.parse(text if text.endswith("\n") else f"{text}\n")
    if "campaign" not in document:
        document["campaign"] = tomlkit.table()
    document["campaign"]["ledger"] = name
    return tomlkit.dumps(document)
