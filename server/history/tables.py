"""The tables. A change here needs a migration in `migrations/versions/`; see CONTRIBUTING.md."""

import sqlalchemy as sa
from msgspec import Struct

metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
    }
)

# Every primary key leads with the account, so that a distributed database can shard on it; those
# of `closed` and of the last three tables, which are small and the installation's own, do not.

# Whoever changes a history changes its row here first, so the next one waits.
histories = sa.Table(
    "histories",
    metadata,
    sa.Column("account", sa.String(36), primary_key=True),  # the history's name: a UUID
    sa.Column("version", sa.BigInteger, nullable=False),  # grows with each change
    sa.Column("size", sa.Integer, nullable=False),  # entries that are not deleted
    sa.Column("samples", sa.Boolean, nullable=False),  # whether the samples show
    sa.Column("changed", sa.Date, nullable=False, index=True),  # the last day with a change
    sa.Column("marked", sa.Date),  # the day on which cleanup found that nobody can open it
    sa.Column("moved_to", sa.String(36), index=True),  # the history that took over its entries
)

# Names that nothing is recorded under any more, since their owner started fresh: hashes only.
closed = sa.Table(
    "closed",
    metadata,
    sa.Column("hash", sa.String(64), primary_key=True),
    sa.Column("at", sa.Double, nullable=False),  # seconds since 1970
)

entries = sa.Table(
    "entries",
    metadata,
    sa.Column("account", sa.String(36), primary_key=True),
    sa.Column("id", sa.String(36), primary_key=True),  # a UUID: the Idempotency-Key where one came
    sa.Column("date", sa.Date, nullable=False),
    sa.Column("recorded", sa.BigInteger, nullable=False),  # the version of the history with it
    sa.Column("cents", sa.BigInteger, nullable=False),
    sa.Column("deleted", sa.Boolean, nullable=False),  # kept for undo; its key stays used
    sa.Column("btc_then", sa.String(40)),  # at rate_then; the oldest entries have it alone
    sa.Column("rate_then", sa.String(40)),  # rand for one bitcoin on the entry's day, where known
    sa.Column("sent_date", sa.Date),  # what it was recorded with, whatever it was changed to since
    sa.Column("sent_cents", sa.BigInteger),
    sa.Column("sent_rate", sa.String(40)),
    sa.Column("import_id", sa.String(36)),  # the import that added it
)


class Entry(Struct, array_like=True, gc=False):
    """A balance of a day, as it is read and recorded. Its fields are columns of `entries`."""

    id: str | None  # samples have none
    date: str  # ISO
    cents: int
    btc_then: str | None = None
    rate_then: str | None = None


# The first index has, in order, all that is read of a history: neither the table nor what was
# deleted is looked at.
IN_ORDER = (entries.c.date, entries.c.recorded, entries.c.id)
LIVE = sa.not_(entries.c.deleted)
_read = dict.fromkeys(["account", *(c.name for c in IN_ORDER), *Entry.__struct_fields__])
sa.Index(
    "ix_entries_in_order",
    *(entries.c[name] for name in _read),
    sqlite_where=LIVE,
    postgresql_where=LIVE,
)
sa.Index(
    "ix_entries_deleted",
    *(entries.c.account, entries.c.recorded),
    sqlite_where=entries.c.deleted,
    postgresql_where=entries.c.deleted,
)

# What an import was asked for, so that it can be undone, and is not carried out twice.
imports = sa.Table(
    "imports",
    metadata,
    sa.Column("account", sa.String(36), primary_key=True),
    sa.Column("id", sa.String(36), primary_key=True),  # a UUID: the Idempotency-Key where one came
    sa.Column("key", sa.String(36), nullable=False),  # the id at first; a merge may change that
    sa.Column("digest", sa.String(64), nullable=False),  # of the file and the choices
    sa.Column("added", sa.Integer, nullable=False),
    sa.Column("duplicates", sa.Integer, nullable=False),
    sa.Column("kind", sa.String(20)),  # of the file; this and the next: unknown of the oldest
    sa.Column("made", sa.Date),
    sa.Column("hid_samples", sa.Boolean, nullable=False),  # whether they showed until then
)

# A key opens a history. Who reads this table cannot make one out of it.
keys = sa.Table(
    "keys",
    metadata,
    sa.Column("account", sa.String(36), primary_key=True),
    sa.Column("hash", sa.String(64), nullable=False, unique=True),
    sa.Column("made", sa.Date, nullable=False),
)

# What the whole installation does once a day, and the day it was last done.
chores = sa.Table(
    "chores",
    metadata,
    sa.Column("name", sa.String(20), primary_key=True),
    sa.Column("done", sa.Date, nullable=False),
)

# The one rate of the installation, in its only row, and when to ask for the next one. Moments are
# milliseconds since 1970, by the database's clock but for the exchange's own.
rate = sa.Table(
    "rate",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("next_ask", sa.BigInteger, nullable=False),  # who moves it on may ask
    sa.Column("pauses", sa.JSON, nullable=False),  # by host, when the Retry-After of each ends
    sa.Column("price", sa.String(40)),  # rand for one bitcoin; null like the next: never had one
    sa.Column("as_of", sa.BigInteger),  # the exchange's own timestamp
    sa.Column("new_at", sa.BigInteger),  # when the price was new
    sa.Column("active", sa.Boolean),  # whether the market was open
    sa.Column("held", sa.String(40)),  # a price that counts once the next one is near it
)

# The last rate heard on each day.
day_rates = sa.Table(
    "day_rates",
    metadata,
    sa.Column("date", sa.Date, primary_key=True),
    sa.Column("price", sa.String(40), nullable=False),
)
