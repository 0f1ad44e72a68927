"""Alembic's entry: runs on the connection that `schema.upgrade` hands over."""

from alembic import context

from publisher.store.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
