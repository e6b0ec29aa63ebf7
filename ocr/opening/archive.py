"""Takes scans out of ZIPs without trusting anything that a ZIP says.

Members are unpacked one by one under names of our own; what is counted is what really comes out. Only stored and
deflated members are taken: the other methods cannot be unpacked within bounded memory, and no scanner writes them.
"""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ocr.errors import (
    DamagedFile,
    EmptyFile,
    NoPages,
    PasswordNeeded,
    ScanError,
    TooLarge,
    UnknownKind,
    UnsafeArchive,
)
from ocr.opening.found import Found, Refused, Skipped, Source
from ocr.opening.kinds import HEAD, Kind, claims_to_be_scan, kind_of
from ocr.opening.names import Distinct, natural_key
from ocr.opening.raw import Limits
from ocr.opening.sequences import find_sequence
from ocr.opening.zipdirectory import count_members
from ocr.opening.zipnames import cleaned, member_name, name_danger

_RATIO_FROM = 32 * 1024**2  # bytes; a blank page without compression packs 1,000 to 1 and hurts nobody
_LOCAL_HEADER = 30  # bytes before a member's name
_CHUNK = 1024**2
_ENCRYPTED = 0x1  # flag bit 0
_METHODS = {
    1: "shrunk",
    6: "imploded",
    9: "Deflate64",
    12: "bzip2",
    14: "LZMA",
    93: "Zstandard",
    95: "xz",
    98: "PPMd",
}
# What zipfile raises for bytes that are no good ZIP; ValueError and OverflowError come from absurd offsets.
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError, OverflowError)


@dataclass(frozen=True, slots=True)
class _Member:
    info: zipfile.ZipInfo
    number: int  #: place in the archive's directory, from 1
    path: str  #: within the archive, for people; no two share it
    danger: str | None

    @property
    def folder(self) -> str:
        return str(PurePosixPath(self.path).parent)

    @property
    def file_name(self) -> str:
        return PurePosixPath(self.path).name


@dataclass(frozen=True, slots=True)
class _Sequence:
    folder: str
    pages: tuple[_Member, ...]
    missing: tuple[int, ...]


class _Stop(Exception):
    """The archive as a whole goes beyond the limits."""


