"""Alembic's entry: runs on the connection it is handed (see `vocapp/models/migrating.py`)."""

from alembic import context

import vocapp.models
from vocapp.models.base import Base

assert vocapp.models  # the tables are declared by importing them

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
