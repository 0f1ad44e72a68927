"""Remember where each delivery was sent.

What was sent before is taken to have gone where its account is now: nothing else is known of it.

Revision ID: 0009
Revises: 0008
"""

from urllib.parse import urlsplit

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

HOSTS = {"x": "https://api.x.com", "facebook": "https://graph.facebook.com"}
PORTS = {"https": 443, "http": 80}
REMOTE = sa.text("remote_id IS NOT NULL AND act IN ('publish', 'reply')")


def upgrade() -> None:
    for table, column in (("delivery", "place"), ("attempt", "place"), ("account", "whoami_place")):
        op.add_column(table, sa.Column(column, sa.String(), nullable=False, server_default=""))
    conn = op.get_bind()
    accounts = conn.execute(sa.text("SELECT id, network, base_url, remote_user_id FROM account"))
    for account in accounts.all():
        values = {"place": _place(account), "account": account.id}
        conn.execute(sa.text("UPDATE attempt SET place = :place WHERE account = :account"), values)
        conn.execute(
            sa.text(
                "UPDATE delivery SET place = :place WHERE account = :account "
                "AND (attempts > 0 OR remote_id IS NOT NULL OR target <> '' OR unproven <> '' "
                "OR state IN ('unknown', 'accepted', 'sending') OR CAST(notes AS TEXT) <> '{}')"
            ),
            values,
        )
    op.drop_index("uq_delivery_remote", table_name="delivery")
    op.create_index("uq_delivery_remote", "delivery", ["place", "remote_id", "account"], unique=True,
                    postgresql_where=REMOTE, sqlite_where=REMOTE)


def downgrade() -> None:
    op.drop_index("uq_delivery_remote", table_name="delivery")
    op.create_index("uq_delivery_remote", "delivery", ["account", "remote_id"], unique=True,
                    postgresql_where=REMOTE, sqlite_where=REMOTE)
    for table, column in (("delivery", "place"), ("attempt", "place"), ("account", "whoami_place")):
        op.drop_column(table, column)


def _place(account: sa.Row) -> str:
    address = urlsplit(account.base_url or HOSTS.get(account.network, ""))
    port = "" if address.port in (None, PORTS.get(address.scheme)) else f":{address.port}"
    host = f"{address.hostname or ''}{port}{address.path.rstrip('/')}"
    return f"{account.network} {host} {account.remote_user_id}"
