"""Promises are found by their id alone: by what a mail provider tells of an apology."""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_index(op.f("ix_promises_id"), "promises", ["id"], unique=True)
