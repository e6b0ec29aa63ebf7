"""Webhooks over HTTP: addresses, their secrets, the log of what was told, and sending it again."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from api.access import Administrator, Caller, TheDoor
from api.addresses import LONGEST, WrongAddress, checked
from api.models import Answer
from api.problems import Code, Problem
from api.shapes import HexId
from storage.webhooks import (
    Delivery,
    Webhook,
    add_webhook,
    deliveries_of,
    get_webhook,
    list_webhooks,
    remove_webhook,
    rotate_secret,
    send_again,
)

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"])

MOST_GRACE_HOURS = 24 * 7
State = Literal["waiting", "done", "dead"]


class NewWebhook(BaseModel):
    """An address that wants to be told of documents that are ready or have changed."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"url": "https://motcua.example.gov.vn/sohoa"}]}
    )

    url: str = Field(max_length=LONGEST, pattern=r"^https?://[\x21-\x7e]+$")


class WebhookAnswer(Answer):
    """An address, without its secret."""

    id: str = Field(examples=["9c1185a5c5e9fc54"])
    url: str = Field(examples=["https://motcua.example.gov.vn/sohoa"])
    agency_code: str | None = Field(description="of whose papers it is told", examples=["H23.16"])
    created_at: datetime


class SecretAnswer(WebhookAnswer):
    """An address with its secret, shown this once."""

    secret: str = Field(examples=["whsec_bm90IGEgc2VjcmV0LCBqdXN0IGFuIGV4YW1wbGUuLi4="])


class DeliveryAnswer(Answer):
    """One thing told, or to be told, to an address."""

    id: str = Field(description="the same in every try; the receiver's key against doing it twice")
    document_id: str = Field(examples=["3f2a9c0d51b7e684"])
    topic: str = Field(examples=["document.ready"])
    state: State
    attempts: int = Field(examples=[1])
    next_try: datetime | None
    created_at: datetime
    tried_at: datetime | None
    http_status: int | None = Field(examples=[200])
    error: str | None = Field(examples=[None])
    body: dict[str, Any] = Field(examples=[{"type": "document.ready", "data": {"document_id": "3f2a9c0d51b7e684"}}])


@router.post("", status_code=201, operation_id="addWebhook")
def add(door: TheDoor, caller: Administrator, new: NewWebhook) -> SecretAnswer:
    """Add an address. Its secret is shown now and never again; it is told of the papers of the caller's agency.

    Keys and people with the scope may; the address stays when the key ends or the person leaves.
    """
    try:
        checked(new.url, door.settings.webhook_networks)
    except WrongAddress as error:
        raise Problem(Code.WRONG_ADDRESS, values={"reason": str(error)}) from None
    with door.database.transaction() as session:
        hook = add_webhook(session, url=new.url, agency=caller.sight.agency, key_id=caller.key.id, agent=caller.agent)
    return _secret_answer(hook)


@router.get("", operation_id="listWebhooks")
def list_all(door: TheDoor, caller: Administrator) -> list[WebhookAnswer]:
    """All addresses of the caller's agency and below."""
    with door.database.reading() as session:
        hooks = [hook for hook in list_webhooks(session) if caller.sight.covers(hook.agency_code)]
    return [_answer(hook) for hook in hooks]


@router.delete("/{webhook_id}", status_code=204, response_class=Response, operation_id="removeWebhook")
def remove(door: TheDoor, caller: Administrator, webhook_id: HexId) -> Response:
    """Tell that address nothing more."""
    with door.database.transaction() as session:
        _ours(session, caller, webhook_id)
        remove_webhook(session, webhook_id, agent=caller.agent)
    return Response(status_code=204)


@router.post("/{webhook_id}/secret", operation_id="rotateSecret")
def rotate(
    door: TheDoor,
    caller: Administrator,
    webhook_id: HexId,
    grace_hours: Annotated[
        int, Query(ge=0, le=MOST_GRACE_HOURS, description="hours that both secrets sign for, so that none is missed")
    ] = 24,
) -> SecretAnswer:
    """A new secret, shown now and never again."""
    with door.database.transaction() as session:
        _ours(session, caller, webhook_id)
        hook = rotate_secret(session, webhook_id, grace=timedelta(hours=grace_hours), agent=caller.agent)
    return _secret_answer(hook)


@router.get("/{webhook_id}/deliveries", operation_id="listDeliveries")
def deliveries(
    door: TheDoor, caller: Administrator, webhook_id: HexId, state: State | None = None
) -> list[DeliveryAnswer]:
    """The latest two hundred deliveries, newest first."""
    with door.database.reading() as session:
        _ours(session, caller, webhook_id)
        found = deliveries_of(session, webhook_id, state=state)
    return [_delivery_answer(delivery) for delivery in found]


@router.post("/{webhook_id}/deliveries/{delivery_id}/again", status_code=202, operation_id="sendAgain")
def again(door: TheDoor, caller: Administrator, webhook_id: HexId, delivery_id: HexId) -> DeliveryAnswer:
    """Send a delivery again now, whatever became of it before."""
    with door.database.transaction() as session:
        _ours(session, caller, webhook_id)
        delivery = send_again(session, webhook_id, delivery_id, agent=caller.agent)
    return _delivery_answer(delivery)


def _ours(session: Session, caller: Caller, webhook_id: str) -> Webhook:
    """The address, where it is of the caller's agency. Raises UnknownWebhook, Problem: not-found."""
    hook = get_webhook(session, webhook_id)
    if not caller.sight.covers(hook.agency_code):
        raise Problem(Code.NOT_FOUND)
    return hook


def _answer(hook: Webhook) -> WebhookAnswer:
    return WebhookAnswer(id=hook.id, url=hook.url, agency_code=hook.agency_code, created_at=hook.created_at)


def _secret_answer(hook: Webhook) -> SecretAnswer:
    return SecretAnswer(**_answer(hook).model_dump(), secret=hook.secrets[0])


def _delivery_answer(delivery: Delivery) -> DeliveryAnswer:
    return DeliveryAnswer(
        id=delivery.id,
        document_id=delivery.document_id,
        topic=delivery.topic,
        state=_state(delivery.state),
        attempts=delivery.attempts,
        next_try=delivery.not_before if delivery.state == "waiting" else None,
        created_at=delivery.created_at,
        tried_at=delivery.tried_at,
        http_status=delivery.http_status,
        error=delivery.error,
        body=json.loads(delivery.body),
    )


def _state(state: str) -> State:
    return "waiting" if state == "waiting" else "done" if state == "done" else "dead"