class _Unpacking:
    """An open archive, where its members go, and how much has come out of it so far."""

    def __init__(self, archive: zipfile.ZipFile, name: str, path: Path, unpack_to: Path, limits: Limits) -> None:
        self.archive = archive
        self.name = name
        self.limits = limits
        self.folder = unpack_to / hashlib.sha256(name.encode()).hexdigest()[:16]
        self.unpacked = 0
        packed = path.stat().st_size
        self.allowed = min(limits.max_archive_bytes, limits.max_archive_ratio * packed + _RATIO_FROM)

    def full_name(self, member: _Member) -> str:
        """As people read it: archive.zip/folder/page.jpg."""
        return f"{self.name}/{member.path}"

    def head(self, member: _Member) -> bytes:
        """The member's first bytes; raises what `_BROKEN` lists."""
        with self.archive.open(member.info) as file:
            return file.read(HEAD)

    def unpack(self, member: _Member) -> Path:
        """Write a member out whole and return its path; no half file stays behind.

        Raises UnsafeArchive for a member that swells, _Stop for an archive that does, OSError for a full disk, and
        what `_BROKEN` lists.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        whole = self.folder / f"{member.number:06}{_safe_suffix(member.path)}"
        part = whole.with_suffix(".part")
        try:
            with self.archive.open(member.info) as packed, part.open("wb") as out:
                size = 0
                while chunk := packed.read(_CHUNK):
                    size += len(chunk)
                    self._count(member, size, len(chunk))
                    out.write(chunk)
            part.replace(whole)
        finally:
            part.unlink(missing_ok=True)
        return whole

    def _count(self, member: _Member, size: int, more: int) -> None:
        self.unpacked += more
        if self.unpacked > self.allowed:
            raise _Stop
        if size > _RATIO_FROM and size > self.limits.max_archive_ratio * max(member.info.compress_size, 1):
            raise UnsafeArchive(
                self.full_name(member),
                f"grows to more than {self.limits.max_archive_ratio} times its packed size",
                mend="scans hardly shrink, so this is no scan; look at where the archive comes from",
            )


def _safe_suffix(path: str) -> str:
    """The member's suffix where it is a scan's, so that logs and tools see what it is; nothing else of its name."""
    return PurePosixPath(path).suffix.lower() if claims_to_be_scan(path) else ".scan"


def find_in_archive(path: Path, name: str, *, unpack_to: Path, limits: Limits) -> Iterator[Found]:
    """The scans in a ZIP, unpacked into `unpack_to` one by one as they are asked for.

    name: what people know the ZIP by; its members' names begin with it.
    Raises OSError where the disk is full; all else is told as Refused, and the other members go on.
    """
    damaged = "cannot be unpacked: its directory is damaged or cut off"
    try:
        if (count := count_members(path, stop_at=limits.max_archive_members)) > limits.max_archive_members:
            what = f"has more than {limits.max_archive_members:,} members"
            yield Refused(name=name, error=TooLarge(name, what, mend="unpack it and give its folders one by one"))
            return
        archive = zipfile.ZipFile(path)
    except _BROKEN:
        yield Refused(name=name, error=DamagedFile(name, damaged, mend="fetch it anew, or unpack what can be saved"))
        return
    with archive:
        if count == 0 or not archive.infolist():
            yield Refused(name=name, error=NoPages(name, "is a ZIP with nothing in it", mend="pack it again"))
            return
        if _overlap(archive):
            what = "has members that share the same bytes, as bombs do"
            yield Refused(name=name, error=UnsafeArchive(name, what, mend="look at where it comes from"))
            return
        yield from _members(_Unpacking(archive, name, path, unpack_to, limits))


def _overlap(archive: zipfile.ZipFile) -> bool:
    """Do members lie upon each other? One bomb's core read a thousand times unpacks to terabytes."""
    end = 0
    for info in sorted(archive.infolist(), key=lambda info: info.header_offset):
        if info.header_offset < end:
            return True
        end = info.header_offset + _LOCAL_HEADER + len(info.orig_filename) + info.compress_size
    return False


def _members(unpacking: _Unpacking) -> Iterator[Found]:
    members = _listed(unpacking.archive)
    sequences = _sequences(members, unpacking.limits)
    done: set[int] = set()
    try:
        for member in members:
            if member.number in done:
                continue
            sequence = sequences.pop(member.folder, None) if _is_usable(member) else None
            if sequence and _all_images(sequence.pages, unpacking):
                done.update(page.number for page in sequence.pages)
                yield from _unpack_sequence(sequence, unpacking)
            if member.number not in done:
                yield _look_at(member, unpacking)
    except _Stop:
        what = f"unpacks to more than {unpacking.allowed:,} bytes; the rest of it was not unpacked"
        error = UnsafeArchive(unpacking.name, what, mend="unpack it by hand if it can be trusted")
        yield Refused(name=unpacking.name, error=error)


def _listed(archive: zipfile.ZipFile) -> list[_Member]:
    """The files in natural order, folder by folder."""
    distinct = Distinct()
    members = []
    for number, info in enumerate(archive.infolist(), 1):
        name = member_name(info)
        danger = name_danger(info, name)
        if danger is None and name.endswith("/"):
            continue
        members.append(_Member(info, number, distinct(cleaned(name)), danger))
    return sorted(members, key=lambda member: [natural_key(part) for part in member.path.split("/")])


def _sequences(members: Sequence[_Member], limits: Limits) -> dict[str, _Sequence]:
    """The folders whose images are the pages of one paper."""
    folders: dict[str, dict[str, _Member]] = {}
    for member in members:
        if _is_usable(member):
            folders.setdefault(member.folder, {})[member.file_name] = member
    found = {}
    for folder, files in folders.items():
        numbered = find_sequence(list(files))
        if numbered and len(numbered.names) <= limits.max_pages:
            found[folder] = _Sequence(folder, tuple(files[name] for name in numbered.names), numbered.missing)
    return found


def _is_usable(member: _Member) -> bool:
    return member.danger is None and not _is_side_file(member)


def _is_side_file(member: _Member) -> bool:
    return member.file_name.startswith("._") or member.path.split("/")[0] == "__MACOSX"


