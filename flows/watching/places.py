"""Moves files within a watched tree: by renaming, and never over another one."""

from __future__ import annotations

import ctypes
import errno
import os
from pathlib import Path

from ocr.opening import numbered

_AT_FDCWD = -100
_RENAME_NOREPLACE = 1  # Linux: fail where the target exists, in one step
_NOT_HERE = (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP)  # SMB and NFS have no such thing

_libc = ctypes.CDLL(None, use_errno=True)


def move(source: Path, target: Path) -> None:
    """Rename a file or folder; folders above are made.

    Raises FileExistsError where the target is taken, FileNotFoundError where the source is gone, OSError.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    before, after = os.fsencode(source), os.fsencode(target)
    if _libc.renameat2(_AT_FDCWD, before, _AT_FDCWD, after, _RENAME_NOREPLACE) == 0:
        return
    code = ctypes.get_errno()
    if code not in _NOT_HERE:
        raise OSError(code, os.strerror(code), str(source), None, str(target))
    if os.path.lexists(target):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))
    source.rename(target)


def free_name(target: Path) -> Path:
    """The target, or the first numbered name beside it that is free."""
    number, free = 1, target
    while os.path.lexists(free):
        number += 1
        free = target.with_name(numbered(target.name, number))
    return free


def write_whole(file: Path, text: str) -> None:
    """Write a file so that it is there whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f".{file.name}.part")
    with part.open("w", encoding="utf-8") as writer:
        writer.write(text)
        writer.flush()
        os.fsync(writer.fileno())
    part.replace(file)


def clear_empty(folder: Path) -> None:
    """Remove a folder and those within it where they hold nothing."""
    for place, _, _ in os.walk(folder, topdown=False):
        try:
            Path(place).rmdir()
        except OSError:  # holds something
            continue
