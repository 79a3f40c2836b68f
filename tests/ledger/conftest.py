"""Places of ledgers: a file, and a schema of a real server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from routeplan.ledger import migrations, schema, storage
from tests.helpers.postgresql import Server, running_server

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


# What a migration of a later version does.
LATER = """\
import sqlalchemy as sa
from alembic import op
revision = "2"
down_revision = "1"

def upgrade():
    op.add_column("visit", sa.Column("weather", sa.Text))
"""


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


@pytest.fixture
def later_version(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Let this be a routeplan with one version more."""
    folder = tmp_path / "migrations"
    (folder / "versions").mkdir(parents=True)
    for name in ("env.py", "versions/v1.py"):
        (folder / name).write_bytes((migrations.FOLDER / name).read_bytes())
    (folder / "versions" / "v2.py").write_text(LATER, encoding="utf-8")
    monkeypatch.setattr(migrations, "FOLDER", folder)
    for module in (migrations, storage, schema):
        monkeypatch.setattr(module, "VERSION", 2)
    monkeypatch.setattr("routeplan.ledger.opening.VERSION", 2)
