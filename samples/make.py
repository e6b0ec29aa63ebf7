"""Makes the samples: typesets, stamps, signs and scans a handful of invented papers, and writes the truth of them.

    python -m samples.make            write samples/archive, samples/truth and the two CSV files
    python -m samples.make --check    compare with what is there, write nothing; exit code 1 where something differs

The same run gives the same bytes. Fonts come from Debian's fonts-croscore (`make samples` installs it).
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from samples.archive import files
from samples.fonts import FontMissing
from samples.layout import papers
from samples.truth import dossiers_csv, procedures_csv, truths

HERE = Path(__file__).resolve().parent


def made() -> Iterator[tuple[str, bytes]]:
    """Every file of the samples, path within samples/ and bytes."""
    printed = papers()
    for name, truth in truths(printed):
        yield f"truth/{name}", (json.dumps(truth, ensure_ascii=False, indent=1) + "\n").encode()
    yield "dossiers.csv", dossiers_csv().encode()
    yield "procedures.csv", procedures_csv().encode()
    for name, content in files(printed):
        yield f"archive/{name}", content


def write(folder: Path) -> int:
    """Write everything; returns the number of bytes."""
    total = 0
    for name, content in made():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        total += len(content)
    return total


def differing(folder: Path) -> Iterator[str]:
    """Names of what is not there as it would be made, and of what is there besides."""
    expected = dict(made())
    for name, content in expected.items():
        file = folder / name
        if not file.is_file() or file.read_bytes() != content:
            yield name
    for part in ("archive", "truth"):
        for file in sorted((folder / part).rglob("*")):
            if file.is_file() and file.relative_to(folder).as_posix() not in expected:
                yield file.relative_to(folder).as_posix()


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(prog="samples.make", description="Makes the samples.")
    parser.add_argument("--check", action="store_true", help="compare only")
    parser.add_argument("--to", type=Path, default=HERE, help="folder to write to or compare with")
    asked = parser.parse_args()
    try:
        if not asked.check:
            print(f"{write(asked.to) / 1e6:.2f} MB written to {asked.to}")
            return 0
        different = list(differing(asked.to))
    except FontMissing as error:
        print(f"samples.make: {error}", file=sys.stderr)
        return 1
    for name in different:
        print(f"differs: {name}")
    print("all as made" if not different else f"{len(different)} differ; python -m samples.make writes them anew")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
