"""Posts are found by their words. Those that are there already wait to be read by the daemon.

Revision ID: 0020
Revises: 0019
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

UNREAD = sa.text("n IS NULL")


def upgrade() -> None:
    numbers = sa.ARRAY(sa.Integer()).with_variant(sa.JSON(), "sqlite")
    op.create_table(
        "findable",
        sa.Column("post_id", sa.String(), primary_key=True),
        sa.Column("n", sa.BigInteger(), nullable=True),
        sa.Column("words", numbers, nullable=True),
    )
    op.execute("INSERT INTO findable (post_id) SELECT id FROM post")
    op.create_index("ix_findable_n", "findable", ["n", "post_id"])
    op.create_index(
        "ix_findable_unread", "findable", ["post_id"], postgresql_where=UNREAD, sqlite_where=UNREAD
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE findable_words USING fts5"
            "(words, content='', detail=none, columnsize=0, tokenize='unicode61')"
        )
    else:  # what comes is put aside, and taken into the index before that takes anybody long
        op.execute(
            "CREATE INDEX findable_words ON findable USING gin (words) "
            "WITH (gin_pending_list_limit = 256)"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.drop_table("findable_words")
    op.drop_table("findable")
