"""Tests of what remembers: one body for both pairs of store and database."""
