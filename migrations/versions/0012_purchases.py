"""Purchases, and what they come to by customer and by day."""

import sqlalchemy as sa
from alembic import op

import vocapp.models.types

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_table(
        "purchases",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("id", vocapp.models.types.Uuid(), nullable=False),
        sa.Column("order_key", sa.String(length=200), nullable=False),
        sa.Column("customer_id", vocapp.models.types.Uuid(), nullable=False),
        sa.Column("place", sa.String(length=64), nullable=True),
        sa.Column("ordered_at", vocapp.models.types.UtcTime(timezone=True), nullable=True),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("total_minor", sa.BigInteger(), nullable=True),
        sa.Column("refunded_minor", sa.BigInteger(), nullable=False),
        sa.Column("refunds", vocapp.models.types.Json(), nullable=False),
        sa.Column("told_at", vocapp.models.types.UtcTime(timezone=True), nullable=True),
        sa.Column("told_key", sa.String(length=16), nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id", "customer_id"],
            ["customers.workspace_id", "customers.id"],
            name=op.f("fk_purchases_workspace_id_customer_id"),
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_purchases")),
        sa.UniqueConstraint("workspace_id", "order_key", name=op.f("uq_purchases_workspace_id_order_key")),
    )
    op.create_index(
        op.f("ix_purchases_workspace_id_customer_id_day"), "purchases", ["workspace_id", "customer_id", "day"]
    )
    op.create_index(
        op.f("ix_purchases_workspace_id_day_customer_id"), "purchases", ["workspace_id", "day", "customer_id"]
    )
    op.create_table(
        "customer_values",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("customer_id", vocapp.models.types.Uuid(), nullable=False),
        sa.Column("orders", sa.Integer(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("run_months", sa.Integer(), nullable=False),
        sa.Column("revenue_minor", sa.BigInteger(), nullable=False),
        sa.Column("refunded_minor", sa.BigInteger(), nullable=False),
        sa.Column("first_at", vocapp.models.types.UtcTime(timezone=True), nullable=True),
        sa.Column("last_at", vocapp.models.types.UtcTime(timezone=True), nullable=True),
        sa.Column("first_on", sa.Date(), nullable=True),
        sa.Column("last_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id", "customer_id"],
            ["customers.workspace_id", "customers.id"],
            name=op.f("fk_customer_values_workspace_id_customer_id"),
        ),
        sa.PrimaryKeyConstraint("workspace_id", "customer_id", name=op.f("pk_customer_values")),
    )
    op.create_table(
        "sales",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("place", sa.String(length=64), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("orders", sa.Integer(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("refunded_minor", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "day", "place", "currency", name=op.f("pk_sales")),
    )
    op.create_table(
        "anonymous_purchases",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("id", vocapp.models.types.Uuid(), nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        sa.Column("place", sa.String(length=64), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("refunded_minor", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_anonymous_purchases_workspace_id")),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_anonymous_purchases")),
    )
