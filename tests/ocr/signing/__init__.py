"""Tests of ocr.signing."""
