"""Know when to remove what a delivery left on its network without going out.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

import publisher.store.tables.types

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

LEFT = sa.text("tidy_at IS NOT NULL AND state IN ('refused', 'blocked', 'expired', 'cancelled')")


def upgrade() -> None:
    moment = publisher.store.tables.types.Utc(timezone=True)
    op.add_column("delivery", sa.Column("tidy_at", moment, nullable=True))
    op.create_index("ix_delivery_left", "delivery", ["tidy_at"], postgresql_where=LEFT, sqlite_where=LEFT)


def downgrade() -> None:
    op.drop_index("ix_delivery_left", table_name="delivery")
    op.drop_column("delivery", "tidy_at")
