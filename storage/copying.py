"""Moves objects between stores: each one verified, a second run goes on where the first was stopped."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from storage.errors import ObjectDiffers, ObjectMissing
from storage.objects import ObjectStore


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyReport:
    """What a copy did."""

    copied: int
    there: int  #: were there already, with the same hash
    bytes: int  #: of those that were copied
    faults: tuple[str, ...]  #: objects that could not be copied whole, each with its reason


def copy_store(
    source: ObjectStore,
    target: ObjectStore,
    *,
    keys: Iterable[str] | None = None,
    verify: bool = False,
    tell: Callable[[int], None] = lambda _: None,
) -> CopyReport:
    """Copy every object, or those named, with its content type and tags. Nothing is removed from the source.

    verify: read what is there already once more, and not only its recorded hash.
    tell: called with the number of objects looked at.
    One bad object is noted and the copy goes on. Raises StoreUnreachable, StoreFull.
    """
    copied = there = size = seen = 0
    faults: list[str] = []
    with tempfile.TemporaryDirectory(prefix="sohoa-copy-") as folder:
        for key in keys if keys is not None else (one.key for one in source.list()):
            seen += 1
            try:
                done = _copy(source, target, key, Path(folder) / "object", verify=verify)
            except (ObjectDiffers, ObjectMissing) as error:
                faults.append(str(error))
                continue
            copied += done is not None
            there += done is None
            size += done or 0
            tell(seen)
    return CopyReport(copied=copied, there=there, bytes=size, faults=tuple(faults))


def _copy(source: ObjectStore, target: ObjectStore, key: str, file: Path, *, verify: bool) -> int | None:
    """Bytes copied, None where the target has it."""
    info = source.head(key)
    if info is None:
        raise ObjectMissing(f"{key}: nothing lies there")
    there = target.head(key)
    if there is not None and (there.sha256, there.size) == (info.sha256, info.size):
        if verify and target.sha256(key) != info.sha256:
            raise ObjectDiffers(f"{key}: its copy is damaged; `sohoa fixity run` on that store mends it")
        return None
    try:
        source.fetch(key, file)  # raises ObjectDiffers where the source itself is damaged
        target.put(key, file, sha256=info.sha256, content_type=info.content_type, tags=source.tags(key))
    finally:
        file.unlink(missing_ok=True)
    return info.size
