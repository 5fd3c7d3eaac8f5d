"""What verbatims are about: themes, each with its own sentiment."""

import sqlalchemy as sa
from alembic import op

import vocapp.models.types

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.create_table(
        "theme_mentions",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("response_id", vocapp.models.types.Uuid(), nullable=False),
        sa.Column("question", sa.String(length=64), nullable=False),
        sa.Column("theme", sa.String(length=40), nullable=False),
        sa.Column("label", sa.String(length=16), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "response_id"],
            ["responses.workspace_id", "responses.id"],
            name=op.f("fk_theme_mentions_workspace_id_response_id"),
        ),
        sa.PrimaryKeyConstraint("workspace_id", "response_id", "question", "theme", name=op.f("pk_theme_mentions")),
    )
    op.create_index(
        op.f("ix_theme_mentions_workspace_id_theme_label_response_id"),
        "theme_mentions",
        ["workspace_id", "theme", "label", "response_id"],
    )
    op.create_table(
        "theme_versions",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("definition", vocapp.models.types.Json(), nullable=False),
        sa.Column("created_at", vocapp.models.types.UtcTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_theme_versions_workspace_id")),
        sa.PrimaryKeyConstraint("workspace_id", "version", name=op.f("pk_theme_versions")),
    )


def downgrade() -> None:
    op.drop_table("theme_versions")
    op.drop_table("theme_mentions")
