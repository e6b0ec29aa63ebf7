"""Page text with places and confidences as ALTO 4.4 (Library of Congress), for archives and other systems.

One file holds a paper; measures are pixels of the page as seen. It is written page by page.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from xml.sax.saxutils import quoteattr

from ocr.geometry import Box, around
from ocr.page import Engine, FailedPage, Line, Page, ReadPage
from ocr.pdf.metadata import PRODUCER, PaperMetadata
from ocr.whole import whole_file

NAMESPACE = "http://www.loc.gov/standards/alto/ns-v4#"
_LOCATION = f"{NAMESPACE} http://www.loc.gov/standards/alto/v4/alto-4-4.xsd"
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, production 2


def write_alto(pages: Iterable[Page], metadata: PaperMetadata, to: Path) -> None:
    """Write a paper's text as ALTO, whole or not at all.

    A page that could not be read stands there without text, QUALITY "Damaged". Raises OSError for a full disk.
    """
    with alto_of(metadata, to) as add:
        for page in pages:
            add(page)


@contextmanager
def alto_of(metadata: PaperMetadata, to: Path) -> Iterator[Callable[[Page], None]]:
    """The same for pages that are given one after the other; the file is there when the block ends.

    What recognised the pages stands before them, and is known when the last one is.
    """
    engines: dict[Engine, str] = {}
    count = 0
    with whole_file(to) as file, tempfile.TemporaryFile(dir=to.parent) as layout:

        def add(page: Page) -> None:
            nonlocal count
            count += 1
            if isinstance(page, ReadPage) and page.engine and page.engine not in engines:
                engines[page.engine] = f"OCR_{len(engines) + 1}"
            layout.write("".join(_page(page, count, engines)).encode("utf-8"))

        yield add
        file.write("".join(_head(metadata, engines)).encode("utf-8"))
        layout.seek(0)
        shutil.copyfileobj(layout, file)
        file.write(b"</Layout>\n</alto>\n")


def _head(metadata: PaperMetadata, engines: dict[Engine, str]) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield f'<alto xmlns="{NAMESPACE}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    yield f' xsi:schemaLocation="{_LOCATION}" SCHEMAVERSION="4.4">\n'
    yield "<Description>\n<MeasurementUnit>pixel</MeasurementUnit>\n<sourceImageInformation>"
    yield _element("fileName", metadata.source_name)
    yield _element("fileIdentifier", f"sha256:{metadata.source_sha256}")
    yield _element("documentIdentifier", metadata.document_id)
    yield "</sourceImageInformation>\n"
    for engine, identity in engines.items():
        yield _processing(engine, identity, metadata)
    yield "</Description>\n<Layout>\n"


def _processing(engine: Engine, identity: str, metadata: PaperMetadata) -> str:
    settings = "; ".join(
        part for part in (engine.settings, f"model sha256:{engine.model}" if engine.model else "") if part
    )
    return (
        f'<Processing ID="{identity}"><processingCategory>contentGeneration</processingCategory>'
        f"<processingDateTime>{metadata.created.isoformat()}</processingDateTime>"
        f"{_element('processingStepSettings', settings)}<processingSoftware>"
        f"{_element('softwareName', engine.name)}{_element('softwareVersion', engine.version)}"
        f"{_element('applicationDescription', f'run by {PRODUCER}')}</processingSoftware></Processing>\n"
    )


def _page(page: Page, index: int, engines: dict[Engine, str]) -> Iterator[str]:
    if isinstance(page, FailedPage):
        size = _attributes(WIDTH=page.width, HEIGHT=page.height) if page.width and page.height else ""
        yield f'<Page ID="P{index}" PHYSICAL_IMG_NR="{page.number}" QUALITY="Damaged"{size}/>\n'
        return
    facts = page.facts
    attributes = _attributes(WIDTH=facts.width, HEIGHT=facts.height)
    if page.engine:
        attributes += f' PROCESSINGREFS="{engines[page.engine]}" PC="{_share(page.confidence)}"'
    yield f'<Page ID="P{index}" PHYSICAL_IMG_NR="{facts.number}" LANG="vi"{attributes}>'
    yield f"<PrintSpace{_attributes(HPOS=0, VPOS=0, WIDTH=facts.width, HEIGHT=facts.height)}>\n"
    for number, (_, lines) in enumerate(groupby(page.lines, key=lambda line: line.block), 1):
        yield from _block([line for line in lines if line.words], f"P{index}_B{number}")
    yield "</PrintSpace></Page>\n"


def _block(lines: Sequence[Line], identity: str) -> Iterator[str]:
    if not lines:
        return
    yield f'<TextBlock ID="{identity}"{_place(around(line.box for line in lines))}>\n'
    for number, line in enumerate(lines, 1):
        yield f'<TextLine ID="{identity}_L{number}"{_place(line.box)}>'
        for index, word in enumerate(line.words):
            if index:
                yield "<SP/>"
            yield f"<String{_place(word.box)} CONTENT={_quoted(word.text)} WC={quoteattr(_share(word.confidence))}/>"
        yield "</TextLine>\n"
    yield "</TextBlock>\n"


def _place(box: Box) -> str:
    return _attributes(HPOS=box.x0, VPOS=box.y0, WIDTH=max(box.width, 0.0), HEIGHT=max(box.height, 0.0))


def _attributes(**numbers: float) -> str:
    return "".join(f' {name}="{value:.1f}"'.replace('.0"', '"') for name, value in numbers.items())


def _share(value: float) -> str:
    return f"{min(max(value, 0.0), 1.0):.3f}"


def _quoted(text: str) -> str:
    return quoteattr(_NOT_IN_XML.sub("\ufffd", text))


def _element(name: str, text: str) -> str:
    clean = _NOT_IN_XML.sub("\ufffd", text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f"<{name}>{clean}</{name}>" if text else ""
