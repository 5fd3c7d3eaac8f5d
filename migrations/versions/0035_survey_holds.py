"""Times in which a survey sends nothing, as too many complained; and what a survey sent on a day, by an index."""

import sqlalchemy as sa
from alembic import op

import vocapp.models.types

revision = "0035"
down_revision = "0034"


def upgrade() -> None:
    op.create_table(
        "survey_holds",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("id", vocapp.models.types.Uuid(), nullable=False),
        sa.Column("survey_key", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=16), nullable=False),
        sa.Column("delivered", sa.Integer(), nullable=False),
        sa.Column("complained", sa.Integer(), nullable=False),
        sa.Column("unsubscribed", sa.Integer(), nullable=False),
        sa.Column("held_at", vocapp.models.types.UtcTime(), nullable=False),
        sa.Column("resumed_at", vocapp.models.types.UtcTime(), nullable=True),
        sa.Column("resumed_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id", "survey_key"],
            ["surveys.workspace_id", "surveys.key"],
            name=op.f("fk_survey_holds_workspace_id_survey_key"),
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_survey_holds")),
    )
    standing = sa.text("resumed_at is null")
    op.create_index(
        "uq_survey_holds_standing",
        "survey_holds",
        ["workspace_id", "survey_key"],
        unique=True,
        sqlite_where=standing,
        postgresql_where=standing,
    )
    op.create_index(
        op.f("ix_survey_holds_workspace_id_survey_key_resumed_at"),
        "survey_holds",
        ["workspace_id", "survey_key", "resumed_at"],
    )
    mailed = sa.text("mailed_on is not null")
    op.create_index(
        "ix_invitations_mailed",
        "invitations",
        ["workspace_id", "survey_key", "mailed_on"],
        sqlite_where=mailed,
        postgresql_where=mailed,
    )


def downgrade() -> None:
    op.drop_index("ix_invitations_mailed", table_name="invitations")
    op.drop_table("survey_holds")
