"""Remembers: objects, records, events, outbox and the search index."""
