"""Tests of the fields of papers."""
