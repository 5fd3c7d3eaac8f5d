"""Alerts that live in another tool, and which notifier tells that tool."""

import sqlalchemy as sa
from alembic import op

import vocapp.models.types

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("alerts", sa.Column("elsewhere", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("alerts", sa.Column("external", vocapp.models.types.Json(), nullable=True))
    op.add_column("notifiers", sa.Column("tool", sa.String(length=40), nullable=True))
