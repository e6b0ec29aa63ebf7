"""Settings of work that nobody watches: watched folders, bulk runs, samples and notices."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FolderNames(_Part):
    """What clerks see beside their own files."""

    working: str = Field(default="đang xử lý", min_length=1, description="what is being worked on")
    done: str = Field(default="hoàn thành", min_length=1, description="what is published, by day")
    failed: str = Field(default="lỗi", min_length=1, description="what was refused, each with its note")


class WatchedFolder(_Part):
    """A folder that scans are dropped into."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$", description="short name for records and status")
    path: Path = Field(description="the folder: local, or a mounted SMB or NFS share")
    agency: str | None = Field(default=None, description="agency whose papers they are")
    procedure: str | None = Field(default=None, description="procedure that all of it belongs to")
    operator: str = Field(default="", description="who is responsible, for the event log")
    owner: str = Field(default="", description="e-mail address that is told of failures")
    profile: Literal["original", "archive", "compact"] | None = Field(
        default=None, description="reading.pdf_profile for this folder"
    )
    layout: str = Field(
        default="",
        pattern=r"^([^{}]*(\{(dossier|procedure|any)\})[^{}]*)*$",
        description="what subfolders name, like {procedure}/{dossier}; {any} is passed over",
    )
    ready: Literal["settled", "marker"] = Field(
        default="settled",
        description="settled: taken when it has stopped growing; marker: when FILE.done lies beside it",
    )
    one_sided: Literal["no", "same", "reversed"] = Field(
        default="no",
        description="PDFs whose names end in lẻ and chẵn are the two sides of one pile; reversed: the even side's "
        "last page was scanned first",
    )
    events: bool = Field(default=True, description="be woken by the system; no: only look every now and then")
    folders: FolderNames = FolderNames()


class WatchingSettings(_Part):
    """How watched folders are looked through."""

    poll_seconds: Annotated[float, Field(ge=0.1, le=3600)] = Field(
        default=10.0, description="seconds between two looks where nothing wakes the watcher"
    )
    settle_seconds: Annotated[float, Field(ge=0, le=3600)] = Field(
        default=15.0, description="seconds that size and time of a file must stay the same"
    )
    patience_seconds: Annotated[float, Field(ge=0)] = Field(
        default=600.0,
        description="seconds after which a file is taken, and told of, though it does not open whole",
    )
    batch_files: Annotated[int, Field(ge=1, le=10_000)] = Field(
        default=200, description="scans that are taken together, at most"
    )
    most_cpu: Annotated[float, Field(gt=0, le=1)] = Field(
        default=0.008, description="share of a core that looking may take; large trees are looked at less often"
    )


class BulkSettings(_Part):
    """How archives are brought in."""

    chunk_documents: Annotated[int, Field(ge=1, le=5000)] = Field(
        default=800, description="documents that a worker does at a time; a stop waits for so many at most"
    )
    windows: tuple[str, ...] = Field(
        default=(), description="hours for it, like Mon-Fri 18:00-06:00 and Sat-Sun 00:00-24:00; none: always"
    )
    workers: Annotated[int, Field(ge=0, le=256)] = Field(
        default=0, description="processes that read pages; 0: as many as run.workers says"
    )
    memory_gib: Annotated[float, Field(ge=0)] = Field(
        default=0.0, description="GiB that they may have together: one process for each GiB; 0: no limit"
    )
    nice: Annotated[int, Field(ge=0, le=19)] = Field(
        default=15, description="how far it stands back behind everything else on the machine"
    )
    lease_seconds: Annotated[float, Field(ge=2, le=3600)] = Field(
        default=90.0, description="seconds after which a silent worker's chunk goes to another one"
    )
    quiet_minutes: Annotated[float, Field(gt=0)] = Field(
        default=60.0, description="minutes in which a chunk under way publishes nothing before people are told"
    )
    reports: Path | None = Field(default=None, description="folder for its reports; default: in the data directory")


class NoticeSettings(_Part):
    """Who is told of what goes wrong and of what has ended."""

    smtp_host: str = Field(default="", description="mail server; empty: no e-mail")
    smtp_port: Annotated[int, Field(ge=1, le=65535)] = Field(default=587, description="its port")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        default="starttls", description="none only on a network that nobody else listens on"
    )
    smtp_user: str = Field(default="", description="who we are there; empty: the server asks nobody")
    smtp_password: SecretStr = Field(default=SecretStr(""), description="and how we prove it")
    sender: str = Field(default="sohoa@localhost", description="address that e-mail comes from")
    recipients: tuple[str, ...] = Field(default=(), description="addresses that are told of everything")
    webhook_url: str = Field(default="", description="address that notices are posted to as JSON; empty: nowhere")
    webhook_secret: SecretStr = Field(
        default=SecretStr(""), description="signs the post: HMAC-SHA256 over timestamp, dot and body"
    )
    failure_share: Annotated[float, Field(gt=0, le=1)] = Field(
        default=0.1, description="share of failures of one take or run above which everybody is told"
    )
    disk_gib: Annotated[float, Field(ge=0)] = Field(
        default=10.0, description="GiB free on the data directory's disk below which everybody is told"
    )
