"""When a call was due, as a column of its line of history: what came due in a period is found by it."""

import sqlalchemy as sa
from alembic import op

import vocapp.models.types

revision = "0038"
down_revision = "0037"

_INDEXED = "due_at is not null"


def upgrade() -> None:
    op.add_column("alert_moves", sa.Column("due_at", vocapp.models.types.UtcTime(), nullable=True))
    if op.get_context().dialect.name == "postgresql":
        due_at = "cast(details ->> 'due_at' as timestamptz)"
    else:
        due_at = "strftime('%Y-%m-%dT%H:%M:%f', details ->> '$.due_at') || '000Z'"
    op.execute(f"update alert_moves set due_at = {due_at} where action in ('contact', 'resolve')")  # noqa: S608
    op.create_index(
        "ix_alert_moves_due",
        "alert_moves",
        ["workspace_id", "due_at"],
        sqlite_where=sa.text(_INDEXED),
        postgresql_where=sa.text(_INDEXED),
    )


def downgrade() -> None:
    # The version before takes each of these for a resolution, which none is, and fails.
    op.execute("delete from anonymous_callbacks where told ->> 'due' is not null")
    op.drop_index("ix_alert_moves_due", table_name="alert_moves")
    op.drop_column("alert_moves", "due_at")
