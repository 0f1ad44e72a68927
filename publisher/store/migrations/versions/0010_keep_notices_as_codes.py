"""A notice is kept as a code with its values, so that everybody reads it in their own language.

What was queued before keeps the text it was queued with.

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

EMPTY = (("code", sa.String(), ""), ("args", sa.JSON(), "{}"), ("acts", sa.JSON(), "[]"))


def upgrade() -> None:
    for name, kind, empty in EMPTY:
        op.add_column(
            "notification", sa.Column(name, kind, nullable=False, server_default=empty)
        )


def downgrade() -> None:
    for name, _, _ in EMPTY:
        op.drop_column("notification", name)
