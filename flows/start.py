"""How another process starts `sohoa digitise`: the command, for whoever runs it beside something else."""

from __future__ import annotations

import sys
from pathlib import Path

#: The work ends with the process that asked for it, and is asked for again at its next start. A shell's background
#: jobs ignore that signal, and what they start would too.
DIES_WITH_US = ("env", "--default-signal=INT", "setpriv", "--pdeathsig", "INT")


def digitise_command(
    folder: Path,
    *,
    operator: str,
    dossier_code: str | None = None,
    procedure_code: str | None = None,
    agency_code: str | None = None,
) -> list[str]:
    """The command that digitises a folder; the same again goes on where a killed one stopped."""
    command = [*DIES_WITH_US, sys.executable, "-c", "from flows.cli import main; main()", "digitise", str(folder)]
    options = {
        "--operator": operator,
        "--dossier": dossier_code,
        "--procedure": procedure_code,
        "--agency": agency_code,
    }
    for option, value in options.items():
        if value:
            command += [f"{option}={value}"]
    return command


def resident_command() -> list[str]:
    """The command of a process that digitises one list after the other (flows.resident)."""
    return [*DIES_WITH_US, sys.executable, "-c", "from flows.cli.resident import main; main()"]
