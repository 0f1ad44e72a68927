"""Keep measures about other people's words; an attempt is of a delivery or of a measure.

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op

from publisher.store.tables.types import Utc

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

OPEN = sa.text("state IN ('waiting', 'claimed', 'sending', 'unknown', 'accepted')")


def upgrade() -> None:
    moment = Utc(timezone=True)
    texts = ("place", "target", "what", "asked_by", "why", "state", "unproven", "reason")
    op.create_table(
        "measure",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("account", sa.String(), sa.ForeignKey("account.id"), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in texts),
        *(sa.Column(name, sa.Integer(), nullable=False)
          for name in ("fence", "holds", "lookups", "attempts")),
        *(sa.Column(name, sa.JSON(), nullable=False) for name in ("tried", "notes")),
        *(sa.Column(name, moment, nullable=False) for name in ("asked_at", "expires_at")),
        *(sa.Column(name, moment, nullable=True) for name in ("wake_at", "settled_at")),
    )
    op.create_index("uq_measure_open", "measure", ["place", "target"], unique=True,
                    postgresql_where=OPEN, sqlite_where=OPEN)
    op.create_index("ix_measure_open", "measure", ["wake_at"],
                    postgresql_where=OPEN, sqlite_where=OPEN)
    with op.batch_alter_table("attempt") as attempt:
        attempt.alter_column("delivery_id", existing_type=sa.String(), nullable=True)
        attempt.add_column(sa.Column("measure_id", sa.String(), nullable=True))
        attempt.create_foreign_key(op.f("fk_attempt_measure_id_measure"), "measure",
                                   ["measure_id"], ["id"])
        attempt.create_index(op.f("ix_attempt_measure_id"), ["measure_id"])


def downgrade() -> None:
    op.execute("DELETE FROM attempt WHERE delivery_id IS NULL")
    with op.batch_alter_table("attempt") as attempt:
        attempt.drop_index(op.f("ix_attempt_measure_id"))
        attempt.drop_constraint(op.f("fk_attempt_measure_id_measure"), type_="foreignkey")
        attempt.drop_column("measure_id")
        attempt.alter_column("delivery_id", existing_type=sa.String(), nullable=False)
    op.drop_table("measure")
