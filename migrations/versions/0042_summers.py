"""« étés » is the plural of « été »: rules of tags that name words are asked again of all that was said.

The texts themselves are laid out anew by the clock, behind what is being said (`reworded.3` of `followings`).
"""

from alembic import op

revision = "0042"
down_revision = "0041"


def upgrade() -> None:
    op.execute(_ASK_AGAIN)


def downgrade() -> None:
    op.execute("update followings set xid = 0, number = 0 where stream = 'reworded.2'")
    op.execute("delete from followings where stream = 'reworded.3'")
    op.execute(_ASK_AGAIN)


_ASK_AGAIN = """update tags set applied_version = -1 where cast(rule as text) like '%"q"%'"""
