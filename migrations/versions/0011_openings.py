"""A letter for each time that an alert was opened, and what the callbacks of the erased came to, without them.

The letters there are belong to the opening in which they were planned.
"""

import sqlalchemy as sa
from alembic import op

import vocapp.models.types

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    with op.batch_alter_table("letters") as letters:
        letters.add_column(sa.Column("opening", sa.SmallInteger(), server_default="0", nullable=False))
        letters.drop_constraint("uq_letters_workspace_id_alert_id", type_="unique")
        letters.create_unique_constraint(
            op.f("uq_letters_workspace_id_alert_id_opening"), ["workspace_id", "alert_id", "opening"]
        )
    op.execute("""
        update letters set opening = (
            select count(*) from alert_moves m
            where m.workspace_id = letters.workspace_id and m.alert_id = letters.alert_id
                and m.action = 'reopen' and m.at <= letters.planned_at)
    """)
    op.create_table(
        "anonymous_callbacks",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("id", vocapp.models.types.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("place", sa.String(length=64), nullable=False),
        sa.Column("told", vocapp.models.types.Json(), nullable=True),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_anonymous_callbacks_workspace_id")),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_anonymous_callbacks")),
    )
    op.create_index(op.f("ix_anonymous_callbacks_workspace_id_day"), "anonymous_callbacks", ["workspace_id", "day"])
