"""Segments, who belongs to them, and the portraits that their rules are asked of."""

import sqlalchemy as sa
from alembic import op

import vocapp.models.types

revision = "0013"
down_revision = "0012"

_BELONGS = sa.text("left_at is null")
_EXPIRES = sa.text("renew_at is not null")
_NOBODY = sa.text("false")


def upgrade() -> None:
    op.create_table(
        "segments",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("definition", vocapp.models.types.Json(), nullable=False),
        sa.Column("created_at", vocapp.models.types.UtcTime(timezone=True), nullable=False),
        sa.Column("updated_at", vocapp.models.types.UtcTime(timezone=True), nullable=False),
        sa.Column("renewed_version", sa.Integer(), nullable=True),
        sa.Column("renewed_at", vocapp.models.types.UtcTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_segments_workspace_id")),
        sa.PrimaryKeyConstraint("workspace_id", "key", name=op.f("pk_segments")),
    )
    op.create_table(
        "memberships",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("id", vocapp.models.types.Uuid(), nullable=False),
        sa.Column("segment_key", sa.String(length=64), nullable=False),
        sa.Column("customer_id", vocapp.models.types.Uuid(), nullable=False),
        sa.Column("joined_at", vocapp.models.types.UtcTime(timezone=True), nullable=False),
        sa.Column("left_at", vocapp.models.types.UtcTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id", "segment_key"],
            ["segments.workspace_id", "segments.key"],
            name=op.f("fk_memberships_workspace_id_segment_key"),
        ),
        sa.ForeignKeyConstraint(
            ["workspace_id", "customer_id"],
            ["customers.workspace_id", "customers.id"],
            name=op.f("fk_memberships_workspace_id_customer_id"),
        ),
        sa.PrimaryKeyConstraint("workspace_id", "id", name=op.f("pk_memberships")),
        sa.UniqueConstraint(
            "workspace_id",
            "customer_id",
            "segment_key",
            name=op.f("uq_memberships_workspace_id_customer_id_segment_key"),
        ),
    )
    op.create_index(
        "ix_memberships_belongs",
        "memberships",
        ["workspace_id", "segment_key", "id"],
        sqlite_where=_BELONGS,
        postgresql_where=_BELONGS,
    )
    op.create_table(
        "portraits",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("customer_id", vocapp.models.types.Uuid(), nullable=False),
        sa.Column("facts", vocapp.models.types.Json(), nullable=False),
        sa.Column("moments", vocapp.models.types.Json(), nullable=False),
        sa.Column("renew_at", vocapp.models.types.UtcTime(timezone=True), nullable=True),
        sa.Column("nps", sa.Double(), nullable=True),
        sa.Column("persona_key", sa.String(length=64), nullable=True),
        sa.Column("place_key", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["workspace_id", "customer_id"],
            ["customers.workspace_id", "customers.id"],
            name=op.f("fk_portraits_workspace_id_customer_id"),
        ),
        sa.PrimaryKeyConstraint("workspace_id", "customer_id", name=op.f("pk_portraits")),
    )
    op.create_index("ix_portraits_nps", "portraits", ["workspace_id", "nps"])
    op.create_index("ix_portraits_persona", "portraits", ["workspace_id", "persona_key", "nps"])
    op.create_index("ix_portraits_place", "portraits", ["workspace_id", "place_key", "nps"])
    op.create_index(
        "ix_portraits_renew",
        "portraits",
        ["workspace_id", "renew_at"],
        sqlite_where=_EXPIRES,
        postgresql_where=_EXPIRES,
    )
    op.create_index(
        "ix_portraits_facts",
        "portraits",
        ["facts"],
        postgresql_using="gin",
        postgresql_ops={"facts": "jsonb_path_ops"},
        sqlite_where=_NOBODY,
    )
    op.create_table(
        "followings",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("stream", sa.String(length=16), nullable=False),
        sa.Column("epoch", sa.String(length=36), nullable=False),
        sa.Column("xid", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_followings_workspace_id")),
        sa.PrimaryKeyConstraint("workspace_id", "stream", name=op.f("pk_followings")),
    )
