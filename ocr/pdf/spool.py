"""Keeps a growing PDF's streams on disk, so that memory does not grow with its pages.

pikepdf holds every stream that it is given in memory until the file is saved, but reads the streams of a file that
it has opened only when it writes them. So images and page contents go into a plain PDF without pages first, one after
the other; opened by pikepdf, that file becomes the finished one.
"""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

import pikepdf

from ocr.pdf.streams import Stream


class Spool:
    """A PDF that holds streams and nothing else, written as they come."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.open("wb")
        self._offsets: list[int] = []
        self._file.write(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")

    def add(self, stream: Stream) -> int:
        """Write a stream and return its object number."""
        number = len(self._offsets) + 1
        self._offsets.append(self._file.tell())
        entries = pikepdf.Dictionary({**stream.entries, "/Length": len(stream.data)})
        self._file.write(b"%d 0 obj\n%b\nstream\n" % (number, entries.unparse()))
        self._file.write(stream.data)
        self._file.write(b"\nendstream\nendobj\n")
        return number

    def close(self) -> None:
        """Write what makes the file a PDF: catalog, empty page tree, cross-reference table."""
        if self._file.closed:
            return
        first = len(self._offsets) + 1
        for body in (b"<</Type/Catalog/Pages %d 0 R>>" % (first + 1), b"<</Type/Pages/Kids[]/Count 0>>"):
            self._offsets.append(self._file.tell())
            self._file.write(b"%d 0 obj\n%b\nendobj\n" % (len(self._offsets), body))
        start = self._file.tell()
        self._file.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(self._offsets) + 1))
        for offset in self._offsets:
            self._file.write(b"%010d 00000 n \n" % offset)
        trailer = b"trailer\n<</Size %d/Root %d 0 R>>\nstartxref\n%d\n%%%%EOF\n"
        self._file.write(trailer % (len(self._offsets) + 1, first, start))
        self._file.close()

    def __enter__(self) -> Spool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
