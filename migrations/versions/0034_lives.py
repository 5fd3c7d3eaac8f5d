"""When each customer became what they are, and how many moved on each day; the follower of the feed fills both."""

import sqlalchemy as sa
from alembic import op

import vocapp.models.types

revision = "0034"
down_revision = "0033"


def upgrade() -> None:
    op.create_table(
        "stage_moves",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("customer_id", vocapp.models.types.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("before", sa.String(length=16), nullable=False),
        sa.Column("after", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "customer_id"],
            ["customers.workspace_id", "customers.id"],
            name=op.f("fk_stage_moves_workspace_id_customer_id"),
        ),
        sa.PrimaryKeyConstraint("workspace_id", "customer_id", "day", name=op.f("pk_stage_moves")),
    )
    op.create_table(
        "stage_counts",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("before", sa.String(length=16), nullable=False),
        sa.Column("after", sa.String(length=16), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "day", "before", "after", name=op.f("pk_stage_counts")),
    )
    # everybody is looked at again, in the background
    at = "now()" if op.get_bind().dialect.name == "postgresql" else "strftime('%Y-%m-%dT%H:%M:%f000Z', 'now')"
    op.execute(f"update portraits set renew_at = {at}")  # noqa: S608 - its own words


def downgrade() -> None:
    op.drop_table("stage_counts")
    op.drop_table("stage_moves")
