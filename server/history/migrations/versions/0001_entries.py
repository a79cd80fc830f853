"""Entries and histories, where no version before the migrations has made them already."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the two tables as they were before there were migrations."""
    op.create_table(
        "entries",
        sa.Column("account", sa.String(36), primary_key=True),
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("date", sa.Date, nullable=False),
        sa.Column("recorded", sa.BigInteger, nullable=False),
        sa.Column("cents", sa.BigInteger, nullable=False),
        sa.Column("deleted", sa.Boolean, nullable=False),
        sa.Column("btc_then", sa.String(40)),
        if_not_exists=True,
    )
    op.create_table(
        "histories",
        sa.Column("account", sa.String(36), primary_key=True),
        sa.Column("version", sa.BigInteger, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        if_not_exists=True,
    )
