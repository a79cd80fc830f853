"""How Alembic runs the migrations: in the transaction that `database.py` has begun."""

from alembic import context

from server.history.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
