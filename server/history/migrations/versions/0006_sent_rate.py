"""An entry that is changed back to its first day has its first rate again."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add a column; whoever is still on the first day has the first rate."""
    op.add_column("entries", sa.Column("sent_rate", sa.String(40)))
    op.execute("UPDATE entries SET sent_rate = rate_then WHERE date = sent_date")
