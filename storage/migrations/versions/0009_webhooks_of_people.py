"""Webhooks that people add, not only keys"""

from alembic import op


revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None


def upgrade() -> None:
    _deliveries_aside()
    with op.batch_alter_table('webhooks', schema=None) as batch_op:
        batch_op.drop_constraint(op.f('fk_webhooks_key_id_api_keys'), type_='foreignkey')
    _deliveries_back()


def downgrade() -> None:
    ours = "(SELECT id FROM webhooks WHERE key_id NOT IN (SELECT id FROM api_keys))"
    op.execute(f"DELETE FROM deliveries WHERE webhook_id IN {ours}")
    op.execute(f"DELETE FROM webhooks WHERE id IN {ours}")
    _deliveries_aside()
    with op.batch_alter_table('webhooks', schema=None) as batch_op:
        batch_op.create_foreign_key(op.f('fk_webhooks_key_id_api_keys'), 'api_keys', ['key_id'], ['id'])
    _deliveries_back()


# SQLite makes a table anew to change it, and cannot while others refer to its rows.
def _deliveries_aside() -> None:
    if op.get_bind().dialect.name == 'sqlite':
        op.execute("CREATE TEMPORARY TABLE deliveries_aside AS SELECT * FROM deliveries")
        op.execute("DELETE FROM deliveries")


def _deliveries_back() -> None:
    if op.get_bind().dialect.name == 'sqlite':
        op.execute("INSERT INTO deliveries SELECT * FROM deliveries_aside")
        op.execute("DROP TABLE deliveries_aside")
