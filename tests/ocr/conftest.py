"""What the tests of pages, papers and fields share."""

from __future__ import annotations

from pathlib import Path

import pytest

from ocr.rules import Rules, load_rules


@pytest.fixture(scope="session")
def rules() -> Rules:
    """The rules that are delivered."""
    return load_rules(Path(__file__).resolve().parents[2] / "configs")
