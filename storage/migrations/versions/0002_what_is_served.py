"""Agencies of papers and dossiers; API keys, uploads, versions, webhooks and deliveries"""

from alembic import op
import sqlalchemy as sa


revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('api_keys',
    sa.Column('id', sa.String(length=16), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('scopes', sa.JSON(), nullable=False),
    sa.Column('agency_code', sa.String(length=35), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_api_keys')),
    sa.UniqueConstraint('sha256', name=op.f('uq_api_keys_sha256'))
    )
    op.create_table('uploads',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('key_id', sa.String(length=16), nullable=False),
    sa.Column('idempotency_key', sa.String(length=200), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=False),
    sa.Column('dossier_code', sa.String(length=60), nullable=True),
    sa.Column('procedure_code', sa.String(length=60), nullable=True),
    sa.Column('agency_code', sa.String(length=35), nullable=True),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('not_before', sa.DateTime(timezone=True), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('batch_id', sa.String(length=40), nullable=True),
    sa.Column('error', sa.Text(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("state IN ('waiting', 'working', 'done', 'failed')", name=op.f('ck_uploads_state')),
    sa.ForeignKeyConstraint(['key_id'], ['api_keys.id'], name=op.f('fk_uploads_key_id_api_keys')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_uploads')),
    sa.UniqueConstraint('key_id', 'idempotency_key', name=op.f('uq_uploads_key_id_idempotency_key'))
    )
    with op.batch_alter_table('uploads', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_uploads_batch_id'), ['batch_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_uploads_state'), ['state'], unique=False)

    op.create_table('webhooks',
    sa.Column('id', sa.String(length=16), nullable=False),
    sa.Column('url', sa.Text(), nullable=False),
    sa.Column('agency_code', sa.String(length=35), nullable=True),
    sa.Column('key_id', sa.String(length=16), nullable=False),
    sa.Column('secret', sa.Text(), nullable=False),
    sa.Column('old_secret', sa.Text(), nullable=True),
    sa.Column('old_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('removed_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['key_id'], ['api_keys.id'], name=op.f('fk_webhooks_key_id_api_keys')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_webhooks'))
    )
    op.create_table('deliveries',
    sa.Column('id', sa.String(length=32), nullable=False),
    sa.Column('webhook_id', sa.String(length=16), nullable=False),
    sa.Column('document_id', sa.String(length=64), nullable=False),
    sa.Column('topic', sa.String(length=40), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('not_before', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('tried_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('http_status', sa.Integer(), nullable=True),
    sa.Column('error', sa.Text(), nullable=True),
    sa.CheckConstraint("state IN ('waiting', 'done', 'dead')", name=op.f('ck_deliveries_state')),
    sa.ForeignKeyConstraint(['document_id'], ['documents.id'], name=op.f('fk_deliveries_document_id_documents')),
    sa.ForeignKeyConstraint(['webhook_id'], ['webhooks.id'], name=op.f('fk_deliveries_webhook_id_webhooks')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_deliveries'))
    )
    with op.batch_alter_table('deliveries', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_deliveries_state_not_before'), ['state', 'not_before'], unique=False)
        batch_op.create_index(batch_op.f('ix_deliveries_webhook_id_document_id_state'), ['webhook_id', 'document_id', 'state'], unique=False)

    op.create_table('document_versions',
    sa.Column('document_id', sa.String(length=64), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('agent', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('changed', sa.JSON(), nullable=False),
    sa.CheckConstraint('version > 1', name=op.f('ck_document_versions_after_the_first')),
    sa.ForeignKeyConstraint(['document_id'], ['documents.id'], name=op.f('fk_document_versions_document_id_documents')),
    sa.PrimaryKeyConstraint('document_id', 'version', name=op.f('pk_document_versions'))
    )
    with op.batch_alter_table('documents', schema=None) as batch_op:
        batch_op.add_column(sa.Column('agency_code', sa.String(length=35), nullable=True))
        batch_op.create_index(batch_op.f('ix_documents_agency_code'), ['agency_code'], unique=False)

    with op.batch_alter_table('dossiers', schema=None) as batch_op:
        batch_op.add_column(sa.Column('agency_code', sa.String(length=35), nullable=True))
        batch_op.add_column(sa.Column('status', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('channel', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('due_on', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('finished_on', sa.Date(), nullable=True))
        batch_op.add_column(sa.Column('written_result', sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column('reused', sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column('from_store', sa.Boolean(), nullable=True))
        batch_op.create_check_constraint('status', 'status BETWEEN 1 AND 10')
        batch_op.create_check_constraint('channel', 'channel BETWEEN 1 AND 3')
        batch_op.create_index(batch_op.f('ix_dossiers_agency_code'), ['agency_code'], unique=False)
        batch_op.create_index(batch_op.f('ix_dossiers_received_on'), ['received_on'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('dossiers', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_dossiers_received_on'))
        batch_op.drop_index(batch_op.f('ix_dossiers_agency_code'))
        batch_op.drop_constraint(batch_op.f('ck_dossiers_status'), type_='check')
        batch_op.drop_constraint(batch_op.f('ck_dossiers_channel'), type_='check')
        batch_op.drop_column('from_store')
        batch_op.drop_column('reused')
        batch_op.drop_column('written_result')
        batch_op.drop_column('finished_on')
        batch_op.drop_column('due_on')
        batch_op.drop_column('channel')
        batch_op.drop_column('status')
        batch_op.drop_column('agency_code')

    op.drop_index(op.f('ix_documents_agency_code'), table_name='documents')
    op.drop_column('documents', 'agency_code')  # no batch: SQLite would copy the table that others refer to

    op.drop_table('document_versions')
    with op.batch_alter_table('deliveries', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_deliveries_webhook_id_document_id_state'))
        batch_op.drop_index(batch_op.f('ix_deliveries_state_not_before'))

    op.drop_table('deliveries')
    op.drop_table('webhooks')
    with op.batch_alter_table('uploads', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_uploads_state'))
        batch_op.drop_index(batch_op.f('ix_uploads_batch_id'))

    op.drop_table('uploads')
    op.drop_table('api_keys')
