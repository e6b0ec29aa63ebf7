"""Tests of `ocr`."""
