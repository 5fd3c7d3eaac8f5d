"""Rules of alerts in versions, signals of events, and mails that are no surveys."""

import sqlalchemy as sa
from alembic import op

import vocapp.models.types

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "alert_rule_versions",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("definition", vocapp.models.types.Json(), nullable=False),
        sa.Column("created_at", vocapp.models.types.UtcTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_alert_rule_versions_workspace_id")),
        sa.PrimaryKeyConstraint("workspace_id", "version", name=op.f("pk_alert_rule_versions")),
    )
    op.add_column("signals", sa.Column("event_id", vocapp.models.types.Uuid(), nullable=True))
    op.add_column("invitations", sa.Column("kind", sa.String(length=16), server_default="invitation", nullable=False))
