"""A network's credentials may be kept in the database, sealed.

Revision ID: 0019
Revises: 0018
"""

import sqlalchemy as sa
from alembic import op

from publisher.store.tables.types import Utc

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "credential",
        sa.Column("account", sa.String(), primary_key=True),
        sa.Column("field", sa.String(), primary_key=True),
        sa.Column("record", sa.String(), nullable=False),
        sa.Column("saved_at", Utc(timezone=True), nullable=False),
        sa.Column("expires_at", Utc(timezone=True), nullable=True),
    )


def downgrade() -> None:
    op.drop_table("credential")
