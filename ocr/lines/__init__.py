"""Finds the text lines of a clean, level page and cuts them out as the reader wants them."""

from __future__ import annotations

from ocr.lines.crops import CROP_HEIGHT, NARROWED, Crop, cut_out
from ocr.lines.finding import FoundLine, FoundLines, find_lines

__all__ = ["CROP_HEIGHT", "NARROWED", "Crop", "FoundLine", "FoundLines", "cut_out", "find_lines"]
