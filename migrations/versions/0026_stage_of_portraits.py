"""Stages stand in a column of portraits, too: regular customers who are unhappy are counted by an index."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    op.add_column("portraits", sa.Column("stage", sa.String(length=16), nullable=True))
    stage = "facts ->> 'v.stage'" if op.get_bind().dialect.name == "postgresql" else _OF_SQLITE
    op.execute(f"update portraits set stage = {stage}")  # noqa: S608 - its own words
    op.create_index("ix_portraits_stage", "portraits", ["workspace_id", "stage", "nps"])


def downgrade() -> None:
    op.drop_index("ix_portraits_stage", table_name="portraits")
    op.drop_column("portraits", "stage")


_OF_SQLITE = """json_extract(facts, '$."v.stage"')"""
