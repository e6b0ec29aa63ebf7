"""Turns image files into text, fields and PDFs. Pure: no network, no database, no scheduler."""
