"""Whether every paper becomes PDF/A-2b, by two validators, in each profile, unsigned and signed.

    python -m tests.benchmarks.read_pages ../shared/corpus/docs ../shared/real/pdf samples/archive --to PAGES
    python -m tests.benchmarks.pdfa PAGES [--keep DIR]

PAGES: a folder with working folders of read pages somewhere below it, one a scan. Each scan is assembled in every
profile and passes the check that the pipeline makes (pikepdf's validator, the text read back); then an officer and an
agency sign it, which checks it again. Whatever raises is printed. All files go to veraPDF, many at a start. The exit
code is 1 where anything failed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path

import cv2
from pyhanko.sign.signers import SimpleSigner

from ocr.errors import OcrError
from ocr.page import ReadPage, load_page
from ocr.pdf import Profile, assemble_checked
from ocr.signing import Corner, Seal, sign_paper
from tests.identities import PASSWORD, make_identity
from tests.ocr.pdf.made import METADATA
from tests.verapdf import violations

AT_ONCE = 60  # files a start of veraPDF
MOMENT = datetime(2026, 11, 24, 9, 15, 30, tzinfo=timezone(timedelta(hours=7)))


def main() -> None:
    """Make the files, ask veraPDF, print what each failed on and the sums."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", type=Path, nargs="+")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="where the files stay")
    given = parser.parse_args()
    cv2.setNumThreads(1)
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        seals = tuple(seals_in(Path(temporary)))
        scans = {file.parent for pages in given.pages for file in pages.rglob("page-*.json")}
        failed = count = made = 0
        waiting: list[Path] = []
        for number, scan in enumerate(sorted(scans)):
            document = [load_page(file.read_bytes()) for file in sorted(scan.glob("page-*.json"))]
            count += len(document)
            for profile in Profile:
                stem = folder / f"{number:03}-{profile}"
                files = list(finished(document, profile, stem, seals, told=f"{scan.name} {profile}"))
                waiting += [file for file in files if file is not None]
                failed += sum(file is None for file in files)
            if len(waiting) >= AT_ONCE or number == len(scans) - 1:
                made += len(waiting)
                failed += against_verapdf(waiting, keep=given.keep is not None)
                print(f"{number + 1} of {len(scans)} scans: {made} files, {failed} failures", flush=True)
                waiting = []
    print(f"{len(scans)} scans, {count} pages: {made} files, {failed} failures")
    sys.exit(1 if failed else 0)


def against_verapdf(files: Sequence[Path], *, keep: bool) -> int:
    """How many of the files veraPDF refuses; the others are deleted unless they are kept."""
    refused = {file: against for file, against in violations(files).items() if against}
    for file, against in refused.items():
        print(f"{file.name}: veraPDF: {'; '.join(against[:3])}")
    for file in files if not keep else ():
        file.unlink()
    return len(refused)


def seals_in(folder: Path) -> Iterator[Seal]:
    """An officer's and an agency's signature."""
    identity = make_identity(folder / "identity", "Trần Thị Cán Bộ")
    signer = SimpleSigner.load_pkcs12(identity / "key.p12", passphrase=PASSWORD.encode())
    assert signer is not None
    name = ("Ký bởi: Trần Thị Cán Bộ", "Thời gian ký: 24/11/2026 09:15:30 +07:00")
    copy = ("SAO Y", "Ủy ban nhân dân xã Thử", MOMENT.isoformat())
    yield Seal(field="officer", corner=Corner.TOP_LEFT, texts=name, moment=MOMENT, signer=signer)
    yield Seal(field="agency", corner=Corner.TOP_RIGHT, texts=copy, moment=MOMENT, signer=signer)


def finished(
    document: Sequence[ReadPage], profile: Profile, stem: Path, seals: Sequence[Seal], *, told: str
) -> Iterator[Path | None]:
    """The file as it is published, and signed by all; None for what could not be made."""
    plain, signed = stem.with_suffix(".pdf"), stem.with_suffix(".signed.pdf")
    try:
        rebuilt = assemble_checked(document, METADATA, plain, profile=profile)
    except OcrError as error:
        print(f"{told}: not made: {error}")
        yield None
        return
    if rebuilt is not None:
        print(f"{told}: made again: {'; '.join(rebuilt.notes)}")
    yield plain
    try:
        before = plain
        for seal in seals:
            sign_paper(before, seal, signed)
            before = signed
    except OcrError as error:
        print(f"{told}: not signed: {error}")
        yield None
        return
    yield signed


if __name__ == "__main__":
    main()
