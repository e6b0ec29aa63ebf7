"""Quality samples: a part of each batch's pages goes to a second person before the batch is accepted.

open ──(every page judged, few enough bad)──► accepted
  └────(too many bad, with the reason)──────► sent_back ──(draw again)──► open, the next round
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from storage.errors import UnknownBatch, UnknownSample, WrongInspection
from storage.events import record_event
from storage.outbox import INDEX, tell
from storage.records.models import BatchTable, DocumentTable
from storage.records.unattended_models import SampleItemTable, SampleTable
from storage.records.values import UNSEEN

SENT_BACK = "the batch's sample failed"  # the reason for review that each of its papers gets


class SampleState(StrEnum):
    """What became of a sample."""

    OPEN = "open"
    ACCEPTED = "accepted"
    SENT_BACK = "sent_back"


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptanceRow:
    """A line of the acceptance table: lots up to `up_to` pages are accepted with at most `most_faults`."""

    up_to: int | None  #: pages; None: all larger ones
    most_faults: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplingRules:
    """How much is looked at, and how much may be wrong."""

    share: float  #: of the pages
    at_least: int  #: pages
    table: tuple[AcceptanceRow, ...]

    def size(self, lot: int) -> int:
        """Pages to look at."""
        return min(lot, max(self.at_least, math.ceil(lot * self.share)))

    def most_faults(self, lot: int) -> int:
        """Bad pages with which a lot is still accepted."""
        return next(row.most_faults for row in self.table if row.up_to is None or lot <= row.up_to)


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplePage:
    """A page of a sample."""

    document_id: str
    page: int
    verdict: str | None  #: good or bad; None: nobody has looked yet
    fault: str | None
    inspector: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A sample and how far it is."""

    id: int
    batch_id: str
    round: int
    state: SampleState
    lot: int  #: pages of the batch
    size: int  #: pages of the sample
    judged: int
    bad: int
    most_faults: int
    operator: str  #: of the batch, who may not inspect it
    agency_code: str | None
    inspector: str | None
    reason: str | None
    drawn_at: datetime
    decided_at: datetime | None


def draw_sample(
    session: Session, batch_id: str, rules: SamplingRules, *, agent: str, chance: random.Random | None = None
) -> Sample | None:
    """Draw a batch's sample; the one that is open or was accepted where there is one; None for a batch without pages.

    Raises UnknownBatch; WrongInspection for a batch that has not ended.
    """
    batch = session.get(BatchTable, batch_id)
    if batch is None:
        raise UnknownBatch(f"{batch_id}: there is no such batch; `sohoa runs` lists them")
    if batch.state != "ended":
        raise WrongInspection(f"{batch_id} has not ended; a sample is drawn of all its pages, so wait for its end")
    last = session.scalars(
        select(SampleTable).where(SampleTable.batch_id == batch_id).order_by(SampleTable.round.desc()).limit(1)
    ).first()
    if last is not None and last.state != SampleState.SENT_BACK:
        return _sample(session, last)
    rows = session.execute(
        select(DocumentTable.id, DocumentTable.pages, DocumentTable.agency_code)
        .where(DocumentTable.batch_id == batch_id, DocumentTable.status.not_in(UNSEEN))
        .order_by(DocumentTable.id)
    ).all()
    pages = [(row.id, page) for row in rows for page in row.pages]
    if not pages:
        return None
    agencies = {row.agency_code for row in rows}
    sample = SampleTable(
        batch_id=batch_id,
        round=1 if last is None else last.round + 1,
        state=SampleState.OPEN,
        lot=len(pages),
        most_faults=rules.most_faults(len(pages)),
        operator=batch.operator,
        agency_code=agencies.pop() if len(agencies) == 1 else None,
        drawn_at=datetime.now(UTC),
    )
    session.add(sample)
    session.flush()
    chosen = (chance or random.SystemRandom()).sample(pages, rules.size(len(pages)))
    session.add_all(
        SampleItemTable(sample_id=sample.id, document_id=document, page=page) for document, page in chosen
    )
    session.flush()
    detail = {"lot": len(pages), "size": len(chosen), "round": sample.round}
    _event(session, sample, "sample drawn", agent, detail=detail)
    return _sample(session, sample)


def judge_page(
    session: Session, sample_id: int, document_id: str, page: int, *, inspector: str, fault: str | None
) -> Sample:
    """Say what a second person found on a page: nothing wrong, or a fault. May be said again until it is decided.

    Raises UnknownSample, WrongInspection for the batch's own operator, a second inspector, or a decided sample.
    """
    row = _open(session, sample_id, inspector)
    item = session.get(SampleItemTable, (sample_id, document_id, page))
    if item is None:
        raise WrongInspection(f"page {page} of {document_id} is not in it; `sohoa sample show {sample_id}` lists it")
    if fault is not None and not fault.strip():
        raise WrongInspection("say what is wrong with a page that is bad")
    item.verdict, item.fault = ("bad" if fault else "good"), fault
    item.inspector, item.inspected_at = inspector, datetime.now(UTC)
    row.inspector = inspector
    session.flush()
    return _sample(session, row)


