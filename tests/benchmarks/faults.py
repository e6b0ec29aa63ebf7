"""Every fault of the docs' table, played on both pairs: `python -m tests.benchmarks.faults [--kills 50] [--write]`.

Runs the tests that play each fault, the random kills at full size, and prints the table of results; `--write` puts it
into docs/storage.md between its marks. A fault whose tests failed or did not run is not called held.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree  # of our own report

from tests.conftest import EMBEDDED, SERVERS

PAGE = Path("docs/storage.md")
BEGIN, END = "<!-- faults -->", "<!-- /faults -->"
BOTH = "both"
PUBLICATION = "storage/test_publication.py"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A row of the table."""

    what: str
    then: str  #: what must hold, and what the tests check
    tests: tuple[str, ...]  #: file::name, each with all its parameters
    on: str = BOTH  #: the only pair it can befall, where the tests' names do not say it


FAULTS = (
    Fault(
        what="`kill -9` at {kills} random moments of a batch of {documents} documents",
        then="after each: originals whole, no half document, no double, no ghost hit, the chain holds",
        tests=("storage/test_kills.py::test_a_batch_killed_at_random_moments_ends_as_if_it_had_not_been",),
    ),
    Fault(
        what="`kill -9` before every touch of disk, network or database while publishing",
        then="whole or not to be seen; the repeat ends the same",
        tests=(
            f"{PUBLICATION}::test_killed_at_any_step_a_publication_is_whole_or_not_to_be_seen_and_can_be_repeated",
        ),
    ),
    Fault(
        what="`kill -9` of `sohoa digitise` at each named step",
        then="the next run ends with the same objects and rows as one that was never killed",
        tests=("flows/test_kill.py::test_a_batch_killed_at_every_step_ends_as_if_it_had_not_been",),
    ),
    Fault(
        what="MinIO stopped in a batch, back after {away} s",
        then="a word, nothing half; the next run brings the rest",
        tests=("storage/test_kills.py::test_a_store_that_is_away_for_a_while_costs_a_batch_its_time_only",),
        on=SERVERS,
    ),
    Fault(
        what="MinIO answering 503, hanging up, cutting streams, silent, slow",
        then="retried, then put off; nothing half; serves again",
        tests=(
            "storage/test_faults.py::test_a_store_that_misbehaves_is_unreachable_and_serves_again_afterwards",
            "storage/test_faults.py::test_a_short_fault_is_not_even_noticed",
            "storage/test_faults.py::test_a_slow_store_is_slow_and_nothing_else",
            "storage/test_faults.py::test_a_store_that_never_answers_is_given_up",
        ),
        on=SERVERS,
    ),
    Fault(
        what="PostgreSQL restarted in the middle of a transaction",
        then="that one fails, the next works",
        tests=("storage/test_faults.py::test_a_restarted_postgresql_is_found_again",),
        on=SERVERS,
    ),
    Fault(
        what="disk full under objects, records, index",
        then="`no room`; what was there is whole; goes on after room is made",
        tests=(
            "storage/test_faults.py::test_a_full_disk_is_told_as_such_and_leaves_no_half_object",
            "storage/test_faults.py::test_a_full_disk_under_the_records_is_told_as_such",
            "storage/test_faults.py::test_a_full_disk_under_the_index_is_told_as_such",
        ),
        on=EMBEDDED,
    ),
    Fault(
        what="disk full under MinIO, under PostgreSQL",
        then="`no room`; what was there is whole; goes on after room is made",
        tests=(
            "storage/test_faults.py::test_a_full_disk_under_minio_is_told_as_such_and_leaves_no_half_object",
            "storage/test_faults.py::test_a_full_disk_under_postgresql_is_told_as_such",
        ),
        on=SERVERS,
    ),
    Fault(
        what="two workers on one scan",
        then="one publishes",
        tests=(f"{PUBLICATION}::test_of_two_workers_on_one_scan_one_publishes",),
    ),
    Fault(
        what="the same batch started twice at once",
        then="one batch",
        tests=("storage/test_records.py::test_the_same_batch_started_twice_at_once_is_one_batch",),
    ),
    Fault(
        what="a bit flipped, a file emptied or deleted",
        then="an alarm, mended from the replica",
        tests=(
            "storage/test_fixity.py::test_a_bad_object_is_an_alarm_until_it_is_mended",
            "storage/test_fixity.py::test_a_replica_that_rots_too_mends_nothing",
        ),
    ),
    Fault(
        what="an event edited, removed, the end cut, the chain made anew",
        then="named by its number",
        tests=(
            "storage/test_chain.py::test_a_changed_event_shows",
            "storage/test_chain.py::test_a_removed_event_shows",
            "storage/test_chain.py::test_a_chain_that_was_cut_or_made_anew_shows_against_its_anchors",
        ),
    ),
    Fault(
        what="a rebuild of the index killed",
        then="the old one serves; run again it goes on",
        tests=("storage/test_index.py::test_a_rebuild_that_was_killed_goes_on_where_it_was",),
    ),
    Fault(
        what="a disposal killed",
        then="goes on; neither papers without files nor files without papers",
        tests=("storage/test_retention.py::test_a_disposal_that_was_killed_goes_on",),
    ),
)


