"""The province's periods, read from `retention.yaml`."""

from __future__ import annotations

from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from flows.errors import WrongSettings
from storage.errors import WrongRetention
from storage.retention import RetentionClass, RetentionRules


class _Class(BaseModel):
    model_config = ConfigDict(extra="forbid")
    code: str
    name: str
    years: int | None = None


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")
    classes: list[_Class]
    kinds: dict[str, str] = {}
    otherwise: str


def load_retention(folder: Path) -> RetentionRules:
    """Periods by kind of paper. Raises WrongSettings with the place of what is wrong."""
    file = folder / "retention.yaml"
    try:
        given = _File.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")))
        return RetentionRules(
            classes=tuple(RetentionClass(code=one.code, name=one.name, years=one.years) for one in given.classes),
            kinds=given.kinds,
            otherwise=given.otherwise,
        )
    except (OSError, UnicodeDecodeError, yaml.YAMLError, ValidationError, WrongRetention) as error:
        raise WrongSettings(f"{file}: {error}; mend it, the file in the repository shows how") from error
