"""The province's acceptance table, read from `sampling.yaml`; samples are drawn by it and told of."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from flows.errors import WrongSettings
from flows.installation import Installation
from flows.notices.telling import tell
from flows.notices.words import Kind
from flows.settings import config_dir
from storage.sampling import (
    AcceptanceRow,
    Sample,
    SampleState,
    SamplingRules,
    batches_without_sample,
    decide_sample,
    draw_sample,
)


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid")
    up_to: Annotated[int, Field(gt=0)] | None = None
    most_faults: Annotated[int, Field(ge=0)]


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")
    share: Annotated[float, Field(gt=0, le=1)]
    at_least: Annotated[int, Field(gt=0)]
    table: Annotated[list[_Row], Field(min_length=1)]


def load_sampling(folder: Path) -> SamplingRules:
    """Share, least number and acceptance table. Raises WrongSettings with what is wrong."""
    file = folder / "sampling.yaml"
    try:
        given = _File.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValidationError) as error:
        raise WrongSettings(f"{file}: {error}; mend it, the file in the repository shows how") from error
    bounds = [row.up_to for row in given.table]
    known = [bound for bound in bounds if bound is not None]
    if bounds[-1] is not None or len(known) != len(bounds) - 1 or known != sorted(set(known)):
        raise WrongSettings(f"{file}: table: up_to must grow from line to line, and the last line has none")
    rows = tuple(AcceptanceRow(up_to=row.up_to, most_faults=row.most_faults) for row in given.table)
    return SamplingRules(share=given.share, at_least=given.at_least, table=rows)


def draw(house: Installation, batch_id: str, *, agent: str) -> Sample | None:
    """Draw a batch's sample and tell that it waits. Raises UnknownBatch, WrongInspection, WrongSettings."""
    rules = load_sampling(config_dir())
    with house.database.transaction() as session:
        sample = draw_sample(session, batch_id, rules, agent=agent)
    if sample is not None and sample.state is SampleState.OPEN:
        key = f"{batch_id}:{sample.round}"
        tell(house, Kind.SAMPLE_DUE, key, batch=batch_id, size=sample.size, lot=sample.lot)
    return sample


def draw_missing(house: Installation, *, agent: str) -> int:
    """Draw a sample of every ended batch that has none; how many."""
    with house.database.reading() as session:
        waiting = batches_without_sample(session)
    return sum(draw(house, batch_id, agent=agent) is not None for batch_id in waiting)


def decide(house: Installation, sample_id: int, *, inspector: str, reason: str | None) -> Sample:
    """Decide a sample, and tell where its batch is sent back. Raises UnknownSample, WrongInspection."""
    with house.database.transaction() as session:
        sample = decide_sample(session, sample_id, inspector=inspector, reason=reason)
    tell_decided(house, sample)
    return sample


def tell_decided(house: Installation, sample: Sample) -> None:
    """Tell of a batch that was sent back; of one that was accepted there is nothing to tell."""
    if sample.state is SampleState.SENT_BACK:
        tell(
            house,
            Kind.SENT_BACK,
            f"{sample.batch_id}:{sample.round}",
            batch=sample.batch_id,
            faults=sample.bad,
            most=sample.most_faults,
            reason=sample.reason,
        )
