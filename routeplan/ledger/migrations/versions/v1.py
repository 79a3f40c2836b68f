"""Version 1: villages, plans, visits and road reports, to which rows are only added."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "1"
down_revision = None

TABLES = ("village", "plan", "visit", "road_report")

# Also for other programs that open the file.
SQLITE_TRIGGER = (
    "CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table} "
    "BEGIN SELECT RAISE(ABORT, 'rows of a ledger are only added'); END"
)
POSTGRESQL_FUNCTION = (
    "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION 'rows of a ledger are only added'; END $$"
)
POSTGRESQL_TRIGGER = (
    "CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
    "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
)


def upgrade() -> None:
    """Create the tables, and the triggers that refuse changes of rows."""
    _create_tables()
    if op.get_bind().dialect.name == "sqlite":
        for table in TABLES:
            for verb in ("UPDATE", "DELETE"):
                op.execute(SQLITE_TRIGGER.format(table=table, verb=verb))
    else:
        op.execute(POSTGRESQL_FUNCTION)
        for table in TABLES:
            op.execute(POSTGRESQL_TRIGGER.format(table=table))


def _create_tables() -> None:
    _create(
        "village",
        *(_text("place"), _text("name"), _needed("lat", sa.Double), _needed("lon", sa.Double)),
        *(_needed("households", sa.Integer), _needed("unsigned", sa.Integer)),
        sa.Column("corrects", sa.Integer, sa.ForeignKey("village.id"), unique=True),
    )
    _create(
        "plan",
        *(_text("name"), _needed("first", sa.Date), _needed("last", sa.Date)),
        *(_text("problem_sha256"), _text("plan_sha256")),
        *(_needed("problem", sa.LargeBinary), _needed("plan", sa.LargeBinary)),
        sa.UniqueConstraint("problem_sha256", "plan_sha256"),
    )
    counts = ("reached", "signed", "refused", "come_back", "not_home")
    times = ("come_back_after", "door_seconds", "drive_seconds")
    _create(
        "visit",
        *(_text("team"), _needed("date", sa.Date), _text("place")),
        *(_needed(name, sa.Integer) for name in counts),
        *(sa.Column(name, sa.Integer) for name in times),
        *(sa.Column("from_place", sa.Text), sa.Column("sheet", sa.Integer)),
        sa.Column("plan", sa.Integer, sa.ForeignKey("plan.id")),
        _text("source"),
        sa.Column("corrects", sa.Integer, sa.ForeignKey("visit.id"), unique=True),
        *(_needed("withdrawn", sa.Boolean), _text("why")),
    )
    _create(
        "road_report",
        *(_text("start"), _text("end"), _needed("seconds", sa.Integer), _text("vehicle")),
        _needed("date", sa.Date),
        sa.Column("corrects", sa.Integer, sa.ForeignKey("road_report.id"), unique=True),
        *(_needed("withdrawn", sa.Boolean), _text("why")),
    )


def _create(name: str, *columns: sa.Column[Any] | sa.UniqueConstraint) -> None:
    op.create_table(
        name,
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        *columns,
        *(_needed("recorded", sa.DateTime), _text("recorder")),
    )


def _needed(name: str, kind: Any) -> sa.Column[Any]:  # noqa: ANN401  # a type, or a class of them
    return sa.Column(name, kind, nullable=False)


def _text(name: str) -> sa.Column[Any]:
    return _needed(name, sa.Text)
