"""Every operation of the interface as a method. Made by `python -m clients.generate`; change the server, not this file."""

from __future__ import annotations

from typing import Literal

from sohoa_client.connection import Answer, Connection, Content, File
from sohoa_client.models import (
    BatchAnswer,
    By,
    Correction,
    CreateDossier,
    DeliveryAnswer,
    DocumentAnswer,
    Dossier,
    DossierAnswer,
    DossierExport,
    Dossiers,
    EventAnswer,
    Format,
    Health,
    ImportedAnswer,
    KpiAnswer,
    MarksAnswer,
    NewWebhook,
    Order,
    Procedure,
    ProcedureAnswer,
    Procedures,
    ReportFormat,
    SearchAnswer,
    SecretAnswer,
    SuggestAnswer,
    UploadAnswer,
    VersionAnswer,
    WebhookAnswer,
)


class Client(Connection):
    """The interface of Sohoa 0.1.0."""

    def health(self) -> Answer[Health]:
        """This process answers.

        Needs no key.
        """
        return self._json("GET", "/health")

    def ready(self) -> Answer[Health]:
        """Records, store and index answer, and the server is not stopping; 503 where one does not.

        Needs no key.
        """
        return self._json("GET", "/ready")

    def search(
        self,
        *,
        q: str | None = None,
        type: str | None = None,
        dossier: str | None = None,
        procedure: str | None = None,
        status: Literal["published", "review"] | None = None,
        issued_from: str | None = None,
        issued_to: str | None = None,
        order: Order | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> Answer[SearchAnswer]:
        """Find documents by what stands in them, best first or by date. Without words or filters nothing is
        found.

        q: words, "phrases", -without, số:12/QĐ-UBND, loại:QĐ, hồ sơ:CODE; accents typed or not
        cursor: `next` of the page before

        Scope: search.
        """
        return self._json(
            "GET",
            "/v1/search",
            query={
                "q": q,
                "type": type,
                "dossier": dossier,
                "procedure": procedure,
                "status": status,
                "issued_from": issued_from,
                "issued_to": issued_to,
                "order": order,
                "limit": limit,
                "cursor": cursor,
            },
        )

    def suggest(self, *, q: str, limit: int | None = None) -> Answer[SuggestAnswer]:
        """Titles and dossier codes of papers that hold the words typed, the last one as a beginning.

        q: words, "phrases", -without, số:12/QĐ-UBND, loại:QĐ, hồ sơ:CODE; accents typed or not

        Scope: search.
        """
        return self._json("GET", "/v1/suggest", query={"q": q, "limit": limit})

    def get_document(self, document_id: str, *, if_none_match: str | None = None) -> Answer[DocumentAnswer]:
        """A document with its fields, their evidence, its links and files.

        Its ETag is what a correction sends in If-Match.

        document_id: id of a document
        if_none_match: ETags of what the caller has; 304 where one of them is still right

        Scope: read.
        """
        return self._json("GET", f"/v1/documents/{self._part(document_id)}", headers={"if-none-match": if_none_match})

    def correct_document(
        self, document_id: str, body: Correction, *, if_match: str | None = None
    ) -> Answer[DocumentAnswer]:
        """Set fields to what a person read: a new version beside the old one, with who and why.

        428 without If-Match; 412 where somebody else was first: read again, look again. A masked number
        cannot be sent back: `*` is refused in `citizen_id`.

        document_id: id of a document
        if_match: ETag of the document that the person saw

        Scope: review.
        """
        return self._json(
            "PATCH", f"/v1/documents/{self._part(document_id)}", headers={"if-match": if_match}, body=body
        )

    def list_versions(self, document_id: str) -> Answer[list[VersionAnswer]]:
        """The document's versions, oldest first; the first is the machine's, the others people's.

        document_id: id of a document

        Scope: read.
        """
        return self._json("GET", f"/v1/documents/{self._part(document_id)}/versions")

    def list_events(self, document_id: str) -> Answer[list[EventAnswer]]:
        """What happened to the document and by whom, oldest first; the latest thousand events.

        document_id: id of a document

        Scope: read.
        """
        return self._json("GET", f"/v1/documents/{self._part(document_id)}/events")

    def get_file(
        self,
        document_id: str,
        part: Literal["pdf", "text", "alto", "original"],
        *,
        link: bool | None = None,
        if_none_match: str | None = None,
        range: str | None = None,
    ) -> File:
        """A document's file: searchable PDF/A, text, ALTO, or the scanner's own bytes.

        One byte range is served (Range, If-Range); `Repr-Digest` and the ETag hold the file's SHA-256. Text
        and ALTO come masked without the scope `personal`. The original is withheld where a page of it is in
        a paper that the caller may not see.

        document_id: id of a document
        link: answer 307 with a link into the store, where it has links
        if_none_match: ETags of what the caller has; 304 where one of them is still right
        range: one range of bytes, as in bytes=0-1023

        Scope: read.
        """
        return self._file(
            "GET",
            f"/v1/documents/{self._part(document_id)}/{self._part(part)}",
            query={"link": link},
            headers={"if-none-match": if_none_match, "range": range},
        )

    def get_page_image(
        self, document_id: str, page: int, *, width: int | None = None, if_none_match: str | None = None
    ) -> File:
        """A page as a JPEG, as the PDF shows it: upright, with its seals and inks. Shows the paper as it is,
        unmasked.

        document_id: id of a document
        page: within the source, as fields and hits name it
        width: pixels
        if_none_match: ETags of what the caller has; 304 where one of them is still right

        Scope: read.
        """
        return self._file(
            "GET",
            f"/v1/documents/{self._part(document_id)}/pages/{self._part(page)}/image",
            query={"width": width},
            headers={"if-none-match": if_none_match},
        )

    def get_page_marks(self, document_id: str, page: int, *, q: str) -> Answer[MarksAnswer]:
        """Where on a page the words of a query stand, so that a viewer can mark them.

        document_id: id of a document
        page: within the source, as fields and hits name it
        q: as in search

        Scope: search.
        """
        return self._json(
            "GET", f"/v1/documents/{self._part(document_id)}/pages/{self._part(page)}/marks", query={"q": q}
        )

    def get_dossier(self, dossier_code: str) -> Answer[DossierAnswer]:
        """A dossier with its documents, the doubtful ones too (their `links` say so).

        dossier_code: code of a dossier, either shape

        Scope: read.
        """
        return self._json("GET", f"/v1/dossiers/{self._part(dossier_code)}")

    def put_dossier(self, dossier_code: str, body: Dossier) -> Answer[ImportedAnswer]:
        """Take a dossier over, new or known.

        dossier_code: code of a dossier, either shape

        Scope: write.
        """
        return self._json("PUT", f"/v1/dossiers/{self._part(dossier_code)}", body=body)

    def put_dossiers(self, body: Dossiers) -> Answer[ImportedAnswer]:
        """Take over up to a thousand dossiers, all of them or none.

        Scope: write.
        """
        return self._json("PUT", "/v1/dossiers", body=body)

    def get_procedure(self, procedure_code: str) -> Answer[ProcedureAnswer]:
        """A procedure.

        procedure_code: code of a procedure

        Scope: read.
        """
        return self._json("GET", f"/v1/procedures/{self._part(procedure_code)}")

    def put_procedure(self, procedure_code: str, body: Procedure) -> Answer[ImportedAnswer]:
        """Take a procedure over; procedures are the whole province's, so that a key of one agency may not.

        procedure_code: code of a procedure

        Scope: write.
        """
        return self._json("PUT", f"/v1/procedures/{self._part(procedure_code)}", body=body)

    def put_procedures(self, body: Procedures) -> Answer[ImportedAnswer]:
        """Take over up to a thousand procedures, all of them or none.

        Scope: write.
        """
        return self._json("PUT", "/v1/procedures", body=body)

    def upload_scan(
        self,
        content: Content,
        content_type: Literal[
            "application/pdf", "application/zip", "image/tiff", "image/jpeg", "image/png", "application/octet-stream"
        ],
        *,
        name: str,
        idempotency_key: str,
        dossier: str | None = None,
        procedure: str | None = None,
        agency: str | None = None,
    ) -> Answer[UploadAnswer]:
        """Bring a scan: a PDF, TIFF or photo, or a ZIP of them, as the body.

        202 once the bytes are safe on disk; the work is done beside, `GET /v1/scans/{id}` tells how far it
        is. The same Idempotency-Key with the same bytes gives the same upload, with other bytes 409.

        name: name of the file
        dossier: dossier that all of it belongs to
        procedure: procedure that all of it belongs to
        agency: whose papers they are; a key's own agency goes first
        idempotency_key: the same for every try of one upload

        Scope: write.
        """
        return self._json(
            "POST",
            "/v1/scans",
            query={"name": name, "dossier": dossier, "procedure": procedure, "agency": agency},
            headers={"idempotency-key": idempotency_key},
            content=content,
            content_type=content_type,
        )

    def get_upload(self, upload_id: str) -> Answer[UploadAnswer]:
        """An upload and how far it is.

        upload_id: id

        Scope: read.
        """
        return self._json("GET", f"/v1/scans/{self._part(upload_id)}")

    def get_batch(self, batch_id: str) -> Answer[BatchAnswer]:
        """How far a batch is. A key of one agency sees the batches of its own uploads only.

        batch_id: id of a batch

        Scope: read.
        """
        return self._json("GET", f"/v1/batches/{self._part(batch_id)}")

    def list_webhooks(self) -> Answer[list[WebhookAnswer]]:
        """All addresses of the caller's agency and below.

        Scope: admin.
        """
        return self._json("GET", "/v1/webhooks")

    def add_webhook(self, body: NewWebhook) -> Answer[SecretAnswer]:
        """Add an address. Its secret is shown now and never again; it is told of the papers of the caller's
        agency.

        Keys and people with the scope may; the address stays when the key ends or the person leaves.

        Scope: admin.
        """
        return self._json("POST", "/v1/webhooks", body=body)

    def remove_webhook(self, webhook_id: str) -> None:
        """Tell that address nothing more.

        webhook_id: id

        Scope: admin.
        """
        self._nothing("DELETE", f"/v1/webhooks/{self._part(webhook_id)}")

    def rotate_secret(self, webhook_id: str, *, grace_hours: int | None = None) -> Answer[SecretAnswer]:
        """A new secret, shown now and never again.

        webhook_id: id
        grace_hours: hours that both secrets sign for, so that none is missed

        Scope: admin.
        """
        return self._json("POST", f"/v1/webhooks/{self._part(webhook_id)}/secret", query={"grace_hours": grace_hours})

    def list_deliveries(
        self, webhook_id: str, *, state: Literal["waiting", "done", "dead"] | None = None
    ) -> Answer[list[DeliveryAnswer]]:
        """The latest two hundred deliveries, newest first.

        webhook_id: id

        Scope: admin.
        """
        return self._json("GET", f"/v1/webhooks/{self._part(webhook_id)}/deliveries", query={"state": state})

    def send_again(self, webhook_id: str, delivery_id: str) -> Answer[DeliveryAnswer]:
        """Send a delivery again now, whatever became of it before.

        webhook_id: id
        delivery_id: id

        Scope: admin.
        """
        return self._json("POST", f"/v1/webhooks/{self._part(webhook_id)}/deliveries/{self._part(delivery_id)}/again")

    def kpi_report(self, *, first: str, last: str, by: list[By] | None = None) -> Answer[KpiAnswer]:
        """Figures of the dossiers received in a period, per agency, procedure and month as asked for.

        Dossiers that the key may not see are not counted.

        first: day of receipt, from
        last: day of receipt, to, this day too
        by: groups; without any, one row for all

        Scope: figures.
        """
        return self._json("GET", "/v1/reports/kpi", query={"first": first, "last": last, "by": by})

    def kpi_report_file(
        self, *, first: str, last: str, by: list[By] | None = None, format: ReportFormat | None = None
    ) -> File:
        """Figures of the dossiers received in a period, per agency, procedure and month as asked for.

        Dossiers that the key may not see are not counted.

        first: day of receipt, from
        last: day of receipt, to, this day too
        by: groups; without any, one row for all

        Scope: figures.
        """
        return self._file("GET", "/v1/reports/kpi", query={"first": first, "last": last, "by": by, "format": format})

    def metrics(self) -> File:
        """Queues, throughput, failures, review share, confidence and lags. The whole installation's, not an
        agency's.

        Scope: figures.
        """
        return self._file("GET", "/metrics")

    def pull_events(
        self, *, after: int | None = None, limit: int | None = None, format: Format | None = None
    ) -> File:
        """Events of the whole installation, oldest first: JSON Lines with the chain in it, ECS, or CEF.

        For keys of the whole province: the log tells of every agency.

        after: id of the last event that was pulled

        Scope: admin.
        """
        return self._file("GET", "/v1/feeds/events", query={"after": after, "limit": limit, "format": format})

    def export_dossier(self, dossier_code: str) -> Answer[DossierExport]:
        """A dossier in the portal's fields, accepted papers only; personal numbers are masked without
        `personal`.

        dossier_code: code of a dossier, either shape

        Scope: read.
        """
        return self._json("GET", f"/v1/portal/dossiers/{self._part(dossier_code)}")

    def export_dossier2026(self, dossier_code: str) -> Answer[CreateDossier]:
        """A dossier in the fields of the 2026 portal's CreateDossier, with its accepted components.

        dossier_code: code of a dossier, either shape

        Scope: read.
        """
        return self._json("GET", f"/v1/portal/dossiers/{self._part(dossier_code)}/create")
