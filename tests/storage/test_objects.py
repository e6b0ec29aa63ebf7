"""Objects: both stores keep bytes once, whole, and give back what was put."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import pickle
import urllib.request
from pathlib import Path

import pytest

from storage.errors import ObjectDiffers, ObjectMissing, WrongKey, WrongStore
from storage.keys import derived_key, original_key
from storage.objects import ObjectStore, open_store

KEY = "documents/ab/abcd/v1/paper.pdf"


def made(folder: Path, data: bytes, name: str = "file") -> tuple[Path, str]:
    """A file and its hash."""
    path = folder / name
    path.write_bytes(data)
    return path, hashlib.sha256(data).hexdigest()


def put(store: ObjectStore, folder: Path, data: bytes, key: str = KEY, **tags: str) -> str:
    """Put bytes under a key; their hash."""
    path, sha256 = made(folder, data)
    store.put(key, path, sha256=sha256, content_type="application/pdf", tags=tags)
    return sha256


def test_what_was_put_is_read_back(store: ObjectStore, tmp_path: Path) -> None:
    """An archive that gives back anything else has lost the paper."""
    data = os.urandom(3 << 20)
    sha256 = put(store, tmp_path, data, dossier="H21.14-240315-0012")
    store.fetch(KEY, tmp_path / "back")
    with store.open(KEY) as reader:
        streamed = reader.read()
    info = store.head(KEY)
    assert (tmp_path / "back").read_bytes() == data == streamed
    assert info is not None
    assert (info.key, info.size, info.sha256, info.content_type) == (KEY, len(data), sha256, "application/pdf")
    assert store.sha256(KEY) == sha256


def test_an_object_of_no_bytes_is_an_object(store: ObjectStore, tmp_path: Path) -> None:
    """A blank text layer has no bytes, and its document must still be published."""
    sha256 = put(store, tmp_path, b"")
    assert store.sha256(KEY) == sha256
    assert [info.size for info in store.list()] == [0]


def test_putting_the_same_again_is_no_work(store: ObjectStore, tmp_path: Path) -> None:
    """A batch that was killed puts its objects again: they must be taken as they are."""
    put(store, tmp_path, b"one")
    put(store, tmp_path, b"one")
    assert [info.key for info in store.list()] == [KEY]


def test_other_bytes_under_the_same_key_are_refused(store: ObjectStore, tmp_path: Path) -> None:
    """Whoever could write over an original could forge the archive."""
    sha256 = put(store, tmp_path, b"one")
    with pytest.raises(ObjectDiffers):
        put(store, tmp_path, b"two")
    assert store.sha256(KEY) == sha256


def test_a_file_that_is_not_what_was_hashed_is_refused(store: ObjectStore, tmp_path: Path) -> None:
    """A disk that changes bytes between hashing and storing must be noticed before the record is written."""
    path, _ = made(tmp_path, b"one")
    with pytest.raises(ObjectDiffers):
        store.put(KEY, path, sha256="0" * 64, content_type="text/plain")
    assert store.head(KEY) is None


def test_what_is_not_there_is_missing_and_not_a_fault_of_the_store(store: ObjectStore, tmp_path: Path) -> None:
    """An operator must be able to tell a lost object from a dead server."""
    assert store.head(KEY) is None
    with pytest.raises(ObjectMissing):
        store.sha256(KEY)
    with pytest.raises(ObjectMissing), store.open(KEY):
        pass
    with pytest.raises(ObjectMissing):
        store.fetch(KEY, tmp_path / "back")
    assert not list(tmp_path.glob("*back*"))


def test_listing_goes_in_the_order_of_keys_and_stays_under_its_prefix(store: ObjectStore, tmp_path: Path) -> None:
    """Sweeps and copies walk by prefix: a neighbour must not be taken along."""
    for key in ("b/2", "a/1", "b/10", "bb/1", "b"):
        if key != "b":
            put(store, tmp_path, key.encode(), key)
    assert [info.key for info in store.list()] == ["a/1", "b/10", "b/2", "bb/1"]
    assert [info.key for info in store.list("b/")] == ["b/10", "b/2"]
    assert list(store.list("c")) == []


HOSTILE = (
    *("", "/", "/etc/passwd", "../up", "a/../../b", "a//b", "a/./b", ".hidden", "a/.meta", "A/B", "Đơn", "a b"),
    *("a\\b", "a\nb", "a\x00b", "a/", "x" * 201, "x/" * 256 + "x", "con:stream", "a/..b/c"),
)


@pytest.mark.parametrize("key", HOSTILE)
def test_a_key_that_could_mean_another_place_is_refused(store: ObjectStore, tmp_path: Path, key: str) -> None:
    """Keys are made of hashes; anything else is a fault or an attack."""
    path, sha256 = made(tmp_path, b"one")
    with pytest.raises(WrongKey):
        store.put(key, path, sha256=sha256, content_type="text/plain")
    with pytest.raises(WrongKey):
        store.head(key)
    with pytest.raises(WrongKey):
        store.fetch(key, tmp_path / "back")


def test_tags_say_to_which_dossier_an_object_belongs(store: ObjectStore, tmp_path: Path) -> None:
    """Who looks into the bucket without our database must still find the dossier."""
    put(store, tmp_path, b"one", dossier="H21.14-240315-0012", procedure="1.000123")
    assert store.tags(KEY) == {"dossier": "H21.14-240315-0012", "procedure": "1.000123"}
    put(store, tmp_path, b"two", "a/none")
    assert store.tags("a/none") == {}


def test_a_store_travels_to_another_process(store: ObjectStore, tmp_path: Path) -> None:
    """Documents are assembled in worker processes; a client shared over a fork mixes answers up."""
    sha256 = put(store, tmp_path, b"one")
    again: ObjectStore = pickle.loads(pickle.dumps(store))  # noqa: S301  (our own bytes)
    assert again.sha256(KEY) == sha256
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert pool.map(store.sha256, [KEY] * 8) == [sha256] * 8


def test_a_presigned_link_opens_the_object_in_a_browser(store: ObjectStore, tmp_path: Path) -> None:
    """A clerk's browser fetches large files from the store itself; a folder has no such thing."""
    put(store, tmp_path, b"one")
    link = store.presign(KEY, 60)
    if link is not None:
        with urllib.request.urlopen(link) as answer:  # noqa: S310  (our own server)
            assert answer.read() == b"one"


