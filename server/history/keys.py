"""Keys: each opens a history from anywhere. A key is told once; what is stored is a hash."""

import hashlib
import secrets
from datetime import date

import sqlalchemy as sa

from server.history.database import Database
from server.history.history import History
from server.history.tables import keys

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32
LENGTH = 24  # 120 random bits, so guesses need no limit, and the hash need not be slow
GROUP = 4
READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1", " ": "", "-": ""})


def account_of(database: Database, key: str) -> str | None:
    """Return the name of the history that a key opens, or None."""
    query = sa.select(keys.c.account).where(keys.c.hash == _hash(key))
    with database.read() as connection:
        return connection.execute(query).scalar()


def day_made(history: History) -> date | None:
    """Return the day on which the history's key was made, None where it has none."""
    query = sa.select(keys.c.made).where(keys.c.account == history.resolve())
    with history.database.read() as connection:
        return connection.execute(query).scalar()


def make(history: History, today: date) -> str:
    """Return a key that opens the history from now on; one made before opens nothing any more."""
    key = new_key()
    _replace(history, {"hash": _hash(key), "made": today})
    return key


def new_key() -> str:
    """Return a new key, in groups of four."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    return "-".join(letters[i : i + GROUP] for i in range(0, LENGTH, GROUP))


def revoke(history: History) -> None:
    """Have no key open the history."""
    _replace(history, None)


def is_last_way(history: History) -> bool:
    """Tell whether the history has entries and no key: who leaves it cannot open it again."""
    return not history.is_empty() and day_made(history) is None


def _replace(history: History, key: dict[str, object] | None) -> None:
    with history.database.write() as connection:
        history.lock(connection)
        connection.execute(sa.delete(keys).where(keys.c.account == history.account))
        if key:
            connection.execute(sa.insert(keys), key | {"account": history.account})


def _hash(key: str) -> str:
    """Return what is stored of a key. Looking that up tells by its time nothing of the key."""
    return hashlib.sha256(key.upper().translate(READ_AS).encode()).hexdigest()
