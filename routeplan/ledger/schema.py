"""The tables of a ledger, the same in SQLite and PostgreSQL."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.types import TypeDecorator

from routeplan.errors import Faults
from routeplan.language import gettext as _

if TYPE_CHECKING:
    from sqlalchemy import Connection, Dialect

VERSION = 1
"""Of the tables: the newest revision of `routeplan.ledger.migrations`."""

VERSION_TABLE = "ledger_version"
"""Where Alembic keeps the revision."""

LARGEST_NUMBER = 2**31 - 1
# PostgreSQL has no such characters; lone surrogates are no Unicode text.
UNSTORABLE = re.compile("[\0\ud800-\udfff]")


class UtcTime(TypeDecorator[dt.datetime]):
    """A time with its zone, kept as UTC without one: SQLite knows no zones."""

    impl = sa.DateTime
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> Any:  # noqa: ANN401  # as the base's
        """Return a time as it is stored."""
        del dialect
        return None if value is None else value.astimezone(dt.UTC).replace(tzinfo=None)

    def process_result_value(self, value: Any, dialect: Dialect) -> dt.datetime | None:  # noqa: ANN401  # as the base's
        """Return a stored time with its zone."""
        del dialect
        return None if value is None else value.replace(tzinfo=dt.UTC)


METADATA = sa.MetaData()


def _table(name: str, *columns: sa.Column[Any] | sa.UniqueConstraint) -> sa.Table:
    """Return a table whose rows say when and by whom they were recorded."""
    return sa.Table(
        name,
        METADATA,
        # Numbers are given without gaps, so that a missing row shows.
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        *columns,
        sa.Column("recorded", UtcTime, nullable=False),
        sa.Column("recorder", sa.Text, nullable=False),
    )


VILLAGE = _table(
    "village",
    sa.Column("place", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("lat", sa.Double, nullable=False),
    sa.Column("lon", sa.Double, nullable=False),
    sa.Column("households", sa.Integer, nullable=False),
    sa.Column("unsigned", sa.Integer, nullable=False),
    sa.Column("corrects", sa.Integer, sa.ForeignKey("village.id"), unique=True),
)

PLAN = _table(
    "plan",
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("first", sa.Date, nullable=False),
    sa.Column("last", sa.Date, nullable=False),
    sa.Column("problem_sha256", sa.Text, nullable=False),
    sa.Column("plan_sha256", sa.Text, nullable=False),
    sa.Column("problem", sa.LargeBinary, nullable=False),
    sa.Column("plan", sa.LargeBinary, nullable=False),
    sa.UniqueConstraint("problem_sha256", "plan_sha256"),
)

VISIT = _table(
    "visit",
    sa.Column("team", sa.Text, nullable=False),
    sa.Column("date", sa.Date, nullable=False),
    sa.Column("place", sa.Text, nullable=False),
    sa.Column("reached", sa.Integer, nullable=False),
    sa.Column("signed", sa.Integer, nullable=False),
    sa.Column("refused", sa.Integer, nullable=False),
    sa.Column("come_back", sa.Integer, nullable=False),
    sa.Column("not_home", sa.Integer, nullable=False),
    sa.Column("come_back_after", sa.Integer),
    sa.Column("door_seconds", sa.Integer),
    sa.Column("drive_seconds", sa.Integer),
    sa.Column("from_place", sa.Text),
    sa.Column("sheet", sa.Integer),
    sa.Column("plan", sa.Integer, sa.ForeignKey("plan.id")),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("corrects", sa.Integer, sa.ForeignKey("visit.id"), unique=True),
    sa.Column("withdrawn", sa.Boolean, nullable=False),
    sa.Column("why", sa.Text, nullable=False),
)

ROAD_REPORT = _table(
    "road_report",
    sa.Column("start", sa.Text, nullable=False),
    sa.Column("end", sa.Text, nullable=False),
    sa.Column("seconds", sa.Integer, nullable=False),
    sa.Column("vehicle", sa.Text, nullable=False),
    sa.Column("date", sa.Date, nullable=False),
    sa.Column("corrects", sa.Integer, sa.ForeignKey("road_report.id"), unique=True),
    sa.Column("withdrawn", sa.Boolean, nullable=False),
    sa.Column("why", sa.Text, nullable=False),
)


def is_current(table: sa.Table) -> sa.ColumnElement[bool]:
    """Return the condition that no row replaces or withdraws a row."""
    later = table.alias()
    replaced = sa.exists().where(later.c.corrects == table.c.id)
    return ~replaced & ~table.c.withdrawn if "withdrawn" in table.c else ~replaced


def next_id(connection: Connection, table: sa.Table) -> int:
    """Return the number of the next row; other writers are kept out by the connection."""
    return (connection.scalar(sa.select(sa.func.max(table.c.id))) or 0) + 1


def append(connection: Connection, table: sa.Table, rows: list[dict[str, Any]]) -> None:
    """Add rows; raise InputError where a value is one that not every database can hold."""
    faults = Faults()
    for column, value in itertools.chain.from_iterable(row.items() for row in rows):
        if isinstance(value, int) and value > LARGEST_NUMBER:
            faults.add(column, _("{value} is too large", value=value))
        elif isinstance(value, str) and UNSTORABLE.search(value):
            faults.add(column, _("{value!r} has characters that cannot be stored", value=value))
    faults.raise_any()
    if rows:
        connection.execute(sa.insert(table), rows)
