"""Promises of a callback, and the slots they are made in."""

import sqlalchemy as sa
from alembic import op

import vocapp.models.types

revision = "0002"
down_revision = "0001"

_MADE = sa.text("status = 'made'")


def upgrade() -> None:
    op.create_table(
        "callback_slots",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", vocapp.models.types.UtcTime(timezone=True), nullable=False),
        sa.Column("ends_at", vocapp.models.types.UtcTime(timezone=True), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.CheckConstraint("taken >= 0 and taken <= capacity", name=op.f("ck_callback_slots_room")),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_callback_slots_workspace_id")),
        sa.PrimaryKeyConstraint("workspace_id", "starts_at", name=op.f("pk_callback_slots")),
    )
    op.create_table(
        "promises",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("id", vocapp.models.types.Uuid(), nullable=False),
        sa.Column("customer_id", vocapp.models.types.Uuid(), nullable=True),
        sa.Column("invitation_id", vocapp.models.types.Uuid(), nullable=True),
        sa.Column("response_id", vocapp.models.types.Uuid(), nullable=True),
        sa.Column("alert_id", vocapp.models.types.Uuid(), nullable=True),
        sa.Column("place", sa.String(length=64), nullable=True),
        sa.Column("language", sa.String(length=35), nullable=False),
        sa.Column("means", sa.String(length=16), nullable=True),
        sa.Column("starts_at", vocapp.models.types.UtcTime(timezone=True), nullable=True),
        sa.Column("ends_at", vocapp.models.types.UtcTime(timezone=True), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=True),
        sa.Column("made_at", vocapp.models.types.UtcTime(timezone=True), nullable=False),
        sa.Column("settled_at", vocapp.models.types.UtcTime(timezone=True), nullable=True),
        sa.Column("contact_key", sa.String(length=64), nullable=True),
        sa.Column("marked_at", vocapp.models.types.UtcTime(timezone=True), nullable=True),
        sa.Column("provider_id", sa.String(length=200), nullable=True),
        sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_promises_workspace_id")),
        sa.ForeignKeyConstraint(
            ["workspace_id", "customer_id"],
            ["customers.workspace_id", "customers.id"],
            name=op.f("fk_promises_workspace_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "alert_id"],
            ["alerts.workspace_id", "alerts.id"],
            name=op.f("fk_promises_workspace_id_alert_id"),
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_promises")),
    )
    op.create_index(
        "uq_promises_one_per_customer",
        "promises",
        ["workspace_id", "customer_id"],
        unique=True,
        sqlite_where=_MADE,
        postgresql_where=_MADE,
    )
    op.create_index("ix_promises_made", "promises", ["ends_at"], sqlite_where=_MADE, postgresql_where=_MADE)
    for columns in (["workspace_id", "customer_id"], ["workspace_id", "alert_id"], ["workspace_id", "response_id"]):
        op.create_index(op.f(f"ix_promises_{'_'.join(columns)}"), "promises", columns)
    op.create_index(op.f("ix_promises_workspace_id_ends_at"), "promises", ["workspace_id", "ends_at"])
    op.create_index(op.f("ix_promises_provider_id"), "promises", ["provider_id"])
