"""People without an account on the server: invites, passwords, and sign-ins that a browser keeps.

Revision ID: 0021
Revises: 0020
"""

import sqlalchemy as sa
from alembic import op

from publisher.store.tables.types import Utc

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = Utc(timezone=True)
    op.add_column("sign_in", sa.Column("fresh_at", moment, nullable=True))
    op.create_table(
        "invite",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False, unique=True),
        sa.Column("second", sa.Boolean(), nullable=False),
        sa.Column("confirmed_by", sa.String(), nullable=False),
        *(sa.Column(at, moment, nullable=False) for at in ("created_at", "expires_at")),
        *(sa.Column(at, moment, nullable=True) for at in ("used_at", "ended_at")),
    )
    op.create_index(op.f("ix_invite_person"), "invite", ["person"])
    op.create_table(
        "password",
        sa.Column("person", sa.String(), primary_key=True),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("seed", sa.String(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("codes", sa.JSON(), nullable=False),
        sa.Column("set_at", moment, nullable=False),
    )


def downgrade() -> None:
    op.drop_table("password")
    op.drop_table("invite")
    op.drop_column("sign_in", "fresh_at")
