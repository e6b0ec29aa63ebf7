"""The intake list: every scan of a source with its size, pages and hash, before anything is done."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from flows.installation import Installation
from flows.link import Told
from flows.manifest import Manifest, find_manifests
from flows.reading import worker_settings
from flows.settings import StoreSettings
from flows.work import hash_of_files
from ocr.errors import ScanError
from ocr.opening import Kind, Limits, Refused, Skipped, Source, count_pages, find_sources, identify, readable
from storage.bulk import Item, add_items, listed_names
from storage.objects.foreign import ForeignBucket, foreign_bucket

AT_ONCE = 200  # lines put on record together; a kill loses that much of the listing


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a run takes its scans from."""

    paths: tuple[Path, ...]
    buckets: tuple[ForeignBucket, ...]
    told: Told


def given_sources(sources: Sequence[str], told: Told, store: StoreSettings) -> Given:
    """Paths and addresses apart. Raises WrongStore."""
    buckets = [
        foreign_bucket(
            source,
            access_key=store.access_key,
            secret_key=store.secret_key.get_secret_value(),
            region=store.region or None,
        )
        for source in sources
        if "://" in source
    ]
    paths = tuple(Path(source) for source in sources if "://" not in source)
    return Given(paths=paths, buckets=tuple(buckets), told=told)


def make_list(house: Installation, run_id: str, given: Given) -> int:
    """Put everything on the intake list that is not on it yet; how many lines it has.

    Raises StoreUnreachable, RecordsUnreachable, OSError for a full disk.
    """
    with house.database.reading() as session:
        names = listed_names(session, run_id)
    number = len(names)
    waiting: list[Item] = []
    for item in every_item(house, run_id, given, names):
        number += 1
        waiting.append(replace(item, number=number))
        if len(waiting) >= AT_ONCE:
            _keep(house, run_id, waiting)
    _keep(house, run_id, waiting)
    return number


def every_item(house: Installation, run_id: str, given: Given, skip: set[str]) -> Iterator[Item]:
    """Every line that is not named in `skip`, hashed; numbers are 0."""
    limits = worker_settings(house.settings).limits
    unpacked = house.work / f"listing-{run_id}"
    manifest = find_manifests(list(given.paths))
    try:
        yield from _from_paths(given, manifest, unpacked, limits, skip)
        for bucket in given.buckets:
            yield from _from_bucket(bucket, given.told, unpacked, limits, skip)
    finally:
        shutil.rmtree(unpacked, ignore_errors=True)


def _from_paths(given: Given, manifest: Manifest, unpacked: Path, limits: Limits, skip: set[str]) -> Iterator[Item]:
    archives = dict(_archives(given.paths))
    for found in find_sources(given.paths, unpack_to=unpacked, limits=limits):
        match found:
            case Source() if found.name not in skip:
                told = manifest.of(found.name, given.told)
                yield line_of(found, told, _place(found, unpacked, archives), limits)
            case Refused() if found.name not in skip:
                yield _refused(found.name, found.error, manifest.of(found.name, given.told))
            case Source() | Refused() | Skipped():
                pass
        if isinstance(found, Source) and _within(found.files[0], unpacked):
            for file in found.files:
                file.unlink(missing_ok=True)


def _archives(paths: Sequence[Path]) -> Iterator[tuple[str, Path]]:
    """ZIPs by the names that their members' names begin with."""
    for given in paths:
        top = readable(given.name or given.resolve().name)
        if given.is_file():
            yield top, given.resolve()
            continue
        for folder, _, files in os.walk(given):
            for name in files:
                file = Path(folder) / name
                if name.lower().endswith(".zip"):
                    yield f"{top}/{readable(file.relative_to(given).as_posix())}", file.resolve()


def _place(source: Source, unpacked: Path, archives: dict[str, Path]) -> dict[str, Any]:
    if not _within(source.files[0], unpacked):
        return {"files": [str(file.resolve()) for file in source.files]}
    name = PurePosixPath(source.name)
    for above in (name, *name.parents):
        if str(above) in archives:
            return {"zip": str(archives[str(above)]), "within": str(above)}
    return {"zip": "", "within": ""}


def _within(file: Path, folder: Path) -> bool:
    return folder in file.parents


def line_of(source: Source, told: Told, place: dict[str, Any], limits: Limits, *, pages: int | None = None) -> Item:
    """The line of one scan, its number 0. pages: how many, where they need not be counted."""
    error: ScanError | None = None
    try:
        pages = count_pages(source, limits=limits) if pages is None else pages
    except ScanError as raised:
        error, pages = raised, 0
    try:
        sha256: str | None = hash_of_files(source.files)
        size = sum(file.stat().st_size for file in source.files)
    except OSError:
        sha256, size = None, 0
    return _item(source.name, told, place, size=size, pages=pages, sha256=sha256, error=error)


def _refused(name: str, error: ScanError, told: Told) -> Item:
    return _item(name, told, {}, size=0, pages=0, sha256=None, error=error)


def _item(
    name: str,
    told: Told,
    place: dict[str, Any],
    *,
    size: int,
    pages: int,
    sha256: str | None,
    error: ScanError | None,
) -> Item:
    refused = error is not None and sha256 is None  # what has bytes is worked on: its original is kept
    return Item(
        number=0,
        name=name,
        place=place,
        size=size,
        pages=pages,
        sha256=sha256,
        agency_code=told.agency_code,
        procedure_code=told.procedure_code,
        dossier_code=told.dossier_code,
        state="failed" if refused else "waiting",
        reason=type(error).__name__ if refused and error else None,
        error=str(error) if refused else None,
    )


def _from_bucket(bucket: ForeignBucket, told: Told, unpacked: Path, limits: Limits, skip: set[str]) -> Iterator[Item]:
    """Objects one by one: each is fetched, hashed and let go. ZIPs in a bucket are one line each."""
    unpacked.mkdir(parents=True, exist_ok=True)
    for key, size in bucket.listed():
        name = readable(f"{bucket.bucket}/{key}")
        if name in skip or key.endswith("/"):
            continue
        file = unpacked / hashlib.sha256(key.encode()).hexdigest()
        bucket.fetch(key, file)
        place = {"key": key, "endpoint": bucket.endpoint, "bucket": bucket.bucket, "secure": bucket.secure}
        try:
            kind = identify(file, name=name)
            pages = 1 if kind is Kind.ZIP else count_pages(Source(name=name, files=(file,), kind=kind), limits=limits)
        except ScanError:
            pages = 0
        sha256 = hash_of_files((file,))
        file.unlink()
        yield _item(name, told, place, size=size, pages=pages, sha256=sha256, error=None)


def _keep(house: Installation, run_id: str, waiting: list[Item]) -> None:
    if waiting:
        with house.database.transaction() as session:
            add_items(session, run_id, waiting)
        waiting.clear()
