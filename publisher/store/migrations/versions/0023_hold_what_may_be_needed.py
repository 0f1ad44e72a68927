"""Legal holds: of what they are about nothing is forgotten.

Revision ID: 0023
Revises: 0022
"""

import sqlalchemy as sa
from alembic import op

from publisher.store.tables.types import Utc

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = Utc(timezone=True)
    op.create_table(
        "hold",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("kind", sa.String(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("name", "reason", "by")),
        sa.Column("at", moment, nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("lift_by", "lift_reason")),
        sa.Column("lift_at", moment, nullable=True),
        sa.Column("lifted_by", sa.String(), nullable=False),
        sa.Column("lifted_at", moment, nullable=True),
    )


def downgrade() -> None:
    op.drop_table("hold")
