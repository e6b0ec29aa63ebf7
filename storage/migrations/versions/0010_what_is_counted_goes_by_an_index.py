"""What is listed, counted, waits or expired is found by an index"""

from alembic import op
import sqlalchemy as sa


revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None

OPEN = sa.text("state IN ('waiting', 'dead')")
BAD = sa.text("outcome IN ('damaged', 'missing')")
NEW = (
    ('ix_batches_state_started_at', 'batches', ['state', 'started_at']),
    ('ix_batches_started_at', 'batches', ['started_at']),
    ('ix_documents_confidence', 'documents', ['confidence']),
    ('ix_fixity_outcome', 'fixity', ['outcome']),
    ('ix_pages_state', 'pages', ['state']),
    ('ix_pending_sign_ins_expires_at', 'pending_sign_ins', ['expires_at']),
    ('ix_scans_first_batch_registered_at', 'scans', ['first_batch', 'registered_at']),
    ('ix_sign_in_failures_last_at', 'sign_in_failures', ['last_at']),
    ('ix_uploads_created_at_id', 'uploads', ['created_at', 'id']),
)


def upgrade() -> None:
    op.create_index('ix_outbox_open', 'outbox', ['state', 'id'], postgresql_where=OPEN, sqlite_where=OPEN)
    op.drop_index('ix_fixity_bad', table_name='fixity')
    for name, table, columns in NEW:
        op.create_index(name, table, columns)


def downgrade() -> None:
    for name, table, _ in reversed(NEW):
        op.drop_index(name, table_name=table)
    op.create_index('ix_fixity_bad', 'fixity', ['outcome'], postgresql_where=BAD, sqlite_where=BAD)
    op.drop_index('ix_outbox_open', table_name='outbox')