def decide_sample(session: Session, sample_id: int, *, inspector: str, reason: str | None = None) -> Sample:
    """Accept or send back by the count of bad pages; a sent-back batch's papers go to review, each with the reason.

    reason: in the inspector's words; the faults that were noted where none is given.
    Raises UnknownSample, WrongInspection while pages are not judged.
    """
    row = _open(session, sample_id, inspector)
    items = _items(session, sample_id)
    waiting = sum(item.verdict is None for item in items)
    if waiting:
        raise WrongInspection(f"{waiting} pages of sample {sample_id} are not judged yet")
    bad = [item for item in items if item.verdict == "bad"]
    row.decided_at, row.inspector = datetime.now(UTC), inspector
    if len(bad) <= row.most_faults:
        row.state = SampleState.ACCEPTED
    else:
        row.state = SampleState.SENT_BACK
        row.reason = reason or "; ".join(dict.fromkeys(item.fault or "" for item in bad))
        _to_review(session, row)
    session.flush()
    outcome = "success" if row.state == SampleState.ACCEPTED else "failure"
    detail = {"bad": len(bad), "most": row.most_faults, "size": len(items)}
    _event(session, row, f"sample {row.state}".replace("_", " "), inspector, detail=detail, outcome=outcome)
    return _sample(session, row)


def _to_review(session: Session, sample: SampleTable) -> None:
    documents = session.scalars(
        select(DocumentTable).where(DocumentTable.batch_id == sample.batch_id, DocumentTable.status.not_in(UNSEEN))
    )
    for document in documents:
        document.status = "review"
        document.reasons = [*(one for one in document.reasons if not one.startswith(SENT_BACK)), _why(sample)]
        document.report = dict(document.report) | {"status": document.status, "reasons": document.reasons}
        tell(session, INDEX, document.id)


def _why(sample: SampleTable) -> str:
    return f"{SENT_BACK}: {sample.reason}"


def find_sample(session: Session, sample_id: int) -> Sample:
    """A sample by its number. Raises UnknownSample."""
    return _sample(session, _row(session, sample_id))


def samples(session: Session, *, state: SampleState | None = None, agency: str | None = None) -> list[Sample]:
    """Samples, the newest first."""
    wanted = select(SampleTable).order_by(SampleTable.id.desc())
    if state is not None:
        wanted = wanted.where(SampleTable.state == state)
    if agency is not None:
        wanted = wanted.where(SampleTable.agency_code == agency)
    return [_sample(session, row) for row in session.scalars(wanted)]


def sample_pages(session: Session, sample_id: int) -> list[SamplePage]:
    """The pages of a sample. Raises UnknownSample."""
    _row(session, sample_id)
    return [
        SamplePage(
            document_id=item.document_id,
            page=item.page,
            verdict=item.verdict,
            fault=item.fault,
            inspector=item.inspector,
        )
        for item in _items(session, sample_id)
    ]


def batches_without_sample(session: Session, *, limit: int = 200) -> list[str]:
    """Ended batches with papers of which no sample was drawn, oldest first."""
    sampled = select(SampleTable.batch_id)
    rows = session.scalars(
        select(BatchTable.id)
        .where(BatchTable.state == "ended", BatchTable.documents > 0, BatchTable.id.not_in(sampled))
        .where(select(DocumentTable.id).where(DocumentTable.batch_id == BatchTable.id).exists())
        .order_by(BatchTable.id)
        .limit(limit)
    )
    return list(rows)


def _row(session: Session, sample_id: int) -> SampleTable:
    row = session.get(SampleTable, sample_id)
    if row is None:
        raise UnknownSample(f"{sample_id}: there is no such sample; `sohoa sample list` lists them")
    return row


def _open(session: Session, sample_id: int, inspector: str) -> SampleTable:
    """The sample, where this person may judge it."""
    row = _row(session, sample_id)
    if row.state != SampleState.OPEN:
        raise WrongInspection(f"sample {sample_id} is decided ({row.state}); draw another one for a new look")
    if not inspector.strip():
        raise WrongInspection("say who inspects: --inspector NAME")
    if inspector.casefold().strip() == row.operator.casefold().strip():
        raise WrongInspection(f"{inspector} scanned this batch; somebody else must look at its sample")
    if row.inspector is not None and row.inspector != inspector:
        raise WrongInspection(f"{row.inspector} is looking at sample {sample_id}; one person judges one sample")
    return row


def _items(session: Session, sample_id: int) -> Sequence[SampleItemTable]:
    return session.scalars(
        select(SampleItemTable)
        .where(SampleItemTable.sample_id == sample_id)
        .order_by(SampleItemTable.document_id, SampleItemTable.page)
    ).all()


def _sample(session: Session, row: SampleTable) -> Sample:
    counted = session.execute(
        select(SampleItemTable.verdict, func.count())
        .where(SampleItemTable.sample_id == row.id)
        .group_by(SampleItemTable.verdict)
    ).all()
    counts = {verdict: count for verdict, count in counted}  # noqa: C416  (rows are no pairs to mypy)
    return Sample(
        id=row.id,
        batch_id=row.batch_id,
        round=row.round,
        state=SampleState(row.state),
        lot=row.lot,
        size=sum(counts.values()),
        judged=counts.get("good", 0) + counts.get("bad", 0),
        bad=counts.get("bad", 0),
        most_faults=row.most_faults,
        operator=row.operator,
        agency_code=row.agency_code,
        inspector=row.inspector,
        reason=row.reason,
        drawn_at=row.drawn_at,
        decided_at=row.decided_at,
    )


def _event(
    session: Session,
    sample: SampleTable,
    type_: str,
    agent: str,
    *,
    detail: Mapping[str, object],
    outcome: str = "success",
) -> None:
    record_event(
        session,
        type=type_,
        object_kind="batch",
        object_id=sample.batch_id,
        agent=agent,
        outcome=outcome,
        detail=detail,
    )
