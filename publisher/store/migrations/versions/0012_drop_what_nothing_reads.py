"""Drop the table daemon and the counter of reminders: nothing read either.

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

import publisher.store.tables.types

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_table("daemon")
    op.drop_column("delivery", "reminded")


def downgrade() -> None:
    op.add_column("delivery", sa.Column("reminded", sa.Integer(), nullable=False, server_default="0"))
    moment = publisher.store.tables.types.Utc(timezone=True)
    op.create_table(
        "daemon",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("started_at", moment, nullable=False),
        sa.Column("beat_at", moment, nullable=False),
        sa.Column("moved_at", moment, nullable=True),
        sa.Column("note", sa.String(), nullable=False),
    )
