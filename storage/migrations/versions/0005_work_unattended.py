"""Watched folders, bulk runs, samples, notices, heartbeats; what a batch was asked for and why a file was refused"""

from alembic import op
import sqlalchemy as sa


revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('bulk_runs',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('key', sa.String(length=64), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('sources', sa.JSON(), nullable=False),
    sa.Column('operator', sa.Text(), nullable=False),
    sa.Column('agency_code', sa.String(length=35), nullable=True),
    sa.Column('procedure_code', sa.String(length=60), nullable=True),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("state IN ('listing', 'running', 'paused', 'stopped', 'ended')", name=op.f('ck_bulk_runs_state')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_bulk_runs')),
    sa.UniqueConstraint('key', name=op.f('uq_bulk_runs_key'))
    )
    op.create_index(op.f('ix_bulk_runs_state_started_at'), 'bulk_runs', ['state', 'started_at'], unique=False)
    op.create_table('heartbeats',
    sa.Column('name', sa.String(length=120), nullable=False),
    sa.Column('part', sa.String(length=20), nullable=False),
    sa.Column('host', sa.Text(), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('detail', sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_heartbeats'))
    )
    op.create_table('notices',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=120), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('channel', sa.String(length=10), nullable=False),
    sa.Column('address', sa.Text(), nullable=False),
    sa.Column('subject', sa.Text(), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('not_before', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('error', sa.Text(), nullable=True),
    sa.CheckConstraint("channel IN ('email', 'webhook')", name=op.f('ck_notices_channel')),
    sa.CheckConstraint("state IN ('waiting', 'sent', 'dead')", name=op.f('ck_notices_state')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notices')),
    sa.UniqueConstraint('key', 'channel', 'address', name=op.f('uq_notices_key_channel_address'))
    )
    op.create_index(op.f('ix_notices_kind'), 'notices', ['kind'], unique=False)
    op.create_index(op.f('ix_notices_state_not_before'), 'notices', ['state', 'not_before'], unique=False)
    op.create_table('bulk_chunks',
    sa.Column('run_id', sa.String(length=40), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('agency_code', sa.String(length=35), nullable=True),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('worker', sa.Text(), nullable=True),
    sa.Column('lease_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('documents', sa.Integer(), nullable=False),
    sa.Column('pages', sa.Integer(), nullable=False),
    sa.Column('batch_id', sa.String(length=40), nullable=True),
    sa.Column('seconds', sa.Float(), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("state IN ('waiting', 'working', 'done')", name=op.f('ck_bulk_chunks_state')),
    sa.ForeignKeyConstraint(['batch_id'], ['batches.id'], name=op.f('fk_bulk_chunks_batch_id_batches')),
    sa.ForeignKeyConstraint(['run_id'], ['bulk_runs.id'], name=op.f('fk_bulk_chunks_run_id_bulk_runs')),
    sa.PrimaryKeyConstraint('run_id', 'number', name=op.f('pk_bulk_chunks'))
    )
    op.create_index(op.f('ix_bulk_chunks_run_id_state_number'), 'bulk_chunks', ['run_id', 'state', 'number'], unique=False)
    op.create_table('bulk_items',
    sa.Column('run_id', sa.String(length=40), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('chunk', sa.Integer(), nullable=True),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('place', sa.JSON(), nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=False),
    sa.Column('pages', sa.Integer(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=True),
    sa.Column('agency_code', sa.String(length=35), nullable=True),
    sa.Column('procedure_code', sa.String(length=60), nullable=True),
    sa.Column('dossier_code', sa.String(length=60), nullable=True),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('reason', sa.String(length=40), nullable=True),
    sa.Column('error', sa.Text(), nullable=True),
    sa.CheckConstraint("state IN ('waiting', 'done', 'known', 'failed')", name=op.f('ck_bulk_items_state')),
    sa.ForeignKeyConstraint(['run_id'], ['bulk_runs.id'], name=op.f('fk_bulk_items_run_id_bulk_runs')),
    sa.PrimaryKeyConstraint('run_id', 'number', name=op.f('pk_bulk_items')),
    sa.UniqueConstraint('run_id', 'name', name=op.f('uq_bulk_items_run_id_name'))
    )
    op.create_index(op.f('ix_bulk_items_run_id_chunk'), 'bulk_items', ['run_id', 'chunk'], unique=False)
    op.create_index(op.f('ix_bulk_items_sha256'), 'bulk_items', ['sha256'], unique=False)
    op.create_table('intakes',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('watch', sa.String(length=40), nullable=False),
    sa.Column('take', sa.String(length=40), nullable=False),
    sa.Column('path', sa.Text(), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=False),
    sa.Column('agency_code', sa.String(length=35), nullable=True),
    sa.Column('operator', sa.Text(), nullable=False),
    sa.Column('batch_id', sa.String(length=40), nullable=True),
    sa.Column('reason', sa.String(length=40), nullable=True),
    sa.Column('note', sa.Text(), nullable=True),
    sa.Column('taken_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(state = 'taken') = (ended_at IS NULL)", name=op.f('ck_intakes_ended')),
    sa.CheckConstraint("state IN ('taken', 'done', 'failed', 'again')", name=op.f('ck_intakes_state')),
    sa.ForeignKeyConstraint(['batch_id'], ['batches.id'], name=op.f('fk_intakes_batch_id_batches')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_intakes')),
    sa.UniqueConstraint('take', 'path', name=op.f('uq_intakes_take_path'))
    )
    op.create_index(op.f('ix_intakes_agency_code'), 'intakes', ['agency_code'], unique=False)
    op.create_index(op.f('ix_intakes_batch_id'), 'intakes', ['batch_id'], unique=False)
    op.create_index(op.f('ix_intakes_take'), 'intakes', ['take'], unique=False)
    op.create_index(op.f('ix_intakes_watch_state_ended_at'), 'intakes', ['watch', 'state', 'ended_at'], unique=False)
    op.create_table('samples',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('batch_id', sa.String(length=40), nullable=False),
    sa.Column('round', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('lot', sa.Integer(), nullable=False),
    sa.Column('most_faults', sa.Integer(), nullable=False),
    sa.Column('operator', sa.Text(), nullable=False),
    sa.Column('agency_code', sa.String(length=35), nullable=True),
    sa.Column('drawn_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('inspector', sa.Text(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.CheckConstraint("(state = 'open') = (decided_at IS NULL)", name=op.f('ck_samples_decided')),
    sa.CheckConstraint("(state = 'sent_back') = (reason IS NOT NULL)", name=op.f('ck_samples_reason')),
    sa.CheckConstraint("state IN ('open', 'accepted', 'sent_back')", name=op.f('ck_samples_state')),
    sa.CheckConstraint('inspector <> operator', name=op.f('ck_samples_second_person')),
    sa.ForeignKeyConstraint(['batch_id'], ['batches.id'], name=op.f('fk_samples_batch_id_batches')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_samples')),
    sa.UniqueConstraint('batch_id', 'round', name=op.f('uq_samples_batch_id_round'))
    )
    op.create_index(op.f('ix_samples_batch_id'), 'samples', ['batch_id'], unique=False)
    op.create_index(op.f('ix_samples_state'), 'samples', ['state'], unique=False)
    op.create_table('sample_items',
    sa.Column('sample_id', sa.Integer(), nullable=False),
    sa.Column('document_id', sa.String(length=64), nullable=False),
    sa.Column('page', sa.Integer(), nullable=False),
    sa.Column('verdict', sa.String(length=10), nullable=True),
    sa.Column('fault', sa.Text(), nullable=True),
    sa.Column('inspector', sa.Text(), nullable=True),
    sa.Column('inspected_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("(verdict = 'bad') = (fault IS NOT NULL)", name=op.f('ck_sample_items_fault')),
    sa.CheckConstraint("verdict IN ('good', 'bad')", name=op.f('ck_sample_items_verdict')),
    sa.ForeignKeyConstraint(['document_id'], ['documents.id'], name=op.f('fk_sample_items_document_id_documents')),
    sa.ForeignKeyConstraint(['sample_id'], ['samples.id'], name=op.f('fk_sample_items_sample_id_samples')),
    sa.PrimaryKeyConstraint('sample_id', 'document_id', 'page', name=op.f('pk_sample_items'))
    )
    op.add_column('batch_scans', sa.Column('reason', sa.String(length=40), nullable=True))
    op.add_column('batches', sa.Column('seen_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('batches', sa.Column('request', sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column('batches', 'request')
    op.drop_column('batches', 'seen_at')
    op.drop_column('batch_scans', 'reason')
    op.drop_table('sample_items')
    op.drop_table('samples')
    op.drop_table('intakes')
    op.drop_table('bulk_items')
    op.drop_table('bulk_chunks')
    op.drop_table('notices')
    op.drop_table('heartbeats')
    op.drop_table('bulk_runs')
