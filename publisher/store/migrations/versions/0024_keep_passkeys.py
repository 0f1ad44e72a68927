"""People sign in with a passkey.

Revision ID: 0024
Revises: 0023
"""

import sqlalchemy as sa
from alembic import op

from publisher.store.tables.types import Utc

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = Utc(timezone=True)
    op.create_table(
        "passkey",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("credential", sa.String(), nullable=False, unique=True),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("ended_at", moment, nullable=True),
    )
    op.create_index(op.f("ix_passkey_person"), "passkey", ["person"])


def downgrade() -> None:
    op.drop_table("passkey")