def test_a_check_leaves_nothing_behind(store: ObjectStore) -> None:
    """The doctor runs every morning: a probe a day would be a thousand objects in three years."""
    store.check()
    assert list(store.list()) == []


def test_a_large_object_is_put_in_parts_and_read_back_whole(store: ObjectStore, tmp_path: Path) -> None:
    """A 400-page volume is larger than one part of an upload; its ETag is no hash, ours must be."""
    data = os.urandom(1 << 20) * 40
    assert put(store, tmp_path, data) == store.sha256(KEY) == hashlib.sha256(data).hexdigest()


NO_STORES = (
    *("", "objects", "folder://host/path", "folder:objects", "s3+https://host", "s3+https://host/a/b"),
    *("s3://host/a", "ftp://host/a", "s3+http:///bucket"),
)


@pytest.mark.parametrize("url", NO_STORES)
def test_an_address_that_is_no_store_is_told_at_once(url: str) -> None:
    """A typing error in the settings must not end as a store in some odd place."""
    with pytest.raises(WrongStore):
        open_store(url)


def test_keys_are_made_of_hashes_alone() -> None:
    """A name in a key would be personal data in every log of the store."""
    assert original_key("ab" * 32) == f"originals/ab/ab/{'ab' * 32}"
    made_key = derived_key("abcd", 2, "alto.xml", "cd" * 32)
    assert made_key.startswith("documents/ab/abcd/v2/")
    with pytest.raises(WrongKey):
        original_key("AB" * 32)
    with pytest.raises(WrongKey):
        derived_key("abcd", 1, "../alto.xml", "cd" * 32)
