"""Looks through what a person gave for scans: files, folders, ZIPs; in a fixed order, holding one folder's names."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ocr.errors import EmptyFile, NotAllowed, ScanError, UnknownKind
from ocr.opening.archive import find_in_archive
from ocr.opening.found import Found, Refused, Skipped, Source
from ocr.opening.kinds import Kind, claims_to_be_scan, identify, is_office, read_head
from ocr.opening.names import Distinct, natural_key, readable
from ocr.opening.raw import Limits
from ocr.opening.sequences import find_sequence

# Folders that systems make beside people's own: previews, deleted files, indexes. They hold no papers.
_SYSTEM_FOLDERS = frozenset(["@eadir", "#recycle", "$recycle.bin", "system volume information", "__macosx"])


@dataclass(frozen=True, slots=True)
class _Folder:
    path: Path
    name: str


@dataclass(frozen=True, slots=True)
class _Search:
    root: Path  #: of the input that is being looked through, links resolved
    unpack_to: Path
    limits: Limits


def find_sources(inputs: Sequence[Path], *, unpack_to: Path, limits: Limits) -> Iterator[Found]:
    """Everything that the inputs hold, one by one, in natural order; the same in every run.

    A source's name begins with the last component of the input that it was found in. A second input of the same name
    gets a number: `scan (2).pdf`, `docs (2)/…`; an input that is given twice is taken once. Members of ZIPs are
    unpacked into `unpack_to` as they are asked for; the caller clears it away.

    Raises OSError for a disk that is full while unpacking; all else is told as Refused.
    """
    distinct = Distinct()
    seen: set[str] = set()
    for given in inputs:
        name = readable(given.name or given.resolve().name or "input")
        if given.name == "..":
            name = readable(given.resolve().name or "input")
        real = os.path.realpath(given)
        if real in seen:
            yield Skipped(name=name, reason="is given twice")
            continue
        seen.add(real)
        search = _Search(root=Path(real), unpack_to=unpack_to, limits=limits)
        name = distinct(name)
        if os.path.isdir(real):  # noqa: PTH112  Path.is_dir raises where a folder above may not be searched
            yield from _look_through(_Folder(Path(real), name), search)
        elif os.path.lexists(given):
            yield from _look_at_file(given, name, search)
        else:
            what = "does not exist, or lies in a folder that cannot be read"
            yield Refused(name=name, error=NotAllowed(name, what, mend="look at how the path is spelt"))


def find_listed(listed: Iterable[tuple[str, Sequence[Path]]], *, unpack_to: Path, limits: Limits) -> Iterator[Found]:
    """What a list of (name, files) holds, where somebody has looked through the folders already.

    Several files are the images of one paper, page by page. Names are taken as they are, so no two may be alike.
    Raises OSError for a disk that is full while unpacking; all else is told as Refused.
    """
    for name, files in listed:
        if len(files) > 1:
            pages = sequence_of(name, tuple(files), missing=())
            yield pages or Refused(name=name, error=UnknownKind(name, "holds no images", mend="look at what it is"))
            continue
        (file,) = files
        search = _Search(root=file.parent, unpack_to=unpack_to, limits=limits)
        yield from _look_at_file(file, name, search)


def _look_through(top: _Folder, search: _Search) -> Iterator[Found]:
    """Depth first without recursion, so that no nesting is too deep."""
    open_folders = [_entries(top, search)]
    while open_folders:
        for entry in open_folders[-1]:
            if isinstance(entry, _Folder):
                open_folders.append(_entries(entry, search))
                break
            yield entry
        else:
            open_folders.pop()


def _entries(folder: _Folder, search: _Search) -> Iterator[Found | _Folder]:
    """What lies directly in a folder; its numbered page images first, as one source with the folder's name."""
    try:
        with os.scandir(folder.path) as listing:
            entries = sorted(((entry.name, _nature(entry)) for entry in listing), key=lambda e: natural_key(e[0]))
    except OSError as error:
        yield Refused(
            name=folder.name,
            error=NotAllowed(
                folder.name,
                f"is a folder that cannot be read ({error.strerror or error})",
                mend="give this account the right to read it, then run again",
            ),
        )
        return
    files = [name for name, nature in entries if nature == "file" and not _is_side_file(name)]
    sequence = _sequence_source(folder, files, search.limits)
    in_sequence = {file.name for file in sequence.files} if sequence else set()
    if sequence:
        yield sequence
    distinct = Distinct()
    for name, nature in entries:
        if name in in_sequence:
            continue
        yield from _entry(folder.path / name, distinct(readable(name)), nature, folder, search)


