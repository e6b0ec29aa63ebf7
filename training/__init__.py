"""Trains the reader of our own on lines that we typeset ourselves (docs/reader.md)."""
