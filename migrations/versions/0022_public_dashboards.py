"""Dashboards behind a link: what is published once a month, and who may see which part of it."""

import sqlalchemy as sa
from alembic import op

import vocapp.models.types

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    op.create_table(
        "public_links",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("id", vocapp.models.types.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("surveys", vocapp.models.types.Json(), nullable=False),
        sa.Column("figures", vocapp.models.types.Json(), nullable=False),
        sa.Column("place", sa.String(length=64), nullable=False),
        sa.Column("created_by", sa.String(length=320), nullable=False),
        sa.Column("created_at", vocapp.models.types.UtcTime(timezone=True), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("revoked_at", vocapp.models.types.UtcTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_public_links_workspace_id")),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_public_links")),
        sa.UniqueConstraint("id", name=op.f("uq_public_links_id")),
    )
    op.create_table(
        "publications",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("published_at", vocapp.models.types.UtcTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_publications_workspace_id")),
        sa.PrimaryKeyConstraint("workspace_id", "month", name=op.f("pk_publications")),
    )
    op.create_table(
        "published_figures",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("survey_key", sa.String(length=64), nullable=False),
        sa.Column("figure", sa.String(length=64), nullable=False),
        sa.Column("place", sa.String(length=64), nullable=False),
        sa.Column("value", sa.SmallInteger(), nullable=False),
        sa.Column("bound", sa.String(length=8), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workspace_id", "month"],
            ["publications.workspace_id", "publications.month"],
            name=op.f("fk_published_figures_workspace_id_month"),
        ),
        sa.PrimaryKeyConstraint(
            "workspace_id", "month", "survey_key", "figure", "place", name=op.f("pk_published_figures")
        ),
    )


def downgrade() -> None:
    op.drop_table("published_figures")
    op.drop_table("publications")
    op.drop_table("public_links")
