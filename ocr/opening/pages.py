"""Counts and opens the pages of a source, whatever kinds its files are."""

from __future__ import annotations

import errno
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import pyvips

from ocr.errors import DamagedFile, PageDamaged, ScanError, TooLarge, UnsafeArchive
from ocr.opening.found import Source
from ocr.opening.images import count_pictures, open_image
from ocr.opening.kinds import Kind, identify, unreadable
from ocr.opening.pdf import count_pdf_pages, open_pdf_page
from ocr.opening.pdffile import close_pdf
from ocr.opening.raw import Limits, RawPage
from ocr.opening.tiff import find_tiff_pages


def count_pages(source: Source, *, limits: Limits) -> int:
    """How many pages a source has over all its files; nothing is decoded.

    Among several files one that cannot be read counts as a page, which then fails as a page: the others keep their
    places.
    Raises DamagedFile, PasswordNeeded, NoPages, TooLarge, NotAllowed, EmptyFile, UnknownKind.
    """
    try:
        count = sum(_counted(source, limits))
    finally:
        close_pdf()
    if count > limits.max_pages:
        raise TooLarge(source.name, f"has more than {limits.max_pages:,} pages", mend="give it in several parts")
    return count


def open_page(source: Source, number: int, *, limits: Limits, raster_dpi: int) -> RawPage:
    """One page of a source.

    number: from 1, over all files.
    raster_dpi: for pages that are no image of their own.
    Raises ScanError, PageDamaged, PageTooLarge, PageTooSmall; ProgramMissing without poppler; IndexError where there
    is no such page; OSError where the disk is full.
    """
    index = number - 1
    for path, count in zip(source.files, _counted(source, limits), strict=True):
        if 0 <= index < count:
            page = _open(path, index, source, number, limits, raster_dpi)
            return replace(page, notes=source.notes + page.notes) if number == 1 else page
        index -= count
    raise IndexError(f"{source.name} has no page {number}")


def _open(path: Path, index: int, source: Source, number: int, limits: Limits, raster_dpi: int) -> RawPage:
    try:
        return _open_alone(path, index, source, number, limits, raster_dpi)
    except ScanError as error:
        if len(source.files) == 1:
            raise
        raise PageDamaged(source.name, number, f"{path.name} {error.what}", mend=error.mend) from error


def _open_alone(path: Path, index: int, source: Source, number: int, limits: Limits, raster_dpi: int) -> RawPage:
    name = _name(path, source)
    try:
        kind = _kind(path, name)
        if kind is Kind.PDF:
            return open_pdf_page(path, index, limits=limits, raster_dpi=raster_dpi, source=source.name, number=number)
        note = None
        if kind is Kind.TIFF:
            pages = find_tiff_pages(path, name, max_pages=limits.max_pages)
            note = pages.note if index == len(pages.indexes) - 1 else None
            index = pages.indexes[index]
        page = open_image(path, kind, index, limits=limits, source=source.name, number=number)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):  # of the folder where pages are painted
            raise
        raise unreadable(name, error) from error
    return replace(page, notes=(*page.notes, note)) if note else page


def _name(path: Path, source: Source) -> str:
    return source.name if len(source.files) == 1 else f"{source.name}/{path.name}"


def _counted(source: Source, limits: Limits) -> list[int]:
    """Pages of each file."""
    alone = len(source.files) == 1
    counts = []
    for path in source.files:
        try:
            counts.append(_count(path, _name(path, source), limits))
        except ScanError:
            if alone:
                raise
            counts.append(1)
    return counts


def _count(path: Path, name: str, limits: Limits) -> int:
    try:
        status = path.stat()
        return _count_unchanged(path, name, limits, status.st_size, status.st_mtime_ns)
    except OSError as error:
        raise unreadable(name, error) from error


@lru_cache(maxsize=20_000)  # so that the thousandth image of a paper does not ask for the kinds of all before it
def _count_unchanged(path: Path, name: str, limits: Limits, _size: int, _changed: int) -> int:
    kind = _kind(path, name)
    if kind is Kind.PDF:
        return count_pdf_pages(path, name, limits=limits)
    if kind is Kind.TIFF:
        return len(find_tiff_pages(path, name, max_pages=limits.max_pages).indexes)
    try:
        return count_pictures(path, kind)
    except pyvips.Error as error:
        raise DamagedFile(
            name, "is cut off or damaged: no picture is found in it", mend="copy it anew, or scan the paper again"
        ) from error


def _kind(path: Path, name: str) -> Kind:
    kind = identify(path, name=name)
    if kind is Kind.ZIP:
        raise UnsafeArchive(name, "is a ZIP among page images", mend="unpack it and give what it holds")
    return kind
