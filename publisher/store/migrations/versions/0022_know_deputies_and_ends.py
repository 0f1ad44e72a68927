"""A person has a deputy for a time, and may be nobody from a day on; a yes says for whom it was given.

Revision ID: 0022
Revises: 0021
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

SAID = ("approval", "exception_grant")


def upgrade() -> None:
    op.add_column("person", sa.Column("deputy", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("person", sa.Column("until", sa.String(), nullable=False, server_default=""))
    for name in SAID:
        op.add_column(name, sa.Column("acting_for", sa.JSON(), nullable=False, server_default="[]"))


def downgrade() -> None:
    for name in SAID:
        op.drop_column(name, "acting_for")
    for column in ("deputy", "until"):
        op.drop_column("person", column)
