"""Memory does not grow with the file.

Each test runs in a process of its own whose address space is limited to a little more than it has after its imports.
The files are sparse: large to every reader, small on the disk.
"""

from __future__ import annotations

import struct
import subprocess
import sys
from pathlib import Path

from tests.ocr.opening.scans import encoded, picture, png_header
from tests.ocr.opening.test_tiff import grey_entries

_PAGE_GAP = 250_000  # bytes between pages, as a page's scan has
_SCRIPT = """
import resource, sys
from pathlib import Path
from ocr.errors import OcrError
from ocr.opening import Kind, Limits, Source, count_pages, open_page

def pages_of_memory():
    return int(Path("/proc/self/statm").read_text().split()[0])

def read_bytes():
    return int(Path("/proc/self/io").read_text().split()[1])

path, kind, room = Path(sys.argv[1]), Kind(sys.argv[2]), int(sys.argv[3])
source = Source(name=path.name, files=(path,), kind=kind)
limit = pages_of_memory() * resource.getpagesize() + room
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))

def opened(number):
    try:
        page = open_page(source, number, limits=Limits(), raster_dpi=100)
        return page.image.shape
    except OcrError as error:
        return type(error).__name__
"""


def run(path: Path, kind: str, code: str, *, room: int) -> str:
    """What the code prints; it has `room` bytes of memory beyond its imports."""
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT + code, str(path), kind, str(room)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.strip()


def long_pdf(path: Path, pages: int) -> Path:
    """A PDF of many scans, each with bytes of its own."""
    jpeg = encoded(".jpg", picture())
    drawing = b"q 595 0 0 842 0 0 cm /Im Do Q"
    places = {}
    with path.open("wb") as file:
        file.write(b"%PDF-1.4\n")

        def put(number: int, body: bytes) -> None:
            places[number] = file.tell()
            file.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))

        kids = b" ".join(b"%d 0 R" % (3 * page + 3) for page in range(pages))
        put(1, b"<</Type/Catalog/Pages 2 0 R>>")
        put(2, b"<</Type/Pages/Count %d/Kids[%s]>>" % (pages, kids))
        for page in range(pages):
            first = 3 * page + 3
            resources = b"<</XObject<</Im %d 0 R>>>>" % (first + 2)
            put(
                first,
                b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents %d 0 R/Resources%s>>"
                % (first + 1, resources),
            )
            put(first + 1, b"<</Length %d>>stream\n%s\nendstream" % (len(drawing), drawing))
            head = b"<</Subtype/Image/Width 248/Height 351/BitsPerComponent 8/ColorSpace/DeviceRGB/Filter/DCTDecode"
            put(first + 2, b"%s/Length %d>>stream\n%s\nendstream" % (head, len(jpeg), jpeg))
            file.seek(_PAGE_GAP, 1)
        start = file.tell()
        file.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1))
        file.writelines(b"%010d 00000 n \n" % places[number] for number in sorted(places))
        file.write(b"trailer\n<</Root 1 0 R/Size %d>>\nstartxref\n%d\n%%%%EOF\n" % (len(places) + 1, start))
    return path


def long_tiff(path: Path, pages: int, width: int = 2480, height: int = 3508) -> Path:
    """A TIFF of many black pages without compression."""
    size = width * height
    entry_bytes = 2 + 9 * 12 + 4
    step = entry_bytes + size
    with path.open("wb") as file:
        file.write(struct.pack("<2sHI", b"II", 42, 8))
        for page in range(pages):
            at = 8 + page * step
            file.seek(at)
            entries = grey_entries(width, height, at + entry_bytes, size)
            file.write(struct.pack("<H", len(entries)))
            file.writelines(struct.pack("<HHII", tag, 4, count, value) for tag, count, value in entries)
            file.write(struct.pack("<I", at + step if page < pages - 1 else 0))
        file.truncate(8 + pages * step)
    return path


def test_a_pdf_of_2000_pages_is_opened_page_by_page(tmp_path: Path) -> None:
    """A year's register is one file; a server that reads half a gigabyte for each of its pages is down for days."""
    path = long_pdf(tmp_path / "long.pdf", 2000)
    assert path.stat().st_size > 500_000_000
    code = """
print(count_pages(source, limits=Limits()))
print([opened(number) for number in (1, 1000, 1900, 2000)])
before = read_bytes()
opened(1500)
print(read_bytes() - before < 1_000_000, read_bytes() < 100_000_000)
"""
    count, shapes, little = run(path, "pdf", code, room=120_000_000).splitlines()
    assert count == "2000"
    assert shapes == str([(351, 248, 3)] * 4)
    assert little == "True True"


def test_a_process_that_opens_many_pages_does_not_grow(tmp_path: Path) -> None:
    """Reading processes live for a whole batch."""
    code = """
def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
for number in range(1, 51):
    opened(number)
before = resident()
for number in range(51, 151):
    opened(number)
print(resident() - before < 5_000_000)
"""
    assert run(long_pdf(tmp_path / "long.pdf", 150), "pdf", code, room=10**12) == "True"


def test_a_tiff_of_a_gigabyte_is_opened_page_by_page(tmp_path: Path) -> None:
    """A stack of uncompressed scans is larger than the machine's memory."""
    path = long_tiff(tmp_path / "long.tif", 120)
    assert path.stat().st_size > 1_000_000_000
    code = """
print(count_pages(source, limits=Limits()))
print([opened(number) for number in (1, 60, 120)])
"""
    count, shapes = run(path, "tiff", code, room=150_000_000).splitlines()
    assert count == "120"
    assert shapes == str([(3508, 2480)] * 3)


def test_giant_images_are_refused_without_room_for_them(tmp_path: Path) -> None:
    """That there is an error proves nothing if the memory was taken first."""
    path = tmp_path / "bomb.png"
    path.write_bytes(png_header(40_000, 30_000, bits=8))
    assert run(path, "png", "print(opened(1))", room=60_000_000) == "PageTooLarge"


def test_the_limit_of_these_tests_is_felt(tmp_path: Path) -> None:
    """A page of 30 megapixels does not fit into the room that the others had; else they would prove nothing."""
    path = tmp_path / "large.jpg"
    path.write_bytes(encoded(".jpg", picture(5000, 6000)))
    code = """
try:
    print(opened(1))
except MemoryError:
    print("MemoryError")
"""
    assert run(path, "jpeg", code, room=60_000_000) in ("MemoryError", "PageDamaged")
