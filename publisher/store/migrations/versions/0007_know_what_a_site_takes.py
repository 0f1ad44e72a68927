"""An account remembers what its site takes.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("account", sa.Column("limits", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("account", sa.Column("limits_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    op.drop_column("account", "limits_at")
    op.drop_column("account", "limits")
