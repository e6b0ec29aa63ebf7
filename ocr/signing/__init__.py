"""Signing finished papers: the officer who digitised them top left of page 1, the agency top right (PAdES)."""

from __future__ import annotations

from ocr.signing.applying import Seal, sign_paper
from ocr.signing.picture import SealPicture, seal_picture
from ocr.signing.places import Corner

__all__ = ["Corner", "Seal", "SealPicture", "seal_picture", "sign_paper"]
