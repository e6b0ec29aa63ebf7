"""A process that reads many pages."""

from __future__ import annotations

import subprocess
import sys

_PROGRAM = """
import resource, numpy as np
from ocr.process import settle
settle()
def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    blocks = [np.ones(2_000_000, np.uint8) for _ in range(20)]
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
print(faults(), faults())
"""


def test_memory_of_one_page_serves_the_next() -> None:
    """Who digitises by night pays for fresh memory on each page: a tenth of what imaging costs."""
    told = subprocess.run([sys.executable, "-c", _PROGRAM], check=True, capture_output=True, text=True).stdout
    first, second = map(int, told.split())
    assert second < first / 10
