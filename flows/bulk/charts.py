"""Charts as SVG within a page that needs nothing from outside."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

WIDTH, LEFT, ROW = 720, 200, 26  # pixels
COLOURS = ("#2b6cb0", "#a0aec0", "#c53030")  # published, known, failed: apart for the colour-blind too
WORDS = ("đã công bố", "có từ trước", "lỗi")
MOST_ROWS = 60  # of one chart; the tables have the rest

STYLE = """body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;color:#1a202c}
table{border-collapse:collapse;margin:.5rem 0 1.5rem}
td,th{border:1px solid #cbd5e0;padding:.25rem .6rem;text-align:left}
th{background:#edf2f7}svg{max-width:100%}text{font:13px system-ui,sans-serif}"""


def page(title: str, parts: Sequence[str]) -> str:
    """A whole page."""
    head = f'<!doctype html><html lang="vi"><head><meta charset="utf-8"><title>{escape(title)}</title>'
    return f"{head}<style>{STYLE}</style></head><body><h1>{escape(title)}</h1>{''.join(parts)}</body></html>\n"


def bars(rows: Sequence[tuple[str, Sequence[float]]]) -> str:
    """A bar for each row, its parts in the three colours beside each other."""
    shown = rows[:MOST_ROWS]
    if not shown:
        return "<p>–</p>"
    most = max(sum(values) for _, values in shown) or 1
    scale = (WIDTH - LEFT - 70) / most
    drawn = []
    for number, (name, values) in enumerate(shown):
        top, x = number * ROW, float(LEFT)
        label = name if len(name) <= 26 else f"{name[:25]}…"
        drawn.append(f'<text x="{LEFT - 8}" y="{top + 17}" text-anchor="end">{escape(label)}</text>')
        for value, colour, word in zip(values, COLOURS, WORDS, strict=True):
            if value:
                width = value * scale
                drawn.append(
                    f'<rect x="{x:.1f}" y="{top + 4}" width="{width:.1f}" height="{ROW - 8}" fill="{colour}">'
                    f"<title>{word}: {value:g}</title></rect>"
                )
                x += width
        drawn.append(f'<text x="{x + 6:.1f}" y="{top + 17}">{sum(values):g}</text>')
    height = len(shown) * ROW + 4
    return f'<svg role="img" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}">{"".join(drawn)}</svg>'