def _all_images(pages: Sequence[_Member], unpacking: _Unpacking) -> bool:
    """Are the pages images by their content? One that cannot be looked at does not speak against it."""
    kinds = {kind for page in pages if (kind := _kind_or_none(page, unpacking))}
    return bool(kinds) and not kinds & {Kind.PDF, Kind.ZIP}


def _kind_or_none(member: _Member, unpacking: _Unpacking) -> Kind | None:
    if _cannot(member, unpacking):
        return None
    try:
        return kind_of(unpacking.head(member))
    except _BROKEN:
        return None


def _unpack_sequence(sequence: _Sequence, unpacking: _Unpacking) -> Iterator[Refused | Source]:
    files: list[Path] = []
    kinds: list[Kind] = []
    notes = [f"no page bears the number {', '.join(map(str, sequence.missing))}"] if sequence.missing else []
    for page in sequence.pages:
        unpacked = _unpacked(page, unpacking)
        if isinstance(unpacked, ScanError):
            notes.append(f"{page.file_name} could not be unpacked")
            yield Refused(name=unpacking.full_name(page), error=unpacked)
            continue
        files.append(unpacked)
        if kind := _kind_or_none(page, unpacking):
            kinds.append(kind)
    if kinds:
        name = unpacking.name if sequence.folder == "." else f"{unpacking.name}/{sequence.folder}"
        yield Source(name=name, files=tuple(files), kind=kinds[0], notes=tuple(notes))


def _look_at(member: _Member, unpacking: _Unpacking) -> Found:
    """One member on its own."""
    name = unpacking.full_name(member)
    if member.danger:
        error: ScanError = UnsafeArchive(
            name, member.danger, mend="it was left out; look at where the ZIP comes from"
        )
        return Refused(name=name, error=error)
    if _is_side_file(member):
        return Skipped(name=name, reason="holds a macOS file's attributes")
    if cannot := _cannot(member, unpacking):
        return _unusable(name, cannot)
    try:
        head = unpacking.head(member)
    except _BROKEN:
        return _unusable(name, _damaged(name))
    kind = kind_of(head)
    if kind is None:
        return _unusable(name, _no_scan(name, head))
    if kind is Kind.ZIP:
        error = UnsafeArchive(name, "is a ZIP inside a ZIP", mend="unpack the outer one and give what it holds")
        return Refused(name=name, error=error)
    unpacked = _unpacked(member, unpacking)
    if isinstance(unpacked, ScanError):
        return Refused(name=name, error=unpacked)
    return Source(name=name, files=(unpacked,), kind=kind)


def _unpacked(member: _Member, unpacking: _Unpacking) -> Path | ScanError:
    """The unpacked file, or why there is none."""
    if cannot := _cannot(member, unpacking):
        return cannot
    try:
        return unpacking.unpack(member)
    except UnsafeArchive as error:
        return error
    except _BROKEN:
        return _damaged(unpacking.full_name(member))


def _cannot(member: _Member, unpacking: _Unpacking) -> ScanError | None:
    name, method = unpacking.full_name(member), member.info.compress_type
    if member.info.flag_bits & _ENCRYPTED:
        return PasswordNeeded(
            name, "is locked with a password", mend="unpack it with the password and give the files"
        )
    if method not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        how = _METHODS.get(method, f"method {method}")
        return DamagedFile(
            name, f"is packed in a way that is not taken ({how})", mend="unpack it and give the files themselves"
        )
    return None


def _damaged(name: str) -> DamagedFile:
    return DamagedFile(name, "is damaged inside the ZIP", mend="fetch the ZIP anew, or scan the paper again")


def _no_scan(name: str, head: bytes) -> ScanError:
    if not head:
        return EmptyFile(name, "holds no bytes", mend="scan it again; nothing arrived when it was packed")
    what = "is no kind of scan that is known, by its content"
    return UnknownKind(name, what, mend="save it as PDF, TIFF, JPEG or PNG, or scan the paper again")


def _unusable(name: str, error: ScanError) -> Found:
    """A scan by its name is refused aloud; anything else is passed over."""
    return Refused(name=name, error=error) if claims_to_be_scan(name) else Skipped(name=name, reason=error.what)
