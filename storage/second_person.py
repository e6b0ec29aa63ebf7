"""Who may look at what as a second person: never at what went through their own hands."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from storage.records.models import BatchTable, DocumentTable
from storage.records.service_models import VersionTable


def worked_on(session: Session, batch_id: str, *, agent: str, names: Collection[str]) -> bool:
    """Whether somebody scanned a batch, or confirmed or changed a paper of it.

    agent: as events name the person. names: their login and name, as the command line may have been told them.
    """
    batch = session.get(BatchTable, batch_id)
    said = batch.operator.casefold().strip() if batch else ""
    if said and said in {agent.casefold(), *(name.casefold().strip() for name in names)}:
        return True
    changed = (
        select(VersionTable.document_id)
        .join(DocumentTable, DocumentTable.id == VersionTable.document_id)
        .where(DocumentTable.batch_id == batch_id)
        .where(or_(VersionTable.agent == agent, VersionTable.agent.startswith(f"{agent} (", autoescape=True)))
        .limit(1)
    )
    return session.scalars(changed).first() is not None
