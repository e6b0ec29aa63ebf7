"""Dossiers are found by their owner's name without accents"""

from alembic import op
import sqlalchemy as sa

from storage.index.fold import spellings


revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None

AT_ONCE = 1000  # rows changed in one statement
LONGEST = 200  # letters that are compared


def upgrade() -> None:
    op.add_column('dossiers', sa.Column('owner_folded', sa.String(length=LONGEST), nullable=True))
    dossiers = sa.table('dossiers', sa.column('code'), sa.column('owner_name'), sa.column('owner_folded'))
    change = sa.update(dossiers).where(dossiers.c.code == sa.bindparam('of')).values(owner_folded=sa.bindparam('name'))
    connection, after = op.get_bind(), ''
    while True:
        named = dossiers.c.owner_name.is_not(None) & (dossiers.c.code > after)
        asked = sa.select(dossiers.c.code, dossiers.c.owner_name).where(named).order_by(dossiers.c.code).limit(AT_ONCE)
        rows = connection.execute(asked).all()
        if not rows:
            break
        connection.execute(change, [{'of': code, 'name': spellings(name)[1][:LONGEST] or None} for code, name in rows])
        after = rows[-1].code
    op.create_index(
        op.f('ix_dossiers_owner_folded_received_on'), 'dossiers', ['owner_folded', 'received_on'], unique=False
    )


def downgrade() -> None:
    op.drop_index(op.f('ix_dossiers_owner_folded_received_on'), table_name='dossiers')
    op.drop_column('dossiers', 'owner_folded')
