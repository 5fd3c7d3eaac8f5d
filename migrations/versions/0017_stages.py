"""Segments look at stages: everybody's portrait is drawn anew, as after another life of the database."""

from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.execute("update followings set xid = 0, number = 0 where stream = 'customers'")


def downgrade() -> None:
    op.execute("update portraits set facts = facts - 'v.stage'" if _on_postgresql() else _WITHOUT)


_WITHOUT = """update portraits set facts = json_remove(facts, '$."v.stage"')"""


def _on_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"
