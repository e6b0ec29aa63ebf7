"""Addresses that want to be told of papers, and what became of telling them.

The outbox item becomes one delivery for each address in one transaction; each delivery then has its own tries,
pauses and end, so that one dead receiver keeps nobody else waiting.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from storage.errors import UnknownDelivery, UnknownWebhook
from storage.events import record_event
from storage.outbox import DOCUMENT_READY, claim, mark_done, tell
from storage.records.models import DocumentTable
from storage.records.service_models import DeliveryTable, WebhookTable
from storage.records.sight import Sight
from storage.records.values import UNSEEN

SECRET_BYTES = 32
SECRET_PREFIX = "whsec_"  # noqa: S105  (of the Standard Webhooks' notation, no secret)
LEASE = timedelta(seconds=60)  # longer than one try may take
FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(hours=2)
TRIED_FOR = timedelta(hours=24)
MOST_LISTED = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """An address on record."""

    id: str
    url: str
    agency_code: str | None
    secrets: tuple[str, ...]  #: to sign with: the newest, and the one before while it still holds
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One thing to be told to one address."""

    id: str
    webhook_id: str
    document_id: str
    topic: str
    body: str  #: JSON, the same bytes in every try
    state: str  #: waiting, done, dead
    attempts: int
    not_before: datetime
    created_at: datetime
    tried_at: datetime | None
    http_status: int | None
    error: str | None


def add_webhook(session: Session, *, url: str, agency: str | None, key_id: str, agent: str) -> Webhook:
    """Note an address; its secret is made here and shown to who added it.

    key_id: of a key, or of a person's account. agent: the same, as events name it.
    """
    row = WebhookTable(
        id=secrets.token_hex(8),
        url=url,
        agency_code=agency,
        key_id=key_id,
        secret=_secret(),
        created_at=datetime.now(UTC),
    )
    session.add(row)
    session.flush()
    record_event(session, type="webhook added", object_kind="webhook", object_id=row.id, agent=agent)
    return _webhook(row)


def _secret() -> str:
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def rotate_secret(session: Session, webhook_id: str, *, grace: timedelta, agent: str) -> Webhook:
    """A new secret; what is sent is signed with both until the old one ends. Raises UnknownWebhook."""
    row = _row(session, webhook_id)
    row.old_secret, row.old_until = row.secret, datetime.now(UTC) + grace
    row.secret = _secret()
    record_event(session, type="secret rotated", object_kind="webhook", object_id=row.id, agent=agent)
    return _webhook(row)


def remove_webhook(session: Session, webhook_id: str, *, agent: str) -> None:
    """Tell that address nothing more. Raises UnknownWebhook."""
    row = _row(session, webhook_id)
    row.removed_at = datetime.now(UTC)
    record_event(session, type="webhook removed", object_kind="webhook", object_id=row.id, agent=agent)


def list_webhooks(session: Session) -> list[Webhook]:
    """All addresses that are told, oldest first."""
    rows = session.scalars(
        select(WebhookTable).where(WebhookTable.removed_at.is_(None)).order_by(WebhookTable.created_at)
    )
    return [_webhook(row) for row in rows]


def get_webhook(session: Session, webhook_id: str) -> Webhook:
    """An address. Raises UnknownWebhook."""
    return _webhook(_row(session, webhook_id))


def _row(session: Session, webhook_id: str) -> WebhookTable:
    row = session.get(WebhookTable, webhook_id)
    if row is None or row.removed_at is not None:
        raise UnknownWebhook(f"{webhook_id}: there is no such webhook")
    return row


def fan_out(session: Session, *, also: Sequence[str] = ()) -> int:
    """Make deliveries of what waits in the outbox, in the caller's transaction; how many items.

    also: topics of the outbox that are told of each document too.
    """
    items = claim(session, DOCUMENT_READY)
    if not items:
        return 0
    hooks = list_webhooks(session)
    now = datetime.now(UTC)
    for item in items:
        document = session.get(DocumentTable, item.document_id)
        if document is None or document.status in UNSEEN:
            continue
        for topic in also:
            tell(session, topic, item.document_id)
        for hook in hooks:
            if Sight(agency=hook.agency_code).covers(document.agency_code):
                session.add(_delivery_row(hook, document, f"{item.id:x}", now))
    mark_done(session, items)
    return len(items)