def pair_of(name: str, fault: Fault) -> str:
    """On which pair a test ran, by the parameters in its name."""
    if fault.on != BOTH:
        return fault.on
    return SERVERS if "postgres" in name else EMBEDDED


def run(*, kills: int, documents: int, away: float) -> dict[str, bool]:
    """Run every test of the table; name with parameters → whether it held."""
    with tempfile.TemporaryDirectory(prefix="sohoa-faults-") as folder:
        report = Path(folder) / "report.xml"
        wanted = [f"tests/{test}" for fault in FAULTS for test in fault.tests]
        sizes = {
            "SOHOA_TEST_KILLS": str(kills),
            "SOHOA_TEST_BATCH": str(documents),
            "SOHOA_TEST_AWAY_SECONDS": str(away),
        }
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junit-xml={report}", *wanted]
        subprocess.run(command, env=os.environ | sizes, check=False, stdout=sys.stderr)
        cases = ElementTree.parse(report).getroot().iter("testcase")  # noqa: S314
        return {
            f"{case.get('classname', '')}::{case.get('name')}": all(
                one.tag not in ("failure", "error", "skipped") for one in case
            )
            for case in cases
        }


def table(results: dict[str, bool], **sizes: object) -> str:
    """The table as Markdown."""
    lines = ["| fault | then | folder + SQLite | MinIO + PostgreSQL |", "| --- | --- | --- | --- |"]
    for fault in FAULTS:
        met = {EMBEDDED: [], SERVERS: []}  # type: dict[str, list[bool]]
        for test in fault.tests:
            file, name = test.split("::")
            module = f"tests.{file.removesuffix('.py').replace('/', '.')}::{name}"
            for case, held in results.items():
                if case.split("[")[0] == module:
                    met[pair_of(case, fault)].append(held)
        cells = [_verdict(met[pair], befalls=fault.on in (BOTH, pair)) for pair in (EMBEDDED, SERVERS)]
        lines.append(f"| {fault.what.format(**sizes)} | {fault.then} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _verdict(held: list[bool], *, befalls: bool) -> str:
    if not befalls:
        return "–"
    if not held:
        return "**not run**"
    return f"held ({len(held)})" if all(held) else f"**failed** ({held.count(False)} of {len(held)})"


def main() -> None:
    """Run, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--documents", type=int, default=40)
    parser.add_argument("--away", type=float, default=20.0, help="seconds that the store is away")
    parser.add_argument("--write", action="store_true", help=f"put the table into {PAGE}")
    given = parser.parse_args()
    results = run(kills=given.kills, documents=given.documents, away=given.away)
    made = table(results, kills=given.kills, documents=given.documents, away=f"{given.away:g}")
    print(made)
    if given.write:
        page = PAGE.read_text(encoding="utf-8")
        before, rest = page.split(BEGIN)
        PAGE.write_text(f"{before}{BEGIN}\n{made}\n{END}{rest.split(END)[1]}", encoding="utf-8")
    if "**" in made:
        sys.exit(1)


if __name__ == "__main__":
    main()
