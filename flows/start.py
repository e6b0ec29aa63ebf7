"""How another process starts one that digitises: the command, for whoever runs it beside something else."""

from __future__ import annotations

import sys

#: The work ends with the process that asked for it, and is asked for again at its next start. A shell's background
#: jobs ignore that signal, and what they start would too.
DIES_WITH_US = ("env", "--default-signal=INT", "setpriv", "--pdeathsig", "INT")


def resident_command() -> list[str]:
    """The command of a process that digitises one order after the other (flows.resident)."""
    return [*DIES_WITH_US, sys.executable, "-c", "from flows.cli.resident import main; main()"]
