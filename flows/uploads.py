"""Digitises what comes in through the door, by a process that stays."""

from __future__ import annotations

from pathlib import Path

from flows.resident import Order, Resident
from storage.correlation import VARIABLE, correlation
from storage.uploads import Upload


class UploadDigitiser:
    """One upload after the other; nothing is started before the first."""

    def __init__(self) -> None:
        self._resident = Resident()
        self.ended = self._resident.ended
        self.rest = self._resident.rest
        self.stop = self._resident.stop

    def begin(self, upload: Upload, folder: Path, log: Path) -> None:
        """Digitise the upload's folder as a batch of its own; the same again goes on where it was broken off."""
        order = Order(
            folder=str(folder),
            operator=upload.agent,
            dossier_code=upload.dossier_code,
            procedure_code=upload.procedure_code,
            agency_code=upload.agency_code,
            log=str(log),
            environment={VARIABLE: correlation()},
        )
        self._resident.begin(order)
