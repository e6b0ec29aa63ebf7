"""What the file says of its paper, in words that archives' programs know without asking us."""

from __future__ import annotations

from pathlib import Path

import pikepdf
import pytest
from lxml import etree
from pikepdf import pdfa

from ocr.pdf import assemble
from ocr.pdf.metadata import xmp_packet
from tests.ocr.pdf.made import METADATA, page
from tests.verapdf import violations

RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
SCHEMA = "{http://www.aiim.org/pdfa/ns/schema#}"
PROPERTY = "{http://www.aiim.org/pdfa/ns/property#}"
EXTENSION = "{http://www.aiim.org/pdfa/ns/extension/}"
#: Of ISO 19005-2, 6.6.2.3.1: what needs no declaration (XMP Specification 2005, and PDF/A's own identification)
PREDEFINED = {
    "http://purl.org/dc/elements/1.1/",
    "http://ns.adobe.com/xap/1.0/",
    "http://ns.adobe.com/xap/1.0/mm/",
    "http://ns.adobe.com/pdf/1.3/",
    "http://ns.adobe.com/photoshop/1.0/",
    "http://www.aiim.org/pdfa/ns/id/",
}
OURS = "https://sohoa.example/ns/1.0/"
DECLARED = f"""<rdf:Description rdf:about="" xmlns:s="{OURS}"
 xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>Papers</pdfaSchema:schema><pdfaSchema:namespaceURI>{OURS}</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>s</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>DossierCode</pdfaProperty:name><pdfaProperty:valueType>Text</pdfaProperty:valueType>
<pdfaProperty:category>external</pdfaProperty:category>
<pdfaProperty:description>Its dossier</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas>
<s:DossierCode>H99.01-240301-0001</s:DossierCode></rdf:Description>
"""


def properties(pdf: Path) -> dict[tuple[str, str], list[str]]:
    """Values of each property of a finished file's XMP, by namespace and name."""
    with pikepdf.open(pdf) as opened:
        packet = opened.Root.Metadata.read_bytes()
    found = {}
    for description in etree.fromstring(packet).iter(f"{RDF}Description"):
        for element in description:
            name = etree.QName(element)
            texts = [one.text for one in element.iter(f"{RDF}li")] or [element.text]
            found[name.namespace, name.localname] = texts
    return found


def undeclared(pdf: Path) -> list[str]:
    """Names of properties that are neither predefined nor declared, with their type, in an extension schema."""
    with pikepdf.open(pdf) as opened:
        tree = etree.fromstring(opened.Root.Metadata.read_bytes())
    declared = {
        (schema.findtext(f"{SCHEMA}namespaceURI"), one.findtext(f"{PROPERTY}name"))
        for schema in tree.iterfind(f".//{EXTENSION}schemas/{RDF}Bag/{RDF}li")
        for one in schema.iterfind(f"{SCHEMA}property/{RDF}Seq/{RDF}li")
        if one.findtext(f"{PROPERTY}valueType")
    }
    used = [key for key in properties(pdf) if key != (EXTENSION[1:-1], "schemas")]
    return [name for space, name in used if space not in PREDEFINED and (space, name) not in declared]


def made(folder: Path, name: str) -> Path:
    """A finished file."""
    assemble([page(folder, ["Một"])], METADATA, folder / name)
    return folder / name


def test_each_fact_stands_in_a_property_that_needs_no_declaration(tmp_path: Path) -> None:
    """An archive that sorts by number, day, issuer or dossier would find nothing where only we know the word."""
    file = made(tmp_path, "a.pdf")
    found = {name: values for (_, name), values in properties(file).items()}
    assert found["identifier"] == ["12/QĐ-UBND"]
    assert found["date"] == found["DateCreated"] == ["2024-03-05"]
    assert found["publisher"] == found["creator"] == [METADATA.issuer]
    assert found["description"] == [METADATA.subject]
    assert found["type"] == ["Quyết định"]
    assert found["relation"] == ["dossier:H99.01-240301-0001"]
    assert found["TransmissionReference"] == ["H99.01-240301-0001"]
    assert found["source"] == [f"sha256:{METADATA.source_sha256}"]
    assert found["contributor"] == list(METADATA.tools)
    assert found["DocumentID"] == [METADATA.uuid.urn]
    assert undeclared(file) == []


def test_why_no_extension_schema_is_declared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The day this fails, pikepdf knows extension schemas, and the facts can have names of their own."""
    packet = xmp_packet(METADATA).decode("utf-8")
    files = {}
    for name, more in (("declared", DECLARED), ("bare", DECLARED[DECLARED.index("<s:") :])):
        head = "" if name == "declared" else f'<rdf:Description rdf:about="" xmlns:s="{OURS}">'
        longer = packet.replace("</rdf:RDF>", f"{head}{more}</rdf:RDF>").encode("utf-8")
        monkeypatch.setattr("ocr.pdf.metadata.xmp_packet", lambda _, longer=longer: longer)
        files[name] = made(tmp_path, f"{name}.pdf")
    assert undeclared(files["declared"]) == []
    assert undeclared(files["bare"]) == ["DossierCode"]
    against = violations(files.values())
    assert against[files["declared"]] == []
    assert against[files["bare"]] != []
    assert not pdfa.validate_written(files["declared"], "2b").passed
