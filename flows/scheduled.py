"""Schedules as Prefect deployments: each runs a `sohoa` command by the clock of Việt Nam.

`configs/deployments.yaml` lists them; `sohoa up` registers them at its start. A flow run is one command, so that
what it needs of memory goes with it, and its concurrency limits keep heavy ones from fighting.
"""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from flows.errors import ExitCode, FlowError, WrongSettings
from flows.settings import REPOSITORY

ENTRYPOINT = "flows/scheduled.py:sohoa_command"
GOOD = (ExitCode.ALL_PUBLISHED, ExitCode.SOME_FAILED, ExitCode.NOTHING_DONE)  # what ended, whatever it found
SHOWN = 4000  # characters of a command's last words


class Scheduled(BaseModel):
    """One schedule."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z0-9-]+$")
    command: tuple[str, ...] = Field(min_length=1)
    cron: str
    queue: str
    active: bool = True
    why: str = ""


class Deployments(BaseModel):
    """`deployments.yaml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    timezone: str
    pool: str = Field(pattern=r"^[a-z0-9-]+$")
    queues: dict[str, Annotated[int, Field(ge=1)]]
    schedules: tuple[Scheduled, ...]


def load_deployments(folder: Path) -> Deployments:
    """The province's schedules. Raises WrongSettings with what is wrong."""
    file = folder / "deployments.yaml"
    try:
        given = Deployments.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValidationError) as error:
        raise WrongSettings(f"{file}: {error}; mend it, the file in the repository shows how") from error
    unknown = sorted({one.queue for one in given.schedules} - set(given.queues))
    names = [one.name for one in given.schedules]
    if unknown or len(names) != len(set(names)):
        raise WrongSettings(f"{file}: {', '.join(unknown) or 'a name'} is {'no queue' if unknown else 'there twice'}")
    return given


class CommandFailed(FlowError):
    """A scheduled command did not come to its end."""


def run_command(arguments: list[str]) -> int:
    """Run `sohoa` with these arguments; its exit code. Raises CommandFailed with its last words."""
    command = [sys.executable, "-c", "from flows.cli import main; main()", *arguments]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode not in GOOD:
        said = (done.stdout + done.stderr)[-SHOWN:]
        _tell_of_failure(arguments, said)
        raise CommandFailed(f"sohoa {' '.join(arguments)} ended with {done.returncode}: {said}")
    return done.returncode


def _tell_of_failure(arguments: list[str], said: str) -> None:
    from datetime import UTC, datetime

    from flows.installation import opened
    from flows.notices.telling import tell
    from flows.notices.words import Kind
    from flows.settings import load_settings
    from storage.errors import StorageError

    if arguments[0] != "backup" or len(arguments) < 2:
        return
    try:
        with opened(load_settings()) as house:
            key = f"{datetime.now(UTC):%Y-%m-%d}"
            tell(house, Kind.BACKUP_FAILED, key, folder=arguments[1], why=said.strip().splitlines()[-1:])
    except StorageError:  # the records are away: the flow run's failure says so
        return


def register(given: Deployments) -> int:
    """Make pool, queues and deployments what the file says; how many deployments.

    Prefect's address must be in the environment.
    """
    from prefect import flow, get_client
    from prefect.client.schemas.actions import WorkPoolCreate
    from prefect.client.schemas.schedules import CronSchedule
    from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound

    with get_client(sync_client=True) as client:
        with suppress(ObjectAlreadyExists):
            client.create_work_pool(WorkPoolCreate(name=given.pool, type="process"))
        for queue, limit in given.queues.items():
            try:
                there = client.read_work_queue_by_name(queue, work_pool_name=given.pool)
                client.update_work_queue(there.id, concurrency_limit=limit)
            except ObjectNotFound:
                client.create_work_queue(name=queue, work_pool_name=given.pool, concurrency_limit=limit)
    source: Any = flow.from_source(source=str(REPOSITORY), entrypoint=ENTRYPOINT)
    for one in given.schedules:
        deployment: Any = source.to_deployment(
            name=one.name,
            work_pool_name=given.pool,
            work_queue_name=one.queue,
            parameters={"arguments": list(one.command)},
            schedules=[CronSchedule(cron=one.cron, timezone=given.timezone)] if one.active else [],
            concurrency_limit=1,
            description=one.why,
        )
        deployment.apply()
    return len(given.schedules)


if os.environ.get("PREFECT_API_URL"):  # Prefect takes a second to import and reads its settings at once
    from prefect import flow

    @flow(name="sohoa", validate_parameters=False, persist_result=False)
    def sohoa_command(arguments: list[str]) -> int:
        """Run a scheduled command."""
        return run_command(arguments)
