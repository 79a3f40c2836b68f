"""The steps by which the tables of a ledger came to be, one for each version."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from routeplan.ledger.schema import VERSION, VERSION_TABLE

if TYPE_CHECKING:
    from sqlalchemy import Connection

FOLDER = Path(__file__).parent


def upgrade(connection: Connection) -> None:
    """Bring the tables to the newest version, within the transaction of the connection."""
    from alembic import command  # noqa: PLC0415  # needed only for new and old ledgers
    from alembic.config import Config  # noqa: PLC0415

    config = Config(attributes={"connection": connection, "version_table": VERSION_TABLE})
    config.set_main_option("script_location", FOLDER.as_posix().replace("%", "%%"))
    command.upgrade(config, "head")
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(f"PRAGMA user_version = {VERSION}")
