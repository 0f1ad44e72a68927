"""Let each delivery bind the attempts that were made for it.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("delivery", sa.Column("tried", sa.JSON(), nullable=False, server_default="{}"))


def downgrade() -> None:
    raise RuntimeError("What was tried is not forgotten. Restore a backup instead.")
