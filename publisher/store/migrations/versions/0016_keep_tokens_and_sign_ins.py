"""What people hold to be known by: API tokens, and sign-ins that a program keeps.

Revision ID: 0016
Revises: 0015
"""

import sqlalchemy as sa
from alembic import op

from publisher.store.tables.types import Utc

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

TABLES = {
    "token": (sa.Column("scopes", sa.JSON(), nullable=False),),
    "sign_in": (
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
    ),
}


def upgrade() -> None:
    moment = Utc(timezone=True)
    for name, more in TABLES.items():
        op.create_table(
            name,
            sa.Column("id", sa.String(), primary_key=True),
            sa.Column("person", sa.String(), nullable=False),
            sa.Column("name", sa.String(), nullable=False),
            sa.Column("hash", sa.String(), nullable=False, unique=True),
            *more,
            *(sa.Column(at, moment, nullable=False) for at in ("created_at", "expires_at")),
            *(sa.Column(at, moment, nullable=True) for at in ("used_at", "ended_at")),
        )
        op.create_index(op.f(f"ix_{name}_person"), name, ["person"])


def downgrade() -> None:
    for name in TABLES:
        op.drop_table(name)
