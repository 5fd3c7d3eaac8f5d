"""How callbacks end, who makes them, and what happens when nobody does."""

import sqlalchemy as sa
from alembic import op

import vocapp.models.types

revision = "0004"
down_revision = "0003"
_ESCALATES = sa.text("escalates_at is not null")


def upgrade() -> None:
    op.add_column("alerts", sa.Column("remedy", sa.String(length=64), nullable=True))
    op.add_column("alerts", sa.Column("team", sa.String(length=64), nullable=True))
    op.add_column("alerts", sa.Column("escalation", sa.SmallInteger(), server_default="0", nullable=False))
    op.add_column("alerts", sa.Column("escalates_at", vocapp.models.types.UtcTime(timezone=True), nullable=True))
    op.create_index(
        op.f("ix_alerts_escalates_at"),
        "alerts",
        ["escalates_at"],
        sqlite_where=_ESCALATES,
        postgresql_where=_ESCALATES,
    )
    # what is open is looked at once it is due: then its next step is planned by the workspace's own
    op.execute("update alerts set escalates_at = due_at where status in ('new', 'claimed', 'contacted')")
    op.add_column("members", sa.Column("calls", vocapp.models.types.Json(), server_default="{}", nullable=False))
