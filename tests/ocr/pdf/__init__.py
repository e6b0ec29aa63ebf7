"""Tests of the finished PDF."""
