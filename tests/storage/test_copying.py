"""Copying a store: everything arrives whole, a second run goes on, a bad object stops nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from storage.copying import copy_store
from storage.errors import ObjectHeld, StoreFull, WrongStore
from storage.objects import ObjectStore, open_store
from tests.conftest import fresh_bucket
from tests.services import S3Server, small_disk
from tests.storage.test_objects import put


@pytest.fixture
def filled(store: ObjectStore, tmp_path: Path) -> ObjectStore:
    """A store with three objects."""
    for name in "abc":
        put(store, tmp_path, name.encode() * 100, f"{name}/1", dossier=name)
    return store


def test_everything_arrives_with_its_hash_and_tags_and_a_second_run_copies_nothing(
    filled: ObjectStore, tmp_path: Path
) -> None:
    """A province that moves to MinIO leaves nothing behind, and need not begin anew after a stop."""
    target = open_store(f"folder://{tmp_path / 'target'}")
    report = copy_store(filled, target)
    assert (report.copied, report.there, report.bytes, report.faults) == (3, 0, 300, ())
    assert [one.key for one in target.list()] == ["a/1", "b/1", "c/1"]
    assert (target.head("b/1"), target.tags("b/1")) == (filled.head("b/1"), {"dossier": "b"})
    report = copy_store(filled, target)
    assert (report.copied, report.there) == (0, 3)
    assert copy_store(filled, target, verify=True).faults == ()


def test_what_was_copied_from_a_folder_to_a_bucket_and_back_is_the_same(s3: S3Server, tmp_path: Path) -> None:
    """The way back must be open too."""
    here = open_store(f"folder://{tmp_path / 'here'}")
    put(here, tmp_path, b"one", "a/1", dossier="H21.14")
    with fresh_bucket(s3) as address:
        there = address.open()
        copy_store(here, there)
        back = open_store(f"folder://{tmp_path / 'back'}")
        copy_store(there, back)
    assert (back.head("a/1"), back.tags("a/1"), back.sha256("a/1")) == (
        here.head("a/1"),
        here.tags("a/1"),
        here.sha256("a/1"),
    )


def test_a_damaged_object_is_told_and_the_others_are_copied(tmp_path: Path) -> None:
    """One rotten page must not keep ten million others from being saved."""
    source = open_store(f"folder://{tmp_path / 'source'}")
    target = open_store(f"folder://{tmp_path / 'target'}")
    for name in "abc":
        put(source, tmp_path, name.encode(), f"{name}/1")
    (tmp_path / "source" / "b" / "1").write_bytes(b"x")
    report = copy_store(source, target)
    assert (report.copied, len(report.faults)) == (2, 1)
    assert "b/1" in report.faults[0]
    (tmp_path / "target" / "a" / "1").write_bytes(b"x")
    assert copy_store(source, target).there == 2
    assert any("a/1" in fault for fault in copy_store(source, target, verify=True).faults)


def test_a_copy_onto_a_disk_that_fills_stops_with_whole_objects(tmp_path: Path) -> None:
    """After making room the same command goes on."""
    source = open_store(f"folder://{tmp_path / 'source'}")
    for name in "abc":
        put(source, tmp_path, name.encode() * 500_000, f"{name}/1")
    disk = tmp_path / "disk"
    disk.mkdir()
    with small_disk(disk, mib=1):
        target = open_store(f"folder://{disk}/target")
        with pytest.raises(StoreFull):
            copy_store(source, target)
        assert all(target.sha256(one.key) == source.sha256(one.key) for one in target.list())


def test_a_store_is_set_up_as_often_as_one_likes(store: ObjectStore, tmp_path: Path) -> None:
    """An operator who is not sure runs it again."""
    assert store.prepare() == store.prepare()
    put(store, tmp_path, b"one")
    store.prepare()
    assert len(list(store.list())) == 1


def test_a_held_object_cannot_be_removed_until_the_hold_is_lifted(store: ObjectStore, tmp_path: Path) -> None:
    """Papers of a case before the court must outlive every period."""
    put(store, tmp_path, b"one", "a/1")
    if not store.hold("a/1", on=True):  # a bucket without object lock: the records alone hold
        store.remove("a/1")
        assert store.head("a/1") is None
        return
    with pytest.raises(ObjectHeld):
        store.remove("a/1")
    store.hold("a/1", on=False)
    store.remove("a/1")
    store.remove("a/1")
    assert list(store.list()) == []


def test_a_bucket_with_object_lock_holds_by_itself(s3: S3Server, tmp_path: Path) -> None:
    """Not even the store's administrator can slip a held paper away."""
    with fresh_bucket(s3) as address:
        store = address.open()
        assert "object lock" in store.prepare(object_lock=True)
        put(store, tmp_path, b"one", "a/1")
        assert store.hold("a/1", on=True)
        with pytest.raises(ObjectHeld):
            store.remove("a/1")
        assert store.sha256("a/1")
        store.hold("a/1", on=False)
        store.remove("a/1")


def test_what_a_store_cannot_have_is_told(store: ObjectStore, tmp_path: Path) -> None:
    """An operator who believes in a lock that is not there loses the paper."""
    put(store, tmp_path, b"one")
    with pytest.raises(WrongStore):
        store.prepare(object_lock=True)
    with pytest.raises(WrongStore):
        store.prepare(encrypt=True)


def test_tags_follow_a_paper_to_another_dossier(store: ObjectStore, tmp_path: Path) -> None:
    """A corrected link must be seen in the bucket as well."""
    put(store, tmp_path, b"one", "a/1", dossier="wrong")
    store.tag("a/1", {"dossier": "right"})
    assert store.tags("a/1") == {"dossier": "right"}
    store.tag("a/1", {})
    assert store.tags("a/1") == {}
