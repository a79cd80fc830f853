"""Imports are listed and undone; histories are marked before they go; fresh starts are final."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add columns and a table; what was deleted leaves the index that a history is read by."""
    op.add_column("histories", sa.Column("marked", sa.Date))
    op.create_table(
        "closed",
        sa.Column("hash", sa.String(64), primary_key=True),
        sa.Column("at", sa.Double, nullable=False),
    )
    op.add_column("imports", sa.Column("key", sa.String(36), nullable=False, server_default=""))
    op.execute("UPDATE imports SET key = id")
    op.add_column("imports", sa.Column("kind", sa.String(20)))
    op.add_column("imports", sa.Column("made", sa.Date))
    op.add_column(
        "imports",
        sa.Column("hid_samples", sa.Boolean, nullable=False, server_default=sa.false()),
    )
    op.drop_index("ix_entries_in_order", "entries")
    deleted = sa.column("deleted", sa.Boolean)
    for name, columns, condition in (
        (
            "ix_entries_in_order",
            ["account", "date", "recorded", "id", "cents", "btc_then", "rate_then"],
            sa.not_(deleted),
        ),
        ("ix_entries_deleted", ["account", "recorded"], deleted),
    ):
        op.create_index(
            name, "entries", columns, sqlite_where=condition, postgresql_where=condition
        )
