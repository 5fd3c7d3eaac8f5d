"""About which alert a recovery survey asks, and the resolutions of a period, found by their time."""

import sqlalchemy as sa
from alembic import op

import vocapp.models.types

revision = "0007"
down_revision = "0006"

_ASKS = sa.text("alert_id is not null")
_RESOLVED = sa.text("action = 'resolve'")


def upgrade() -> None:
    op.add_column("invitations", sa.Column("alert_id", vocapp.models.types.Uuid(), nullable=True))
    op.create_index(
        op.f("ix_invitations_workspace_id_alert_id"),
        "invitations",
        ["workspace_id", "alert_id"],
        sqlite_where=_ASKS,
        postgresql_where=_ASKS,
    )
    op.create_index(
        "ix_alert_moves_resolved",
        "alert_moves",
        ["workspace_id", "at"],
        sqlite_where=_RESOLVED,
        postgresql_where=_RESOLVED,
    )
