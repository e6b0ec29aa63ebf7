"""Settings: one model, errors that name the value."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.cli.serve import targets_of
from flows.errors import WrongSettings
from flows.settings import load_settings


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SOHOA_CONFIG_DIR", str(tmp_path))
    return tmp_path / "sohoa.yaml"


def test_the_environment_goes_over_the_file(config: Path, monkeypatch: pytest.MonkeyPatch):
    """An operator overrides one value for one run without touching the province's file."""
    config.write_text("run:\n  workers: 3\n  patience_seconds: 5\n")
    monkeypatch.setenv("SOHOA_RUN__WORKERS", "7")
    settings = load_settings()
    assert (settings.run.workers, settings.run.patience_seconds) == (7, 5.0)


@pytest.mark.parametrize(
    "text", ["run:\n  workers: -1\n", "runs:\n  workers: 1\n", "- a\n- b\n", "run: {workers: [\n"]
)
def test_a_wrong_value_is_refused_with_its_place(config: Path, text: str):
    """A misspelt setting that is silently dropped would be found out weeks later."""
    config.write_text(text)
    with pytest.raises(WrongSettings) as error:
        load_settings()
    assert "sohoa.yaml" in str(error.value) or "run" in str(error.value)


def test_secrets_never_stand_in_an_error(config: Path, monkeypatch: pytest.MonkeyPatch):
    """Error messages go to logs; a password in them is out of the house."""
    config.write_text("store:\n  secret_key: [hunter2hunter2]\n")
    with pytest.raises(WrongSettings) as error:
        load_settings()
    assert "hunter2" not in str(error.value)


def test_the_portal_and_the_platform_are_set_each_by_itself(config: Path):
    """YAML reads 2026 as a number, and the operator would be told that it is neither `sync` nor `2026`."""
    text = "api:\n  portal: {url: 'https://portal.example', form: 2026}\n  lgsp: {url: 'https://lgsp.example'}\n"
    config.write_text(text)
    api = load_settings().api
    assert [(one.name, one.url, one.form) for one in targets_of(api)] == [
        ("portal", "https://portal.example", "2026"),
        ("lgsp", "https://lgsp.example", "sync"),
    ]
