"""`sohoa reread`: kinds, fields and links of published papers again, by newer rules."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from flows.errors import ExitCode, WrongUse

out = Console(soft_wrap=True, highlight=False, markup=False)


def reread(
    documents: Annotated[list[str] | None, typer.Argument(metavar="DOCUMENT…", help="ids; without any, all")] = None,
    since: Annotated[str | None, typer.Option(metavar="DAY", help="published on that day or later")] = None,
    type_: Annotated[str | None, typer.Option("--type", metavar="CODE", help="of this kind, such as QĐ")] = None,
    model: Annotated[str | None, typer.Option(metavar="NAME", help="recognised by this engine")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="only say what would change")] = False,  # noqa: FBT002  (typer)
) -> None:
    """Read fields and links again from what was recognised; what people decided stays."""
    from flows.reread import Reread, Wanted, parsed_day
    from flows.reread import reread as run
    from flows.settings import load_settings

    if documents and (since or type_):
        raise WrongUse("reread: name documents, or say which by --since and --type, one of the two")

    def tell(done: Reread) -> None:
        if done.unread:
            out.print(f"{done.document_id}  left as it is: {done.unread}")
        for change in done.changes:
            held = "  (to review)" if change.held else ""
            out.print(f"{done.document_id}  {change.name}: {change.before or '–'} → {change.after or '–'}{held}")

    wanted = Wanted(documents=tuple(documents or ()), since=parsed_day(since), type=type_, model=model)
    looked, changed = run(wanted, load_settings(), tell, dry_run=dry_run)
    out.print(f"{looked} papers read again, {changed} {'would change' if dry_run else 'have a new version'}")
    if not looked:
        raise typer.Exit(ExitCode.NOTHING_DONE)
