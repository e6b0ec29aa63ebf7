"""Who is told of what: notes notices, once for each thing, to everybody whom the settings name."""

from __future__ import annotations

import hashlib
import shutil
import socket
from collections import Counter
from datetime import UTC, datetime

from flows.installation import Installation
from flows.notices.words import Kind, worded
from flows.unattended_settings import WatchedFolder
from storage.fixity import FixityReport
from storage.intakes import IntakeState, intakes_of
from storage.notices import note_notice

FILES_NAMED = 20  # in one e-mail; the folder has them all
ENOUGH_TO_JUDGE = 10  # files before a share of failures says anything


def tell(house: Installation, kind: Kind, key: str, *, also: str = "", **values: object) -> int:
    """Note a notice for every address; how many are new. also: an address beside those of the settings."""
    given = house.settings.notices
    subject, body = worded(kind, **values)
    addresses = [("email", address) for address in dict.fromkeys([*given.recipients, also]) if address]
    if given.webhook_url:
        addresses.append(("webhook", given.webhook_url))
    if not given.smtp_host:
        addresses = [(channel, address) for channel, address in addresses if channel != "email"]
    with house.database.transaction() as session:
        return sum(
            note_notice(
                session,
                key=f"{kind}:{key}"[:120],
                kind=kind,
                channel=channel,
                address=address,
                subject=subject,
                body=body,
            )
            for channel, address in addresses
        )


def tell_of_failures(house: Installation, folder: WatchedFolder, take: str) -> None:
    """Tell a folder's owner what of one take was refused, and everybody where it is much."""
    with house.database.reading() as session:
        rows = intakes_of(session, take)
    failed = [row for row in rows if row.state is IntakeState.FAILED]
    if not failed:
        return
    listed = "\n".join(f"- {row.path}" for row in failed[:FILES_NAMED])
    if len(failed) > FILES_NAMED:
        listed += f"\n- … và {len(failed) - FILES_NAMED} tệp khác"
    tell(
        house,
        Kind.FAILED_FILES,
        take,
        also=folder.owner,
        failed=len(failed),
        done=sum(row.state is IntakeState.DONE for row in rows),
        watch=folder.name,
        take=take,
        folder=folder.folders.failed,
        files=listed,
    )
    reasons = Counter(row.reason or "?" for row in failed)
    tell_of_many(house, folder.name, take, total=len(rows), failed=len(failed), reasons=reasons)


def tell_of_many(
    house: Installation, where: str, key: str, *, total: int, failed: int, reasons: Counter[str]
) -> None:
    """Tell everybody where the share of failures is above what the settings allow."""
    share = failed / max(1, total)
    if total >= ENOUGH_TO_JUDGE and share > house.settings.notices.failure_share:
        common = reasons.most_common(1)[0][0] if reasons else "?"
        text = f"{share:.0%}"
        tell(house, Kind.MANY_FAILURES, key, watch=where, share=text, total=total, failed=failed, reason=common)


def tell_of_disk(house: Installation) -> bool:
    """Tell everybody, once a day, where the disk gets full; whether it does."""
    free = shutil.disk_usage(house.data_dir).free / 1024**3
    if free >= house.settings.notices.disk_gib:
        return False
    host = socket.gethostname()
    tell(
        house,
        Kind.DISK_LOW,
        f"{host}:{datetime.now(UTC):%Y-%m-%d}",
        host=host,
        free=f"{free:.1f}",
        place=house.data_dir,
        stop=f"{house.settings.run.min_free_gib:g}",
    )
    return True


def tell_of_fixity(house: Installation, report: FixityReport) -> None:
    """Tell everybody of damaged and missing objects; the same ones found again are no news."""
    found = sorted([*report.damaged, *report.missing])
    key = hashlib.sha256("\n".join(found).encode()).hexdigest()[:32]
    damaged, missing = len(report.damaged), len(report.missing)
    tell(house, Kind.FIXITY_ALARM, key, count=len(found), damaged=damaged, missing=missing)
