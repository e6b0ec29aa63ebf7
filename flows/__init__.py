"""Joins `ocr` and `storage`: flows, tasks and the command line."""
