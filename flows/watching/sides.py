"""Puts the two sides of a pile together that a one-sided scanner read in two goes."""

from __future__ import annotations

from pathlib import Path

import pikepdf

from flows.errors import SidesDiffer


def put_together(odd: Path, even: Path, to: Path, *, reversed_: bool) -> None:
    """Write the pages of both in turn; the page images' bytes stay as they are.

    The same two files give the same bytes. Raises SidesDiffer, OSError, pikepdf's errors as SidesDiffer.
    """
    try:
        with pikepdf.open(odd) as first, pikepdf.open(even) as second, pikepdf.new() as made:
            backs = list(second.pages)
            if reversed_:
                backs.reverse()
            if len(first.pages) - len(backs) not in (0, 1):
                raise SidesDiffer(f"{odd.name} has {len(first.pages)} pages, {even.name} {len(backs)}")
            for number, page in enumerate(first.pages):
                made.pages.append(page)
                if number < len(backs):
                    made.pages.append(backs[number])
            to.parent.mkdir(parents=True, exist_ok=True)
            part = to.with_suffix(".part")
            made.save(part, deterministic_id=True)
    except (pikepdf.PdfError, pikepdf.PasswordError) as error:
        raise SidesDiffer(f"{odd.name}, {even.name}: cannot be opened ({error})") from error
    part.replace(to)
