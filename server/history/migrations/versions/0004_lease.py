"""The rate's row says by the database's clock when to ask next, and when the price was new."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the table anew around the last price."""
    query = sa.text("SELECT price, as_of, active, held, written - age AS new_at FROM rate")
    last = op.get_bind().execute(query).mappings().one()
    op.drop_table("rate")
    rate = op.create_table(
        "rate",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("next_ask", sa.BigInteger, nullable=False),
        sa.Column("pauses", sa.JSON, nullable=False),
        sa.Column("price", sa.String(40)),
        sa.Column("as_of", sa.BigInteger),
        sa.Column("new_at", sa.BigInteger),
        sa.Column("active", sa.Boolean),
        sa.Column("held", sa.String(40)),
    )
    active = None if last["active"] is None else bool(last["active"])
    op.bulk_insert(rate, [{"id": 1, "next_ask": 0, "pauses": {}, **last, "active": active}])