def _delivery_row(hook: Webhook, document: DocumentTable, item: str, now: datetime) -> DeliveryTable:
    """Ids and states only: the receiver asks for the rest with its own key, and gets what that may see."""
    delivery_id = f"{hook.id}{item:0>16}"
    body = {
        "type": DOCUMENT_READY,
        "id": delivery_id,
        "timestamp": now.isoformat(),
        "data": {
            "document_id": document.id,
            "version": document.version,
            "status": document.status,
            "dossier_code": document.dossier_code,
            "batch_id": document.batch_id,
        },
    }
    return DeliveryTable(
        id=delivery_id,
        webhook_id=hook.id,
        document_id=document.id,
        topic=DOCUMENT_READY,
        body=json.dumps(body, sort_keys=True),
        state="waiting",
        attempts=0,
        not_before=now,
        created_at=now,
    )


def claim_deliveries(session: Session, *, limit: int, busy: Collection[str] = ()) -> list[tuple[Webhook, Delivery]]:
    """Take what is due, one for each document and address, oldest first, and leave it to the caller for a while.

    busy: addresses that have enough under way already.
    """
    now = datetime.now(UTC)
    earlier = aliased(DeliveryTable)
    before = (
        select(earlier.id)
        .where(
            earlier.webhook_id == DeliveryTable.webhook_id,
            earlier.document_id == DeliveryTable.document_id,
            earlier.state == "waiting",
            earlier.id < DeliveryTable.id,
        )
        .exists()
    )
    rows = session.scalars(
        select(DeliveryTable)
        .where(DeliveryTable.state == "waiting", DeliveryTable.not_before <= now, ~before)
        .where(DeliveryTable.webhook_id.not_in(busy))
        .order_by(DeliveryTable.not_before)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    taken = []
    for row in rows:
        hook = session.get_one(WebhookTable, row.webhook_id)
        if hook.removed_at is not None:
            row.state, row.error = "dead", "the webhook was removed"
            continue
        row.not_before, row.attempts = now + LEASE, row.attempts + 1
        taken.append((_webhook(hook), _delivery(row)))
    return taken


def note_delivered(session: Session, delivery_id: str, *, http_status: int) -> None:
    """It was told."""
    row = session.get_one(DeliveryTable, delivery_id)
    row.state, row.http_status, row.error, row.tried_at = "done", http_status, None, datetime.now(UTC)


def note_undelivered(session: Session, delivery_id: str, *, http_status: int | None, error: str) -> None:
    """It was not: again after a pause that doubles, for a day; then it is dead, and somebody may send it again."""
    row = session.get_one(DeliveryTable, delivery_id)
    now = datetime.now(UTC)
    row.http_status, row.error, row.tried_at = http_status, error, now
    pause = min(FIRST_PAUSE * 2 ** min(row.attempts - 1, 20), LONGEST_PAUSE)
    pause *= 0.9 + secrets.randbelow(201) / 1000  # so that a receiver that comes back is not met by all at once
    row.not_before = now + pause
    if now + pause > row.created_at + TRIED_FOR and row.attempts > 1:
        row.state = "dead"


def send_again(session: Session, webhook_id: str, delivery_id: str, *, agent: str) -> Delivery:
    """Let a delivery be tried again now, for another day. Raises UnknownDelivery."""
    row = session.get(DeliveryTable, delivery_id)
    if row is None or row.webhook_id != webhook_id:
        raise UnknownDelivery(f"{delivery_id}: there is no such delivery")
    now = datetime.now(UTC)
    row.state, row.not_before, row.created_at, row.attempts = "waiting", now, now, 0
    record_event(session, type="sent again", object_kind="delivery", object_id=row.id, agent=agent)
    return _delivery(row)


def deliveries_of(session: Session, webhook_id: str, *, state: str | None = None) -> Sequence[Delivery]:
    """The latest deliveries of an address, newest first."""
    wanted = select(DeliveryTable).where(DeliveryTable.webhook_id == webhook_id)
    if state:
        wanted = wanted.where(DeliveryTable.state == state)
    rows = session.scalars(
        wanted.order_by(DeliveryTable.created_at.desc(), DeliveryTable.id.desc()).limit(MOST_LISTED)
    )
    return [_delivery(row) for row in rows]


def _webhook(row: WebhookTable) -> Webhook:
    old = row.old_secret if row.old_until and row.old_until > datetime.now(UTC) else None
    return Webhook(
        id=row.id,
        url=row.url,
        agency_code=row.agency_code,
        secrets=(row.secret, old) if old else (row.secret,),
        created_at=row.created_at,
    )


def _delivery(row: DeliveryTable) -> Delivery:
    return Delivery(
        id=row.id,
        webhook_id=row.webhook_id,
        document_id=row.document_id,
        topic=row.topic,
        body=row.body,
        state=row.state,
        attempts=row.attempts,
        not_before=row.not_before,
        created_at=row.created_at,
        tried_at=row.tried_at,
        http_status=row.http_status,
        error=row.error,
    )