def _nature(entry: os.DirEntry[str]) -> str:
    if entry.is_symlink():
        return "link"
    if entry.is_dir(follow_symlinks=False):
        return "folder"
    return "file" if entry.is_file(follow_symlinks=False) else "other"


def _is_side_file(name: str) -> bool:
    return name.startswith("._")  # AppleDouble: a macOS file's attributes under the file's own name


def _sequence_source(folder: _Folder, files: Sequence[str], limits: Limits) -> Source | None:
    sequence = find_sequence(files)
    if sequence is None or len(sequence.names) > limits.max_pages:  # so many are no one paper
        return None
    paths = tuple(folder.path / name for name in sequence.names)
    return sequence_of(folder.name, paths, missing=sequence.missing)


def sequence_of(name: str, paths: tuple[Path, ...], *, missing: Sequence[int]) -> Source | None:
    """Page images as one source, or None where they are not all images by their content.

    An image that cannot be read keeps its place: that page fails and the others are read.
    """
    kinds: list[Kind] = []
    for path in paths:
        try:
            kind = identify(path)
        except ScanError:
            continue
        if kind in (Kind.PDF, Kind.ZIP):
            return None
        kinds.append(kind)
    if not kinds:
        return None
    notes = (f"no page bears the number {', '.join(map(str, missing))}",) if missing else ()
    return Source(name=name, files=paths, kind=kinds[0], notes=notes)


def _entry(path: Path, name: str, nature: str, folder: _Folder, search: _Search) -> Iterator[Found | _Folder]:
    full = f"{folder.name}/{name}"
    if nature == "file":
        yield from _look_at_file(path, full, search)
    elif nature == "link":
        yield _look_at_link(path, full, search)
    elif nature == "other":
        yield _unusable(full, NotAllowed(full, "is no plain file (a pipe, socket or device)", mend="take it out"))
    elif path.name.startswith(".") or path.name.casefold() in _SYSTEM_FOLDERS:
        yield Skipped(name=full, reason="is a hidden or system folder")
    else:
        yield _Folder(path, full)


def _look_at_link(path: Path, name: str, search: _Search) -> Found:
    """Links are told, never followed: one that stays inside leads to what is taken anyway."""
    real = os.path.realpath(path)
    if not os.path.exists(real):  # noqa: PTH110  Path.exists raises for a link that leads to itself
        return _unusable(name, NotAllowed(name, "is a broken link", mend="put the file itself in its place"))
    if Path(real).is_relative_to(search.root):
        return Skipped(name=name, reason="is a link to what is taken at its own place")
    error = NotAllowed(
        name, "is a link that leads out of the input", mend="give the place that it leads to, or copy what is there"
    )
    is_folder = os.path.isdir(real)  # noqa: PTH112
    return Refused(name=name, error=error) if is_folder else _unusable(name, error)


def _unusable(name: str, error: ScanError) -> Found:
    """A scan by its name is refused aloud; anything else is passed over."""
    if claims_to_be_scan(name):
        return Refused(name=name, error=error)
    return Skipped(name=name, reason=error.what)


def _look_at_file(path: Path, name: str, search: _Search) -> Iterator[Found]:
    if _is_side_file(path.name):
        yield Skipped(name=name, reason="holds a macOS file's attributes")
        return
    try:
        kind = identify(path, name=name)
    except UnknownKind as error:
        office = is_office(read_head(path, name))
        reason = "is an office document; print it to PDF to have it taken" if office else "is no scan"
        yield Refused(name=name, error=error) if claims_to_be_scan(name) else Skipped(name=name, reason=reason)
        return
    except (EmptyFile, NotAllowed) as error:
        yield _unusable(name, error)
        return
    if kind is Kind.ZIP:
        yield from find_in_archive(path, name, unpack_to=search.unpack_to, limits=search.limits)
    else:
        yield Source(name=name, files=(path,), kind=kind)
