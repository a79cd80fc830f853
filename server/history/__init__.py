"""A visitor's history: the tables, the database, and how entries change. Knows nothing of Flask."""
