"""What a verbatim is about has room for every theme that a workspace may have of its own."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    _become(sa.Text(), "themes")


def downgrade() -> None:
    _become(sa.String(length=400), "substr(themes, 1, 400)")


def _become(kind: sa.types.TypeEngine[str], kept: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("verbatims", "themes", type_=kind, postgresql_using=kept)
        return
    # made anew, as a batch does it, the table would lose its triggers, and every tag with the old one
    op.add_column("verbatims", sa.Column("kept", kind, server_default="", nullable=False))
    op.execute(f"update verbatims set kept = {kept}")  # noqa: S608 - its own words
    op.execute("alter table verbatims drop column themes")
    op.execute("alter table verbatims rename column kept to themes")
