"""The tables. A change here needs a migration in `migrations/versions/`; see CONTRIBUTING.md."""

from msgspec import Struct
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    Double,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    not_,
)

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
    }
)

# Every primary key leads with the account, so that a distributed database can shard on it; those
# of `closed` and of the last three tables, which are small and the installation's own, do not.

# Whoever changes a history changes its row here first, so the next one waits.
histories = Table(
    "histories",
    metadata,
    Column("account", String(36), primary_key=True),  # the history's name: a UUID
    Column("version", BigInteger, nullable=False),  # grows with each change
    Column("size", Integer, nullable=False),  # entries that are not deleted
    Column("samples", Boolean, nullable=False),  # whether the samples show
    Column("changed", Date, nullable=False, index=True),  # the last day with a change
    Column("marked", Date),  # the day on which cleanup found that nobody can open it
    Column("moved_to", String(36), index=True),  # the history that took over its entries
)

# Names that nothing is recorded under any more, since their owner started fresh: hashes only.
closed = Table(
    "closed",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("at", Double, nullable=False),  # seconds since 1970
)

entries = Table(
    "entries",
    metadata,
    Column("account", String(36), primary_key=True),
    Column("id", String(36), primary_key=True),  # a UUID: the Idempotency-Key where one came
    Column("date", Date, nullable=False),
    Column("recorded", BigInteger, nullable=False),  # the version of the history with it
    Column("cents", BigInteger, nullable=False),
    Column("deleted", Boolean, nullable=False),  # kept for undo, and so that its key stays used
    Column("btc_then", String(40)),  # at rate_then; entries older than rate_then have it alone
    Column("rate_then", String(40)),  # rand for one bitcoin on the entry's day, where known
    Column("sent_date", Date),  # what it was recorded with, whatever it was changed to since
    Column("sent_cents", BigInteger),
    Column("import_id", String(36)),  # the import that added it
)


class Entry(Struct, array_like=True, gc=False):
    """A balance of a day, as it is read and recorded. Its fields are columns of `entries`."""

    id: str | None  # samples have none
    date: str  # ISO
    cents: int
    btc_then: str | None = None  # the value at `rate_then`; the oldest entries have it alone
    rate_then: str | None = None  # rand for one bitcoin


# All that is read of a history, in order, so that neither the table nor what was deleted is.
IN_ORDER = (entries.c.date, entries.c.recorded, entries.c.id)
LIVE = not_(entries.c.deleted)
_read = dict.fromkeys(["account", *(c.name for c in IN_ORDER), *Entry.__struct_fields__])
Index(
    "ix_entries_in_order",
    *(entries.c[name] for name in _read),
    sqlite_where=LIVE,
    postgresql_where=LIVE,
)
Index(
    "ix_entries_deleted",
    *(entries.c.account, entries.c.recorded),
    sqlite_where=entries.c.deleted,
    postgresql_where=entries.c.deleted,
)

# What an import was asked for, so that it can be undone, and is not carried out twice.
imports = Table(
    "imports",
    metadata,
    Column("account", String(36), primary_key=True),
    Column("id", String(36), primary_key=True),  # a UUID: the Idempotency-Key where one came
    Column("key", String(36), nullable=False),  # the id at first; a merge may change that
    Column("digest", String(64), nullable=False),  # of the file and the choices
    Column("added", Integer, nullable=False),
    Column("duplicates", Integer, nullable=False),
    Column("kind", String(20)),  # of the file; this and the next: unknown of the oldest
    Column("made", Date),
    Column("hid_samples", Boolean, nullable=False),  # whether they showed until then
)

# A key opens a history. Who reads this table cannot make one out of it.
keys = Table(
    "keys",
    metadata,
    Column("account", String(36), primary_key=True),
    Column("hash", String(64), nullable=False, unique=True),
    Column("made", Date, nullable=False),
)

# What the whole installation does once a day, and the day it was last done.
chores = Table(
    "chores",
    metadata,
    Column("name", String(20), primary_key=True),
    Column("done", Date, nullable=False),
)

# The one rate of the installation, in its only row, and when to ask for the next one. Moments are
# milliseconds since 1970, by the database's clock but for the exchange's own.
rate = Table(
    "rate",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("next_ask", BigInteger, nullable=False),  # who moves it on may ask
    Column("pauses", JSON, nullable=False),  # by host, when the Retry-After of each ends
    Column("price", String(40)),  # rand for one bitcoin; this and the next: where there is one
    Column("as_of", BigInteger),  # the exchange's own timestamp
    Column("new_at", BigInteger),  # when the price was new
    Column("active", Boolean),  # whether the market was open
    Column("held", String(40)),  # a price that counts once the next one is near it
)

# The last rate heard on each day.
day_rates = Table(
    "day_rates",
    metadata,
    Column("date", Date, primary_key=True),
    Column("price", String(40), nullable=False),
)
