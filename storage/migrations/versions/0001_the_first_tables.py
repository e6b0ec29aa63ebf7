"""The first tables"""

from alembic import op
import sqlalchemy as sa


revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


SQLITE_TRIGGERS = [
    f"""CREATE TRIGGER events_no_{what} BEFORE {what.upper()} ON events
    BEGIN SELECT RAISE(ABORT, 'events are append-only'); END"""
    for what in ("update", "delete")
]
POSTGRESQL_TRIGGERS = [
    """CREATE FUNCTION events_stay() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'events are append-only'; END $$""",
    """CREATE TRIGGER events_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION events_stay()""",
]


def upgrade() -> None:
    op.create_table('agencies',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('code', sa.String(length=35), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=True),
    sa.Column('valid_to', sa.Date(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_agencies')),
    sa.UniqueConstraint('code', 'valid_from', name=op.f('uq_agencies_code_valid_from'))
    )
    op.create_table('batches',
    sa.Column('id', sa.String(length=40), nullable=False),
    sa.Column('key', sa.String(length=64), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('operator', sa.Text(), nullable=False),
    sa.Column('inputs', sa.JSON(), nullable=False),
    sa.Column('settings', sa.Text(), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('pages', sa.Integer(), nullable=False),
    sa.Column('documents', sa.Integer(), nullable=False),
    sa.Column('failed', sa.Integer(), nullable=False),
    sa.CheckConstraint("state IN ('running', 'ended')", name=op.f('ck_batches_state')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_batches'))
    )
    with op.batch_alter_table('batches', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_batches_key'), ['key'], unique=False)
        batch_op.create_index('uq_batches_running', ['key'], unique=True, sqlite_where=sa.text("state = 'running'"), postgresql_where=sa.text("state = 'running'"))

    op.create_table('events',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('type', sa.String(length=40), nullable=False),
    sa.Column('agent', sa.Text(), nullable=False),
    sa.Column('object_kind', sa.String(length=20), nullable=False),
    sa.Column('object_id', sa.String(length=80), nullable=False),
    sa.Column('outcome', sa.String(length=20), nullable=False),
    sa.Column('detail', sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_events')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('events', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_events_object_kind_object_id'), ['object_kind', 'object_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_events_type'), ['type'], unique=False)

    op.create_table('procedures',
    sa.Column('code', sa.String(length=60), nullable=False),
    sa.Column('name', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('code', name=op.f('pk_procedures'))
    )
    op.create_table('dossiers',
    sa.Column('code', sa.String(length=60), nullable=False),
    sa.Column('procedure_code', sa.String(length=60), nullable=True),
    sa.Column('owner_name', sa.Text(), nullable=True),
    sa.Column('owner_id', sa.String(length=20), nullable=True),
    sa.Column('received_on', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['procedure_code'], ['procedures.code'], name=op.f('fk_dossiers_procedure_code_procedures')),
    sa.PrimaryKeyConstraint('code', name=op.f('pk_dossiers'))
    )
    with op.batch_alter_table('dossiers', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_dossiers_owner_id'), ['owner_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_dossiers_procedure_code'), ['procedure_code'], unique=False)

    op.create_table('scans',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=False),
    sa.Column('page_count', sa.Integer(), nullable=False),
    sa.Column('object_key', sa.Text(), nullable=False),
    sa.Column('first_source', sa.Text(), nullable=False),
    sa.Column('first_batch', sa.String(length=40), nullable=False),
    sa.Column('published_in', sa.String(length=40), nullable=True),
    sa.Column('error', sa.Text(), nullable=True),
    sa.Column('registered_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("state IN ('stored', 'published', 'failed', 'disposed')", name=op.f('ck_scans_state')),
    sa.CheckConstraint("page_count > 0 OR state = 'failed'", name=op.f('ck_scans_has_pages')),
    sa.ForeignKeyConstraint(['first_batch'], ['batches.id'], name=op.f('fk_scans_first_batch_batches')),
    sa.ForeignKeyConstraint(['published_in'], ['batches.id'], name=op.f('fk_scans_published_in_batches')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_scans')),
    sa.UniqueConstraint('sha256', name=op.f('uq_scans_sha256'))
    )
    with op.batch_alter_table('scans', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_scans_state'), ['state'], unique=False)

    op.create_table('batch_scans',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('batch_id', sa.String(length=40), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('scan_id', sa.Integer(), nullable=True),
    sa.Column('error', sa.Text(), nullable=True),
    sa.CheckConstraint('scan_id IS NOT NULL OR error IS NOT NULL', name=op.f('ck_batch_scans_scan_or_error')),
    sa.ForeignKeyConstraint(['batch_id'], ['batches.id'], name=op.f('fk_batch_scans_batch_id_batches')),
    sa.ForeignKeyConstraint(['scan_id'], ['scans.id'], name=op.f('fk_batch_scans_scan_id_scans')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_batch_scans')),
    sa.UniqueConstraint('batch_id', 'source', name=op.f('uq_batch_scans_batch_id_source'))
    )
    with op.batch_alter_table('batch_scans', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_batch_scans_batch_id'), ['batch_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_batch_scans_scan_id'), ['scan_id'], unique=False)

    op.create_table('documents',
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('scan_id', sa.Integer(), nullable=False),
    sa.Column('batch_id', sa.String(length=40), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('first_page', sa.Integer(), nullable=False),
    sa.Column('pages', sa.JSON(), nullable=False),
    sa.Column('blank_pages', sa.JSON(), nullable=False),
    sa.Column('type', sa.String(length=20), nullable=True),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('issued_on', sa.Date(), nullable=True),
    sa.Column('dossier_code', sa.String(length=60), nullable=True),
    sa.Column('procedure_code', sa.String(length=60), nullable=True),
    sa.Column('confidence', sa.Float(), nullable=False),
    sa.Column('status', sa.String(length=10), nullable=False),
    sa.Column('reasons', sa.JSON(), nullable=False),
    sa.Column('report', sa.JSON(), nullable=False),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("status IN ('published', 'review', 'held', 'disposed')", name=op.f('ck_documents_status')),
    sa.CheckConstraint('confidence >= 0 AND confidence <= 1', name=op.f('ck_documents_confidence')),
    sa.CheckConstraint('version > 0', name=op.f('ck_documents_version')),
    sa.ForeignKeyConstraint(['batch_id'], ['batches.id'], name=op.f('fk_documents_batch_id_batches')),
    sa.ForeignKeyConstraint(['scan_id'], ['scans.id'], name=op.f('fk_documents_scan_id_scans')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_documents')),
    sa.UniqueConstraint('scan_id', 'first_page', name=op.f('uq_documents_scan_id_first_page'))
    )
    with op.batch_alter_table('documents', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_documents_batch_id'), ['batch_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_documents_dossier_code'), ['dossier_code'], unique=False)
        batch_op.create_index(batch_op.f('ix_documents_issued_on'), ['issued_on'], unique=False)
        batch_op.create_index(batch_op.f('ix_documents_procedure_code'), ['procedure_code'], unique=False)
        batch_op.create_index(batch_op.f('ix_documents_scan_id'), ['scan_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_documents_status'), ['status'], unique=False)
        batch_op.create_index(batch_op.f('ix_documents_type'), ['type'], unique=False)

    op.create_table('pages',
    sa.Column('scan_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('error', sa.Text(), nullable=True),
    sa.Column('result_sha256', sa.String(length=64), nullable=True),
    sa.CheckConstraint("(state = 'failed') = (error IS NOT NULL)", name=op.f('ck_pages_failed_has_error')),
    sa.CheckConstraint("state IN ('read', 'failed')", name=op.f('ck_pages_state')),
    sa.CheckConstraint('number > 0', name=op.f('ck_pages_from_one')),
    sa.ForeignKeyConstraint(['scan_id'], ['scans.id'], name=op.f('fk_pages_scan_id_scans')),
    sa.PrimaryKeyConstraint('scan_id', 'number', name=op.f('pk_pages'))
    )
    op.create_table('document_pages',
    sa.Column('document_id', sa.String(length=64), nullable=False),
    sa.Column('page', sa.Integer(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['document_id'], ['documents.id'], name=op.f('fk_document_pages_document_id_documents')),
    sa.PrimaryKeyConstraint('document_id', 'page', name=op.f('pk_document_pages'))
    )
    op.create_table('fields',
    sa.Column('document_id', sa.String(length=64), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('value', sa.Text(), nullable=True),
    sa.Column('confidence', sa.Float(), nullable=False),
    sa.Column('status', sa.String(length=10), nullable=False),
    sa.Column('page', sa.Integer(), nullable=True),
    sa.Column('box', sa.JSON(), nullable=True),
    sa.Column('evidence', sa.Text(), nullable=False),
    sa.CheckConstraint("status IN ('accepted', 'review')", name=op.f('ck_fields_status')),
    sa.CheckConstraint('confidence >= 0 AND confidence <= 1', name=op.f('ck_fields_confidence')),
    sa.ForeignKeyConstraint(['document_id'], ['documents.id'], name=op.f('fk_fields_document_id_documents')),
    sa.PrimaryKeyConstraint('document_id', 'version', 'name', name=op.f('pk_fields'))
    )
    with op.batch_alter_table('fields', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_fields_status'), ['status'], unique=False)

    op.create_table('links',
    sa.Column('document_id', sa.String(length=64), nullable=False),
    sa.Column('dossier_code', sa.String(length=60), nullable=False),
    sa.Column('method', sa.String(length=20), nullable=False),
    sa.Column('confidence', sa.Float(), nullable=False),
    sa.Column('status', sa.String(length=10), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.CheckConstraint("status IN ('accepted', 'review')", name=op.f('ck_links_status')),
    sa.CheckConstraint('confidence >= 0 AND confidence <= 1', name=op.f('ck_links_confidence')),
    sa.ForeignKeyConstraint(['document_id'], ['documents.id'], name=op.f('fk_links_document_id_documents')),
    sa.PrimaryKeyConstraint('document_id', 'dossier_code', name=op.f('pk_links'))
    )
    with op.batch_alter_table('links', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_links_dossier_code'), ['dossier_code'], unique=False)

    op.create_table('outbox',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('topic', sa.String(length=40), nullable=False),
    sa.Column('document_id', sa.String(length=64), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('not_before', sa.DateTime(timezone=True), nullable=False),
    sa.Column('error', sa.Text(), nullable=True),
    sa.CheckConstraint("state IN ('waiting', 'done', 'dead')", name=op.f('ck_outbox_state')),
    sa.ForeignKeyConstraint(['document_id'], ['documents.id'], name=op.f('fk_outbox_document_id_documents')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_outbox')),
    sqlite_autoincrement=True
    )
    with op.batch_alter_table('outbox', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_outbox_topic_document_id_state'), ['topic', 'document_id', 'state'], unique=False)
        batch_op.create_index(batch_op.f('ix_outbox_topic_state_id'), ['topic', 'state', 'id'], unique=False)

    op.create_table('parts',
    sa.Column('document_id', sa.String(length=64), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('size', sa.BigInteger(), nullable=False),
    sa.Column('content_type', sa.String(length=100), nullable=False),
    sa.ForeignKeyConstraint(['document_id'], ['documents.id'], name=op.f('fk_parts_document_id_documents')),
    sa.PrimaryKeyConstraint('document_id', 'version', 'name', name=op.f('pk_parts')),
    sa.UniqueConstraint('key', name=op.f('uq_parts_key'))
    )

    sqlite = op.get_bind().dialect.name == "sqlite"
    for trigger in SQLITE_TRIGGERS if sqlite else POSTGRESQL_TRIGGERS:
        op.execute(trigger)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER events_no_update")
        op.execute("DROP TRIGGER events_no_delete")
    else:
        op.execute("DROP TRIGGER events_stay ON events")
        op.execute("DROP FUNCTION events_stay")
    op.drop_table('parts')
    with op.batch_alter_table('outbox', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_outbox_topic_state_id'))
        batch_op.drop_index(batch_op.f('ix_outbox_topic_document_id_state'))

    op.drop_table('outbox')
    with op.batch_alter_table('links', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_links_dossier_code'))

    op.drop_table('links')
    with op.batch_alter_table('fields', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_fields_status'))

    op.drop_table('fields')
    op.drop_table('document_pages')
    op.drop_table('pages')
    with op.batch_alter_table('documents', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_documents_type'))
        batch_op.drop_index(batch_op.f('ix_documents_status'))
        batch_op.drop_index(batch_op.f('ix_documents_scan_id'))
        batch_op.drop_index(batch_op.f('ix_documents_procedure_code'))
        batch_op.drop_index(batch_op.f('ix_documents_issued_on'))
        batch_op.drop_index(batch_op.f('ix_documents_dossier_code'))
        batch_op.drop_index(batch_op.f('ix_documents_batch_id'))

    op.drop_table('documents')
    with op.batch_alter_table('batch_scans', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_batch_scans_scan_id'))
        batch_op.drop_index(batch_op.f('ix_batch_scans_batch_id'))

    op.drop_table('batch_scans')
    with op.batch_alter_table('scans', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_scans_state'))

    op.drop_table('scans')
    with op.batch_alter_table('dossiers', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_dossiers_procedure_code'))
        batch_op.drop_index(batch_op.f('ix_dossiers_owner_id'))

    op.drop_table('dossiers')
    op.drop_table('procedures')
    with op.batch_alter_table('events', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_events_type'))
        batch_op.drop_index(batch_op.f('ix_events_object_kind_object_id'))

    op.drop_table('events')
    with op.batch_alter_table('batches', schema=None) as batch_op:
        batch_op.drop_index('uq_batches_running', sqlite_where=sa.text("state = 'running'"), postgresql_where=sa.text("state = 'running'"))
        batch_op.drop_index(batch_op.f('ix_batches_key'))

    op.drop_table('batches')
    op.drop_table('agencies')
