"""What a key for the HTTP door may do, and for how long."""

from __future__ import annotations

from enum import StrEnum

MOST_DAYS = 3650


class Scope(StrEnum):
    """What a key may do. None of them implies another."""

    SEARCH = "search"  #: search and suggestions
    READ = "read"  #: documents, their files, dossiers, procedures, progress
    WRITE = "write"  #: bring dossiers, procedures and scans
    REVIEW = "review"  #: correct fields
    FIGURES = "figures"  #: reports and metrics
    ADMIN = "admin"  #: webhooks and their deliveries
    PERSONAL = "personal"  #: personal numbers unmasked
    CONFIDENTIAL = "confidential"  #: kinds of paper that the settings call confidential
