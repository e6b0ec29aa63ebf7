"""Codes for recovery, browsers known, failures and signings-in under way; uploads by people, not only by keys"""

from alembic import op
import sqlalchemy as sa


revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('recovery_codes',
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('account_id', sa.String(length=16), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_recovery_codes_account_id_accounts')),
    sa.PrimaryKeyConstraint('sha256', name=op.f('pk_recovery_codes'))
    )
    op.create_index(op.f('ix_recovery_codes_account_id'), 'recovery_codes', ['account_id'], unique=False)
    op.create_table('known_browsers',
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('account_id', sa.String(length=16), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_known_browsers_account_id_accounts')),
    sa.PrimaryKeyConstraint('sha256', name=op.f('pk_known_browsers'))
    )
    op.create_index(op.f('ix_known_browsers_account_id'), 'known_browsers', ['account_id'], unique=False)
    op.create_table('sign_in_failures',
    sa.Column('bucket', sa.String(length=64), nullable=False),
    sa.Column('failures', sa.Integer(), nullable=False),
    sa.Column('last_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('bucket', name=op.f('pk_sign_in_failures'))
    )
    op.create_table('pending_sign_ins',
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('account_id', sa.String(length=16), nullable=True),
    sa.Column('state', sa.JSON(), nullable=False),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_pending_sign_ins_account_id_accounts')),
    sa.PrimaryKeyConstraint('sha256', name=op.f('pk_pending_sign_ins'))
    )
    op.drop_column('accounts', 'failures')  # in place: SQLite cannot make a table anew that others refer to
    op.drop_column('accounts', 'locked_until')
    with op.batch_alter_table('uploads', schema=None) as batch_op:
        batch_op.drop_constraint(op.f('fk_uploads_key_id_api_keys'), type_='foreignkey')
        batch_op.add_column(sa.Column('agent', sa.String(length=40), nullable=True))


def downgrade() -> None:
    op.execute("DELETE FROM uploads WHERE key_id NOT IN (SELECT id FROM api_keys)")
    with op.batch_alter_table('uploads', schema=None) as batch_op:
        batch_op.drop_column('agent')
        batch_op.create_foreign_key(op.f('fk_uploads_key_id_api_keys'), 'api_keys', ['key_id'], ['id'])
    op.add_column('accounts', sa.Column('failures', sa.Integer(), nullable=False, server_default='0'))
    op.add_column('accounts', sa.Column('locked_until', sa.DateTime(timezone=True), nullable=True))
    for table in ('pending_sign_ins', 'sign_in_failures', 'known_browsers', 'recovery_codes'):
        op.drop_table(table)
