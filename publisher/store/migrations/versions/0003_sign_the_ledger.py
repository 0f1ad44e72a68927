"""Let each ledger row be signed, and bind the content of the row that it made or changed.

Revision ID: 0003
Revises: 0002
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Plain ALTERs: a batch would make the table anew, without its guards.
    for name in ("fact", "binds", "mac"):
        op.add_column("ledger", sa.Column(name, sa.String(), nullable=False, server_default=""))
    op.execute("CREATE INDEX ix_ledger_fact ON ledger (fact, seq) WHERE fact <> ''")


def downgrade() -> None:
    raise RuntimeError("What was signed is not forgotten. Restore a backup instead.")
