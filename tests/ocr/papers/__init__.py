"""Tests of cutting scans into papers."""
