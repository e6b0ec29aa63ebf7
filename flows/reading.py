"""What the reading processes are told of the settings, and what tells two readings of one page apart."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from pathlib import Path

from flows.errors import WrongSettings
from flows.limits import limits_of
from flows.settings import Settings, config_dir
from flows.worker import WorkerSettings
from ocr.page import Engine
from ocr.pdf import Profile
from ocr.reading import ReadingSettings

CERTIFICATES = (".pem", ".crt", ".cer", ".der")


def worker_settings(settings: Settings) -> WorkerSettings:
    """What the reading processes need of the settings. Raises WrongSettings."""
    return WorkerSettings(
        engine=settings.reading.engine,
        roots=trusted_roots(settings.signatures.trusted_roots),
        languages=settings.reading.languages,
        reading=ReadingSettings(jpeg_quality=settings.reading.jpeg_quality, min_dpi=settings.reading.min_dpi),
        limits=limits_of(settings),
        raster_dpi=settings.reading.raster_dpi,
        profile=Profile(settings.reading.pdf_profile),
        config_dir=config_dir(),
    )


def reading_key(worker: WorkerSettings, engine: Engine) -> str:
    """Short hash of everything that makes two readings of one page differ."""
    what = [asdict(engine), asdict(worker.reading), worker.raster_dpi]
    return hashlib.sha256(json.dumps(what, sort_keys=True, default=str).encode()).hexdigest()[:12]


def trusted_roots(folder: Path | None) -> tuple[Path, ...]:
    """The certificates of a folder. Raises WrongSettings where there is none, or one that is no certificate."""
    if folder is None:
        return ()
    from cryptography import x509  # takes a while, and few set it

    try:
        files = sorted(file for file in folder.iterdir() if file.suffix.lower() in CERTIFICATES)
        for file in files:
            data = file.read_bytes()
            if data.lstrip().startswith(b"-----BEGIN"):
                x509.load_pem_x509_certificates(data)
            else:
                x509.load_der_x509_certificate(data)
    except OSError as error:
        raise WrongSettings(
            f"signatures.trusted_roots: {folder}: {error.strerror or error}; mend the path"
        ) from error
    except ValueError as error:
        raise WrongSettings(f"signatures.trusted_roots: {file} is no certificate; take it out") from error
    if not files:
        raise WrongSettings(f"signatures.trusted_roots: {folder} holds no certificate ({', '.join(CERTIFICATES)})")
    return tuple(files)
