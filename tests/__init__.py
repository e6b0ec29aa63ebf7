"""Mirrors the rooms; `benchmarks` holds what is measured, not asserted."""
