"""The newest of what is public is found without reading the rest.

Revision ID: 0018
Revises: 0017
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

PUBLIC = sa.text("state = 'published'")


def upgrade() -> None:
    op.create_index(
        "ix_delivery_public", "delivery", ["settled_at"], postgresql_where=PUBLIC, sqlite_where=PUBLIC
    )


def downgrade() -> None:
    op.drop_index("ix_delivery_public", "delivery")
