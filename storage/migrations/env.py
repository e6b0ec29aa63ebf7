"""Runs migrations on the connection that `Database.migrate` hands over."""

from alembic import context

from storage.records import (  # noqa: F401  (their tables are part of Base)
    account_models,
    keeping_models,
    service_models,
    unattended_models,
)
from storage.records.models import Base

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True, compare_type=True)
with context.begin_transaction():
    context.run_migrations()
