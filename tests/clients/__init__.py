"""Tests of the clients that are made from the contract."""
