"""How Alembic runs the migrations: on the connection that it was given."""

from __future__ import annotations

from alembic import context

from routeplan.ledger.schema import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    version_table=context.config.attributes["version_table"],
    target_metadata=METADATA,
)
with context.begin_transaction():
    context.run_migrations()
