"""Figures for Prometheus: the door's own requests, and what the records count; in the text format 0.0.4."""

from __future__ import annotations

import threading
import time
from collections import Counter as Tally
from collections.abc import Iterable, Mapping

from fastapi import APIRouter, Request, Response

from api.access import Counter, TheDoor
from api.door import Door
from storage.figures import Gauges, gauges

router = APIRouter(tags=["figures"])

BUCKETS = (0.005, 0.01, 0.03, 0.06, 0.1, 0.3, 1.0, 3.0, 10.0)  # seconds
FRESH_SECONDS = 15.0  # that a count of the records serves; one of millions of rows takes some tenths of a second
TEXT = "text/plain; version=0.0.4; charset=utf-8"


class Requests:
    """Requests of this process by method, route and status, and how long they took."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Tally[tuple[str, str, int]] = Tally()
        self._buckets: Tally[float] = Tally()
        self._seconds = 0.0

    def note(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request."""
        with self._lock:
            self._counts[method, route, status] += 1
            self._seconds += seconds
            for bucket in BUCKETS:
                if seconds <= bucket:
                    self._buckets[bucket] += 1

    def lines(self) -> Iterable[str]:
        """What Prometheus reads."""
        with self._lock:
            counts, buckets, seconds = dict(self._counts), dict(self._buckets), self._seconds
        total = sum(counts.values())
        yield "# TYPE sohoa_http_requests_total counter"
        for (method, route, status), count in sorted(counts.items()):
            labels = {"method": method, "route": route, "status": str(status)}
            yield _line("sohoa_http_requests_total", labels, count)
        yield "# TYPE sohoa_http_request_seconds histogram"
        for bucket in BUCKETS:
            yield _line("sohoa_http_request_seconds_bucket", {"le": str(bucket)}, buckets.get(bucket, 0))
        yield _line("sohoa_http_request_seconds_bucket", {"le": "+Inf"}, total)
        yield _line("sohoa_http_request_seconds_sum", {}, round(seconds, 6))
        yield _line("sohoa_http_request_seconds_count", {}, total)


class Counted:
    """Counts of the records, some seconds old at most."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._lock = threading.Lock()
        self._at = float("-inf")
        self._gauges: Gauges | None = None

    def get(self) -> Gauges:
        """The counts."""
        with self._lock:
            if self._gauges is None or time.monotonic() - self._at > FRESH_SECONDS:
                with self._door.database.reading() as session:
                    self._gauges = gauges(session)
                self._at = time.monotonic()
            return self._gauges


@router.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}, "description": "Prometheus' text"}},
    operation_id="metrics",
)
def metrics(request: Request, _: Counter, __: TheDoor) -> Response:
    """Queues, throughput, failures, review share, confidence and lags. The whole installation's, not an agency's."""
    requests: Requests = request.app.state.metered
    counted: Counted = request.app.state.counted
    lines = [*requests.lines(), *_lines(counted.get())]
    return Response("\n".join(lines) + "\n", media_type=TEXT, headers={"Cache-Control": "no-store"})


def _lines(found: Gauges) -> Iterable[str]:
    by_state: Mapping[str, tuple[str, Mapping[str, int]]] = {
        "sohoa_documents": ("documents by status; review over all is the review share", found.documents),
        "sohoa_scans": ("scans by state; stored ones wait or are worked on", found.scans),
        "sohoa_pages": ("pages that were tried, by outcome", found.pages),
        "sohoa_batches": ("batches by state", found.batches),
        "sohoa_fields": ("fields by status", found.fields),
        "sohoa_uploads": ("uploads by state", found.uploads),
        "sohoa_deliveries": ("webhook deliveries by state; dead ones wait for somebody", found.deliveries),
    }
    for name, (text, states) in by_state.items():
        yield f"# HELP {name} {text}"
        yield f"# TYPE {name} gauge"
        for state, count in sorted(states.items()):
            yield _line(name, {"state": state}, count)
    yield "# HELP sohoa_outbox items of the outbox by topic and state"
    yield "# TYPE sohoa_outbox gauge"
    for (topic, state), count in sorted(found.outbox.items()):
        yield _line("sohoa_outbox", {"topic": topic, "state": state}, count)
    yield "# HELP sohoa_outbox_lag_seconds how long the oldest item of a topic is overdue"
    yield "# TYPE sohoa_outbox_lag_seconds gauge"
    for topic, seconds in sorted(found.outbox_age_seconds.items()):
        yield _line("sohoa_outbox_lag_seconds", {"topic": topic}, round(seconds, 3))
    documents = sum(found.documents.values())
    yield "# HELP sohoa_document_confidence_mean mean confidence of the kinds of all documents"
    yield "# TYPE sohoa_document_confidence_mean gauge"
    yield _line("sohoa_document_confidence_mean", {}, round(found.confidence_sum / documents, 4) if documents else 0)
    yield "# HELP sohoa_documents_last_hour documents published in the last hour"
    yield "# TYPE sohoa_documents_last_hour gauge"
    yield _line("sohoa_documents_last_hour", {}, found.documents_of_last_hour)


def _line(name: str, labels: Mapping[str, str], value: float) -> str:
    told = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
    return f"{name}{{{told}}} {value}" if told else f"{name} {value}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
