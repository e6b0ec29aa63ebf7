"""ALTO beside the PDF: other systems place, correct and search text by it.

The schema itself is not part of any package; what it demands of the elements that are used is written down here from
its version 4.4 (names, order, required attributes, types).
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree

from ocr.alto import NAMESPACE, write_alto
from ocr.page import FailedPage
from tests.ocr.pdf.made import METADATA, page

FLOAT, SHARE = r"-?\d+(\.\d+)?", r"(0\.\d+|1\.0+|0|1)"
PLACE = dict.fromkeys(("HPOS", "VPOS", "WIDTH", "HEIGHT"), FLOAT)
#: element: (children in their order as a regular expression of names, required attributes, optional ones)
SCHEMA: dict[str, tuple[str, dict[str, str], dict[str, str]]] = {
    "alto": ("Description? Layout ", {}, {"SCHEMAVERSION": r"4\.4", "schemaLocation": ".*"}),
    "Description": ("MeasurementUnit (sourceImageInformation )?(Processing )*", {}, {}),
    "MeasurementUnit": ("", {}, {}),
    "sourceImageInformation": ("(fileName )?(fileIdentifier )*(documentIdentifier )*", {}, {}),
    "Processing": (
        "(processingCategory )?(processingDateTime )?(processingStepSettings )?(processingSoftware )?",
        {"ID": "OCR_.+"},
        {},
    ),
    "processingSoftware": ("(softwareName )?(softwareVersion )?(applicationDescription )?", {}, {}),
    "Layout": ("(Page )+", {}, {}),
    "Page": (
        "(PrintSpace )?",
        {"ID": ".+", "PHYSICAL_IMG_NR": FLOAT},
        {
            "WIDTH": FLOAT,
            "HEIGHT": FLOAT,
            "LANG": "vi",
            "PC": SHARE,
            "QUALITY": "Damaged",
            "PROCESSINGREFS": "OCR_.+",
        },
    ),
    "PrintSpace": ("(TextBlock )*", {}, PLACE),
    "TextBlock": ("(TextLine )+", {"ID": ".+"}, PLACE),
    "TextLine": ("(String (SP )?)+", {}, {"ID": ".+"} | PLACE),
    "String": ("", {"CONTENT": ".*"}, {"WC": SHARE} | PLACE),
    "SP": ("", {}, {}),
}
TEXT_ONLY = {"fileName", "fileIdentifier", "documentIdentifier", "processingCategory", "processingDateTime"} | {
    "processingStepSettings",
    "softwareName",
    "softwareVersion",
    "applicationDescription",
}


def checked(file: Path) -> etree._Element:
    """The root of a file that keeps to the schema."""
    root = etree.parse(file).getroot()
    ids = [element.get("ID") for element in root.iter() if element.get("ID")]
    assert len(ids) == len(set(ids))
    for element in root.iter():
        name = etree.QName(element)
        assert name.namespace == NAMESPACE
        if name.localname in TEXT_ONLY:
            assert not len(element)
            continue
        order, required, optional = SCHEMA[name.localname]
        children = "".join(f"{etree.QName(child).localname} " for child in element)
        assert re.fullmatch(order.replace("Description? ", "(Description )?"), children), (name.localname, children)
        given = {etree.QName(key).localname: value for key, value in element.attrib.items()}
        assert required.keys() <= given.keys()
        for key, value in given.items():
            assert re.fullmatch((required | optional)[key], value, re.DOTALL), (name.localname, key, value)
        for reference in str(element.get("PROCESSINGREFS") or "").split():
            assert reference in ids
    return root


def found(root: etree._Element, name: str) -> list[etree._Element]:
    """All elements of a name."""
    return list(root.iter(f"{{{NAMESPACE}}}{name}"))


def test_words_have_places_and_confidences(tmp_path: Path) -> None:
    """A clerk's correction tool shows each word over its print."""
    made = page(tmp_path, ["CỘNG HÒA", "“Độc & <lập>”", "Số: 1"], number=4)
    write_alto([made], METADATA, tmp_path / "a.xml")
    root = checked(tmp_path / "a.xml")
    strings = found(root, "String")
    assert [one.get("CONTENT") for one in strings] == [word.text for line in made.lines for word in line.words]
    box = made.lines[0].words[1].box
    assert float(strings[1].get("HPOS")) == pytest.approx(box.x0, abs=0.1)
    assert float(strings[1].get("VPOS")) == pytest.approx(box.y0, abs=0.1)
    assert float(strings[1].get("WIDTH")) == pytest.approx(box.width, abs=0.1)
    assert strings[1].get("WC") == "0.900"
    assert len(found(root, "TextBlock")) == 2
    assert found(root, "Page")[0].get("PHYSICAL_IMG_NR") == "4"
    assert found(root, "softwareVersion")[0].text == "5.3.0"


def test_blank_and_unread_pages_stand_there_too(tmp_path: Path) -> None:
    """Page numbers in ALTO and PDF would part from each other."""
    pages = [
        replace(page(tmp_path, []), engine=None),
        FailedPage(number=2, error="…", kind="PageDamaged"),
        FailedPage(number=3, error="…", kind="EngineFailed", width=10, height=20),
        page(tmp_path, ["Một"], number=4),
    ]
    write_alto(pages, METADATA, tmp_path / "a.xml")
    root = checked(tmp_path / "a.xml")
    assert [one.get("QUALITY") for one in found(root, "Page")] == [None, "Damaged", "Damaged", None]
    assert [one.get("PHYSICAL_IMG_NR") for one in found(root, "Page")] == ["1", "2", "3", "4"]


def test_what_xml_cannot_hold_does_not_spoil_the_file(tmp_path: Path) -> None:
    """One control character from a damaged text layer would make the whole paper's ALTO unreadable."""
    made = page(tmp_path, ["a\x01b\ufffe"])
    write_alto([made], replace(METADATA, source_name="x\x00<&>.pdf"), tmp_path / "a.xml")
    checked(tmp_path / "a.xml")


def test_the_same_pages_give_the_same_bytes(tmp_path: Path) -> None:
    """A repeated run would publish a second version of the same paper."""
    made = [page(tmp_path, ["Một"])]
    write_alto(made, METADATA, tmp_path / "a.xml")
    write_alto(made, METADATA, tmp_path / "b.xml")
    assert (tmp_path / "a.xml").read_bytes() == (tmp_path / "b.xml").read_bytes()
    assert {file.suffix for file in tmp_path.iterdir()} == {".jpg", ".xml"}
