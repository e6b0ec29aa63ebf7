"""Addresses on record: who added them, and what an update leaves of them."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import select

from storage.credentials import add_key
from storage.publication import publish_scan
from storage.records.service_models import DeliveryTable, WebhookTable
from storage.scopes import Scope
from storage.webhooks import add_webhook, fan_out
from tests.conftest import Pair
from tests.storage.papers import a_batch, a_document, a_scan


def test_addresses_and_their_deliveries_outlive_an_update_and_its_taking_back(pair: Pair, tmp_path: Path) -> None:
    """The procedures system would not be told any more, and nobody would know why."""
    batch = a_batch(pair.database)
    scan = a_scan(pair.database, batch)
    publish_scan(pair.database, pair.store, scan.id, [a_document(tmp_path, batch)])
    with pair.database.transaction() as session:
        _, key = add_key(session, name="one-stop", scopes=[Scope.ADMIN], agency=None, days=1, agent="test")
        of_key = add_webhook(session, url="https://a.example", agency=None, key_id=key.id, agent=f"key {key.id}")
        add_webhook(session, url="https://b.example", agency=None, key_id="0" * 12, agent="account " + "0" * 12)
    with pair.database.transaction() as session:
        assert fan_out(session) == 1
    pair.database.migrate("0008")
    pair.database.migrate()
    with pair.database.reading() as session:
        assert [hook.id for hook in session.scalars(select(WebhookTable))] == [of_key.id]
        assert [one.webhook_id for one in session.scalars(select(DeliveryTable))] == [of_key.id]
