"""Words are cut another way, with plurals and emoji: rules of tags that name some are asked again of all that was said.

The texts themselves are laid out anew by the clock, behind what is being said (`reworded.2` of `followings`).
"""

from alembic import op

revision = "0037"
down_revision = "0036"


def upgrade() -> None:
    op.execute(_ASK_AGAIN)


def downgrade() -> None:
    op.execute("update followings set xid = 0, number = 0 where stream = 'verbatims.3'")
    op.execute("delete from followings where stream = 'reworded.2'")
    op.execute(_ASK_AGAIN)


_ASK_AGAIN = """update tags set applied_version = -1 where cast(rule as text) like '%"q"%'"""
