"""`sohoa store`: setting the object store up, and moving everything from one to another."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from flows.errors import ExitCode, WrongUse
from flows.settings import Settings, load_settings
from storage.objects import ObjectStore

store = typer.Typer(name="store", help="The object store: set it up, copy it.", no_args_is_help=True)

out = Console(soft_wrap=True, highlight=False, markup=False)
err = Console(stderr=True, soft_wrap=True, highlight=False, markup=False)

TELL_EVERY = 1000  # objects


@store.command()
def init(
    *,
    object_lock: Annotated[
        bool, typer.Option("--object-lock", help="make the bucket so that legal holds hold in the store too")
    ] = False,
    encrypt: Annotated[bool, typer.Option("--encrypt", help="have the server encrypt objects at rest")] = False,
) -> None:
    """Make the bucket or folder of store.url, or mend its set-up; safe to repeat."""
    settings = load_settings()
    for line in named_store("store", settings).prepare(object_lock=object_lock, encrypt=encrypt):
        out.print(line)


@store.command("copy")
def copy_command(
    source: Annotated[str, typer.Argument(metavar="FROM", help="`store`, `replica`, or an address")],
    target: Annotated[str, typer.Argument(metavar="TO", help="`store`, `replica`, or an address")],
    *,
    verify: Annotated[
        bool, typer.Option("--verify", help="read again what is there already, and not only its recorded hash")
    ] = False,
) -> None:
    """Copy every object, verified. Run it again after a stop: it goes on. Nothing is removed."""
    from storage.copying import copy_store

    settings = load_settings()
    report = copy_store(named_store(source, settings), named_store(target, settings), verify=verify, tell=_tell)
    for fault in report.faults:
        out.print(fault)
    out.print(
        f"{report.copied} objects copied ({report.bytes / 1e6:.1f} MB), {report.there} were there, "
        f"{len(report.faults)} could not be copied"
    )
    if report.faults:
        raise typer.Exit(ExitCode.SOME_FAILED)


def _tell(seen: int) -> None:
    if seen % TELL_EVERY == 0:
        err.print(f"{seen} objects")


def named_store(name: str, settings: Settings) -> ObjectStore:
    """`store`, `replica`, or another address, entered with the store's keys. Raises WrongUse, WrongStore."""
    from flows.installation import store_of

    if name == "replica":
        if not settings.replica.url:
            raise WrongUse("there is no replica; set replica.url in configs/sohoa.yaml or SOHOA_REPLICA__URL")
        return store_of(settings.replica, settings.replica.url)
    embedded = f"folder://{settings.data_dir.resolve() / 'objects'}"
    url = name if "://" in name else settings.store.url or embedded if name == "store" else _as_folder(name)
    return store_of(settings.store, url)


def _as_folder(name: str) -> str:
    path = Path(name)
    if not path.is_absolute():
        raise WrongUse(f"{name} is neither `store` nor `replica`, nor an address, nor a folder's absolute path")
    return f"folder://{path}"
