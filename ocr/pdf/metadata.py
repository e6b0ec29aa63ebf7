"""What a finished paper says of itself: document information and XMP.

All facts stand in properties of the standard schemas, because pikepdf's validator, which every file must pass before
it is published, refuses extension schemas even where they are declared (ISO 19005-2, 6.6.2.3.2 would allow them):

    number            dc:identifier
    date of the paper dc:date, photoshop:DateCreated (the day the content was made)
    issuer            dc:publisher, dc:creator
    subject           dc:description
    type              dc:type
    dossier code      dc:relation (dossier:…), photoshop:TransmissionReference (the job it belongs to)
    source            dc:source (sha256:…), photoshop:Source (its name)
    signed source     dc:relation (signed-original:sha256:…), photoshop:Instructions (a sentence for people)
    tools             dc:contributor, one entry a tool; the first is xmp:CreatorTool
    document id       xmp:Identifier, xmpMM:DocumentID

Structured properties (xmpMM:DerivedFrom, xmpMM:History) would say the last ones better; the validator does not look
into them and therefore refuses them too.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from xml.sax.saxutils import escape

import pikepdf

LANGUAGE = "vi"
PRODUCER = "Sohoa"
_NAMESPACES = {
    "pdfaid": "http://www.aiim.org/pdfa/ns/id/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "xmpMM": "http://ns.adobe.com/xap/1.0/mm/",
    "pdf": "http://ns.adobe.com/pdf/1.3/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
}
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, production 2
_ID_SPACE = uuid.UUID("8f1c6b0e-6d0c-5a55-9a35-4b7c2f6f2c11")  # documents of this project, once drawn at random


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperMetadata:
    """What is known of a paper when its files are made."""

    title: str
    type: str  #: name of the kind of paper, as people say it
    number: str | None  #: number and symbol
    date: str | None  #: ISO 8601, of the paper
    issuer: str | None
    subject: str | None
    dossier_code: str | None
    source_name: str
    source_sha256: str
    document_id: str
    tools: tuple[str, ...]  #: name and version of everything that had a hand in it
    created: datetime  #: when the files were made, with time zone; the same value gives the same bytes
    source_signatures: int = 0  #: electronic signatures of the source, which this derivative does not carry

    @property
    def uuid(self) -> uuid.UUID:
        """The document's identity as XMP wants it; follows from `document_id`."""
        return uuid.uuid5(_ID_SPACE, self.document_id)


def document_information(metadata: PaperMetadata) -> dict[str, str]:
    """Entries of the document information dictionary, agreeing with the XMP."""
    moment = metadata.created.astimezone(UTC).strftime("D:%Y%m%d%H%M%SZ")
    entries = {
        "/Title": _clean(metadata.title),
        "/Author": _clean(metadata.issuer),
        "/Subject": _clean(metadata.subject),
        "/Creator": _clean(_creator(metadata)),
        "/Producer": PRODUCER,
        "/CreationDate": moment,
        "/ModDate": moment,
    }
    return {key: value for key, value in entries.items() if value}


def xmp_packet(metadata: PaperMetadata) -> bytes:
    """The XMP packet of a PDF/A-2b file (ISO 19005-2, 6.6)."""
    moment = metadata.created.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    day = _day(metadata.date)
    parts = [
        _simple("pdfaid:part", "2"),
        _simple("pdfaid:conformance", "B"),
        _simple("dc:format", "application/pdf"),
        _alternatives("dc:title", metadata.title),
        _alternatives("dc:description", metadata.subject),
        _simple("dc:identifier", metadata.number),
        _array("dc:creator", "Seq", [metadata.issuer]),
        _array("dc:publisher", "Bag", [metadata.issuer]),
        _array("dc:date", "Seq", [day]),
        _array("dc:type", "Bag", [metadata.type]),
        _array("dc:language", "Bag", [LANGUAGE]),
        _array("dc:relation", "Bag", _relations(metadata)),
        _simple("dc:source", f"sha256:{metadata.source_sha256}"),
        _simple("photoshop:DateCreated", day),
        _simple("photoshop:TransmissionReference", metadata.dossier_code),
        _simple("xmp:CreateDate", moment),
        _simple("xmp:ModifyDate", moment),
        _simple("xmp:MetadataDate", moment),
        _simple("xmp:CreatorTool", _creator(metadata)),
        _array("xmp:Identifier", "Bag", [metadata.document_id]),
        _simple("xmpMM:DocumentID", metadata.uuid.urn),
        _array("dc:contributor", "Bag", metadata.tools),
        _simple("photoshop:Source", metadata.source_name),
        _simple("photoshop:Instructions", _where_signed(metadata)),
        _simple("pdf:Producer", PRODUCER),
    ]
    spaces = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in _NAMESPACES.items())
    packet = (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n'
        f'<rdf:Description rdf:about="" {spaces}>\n'
        + "".join(f"{part}\n" for part in parts if part)
        + '</rdf:Description>\n</rdf:RDF></x:xmpmeta>\n<?xpacket end="r"?>'
    )
    return packet.encode("utf-8")


def _relations(metadata: PaperMetadata) -> Iterator[str]:
    if metadata.dossier_code:
        yield f"dossier:{metadata.dossier_code}"
    if metadata.source_signatures:
        yield f"signed-original:sha256:{metadata.source_sha256}"


def _where_signed(metadata: PaperMetadata) -> str | None:
    if not metadata.source_signatures:
        return None
    return (
        f"Bản gốc có {metadata.source_signatures} chữ ký số được giữ nguyên (SHA-256 {metadata.source_sha256}); "
        "tệp này là bản tra cứu, không mang các chữ ký đó."
    )


def describe(pdf: pikepdf.Pdf, metadata: PaperMetadata) -> None:
    """Write both into an open file."""
    packet = pdf.make_stream(xmp_packet(metadata))
    packet["/Type"], packet["/Subtype"] = pikepdf.Name.Metadata, pikepdf.Name.XML
    pdf.Root["/Metadata"] = packet
    information = pdf.make_indirect(pikepdf.Dictionary())
    for key, value in document_information(metadata).items():
        information[key] = pikepdf.String(value)
    pdf.trailer["/Info"] = information


def _creator(metadata: PaperMetadata) -> str:
    return metadata.tools[0] if metadata.tools else PRODUCER


def _clean(value: str | None) -> str:
    """Text that XML can hold, blanks folded."""
    return " ".join(_NOT_IN_XML.sub(" ", value or "").split())


def _day(value: str | None) -> str | None:
    """The date of the paper where it is one; the field may hold what could not be read."""
    try:
        return date.fromisoformat(value).isoformat() if value else None
    except ValueError:
        return None


def _text(value: str) -> str:
    return escape(_clean(value), {'"': "&quot;"})


def _simple(name: str, value: str | None) -> str:
    return f"<{name}>{_text(value)}</{name}>" if value and _clean(value) else ""


def _array(name: str, kind: str, values: Iterable[str | None]) -> str:
    items = "".join(f"<rdf:li>{_text(value)}</rdf:li>" for value in values if value and _clean(value))
    return f"<{name}><rdf:{kind}>{items}</rdf:{kind}></{name}>" if items else ""


def _alternatives(name: str, value: str | None) -> str:
    if not value or not _clean(value):
        return ""
    return f'<{name}><rdf:Alt><rdf:li xml:lang="x-default">{_text(value)}</rdf:li></rdf:Alt></{name}>'
