"""Places of ledgers: a file, and a schema of a real server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.helpers.postgresql import Server, running_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with running_server() as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """A place where there is no ledger yet."""
    if request.param == "sqlite":
        return tmp_path / "campaign.sqlite"
    return request.getfixturevalue("server").new_schema()
