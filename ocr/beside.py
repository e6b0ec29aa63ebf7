"""What is written beside a paper's PDF, while its pages go by once: ALTO, plain text, the reading, previews."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from ocr.alto import alto_of
from ocr.page import Page, ReadPage
from ocr.pdf.assembly import Seen
from ocr.pdf.images import PageImage
from ocr.pdf.metadata import PaperMetadata
from ocr.pdf.wording import FORM_FEED, page_text
from ocr.previews import previews_of
from ocr.readings import reading_of
from ocr.whole import whole_file


class Beside:
    """The files of one paper; a paper whose PDF is made again has them written again."""

    def __init__(self, folder: Path, metadata: PaperMetadata) -> None:
        self.alto = folder / "document.alto.xml"
        self.text = folder / "document.txt"
        self.reading = folder / "reading.jsonl.gz"
        self.previews = folder / "previews.zip"
        self.page_texts: tuple[tuple[int, str], ...] = ()  #: page within the source, its text
        self._metadata = metadata

    @contextmanager
    def writing(self) -> Iterator[Seen]:
        """Takes the pages as they are assembled; the files are there when the block ends, whole or not at all.

        Raises OSError for a full disk.
        """
        texts: list[tuple[int, str]] = []
        with ExitStack() as files:
            to_alto = files.enter_context(alto_of(self._metadata, self.alto))
            to_reading = files.enter_context(reading_of(self.reading))
            to_previews = files.enter_context(previews_of(self.previews))
            text = files.enter_context(whole_file(self.text))
            begun = False

            def seen(page: Page, image: PageImage | None) -> None:
                nonlocal begun
                to_alto(page)
                to_reading(page)
                text.write((FORM_FEED * begun + page_text(page)).encode("utf-8"))
                begun = True
                if isinstance(page, ReadPage):
                    texts.append((page.facts.number, page.text))
                if image is not None and page.image is not None:
                    number = page.facts.number if isinstance(page, ReadPage) else page.number
                    to_previews(number, page.image if image.pixels is None else image.pixels)

            yield seen
        self.page_texts = tuple(texts)
