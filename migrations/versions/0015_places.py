"""Keys of the API that see a place only, the places of what was deleted, and the logos of brands."""

import sqlalchemy as sa
from alembic import op

import vocapp.models.types

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.add_column("api_keys", sa.Column("place_key", sa.String(length=64), nullable=True))
    op.add_column("changes", sa.Column("place", sa.String(length=64), nullable=True))
    op.create_table(
        "logos",
        sa.Column("workspace_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=32), nullable=False),
        sa.Column("media_type", sa.String(length=16), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", vocapp.models.types.UtcTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["workspace_id"], ["workspaces.id"], name=op.f("fk_logos_workspace_id")),
        sa.PrimaryKeyConstraint("workspace_id", "digest", name=op.f("pk_logos")),
    )
