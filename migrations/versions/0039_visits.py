"""Sums of those who were at a survey's page: of messages made from now on, whose pages tell of it.

After a downgrade `counters rebuild` must follow, and once more when it is upgraded again.
"""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"

_ADDED = ("mail_visited", "mail_visited_answered")


def upgrade() -> None:
    for name in _ADDED:
        op.add_column("summaries", sa.Column(name, sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    for name in _ADDED:
        op.drop_column("summaries", name)
