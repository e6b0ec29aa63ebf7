"""Assembles a paper's pages into one searchable PDF/A-2b."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib import resources
from pathlib import Path

import pikepdf
from pikepdf import pdfa

from ocr.errors import PdfInvalid
from ocr.page import FailedPage, Page
from ocr.pdf.font import InvisibleFont
from ocr.pdf.images import ImageUnusable, PageImage
from ocr.pdf.metadata import LANGUAGE, PaperMetadata, describe
from ocr.pdf.notice import FONT as NOTICE_FONT
from ocr.pdf.notice import PAGE_SIZE, NoticeFont
from ocr.pdf.placing import plain_text_content, text_content
from ocr.pdf.profiles import Profile, plain_image, profiled_image
from ocr.pdf.spool import Spool
from ocr.pdf.streams import deflated
from ocr.pdf.wording import notice

FLAVOUR = "2b"
_MIN_SIDE, _MAX_SIDE = 3.0, 14_400.0  # points of a page (ISO 19005-2, 6.1.13)
_FALLBACK_DPI = 200.0  # for a page that claims none
_IMAGE, _PAPER = "I", "P"  # names in the pages' resources: the image, and what lies beneath it


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A page whose streams lie in the spool."""

    number: int  #: within the source
    width: float  #: points
    height: float
    content: int  #: object numbers
    images: dict[str, int]  #: by name in the page's resources
    mask: int | None
    has_text: bool
    is_notice: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Plainly:
    """What is made in the plainest way there is, where the usual one did not pass the check (ocr.pdf.rebuilding)."""

    images: bool = False  #: decoded and encoded as one JPEG a page
    text_of: frozenset[int] = frozenset()  #: numbers of pages whose lines are written in one piece each


_AS_USUAL = Plainly()
Seen = Callable[[Page, PageImage | None], None]  # who is given the pages as they go by


def assemble(
    pages: Sequence[Page],
    metadata: PaperMetadata,
    to: Path,
    *,
    profile: Profile = Profile.ARCHIVE,
    plainly: Plainly = _AS_USUAL,
    seen: Seen | None = None,
) -> None:
    """Write a paper as a searchable PDF/A-2b, whole or not at all.

    pages: read one by one, in order; memory does not grow with them.
    profile: how the pages' images are stored. plainly: what is done more plainly than that.
    seen: is given each page and its image as it goes by; nothing for a page that has none.
    The same pages and metadata give the same bytes. The file is not checked here: see `check`.
    Raises PdfInvalid where a page's image cannot go into a PDF, OSError for a full disk.
    """
    to = Path(to)
    with tempfile.TemporaryDirectory(prefix=".pdf-", dir=to.parent) as folder:
        spool_file, finished = Path(folder) / "streams.pdf", Path(folder) / "finished.pdf"
        font = InvisibleFont()
        notices = _NoticeOnce()
        with Spool(spool_file) as spool:
            write = partial(
                _spooled, spool=spool, font=font, notices=notices, to=to, profile=profile, plainly=plainly, seen=seen
            )
            sheets = [write(page) for page in pages]
            spool.close()
        with pikepdf.open(spool_file, access_mode=pikepdf.AccessMode.stream) as pdf:
            _bind(pdf, sheets, font, notices.font)
            finish(pdf, [sheet.number for sheet in sheets], metadata)
            settings = pdfa.resolve_save_kwargs(FLAVOUR, deterministic_id=True, force_version="1.7")
            pdf.save(finished, **settings)
        into_place(finished, to)


class _NoticeOnce:
    """The notices' font, made when the first notice is needed: most papers need none."""

    def __init__(self) -> None:
        self.font: NoticeFont | None = None

    def content(self, number: int) -> bytes:
        if self.font is None:
            self.font = NoticeFont([*notice(number), "0123456789"])
        return self.font.content(notice(number))


def _spooled(
    page: Page,
    *,
    spool: Spool,
    font: InvisibleFont,
    notices: _NoticeOnce,
    to: Path,
    profile: Profile,
    plainly: Plainly,
    seen: Seen | None,
) -> _Sheet:
    number, dpi = (page.number, page.dpi) if isinstance(page, FailedPage) else (page.facts.number, page.facts.dpi)
    image = _image(page.image, profile, dpi, to, plainly=plainly.images) if page.image else None
    if seen is not None:
        seen(page, image)
    if image is None:
        content = spool.add(deflated(notices.content(number)))
        return _Sheet(number, *PAGE_SIZE, content, {}, None, has_text=False, is_notice=True)
    if isinstance(page, FailedPage):
        return _drawn(number, image, spool, dpi=dpi, text=None)
    placed = plain_text_content if number in plainly.text_of else text_content

    def text(scale: float, width: float, height: float) -> bytes:
        return placed(page.lines, font, scale=scale, width=width, height=height)

    return _drawn(number, image, spool, dpi=dpi, text=text)


