"""Finds all electronic signatures of PDFs, and shows that one changed byte breaks them.

    python -m tests.benchmarks.signatures ../shared/real/pdf

Of every file each signature is printed: field, signer, time, integrity, note. Then one bit in the middle
of a copy's signed bytes is turned over; a copy of which no signature is broken then is named. Exit code 1 where a
signature is not intact, one is not broken in the copy, or a file is not as it was.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import tempfile
from collections import Counter
from pathlib import Path

from ocr.signatures import Integrity, find_signatures


def main() -> None:
    """Print and count."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    verdicts: Counter[str] = Counter()
    signed = broken = spoiled = 0
    for file in sorted(parser.parse_args().folder.glob("*.pdf")):
        before = hashlib.sha256(file.read_bytes()).digest()
        found = find_signatures(file)
        for one in found:
            verdicts[one.integrity] += 1
            moment = f"{one.signed_at:%Y-%m-%d %H:%M:%S%z}" if one.signed_at else "no time"
            print(f"{file.name} {one.field}: {one.signer}, {moment}, {one.integrity}{one.note and f' ({one.note})'}")
        if found:
            signed += 1
            broken += changed_is_broken(file)
        spoiled += hashlib.sha256(file.read_bytes()).digest() != before
    told = ", ".join(f"{count} {verdict}" for verdict, count in verdicts.items())
    print(f"{told}; {broken} of {signed} files broken by one bit; {spoiled} files changed by looking at them")
    sys.exit(0 if set(verdicts) == {Integrity.INTACT} and broken == signed and not spoiled else 1)


def changed_is_broken(file: Path) -> bool:
    """Whether a changed copy has a broken signature."""
    data = bytearray(file.read_bytes())
    first = data.index(b"/ByteRange")
    data[first // 2] ^= 1
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / file.name
        copy.write_bytes(data)
        found = any(one.integrity is Integrity.BROKEN for one in find_signatures(copy))
    if not found:
        print(f"{file.name}: one bit was changed, and no signature is broken")
    return found


if __name__ == "__main__":
    main()
