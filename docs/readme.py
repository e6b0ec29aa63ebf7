"""Puts what `make demo` printed into the README, in place of what an earlier run printed.

make readme      runs the demo, then this and docs.picture
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

README = Path(__file__).resolve().parent.parent / "README.md"
SHOWN = ("sohoa digitise samples/archive", 'sohoa search "quyet dinh"')
ENDS = re.compile(r"^(\$ uv run|\(exit code)", re.MULTILINE)  # of a command's output


def refreshed(readme: str, printed: str) -> str:
    """The README with the output of each shown command as it was printed."""
    for command in SHOWN:
        prompt = f"$ uv run {command}\n"
        output = ENDS.split(printed.split(prompt, 1)[1], maxsplit=1)[0]
        lines = "\n".join(line.rstrip() for line in output.splitlines()).strip("\n")
        before, after = readme.split(prompt, 1)
        readme = before + prompt + lines + "\n```" + after.split("\n```", 1)[1]
    return readme


def main() -> None:
    """Command line: the file that holds what `make demo` printed."""
    printed = Path(sys.argv[1]).read_text(encoding="utf-8")
    README.write_text(refreshed(README.read_text(encoding="utf-8"), printed), encoding="utf-8")


if __name__ == "__main__":
    main()