def _image(path: Path, profile: Profile, dpi: float, to: Path, *, plainly: bool) -> PageImage:
    try:
        return plain_image(path) if plainly else profiled_image(path, profile, dpi)
    except ImageUnusable as error:
        raise PdfInvalid(to.name, str(error), mend="read the scan again") from error


def _drawn(
    number: int, image: PageImage, spool: Spool, *, dpi: float, text: Callable[[float, float, float], bytes] | None
) -> _Sheet:
    """A page from its image, drawn over its text."""
    scale = _scale(image.width, image.height, dpi)
    width, height = image.width * scale, image.height * scale
    written = text(scale, width, height) if text else b""
    drawn = {_PAPER: image.paper, _IMAGE: image.stream}
    names = " ".join(f"/{name} Do" for name, stream in drawn.items() if stream)
    content = spool.add(deflated(written + f"q {width:.3f} 0 0 {height:.3f} 0 0 cm {names} Q\n".encode("ascii")))
    images = {name: spool.add(stream) for name, stream in drawn.items() if stream}
    mask = spool.add(image.mask) if image.mask else None
    return _Sheet(number, width, height, content, images, mask, has_text=bool(written))


def _scale(across: int, down: int, dpi: float) -> float:
    """Points a pixel, such that the page has a size that PDF/A allows."""
    scale = 72.0 / (dpi if dpi > 0 else _FALLBACK_DPI)
    scale = min(scale, _MAX_SIDE / max(across, down))
    return max(scale, _MIN_SIDE / min(across, down))


def _bind(pdf: pikepdf.Pdf, sheets: Iterable[_Sheet], font: InvisibleFont, notice_font: NoticeFont | None) -> None:
    """Make pages of the spooled streams."""
    text_fonts = pdf.make_indirect(pikepdf.Dictionary({f"/{name}": one for name, one in font.embed(pdf).items()}))
    notice_fonts = pikepdf.Dictionary({f"/{NOTICE_FONT}": notice_font.embed(pdf)} if notice_font else {})
    for sheet in sheets:
        resources_ = pikepdf.Dictionary()
        if sheet.has_text:
            resources_["/Font"] = text_fonts
        if sheet.is_notice:
            resources_["/Font"] = notice_fonts
        if sheet.mask is not None:
            pdf.get_object(sheet.images[_IMAGE], 0)["/Mask"] = pdf.get_object(sheet.mask, 0)
        if sheet.images:
            named = {f"/{name}": pdf.get_object(image, 0) for name, image in sheet.images.items()}
            resources_["/XObject"] = pikepdf.Dictionary(named)
        page = pikepdf.Dictionary(
            Type=pikepdf.Name.Page,
            MediaBox=[0, 0, round(sheet.width, 3), round(sheet.height, 3)],
            Resources=resources_,
            Contents=pdf.get_object(sheet.content, 0),
        )
        pdf.pages.append(pikepdf.Page(pdf.make_indirect(page)))


def finish(pdf: pikepdf.Pdf, numbers: Sequence[int], metadata: PaperMetadata) -> None:
    """Language, title, bookmark, page labels, output intent and metadata.

    numbers: of the pages within the source, in the order in which they stand.
    """
    root = pdf.Root
    root["/Lang"] = pikepdf.String(LANGUAGE)
    root["/ViewerPreferences"] = pikepdf.Dictionary(DisplayDocTitle=True)
    with pdf.open_outline() as outline:
        outline.root.append(pikepdf.OutlineItem(metadata.title, 0, "Fit"))
    root["/PageLabels"] = pikepdf.Dictionary(Nums=pikepdf.Array(list(_labels(numbers))))
    profile = pdf.make_stream(resources.files(pdfa).joinpath("data", "sRGB.icc").read_bytes())
    profile["/N"] = 3
    intent = pikepdf.Dictionary(
        Type=pikepdf.Name.OutputIntent,
        S=pikepdf.Name("/GTS_PDFA1"),
        OutputConditionIdentifier="sRGB",
        Info="sRGB",
        DestOutputProfile=profile,
    )
    root["/OutputIntents"] = pikepdf.Array([intent])
    describe(pdf, metadata)


def _labels(numbers: Sequence[int]) -> Iterator[int | pikepdf.Dictionary]:
    """Page labels are the numbers within the source: a new range wherever they do not go on by one."""
    for index, number in enumerate(numbers):
        if index == 0 or number != numbers[index - 1] + 1:
            yield index
            yield pikepdf.Dictionary(S=pikepdf.Name.D, St=number)


def into_place(finished: Path, to: Path) -> None:
    """Rename when the bytes are on the disk, so that there is the old file or the whole new one."""
    with _descriptor(finished) as descriptor:
        os.fsync(descriptor)
    finished.replace(to)
    with _descriptor(to.parent) as descriptor:
        os.fsync(descriptor)


@contextmanager
def _descriptor(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
