"""The installation has one rate, and keeps the last one of each day."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add two tables; the rate's only row says that it was never asked for."""
    rate = op.create_table(
        "rate",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("written", sa.BigInteger, nullable=False),
        sa.Column("wait", sa.BigInteger, nullable=False),
        sa.Column("pauses", sa.JSON, nullable=False),
        sa.Column("trouble", sa.Text, nullable=False),
        sa.Column("price", sa.String(40)),
        sa.Column("as_of", sa.BigInteger),
        sa.Column("age", sa.BigInteger),
        sa.Column("active", sa.Boolean),
        sa.Column("held", sa.String(40)),
    )
    op.bulk_insert(
        rate, [{"id": 1, "number": 0, "written": 0, "wait": 0, "pauses": {}, "trouble": ""}]
    )
    op.create_table(
        "day_rates",
        sa.Column("date", sa.Date, primary_key=True),
        sa.Column("price", sa.String(40), nullable=False),
    )
