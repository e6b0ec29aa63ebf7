"""Accounts, sessions and open papers; the order in which papers wait for review"""

from alembic import op
import sqlalchemy as sa


revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('accounts',
    sa.Column('id', sa.String(length=16), nullable=False),
    sa.Column('login', sa.String(length=80), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('roles', sa.JSON(), nullable=False),
    sa.Column('agency_code', sa.String(length=35), nullable=True),
    sa.Column('language', sa.String(length=2), nullable=False),
    sa.Column('password_hash', sa.Text(), nullable=True),
    sa.Column('totp_secret', sa.Text(), nullable=True),
    sa.Column('totp_last', sa.Integer(), nullable=True),
    sa.Column('issuer', sa.Text(), nullable=True),
    sa.Column('subject', sa.Text(), nullable=True),
    sa.Column('failures', sa.Integer(), nullable=False),
    sa.Column('locked_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('disabled_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("language IN ('vi', 'en')", name=op.f('ck_accounts_language')),
    sa.CheckConstraint('(issuer IS NULL) = (subject IS NULL)', name=op.f('ck_accounts_provider')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_accounts')),
    sa.UniqueConstraint('login', name=op.f('uq_accounts_login')),
    sa.UniqueConstraint('issuer', 'subject', name=op.f('uq_accounts_issuer_subject'))
    )
    op.create_table('sessions',
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('account_id', sa.String(length=16), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_sessions_account_id_accounts')),
    sa.PrimaryKeyConstraint('sha256', name=op.f('pk_sessions'))
    )
    op.create_index(op.f('ix_sessions_account_id'), 'sessions', ['account_id'], unique=False)
    op.create_table('open_papers',
    sa.Column('document_id', sa.String(length=64), nullable=False),
    sa.Column('account_id', sa.String(length=16), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['document_id'], ['documents.id'], name=op.f('fk_open_papers_document_id_documents')),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_open_papers_account_id_accounts')),
    sa.PrimaryKeyConstraint('document_id', 'account_id', name=op.f('pk_open_papers'))
    )
    op.create_index(op.f('ix_open_papers_account_id'), 'open_papers', ['account_id'], unique=False)
    op.create_index(op.f('ix_documents_status_published_at_id'), 'documents', ['status', 'published_at', 'id'], unique=False)
    op.create_index(op.f('ix_documents_status_agency_code_published_at_id'), 'documents', ['status', 'agency_code', 'published_at', 'id'], unique=False)


def downgrade() -> None:
    op.drop_index(op.f('ix_documents_status_agency_code_published_at_id'), table_name='documents')
    op.drop_index(op.f('ix_documents_status_published_at_id'), table_name='documents')
    for table in ('open_papers', 'sessions', 'accounts'):
        op.drop_table(table)
