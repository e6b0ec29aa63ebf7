"""What a process sets once that goes through pages one after another."""

from __future__ import annotations

import ctypes

import cv2
import pyvips

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # of the GNU C library's malloc.h
_KEPT = 1024**3  # bytes of freed memory that are not given back
_LARGEST_KEPT = 32 * 1024**2  # bytes of a block, as many as mallopt(3) takes; a colour page of A4 at 300 dpi has 26


def settle() -> None:
    """One thread for each page, and memory kept for the next one.

    Fresh memory costs as much as work: a page's pixels are six thousand times four kilobytes, each asked of the
    system and wiped by it before use. Kept, it is no more than the largest page so far took. Blocks beyond 32 MiB, a
    larger page's pixels, go back at once. Other C libraries than GNU's do as they like.
    """
    cv2.setNumThreads(1)
    pyvips.voperation.cache_set_max(0)
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_MMAP_THRESHOLD, _LARGEST_KEPT)
        mallopt(_TRIM_THRESHOLD, _KEPT)
