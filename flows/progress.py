"""What a person at the terminal sees while a batch runs."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from flows.outcome import Outcome, Problem


class Terminal:
    """A progress bar on stderr, and a line for each problem; results go to stdout elsewhere."""

    def __init__(self, console: Console, total: int) -> None:
        self._console = console
        self._lock = threading.Lock()
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[papers]} papers, {task.fields[problems]} problems"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._task = self._progress.add_task("digitising", total=total, papers=0, problems=0)
        self._papers = self._problems = 0

    def done(self, outcome: Outcome) -> None:
        """Count a finished source and tell its problems at once."""
        with self._lock:
            self._papers += 0 if outcome.known else len(outcome.documents)
            self._problems += len(outcome.problems)
            self._progress.update(self._task, advance=1, papers=self._papers, problems=self._problems)
            for problem in outcome.problems:
                self.tell(problem)

    def tell(self, problem: Problem) -> None:
        """A line for a problem, as it comes."""
        self._console.print(f"! {problem.error}", markup=False, highlight=False, soft_wrap=True)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._progress.stop()
