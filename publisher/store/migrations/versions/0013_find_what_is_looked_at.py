"""Let lists find what is unfinished, kept back, or a draft, however many deliveries wait.

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

INDEXES = (
    ("ix_delivery_unfinished", "delivery", ["release_at", "id"],
     "state NOT IN ('published', 'cancelled')"),
    ("ix_delivery_kept_back", "delivery", ["release_at"],
     "state = 'waiting' AND verdict IN ('APPROVE', 'HOLD')"),
    ("ix_post_draft", "post", ["created_at"], "state = 'draft'"),
)


def upgrade() -> None:
    for name, table, columns, where in INDEXES:
        op.create_index(name, table, columns, postgresql_where=sa.text(where),
                        sqlite_where=sa.text(where))


def downgrade() -> None:
    for name, table, _, _ in reversed(INDEXES):
        op.drop_index(name, table_name=table)
