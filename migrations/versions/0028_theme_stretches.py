"""Responses that are looked through again for themes; those that were understood before there were any are, at once."""

import sqlalchemy as sa
from alembic import op

import vocapp.models.types

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    op.create_table(
        "theme_stretches",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("wanted_at", vocapp.models.types.UtcTime(timezone=True), nullable=False),
        sa.Column("themes_version", sa.Integer(), nullable=True),
        sa.Column("after_id", vocapp.models.types.Uuid(), nullable=True),
        sa.Column("until_id", vocapp.models.types.Uuid(), nullable=True),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("looked_at", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("busy_until", vocapp.models.types.UtcTime(timezone=True), nullable=True),
        sa.Column("finished_at", vocapp.models.types.UtcTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_theme_stretches_workspace_id")),
        sa.PrimaryKeyConstraint("workspace_id", "number", name=op.f("pk_theme_stretches")),
    )
    # by a version of themes that nobody has: whoever takes it first lays it out anew, in several stretches
    op.execute(
        """
        insert into theme_stretches (workspace_id, number, wanted_at, themes_version, total, looked_at, changed)
        select w.id, 0, w.created_at, 0, understood.n, 0, 0 from workspaces w
        join (select workspace_id, count(*) as n from responses where sentiment is not null group by workspace_id)
            as understood on understood.workspace_id = w.id
        """
    )


def downgrade() -> None:
    op.drop_table("theme_stretches")
