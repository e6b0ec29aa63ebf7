"""`sohoa separators`: sheets to lay between the dossiers of a pile."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def separators(
    dossier: Annotated[
        list[str] | None, typer.Option("--dossier", metavar="CODE", help="a sheet for this dossier; may be repeated")
    ] = None,
    plain: Annotated[int, typer.Option(min=0, max=500, help="sheets without a code, which only part papers")] = 0,
    to: Annotated[Path, typer.Option("--to", metavar="FILE", help="PDF to write")] = Path("separators.pdf"),
) -> None:
    """Write a PDF of sheets with QR codes that open a dossier in a pile."""
    from flows.errors import WrongUse
    from flows.separators import write_separators
    from flows.settings import config_dir
    from ocr.rules import load_rules

    codes: list[str | None] = [*(dossier or []), *([None] * plain)]
    if not codes:
        raise WrongUse("separators: name dossiers with --dossier CODE, or ask for --plain sheets")
    word = load_rules(config_dir()).fields.grouping.separators[0]
    count = write_separators(codes, word, to)
    typer.echo(f"{count} sheets written to {to}; print them on white paper at full size")
