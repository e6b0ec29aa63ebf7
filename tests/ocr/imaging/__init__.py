"""Tests of the imaging steps, on pages that are typeset in the test."""
