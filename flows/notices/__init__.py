"""Notices to people, in Vietnamese: what is told (words), to whom (telling), and how it gets there (sending)."""
