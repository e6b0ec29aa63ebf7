"""Events are chained by hash; fixity, retention, holds and disposals"""

from collections.abc import Callable
import hashlib
import json
from datetime import UTC

from alembic import op
import sqlalchemy as sa


revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None

GENESIS = "0" * 64
SQLITE_TRIGGERS = {
    f"events_no_{what}": f"""CREATE TRIGGER events_no_{what} BEFORE {what.upper()} ON events
    BEGIN SELECT RAISE(ABORT, 'events are append-only'); END"""
    for what in ("update", "delete")
}
POSTGRESQL_TRIGGER = """CREATE TRIGGER events_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION events_stay()"""


def upgrade() -> None:
    with_triggers_off(chain_what_is_there)
    if op.get_bind().dialect.name == "postgresql":  # the owner could give it back to itself, an accident cannot
        op.execute("REVOKE UPDATE, DELETE, TRUNCATE ON events FROM CURRENT_USER")
    op.create_table('fixity',
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('checked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('size', sa.BigInteger(), nullable=True),
    sa.Column('outcome', sa.String(length=10), nullable=True),
    sa.CheckConstraint("outcome IN ('good', 'damaged', 'missing', 'mended')", name=op.f('ck_fixity_outcome')),
    sa.CheckConstraint("(outcome IS NULL) = (checked_at IS NULL)", name=op.f('ck_fixity_checked')),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_fixity'))
    )
    op.create_index(op.f('ix_fixity_checked_at'), 'fixity', ['checked_at'], unique=False)
    bad = sa.text("outcome IN ('damaged', 'missing')")
    op.create_index('ix_fixity_bad', 'fixity', ['outcome'], unique=False, sqlite_where=bad, postgresql_where=bad)

    op.create_table('retention_classes',
    sa.Column('code', sa.String(length=20), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('years', sa.Integer(), nullable=True),
    sa.CheckConstraint('years > 0', name=op.f('ck_retention_classes_years')),
    sa.PrimaryKeyConstraint('code', name=op.f('pk_retention_classes'))
    )
    op.create_table('retention',
    sa.Column('document_id', sa.String(length=64), nullable=False),
    sa.Column('class_code', sa.String(length=20), nullable=False),
    sa.Column('counted_from', sa.Date(), nullable=False),
    sa.Column('keep_until', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['document_id'], ['documents.id'], name=op.f('fk_retention_document_id_documents')),
    sa.ForeignKeyConstraint(['class_code'], ['retention_classes.code'], name=op.f('fk_retention_class_code_retention_classes')),
    sa.PrimaryKeyConstraint('document_id', name=op.f('pk_retention'))
    )
    op.create_index(op.f('ix_retention_class_code'), 'retention', ['class_code'], unique=False)
    op.create_index(op.f('ix_retention_keep_until'), 'retention', ['keep_until'], unique=False)

    op.create_table('holds',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('document_id', sa.String(length=64), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('placed_by', sa.Text(), nullable=False),
    sa.Column('placed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('lifted_by', sa.Text(), nullable=True),
    sa.Column('lifted_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint('(lifted_by IS NULL) = (lifted_at IS NULL)', name=op.f('ck_holds_lifted')),
    sa.ForeignKeyConstraint(['document_id'], ['documents.id'], name=op.f('fk_holds_document_id_documents')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_holds'))
    )
    op.create_index(op.f('ix_holds_document_id'), 'holds', ['document_id'], unique=False)

    op.create_table('disposals',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('proposed_by', sa.Text(), nullable=False),
    sa.Column('proposed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('decided_by', sa.Text(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("state IN ('proposed', 'approved', 'refused', 'done')", name=op.f('ck_disposals_state')),
    sa.CheckConstraint('decided_by <> proposed_by', name=op.f('ck_disposals_second_person')),
    sa.CheckConstraint("(state = 'proposed') = (decided_by IS NULL)", name=op.f('ck_disposals_decided')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_disposals'))
    )
    op.create_table('disposal_items',
    sa.Column('disposal_id', sa.Integer(), nullable=False),
    sa.Column('document_id', sa.String(length=64), nullable=False),
    sa.Column('class_code', sa.String(length=20), nullable=False),
    sa.Column('keep_until', sa.Date(), nullable=False),
    sa.Column('disposed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('tombstone', sa.JSON(), nullable=True),
    sa.ForeignKeyConstraint(['disposal_id'], ['disposals.id'], name=op.f('fk_disposal_items_disposal_id_disposals')),
    sa.ForeignKeyConstraint(['document_id'], ['documents.id'], name=op.f('fk_disposal_items_document_id_documents')),
    sa.PrimaryKeyConstraint('disposal_id', 'document_id', name=op.f('pk_disposal_items'))
    )
    op.create_index(op.f('ix_disposal_items_document_id'), 'disposal_items', ['document_id'], unique=False)


def downgrade() -> None:
    for table in ('disposal_items', 'disposals', 'holds', 'retention', 'retention_classes', 'fixity'):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("GRANT UPDATE, DELETE, TRUNCATE ON events TO CURRENT_USER")
    op.drop_index('uq_events_previous', table_name='events')
    op.drop_column('events', 'sha256')
    op.drop_column('events', 'previous')


def with_triggers_off(work: Callable[[], None]) -> None:
    """Change events, which nobody else may."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    for name in SQLITE_TRIGGERS if sqlite else ["events_stay"]:
        op.execute(f"DROP TRIGGER {name}" if sqlite else f"DROP TRIGGER {name} ON events")
    work()
    for trigger in SQLITE_TRIGGERS.values() if sqlite else [POSTGRESQL_TRIGGER]:
        op.execute(trigger)


def chain_what_is_there() -> None:
    """As storage.chain.hash_of_event says it at this revision."""
    op.add_column('events', sa.Column('previous', sa.String(length=64), nullable=False, server_default=''))
    op.add_column('events', sa.Column('sha256', sa.String(length=64), nullable=False, server_default=''))
    events = sa.table('events', *(sa.column(name) for name in ('id', 'type', 'agent', 'object_kind', 'object_id', 'outcome')),
                      sa.column('at', sa.DateTime(timezone=True)), sa.column('detail', sa.JSON()),
                      sa.column('previous'), sa.column('sha256'))
    connection = op.get_bind()
    previous = GENESIS
    for row in connection.execute(sa.select(events).order_by(events.c.id)).all():
        at = (row.at.replace(tzinfo=UTC) if row.at.tzinfo is None else row.at.astimezone(UTC)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        said = [previous, at, row.type, row.agent, row.object_kind, row.object_id, row.outcome, row.detail]
        sha256 = hashlib.sha256(json.dumps(said, ensure_ascii=True, sort_keys=True).encode()).hexdigest()
        connection.execute(events.update().where(events.c.id == row.id).values(previous=previous, sha256=sha256))
        previous = sha256
    op.create_index('uq_events_previous', 'events', ['previous'], unique=True)
