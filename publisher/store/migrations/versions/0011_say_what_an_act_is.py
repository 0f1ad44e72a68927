"""Let each delivery say whether its act fills the account's slot, and whether it transmits.

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

BEFORE = sa.text("state IN ('claimed', 'sending') AND act <> 'retract'")
IN_FLIGHT = sa.text("state IN ('claimed', 'sending') AND slot")


def upgrade() -> None:
    for name in ("slot", "transmits"):
        column = sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.true())
        op.add_column("delivery", column)
    op.execute("UPDATE delivery SET slot = false, transmits = false WHERE act = 'retract'")
    _index(IN_FLIGHT)


def downgrade() -> None:
    _index(BEFORE)
    for name in ("slot", "transmits"):
        op.drop_column("delivery", name)


def _index(where: sa.TextClause) -> None:
    op.drop_index("uq_delivery_in_flight", table_name="delivery")
    op.create_index("uq_delivery_in_flight", "delivery", ["account"], unique=True,
                    postgresql_where=where, sqlite_where=where)
