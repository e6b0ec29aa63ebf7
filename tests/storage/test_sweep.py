"""The sweep: what is missing from the store and what nobody knows of is told, and nothing is removed."""

from __future__ import annotations

import hashlib
import json
import shutil
from datetime import timedelta
from pathlib import Path

from storage.keys import original_key
from storage.publication import publish_scan
from storage.records import register_scan
from storage.sweep import compare
from tests.conftest import EMBEDDED, Pair
from tests.storage.papers import a_batch, a_document, a_part, a_scan, put_original


def test_a_store_with_just_what_is_on_record_has_nothing_to_tell(pair: Pair, tmp_path: Path) -> None:
    """A report with false alarms is not read any more when the true one comes."""
    batch = a_batch(pair.database)
    put_original(pair.store, tmp_path, b"scan")
    publish_scan(pair.database, pair.store, a_scan(pair.database, batch).id, [a_document(tmp_path, batch)])
    report = compare(pair.database, pair.store)
    assert (report.known, report.missing, report.orphans) == (3, (), ())


def test_page_images_of_a_folder_are_known_by_their_list(pair: Pair, tmp_path: Path) -> None:
    """A folder of page images is one scan: its images must not be taken for orphans, nor be lost unnoticed."""
    batch = a_batch(pair.database)
    hashes = [put_original(pair.store, tmp_path, data) for data in (b"page 1", b"page 2")]
    manifest = tmp_path / "manifest.json"
    manifest.write_text(json.dumps([{"name": f"{n}.tif", "sha256": one} for n, one in enumerate(hashes)]))
    sha256 = hashlib.sha256(manifest.read_bytes()).hexdigest()
    pair.store.put(original_key(sha256), manifest, sha256=sha256, content_type="application/json")
    with pair.database.transaction() as session:
        register_scan(
            session,
            batch,
            source="in",
            sha256=sha256,
            kind="images",
            size=12,
            page_count=2,
            object_key=original_key(sha256),
        )
    report = compare(pair.database, pair.store)
    assert (report.known, report.missing, report.orphans) == (3, (), ())


def test_what_a_kill_left_is_an_orphan_until_its_batch_goes_on(pair: Pair, tmp_path: Path) -> None:
    """Nothing that a killed batch stored may be taken away: the next run finds it there."""
    batch = a_batch(pair.database)
    put_original(pair.store, tmp_path, b"scan")
    scan = a_scan(pair.database, batch)
    part = a_part(tmp_path, a_document(tmp_path, batch).id, "paper.pdf", b"half a batch")
    pair.store.put(part.key, part.path, sha256=part.sha256, content_type=part.content_type)
    assert compare(pair.database, pair.store).orphans == (part.key,)
    assert compare(pair.database, pair.store, settled=timedelta(hours=1)).orphans == ()
    assert pair.store.head(part.key) is not None
    publish_scan(pair.database, pair.store, scan.id, [a_document(tmp_path, batch)])
    assert compare(pair.database, pair.store).orphans == (part.key,)


def test_a_lost_object_is_missing(pair: Pair, tmp_path: Path) -> None:
    """An original that somebody deleted in the store must be told before the paper is asked for."""
    batch = a_batch(pair.database)
    put_original(pair.store, tmp_path, b"scan")
    a_scan(pair.database, batch)
    lost = a_scan(pair.database, batch, b"never stored", source="in/b.pdf")
    assert compare(pair.database, pair.store).missing == (original_key(lost.sha256),)
    if pair.name == EMBEDDED:
        shutil.rmtree(tmp_path / "objects" / "originals")
        assert len(compare(pair.database, pair.store).missing) == 2
