"""What can go wrong while work is joined, and the exit codes of `sohoa`.

FlowError
├── SetUpBroken          exit 3: nothing can run until a person mends the installation
│   ├── WrongSettings, DiskNearlyFull, ServerDidNotStart, ServerChanged
├── WrongUse             exit 2: the command line asks for something that cannot be
│   └── BatchIsRunning, FolderWatched
├── SidesDiffer          the two sides of one pile do not fit together; the watcher files them with a note
└── SourceChanged        one source changed while it was read; the batch goes on
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What `sohoa` tells the shell."""

    ALL_PUBLISHED = 0  #: everything asked for was done
    SOME_FAILED = 1  #: finished, and something was refused, failed or put off: the summary names it
    WRONG_USE = 2  #: the command line is wrong; nothing was touched
    SET_UP_BROKEN = 3  #: a program, the store, the database, the disk or the settings; `sohoa doctor` tells which
    NOTHING_DONE = 4  #: there was nothing new to do: no scans, all known already, or nothing found


class FlowError(Exception):
    """Base of everything that `flows` raises on purpose."""

    exit_code: ExitCode = ExitCode.SOME_FAILED


class SetUpBroken(FlowError):
    """The installation cannot do its work."""

    exit_code = ExitCode.SET_UP_BROKEN


class WrongSettings(SetUpBroken):
    """A setting is missing or out of bounds."""


class DiskNearlyFull(SetUpBroken):
    """Too little disk is free to begin or go on."""


class ServerDidNotStart(SetUpBroken):
    """Prefect's server, started by us, did not answer."""


class ServerChanged(SetUpBroken):
    """A process that stays uses a server of ours that is gone; the next process uses the new one."""


class WrongUse(FlowError):
    """The command line asks for something that cannot be."""

    exit_code = ExitCode.WRONG_USE


class BatchIsRunning(WrongUse):
    """The same batch is being worked on by another process."""


class FolderWatched(WrongUse):
    """Another process watches the same folder."""


class SidesDiffer(FlowError):
    """The two sides of a pile from a one-sided scanner do not fit together."""


class SourceChanged(FlowError):
    """A source grew or changed while it was copied."""
