"""What the door opens on, and its settings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Literal, Protocol

from api.oidc import OidcSettings
from api.portal_papers import PaperCodes
from storage.accounts import Role
from storage.index import SearchIndex
from storage.objects import ObjectStore
from storage.records import Database
from storage.sampling import Sample
from storage.sealing import Seals
from storage.uploads import Upload

PortalForm = Literal["sync", "2026"]  # dossier sync and results in one message, or the calls of 2026


@dataclass(frozen=True, slots=True, kw_only=True)
class PortalTarget:
    """Where dossiers are pushed to: the national portal's adapter, or the province's platform (LGSP)."""

    url: str  #: of the one address of the sync; of the folder of calls in the form of 2026
    name: str = "portal"  #: topic of its own items in the outbox: one that is down keeps no other waiting
    form: PortalForm = "sync"
    token_url: str = ""  #: of the client credentials grant; empty where none is asked for
    client_id: str = ""
    client_secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorSettings:
    """How far the door opens."""

    requests_per_minute: int = 600  #: of one key; a minute's worth may come at once
    max_upload_bytes: int = 2 << 30  #: of one scan or ZIP
    body_seconds: float = 30.0  #: that a sender may be silent within a body
    link_seconds: int = 300  #: that a link into the store opens
    confidential_types: tuple[str, ...] = ()  #: kinds of paper that need the scope `confidential`
    webhook_networks: tuple[IPv4Network | IPv6Network, ...] = ()  #: internal networks that may be told
    targets: tuple[PortalTarget, ...] = ()  #: of dossiers; none: nothing is pushed
    public_url: str = ""  #: what others reach this door by, before the paths in exports
    paper_codes: PaperCodes = field(default_factory=lambda: PaperCodes(types={}))  #: of digitised papers
    oidc: OidcSettings | None = None  #: None: people have local accounts only
    local_accounts: bool = True  #: whether passwords are taken
    codes_for: frozenset[Role] = frozenset()  #: roles that need a time-based code beside the password


class Digitiser(Protocol):
    """What reads uploads, one at a time, in a process of its own; not to be used by two threads at once."""

    def begin(self, upload: Upload, folder: Path, log: Path) -> None:
        """Read an upload's folder as a batch; `log` gets what is said meanwhile."""
        ...

    def ended(self) -> int | None:
        """The exit code of what was begun, of `sohoa digitise`; None while it runs, negative where it was killed."""
        ...

    def rest(self) -> None:
        """Nothing is to be done now: what was long idle may go."""
        ...

    def stop(self, seconds: float) -> int:
        """End the process, killed where it does not end by itself in that time."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """The installation as the door sees it."""

    database: Database
    store: ObjectStore
    index: SearchIndex
    spool: Path  #: folder for scans that come in; on the disk of the data directory
    digitiser: Digitiser  #: of uploads
    seals: Seals  #: of the secrets that people's codes are made of
    separators: Callable[[Sequence[str | None], Path], int] | None = (
        None  #: writes sheets that open dossiers; ValueError for no dossier's code
    )
    #: tells who wants to know that a second person has decided on a sample
    sample_decided: Callable[[Sample], None] | None = None
    settings: DoorSettings = field(default_factory=DoorSettings)
