"""Entries can change and be imported; histories can move, be opened by a key, and be cleaned up."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add columns, none of which an entry needs, and tables; give each history its row."""
    op.add_column("entries", sa.Column("rate_then", sa.String(40)))
    op.add_column("entries", sa.Column("sent_date", sa.Date))
    op.add_column("entries", sa.Column("sent_cents", sa.BigInteger))
    op.add_column("entries", sa.Column("import_id", sa.String(36)))
    op.execute("UPDATE entries SET sent_date = date, sent_cents = cents")
    for old in ("ix_entries_account_entries_date_entries_recorded", "ix_entries_in_order"):
        op.drop_index(old, "entries", if_exists=True)
    order = ["account", "date", "recorded", "id", "cents", "btc_then", "rate_then", "deleted"]
    op.create_index("ix_entries_in_order", "entries", order)

    # The first versions gave a history its row with its next change only.
    op.execute(
        "INSERT INTO histories (account, version, size) "
        "SELECT account, max(recorded), sum(CASE WHEN deleted THEN 0 ELSE 1 END) FROM entries "
        "WHERE account NOT IN (SELECT account FROM histories) GROUP BY account"
    )
    today = datetime.now(UTC).date().isoformat()
    op.add_column(
        "histories", sa.Column("samples", sa.Boolean, nullable=False, server_default=sa.true())
    )
    op.add_column("histories", sa.Column("changed", sa.Date, nullable=False, server_default=today))
    op.add_column("histories", sa.Column("moved_to", sa.String(36)))
    op.create_index("ix_histories_changed", "histories", ["changed"])
    op.create_index("ix_histories_moved_to", "histories", ["moved_to"])

    op.create_table(
        "imports",
        sa.Column("account", sa.String(36), primary_key=True),
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("added", sa.Integer, nullable=False),
        sa.Column("duplicates", sa.Integer, nullable=False),
    )
    op.create_table(
        "keys",
        sa.Column("account", sa.String(36), primary_key=True),
        sa.Column("hash", sa.String(64), nullable=False, unique=True),
        sa.Column("made", sa.Date, nullable=False),
    )
    op.create_table(
        "chores",
        sa.Column("name", sa.String(20), primary_key=True),
        sa.Column("done", sa.Date, nullable=False),
    )
