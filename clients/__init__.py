"""Clients of the HTTP interface, made from its contract."""
