"""Cohorts and stages by place: who has bought and where they first did, and the sums that follow.

Nothing is counted here: three tables are made, and no row of before is read or written. Who was there before is gone
through once more in the background, by the feed's lines of customers from their beginning: that is the place `cohorts`,
which goes away with the last of them.
"""

import sqlalchemy as sa
from alembic import op

import vocapp.models.types

revision = "0040"
down_revision = "0039"


def upgrade() -> None:
    op.create_table(
        "buyers",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("customer_id", vocapp.models.types.Uuid(), nullable=False),
        sa.Column("place", sa.String(length=64), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("months", vocapp.models.types.Json(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "customer_id"],
            ["customers.workspace_id", "customers.id"],
            name=op.f("fk_buyers_workspace_id_customer_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workspace_id", "customer_id", name=op.f("pk_buyers")),
    )
    op.create_table(
        "cohort_sums",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("at", sa.Date(), nullable=False),
        sa.Column("cohort", sa.Date(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("again", sa.Integer(), nullable=False),
        *(
            sa.Column(name, sa.BigInteger(), nullable=False)
            for name in ("revenue_minor", "squares_high", "squares_mixed", "squares_low")
        ),
        sa.PrimaryKeyConstraint("workspace_id", "place", "kind", "at", "cohort", name=op.f("pk_cohort_sums")),
    )
    op.create_table(
        "stages_by_place",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("before", sa.String(length=16), nullable=False),
        sa.Column("after", sa.String(length=16), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("workspace_id", "place", "day", "before", "after", name=op.f("pk_stages_by_place")),
    )
    op.execute(
        """insert into followings (workspace_id, stream, epoch, xid, number)
        select f.workspace_id, 'cohorts', '', 0, 0 from followings f
        where f.stream = 'customers' and exists (
            select 1 from customer_values v where v.workspace_id = f.workspace_id)"""
    )


def downgrade() -> None:
    op.execute("delete from followings where stream = 'cohorts'")
    op.drop_table("stages_by_place")
    op.drop_table("cohort_sums")
    op.drop_table("buyers")
