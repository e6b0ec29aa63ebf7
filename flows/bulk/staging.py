"""Puts the files of a chunk where a batch can read them: those in folders lie there already."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from flows.link import Told
from flows.manifest import Listed
from flows.settings import StoreSettings
from ocr.opening import Limits, Source, find_listed
from storage.bulk import Item
from storage.errors import ObjectMissing
from storage.objects.foreign import ForeignBucket


@dataclass(slots=True)
class _Open:
    """A ZIP that is being read through: the next chunk's members come after this one's."""

    members: Iterator[object]
    folder: Path


@dataclass(slots=True)
class Staging:
    """Stages chunks of one run, one after the other."""

    folder: Path
    limits: Limits
    store: StoreSettings
    _open: dict[str, _Open] = field(default_factory=dict)

    def stage(self, items: Sequence[Item]) -> list[Listed]:
        """The scans of a chunk with their files. What cannot be had any more is named with a file that is not there.

        Raises StoreUnreachable, OSError for a full disk.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        listed = []
        for item in items:
            if "files" in item.place:
                files = tuple(Path(file) for file in item.place["files"])
            elif "key" in item.place:
                files = (self._fetched(item),)
            else:
                files = self._member(item)
            told = Told(
                dossier_code=item.dossier_code, procedure_code=item.procedure_code, agency_code=item.agency_code
            )
            listed.append(Listed(name=item.name, files=files, told=told))
        return listed

    def clear(self) -> None:
        """Remove what was staged; ZIPs under way stay open."""
        for place in self.folder.iterdir() if self.folder.is_dir() else ():
            if place.name.startswith("object-"):
                place.unlink(missing_ok=True)
        for archive in self._open.values():
            for file in archive.folder.glob("**/*"):
                if file.is_file():
                    file.unlink(missing_ok=True)

    def close(self) -> None:
        """Remove everything."""
        self._open.clear()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _fetched(self, item: Item) -> Path:
        place = item.place
        bucket = ForeignBucket(
            endpoint=place["endpoint"],
            bucket=place["bucket"],
            prefix="",
            secure=place["secure"],
            access_key=self.store.access_key,
            secret_key=self.store.secret_key.get_secret_value(),
            region=self.store.region or None,
        )
        file = self.folder / f"object-{item.number}{Path(place['key']).suffix.lower()[:8]}"
        try:
            bucket.fetch(place["key"], file)
        except ObjectMissing:
            file.unlink(missing_ok=True)
        return file

    def _member(self, item: Item) -> tuple[Path, ...]:
        """A member of a ZIP; chunks come in the archive's order, so one pass is enough unless a run begins anew."""
        archive, within = item.place["zip"], item.place["within"]
        for again in (False, True):
            if archive not in self._open or again:
                folder = self.folder / f"zip-{len(self._open)}-{int(again)}"
                folder.mkdir(parents=True, exist_ok=True)
                members = find_listed([(within, [Path(archive)])], unpack_to=folder, limits=self.limits)
                self._open[archive] = _Open(iter(members), folder)
            for found in self._open[archive].members:
                if isinstance(found, Source):
                    if found.name == item.name:
                        return found.files
                    for file in found.files:
                        file.unlink(missing_ok=True)
        return (self.folder / "gone",)
