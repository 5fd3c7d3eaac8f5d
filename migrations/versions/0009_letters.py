"""Letters to those whom nobody can call in time."""

import sqlalchemy as sa
from alembic import op

import vocapp.models.types

revision = "0009"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "letters",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("id", vocapp.models.types.Uuid(), nullable=False),
        sa.Column("customer_id", vocapp.models.types.Uuid(), nullable=True),
        sa.Column("invitation_id", vocapp.models.types.Uuid(), nullable=True),
        sa.Column("alert_id", vocapp.models.types.Uuid(), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=True),
        sa.Column("settled_at", vocapp.models.types.UtcTime(timezone=True), nullable=True),
        sa.Column("contact_key", sa.String(length=64), nullable=True),
        sa.Column("marked_at", vocapp.models.types.UtcTime(timezone=True), nullable=True),
        sa.Column("provider_id", sa.String(length=200), nullable=True),
        sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("planned_at", vocapp.models.types.UtcTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_letters_workspace_id")),
        sa.ForeignKeyConstraint(
            ["workspace_id", "customer_id"],
            ["customers.workspace_id", "customers.id"],
            name=op.f("fk_letters_workspace_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "alert_id"],
            ["alerts.workspace_id", "alerts.id"],
            name=op.f("fk_letters_workspace_id_alert_id"),
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_letters")),
        sa.UniqueConstraint("workspace_id", "alert_id", name=op.f("uq_letters_workspace_id_alert_id")),
    )
    op.create_index(op.f("ix_letters_workspace_id_customer_id"), "letters", ["workspace_id", "customer_id"])
    op.create_index(op.f("ix_letters_provider_id"), "letters", ["provider_id"])
    op.create_index(op.f("ix_letters_id"), "letters", ["id"], unique=True)
