"""The command line `sohoa`: results to stdout, progress and problems to stderr, exit codes of `flows.errors`."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable

from rich.console import Console

from flows.errors import ExitCode, FlowError

#: Importing makes 400,000 objects that stay: to look through them every 700 costs each start half a CPU-second.
LOOK_FOR_GARBAGE = (50_000, 20, 50)


def main() -> None:
    """Entry point."""
    gc.set_threshold(*LOOK_FOR_GARBAGE)
    from flows.cli.app import app

    code = guarded(app)
    if code:
        sys.exit(code)


def guarded(work: Callable[[], object]) -> int:
    """Do it and give its exit code: every error that was meant for a person is one line, without a traceback."""
    from ocr.errors import OcrError, SetupError
    from storage.errors import StorageError

    errors = Console(stderr=True, soft_wrap=True)
    try:
        done = work()
    except FlowError as error:
        code, text = error.exit_code, str(error)
    except SetupError as error:
        code, text = ExitCode.SET_UP_BROKEN, f"{error}; `sohoa doctor` checks the whole set-up"
    except StorageError as error:
        code, text = _storage_code(error), str(error)
    except OcrError as error:
        code, text = ExitCode.SOME_FAILED, str(error)
    except KeyboardInterrupt:
        code, text = ExitCode.SOME_FAILED, "stopped; run the same command again and it goes on here"
    else:
        return done if isinstance(done, int) else 0
    errors.print(f"sohoa: {text}", markup=False, highlight=False)
    return code


def _storage_code(error: Exception) -> ExitCode:
    """What the user named wrongly is wrong use; what the store cannot do is a broken set-up."""
    from storage.errors import (
        NotEmpty,
        UnderHold,
        UnknownBatch,
        UnknownDocument,
        UnknownKey,
        UnknownRun,
        UnknownSample,
        WrongDisposal,
        WrongInspection,
    )

    wrong_use = (
        NotEmpty,
        UnderHold,
        UnknownBatch,
        UnknownDocument,
        UnknownKey,
        UnknownRun,
        UnknownSample,
        WrongDisposal,
        WrongInspection,
    )
    return ExitCode.WRONG_USE if isinstance(error, wrong_use) else ExitCode.SET_UP_BROKEN
