"""What `deploy/` names exists: commands, settings, ports, paths. Running is played in tests/flows/test_up.py."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import typer
import yaml

from flows.cli.app import app
from flows.settings import REPOSITORY, Settings

DEPLOY = REPOSITORY / "deploy"
UNITS = sorted((DEPLOY / "systemd").iterdir())
OUTSIDE_THE_MODEL = {"SOHOA_CONFIG_DIR"}  # read before the settings are (flows.settings.config_dir)


def lines_of(unit: Path) -> list[tuple[str, str]]:
    """(name, value) of every line of a unit."""
    lines = [line for line in unit.read_text(encoding="utf-8").splitlines() if "=" in line and line[0] != "#"]
    return [(name, value) for name, _, value in (line.partition("=") for line in lines)]


def command_of(words: list[str]) -> click.Command:
    """The command that such words call. Fails where there is none, or where it takes no such arguments."""
    command: Any = typer.main.get_command(app)
    context = click.Context(command)
    while isinstance(command, click.Group):
        assert words[0] in command.commands, f"there is no command {words[0]}"
        command, words = command.commands[words[0]], words[1:]
        context = click.Context(command, parent=context)
    command.parse_args(context, list(words))
    return command  # type: ignore[no-any-return]


def is_a_setting(name: str) -> bool:
    """Whether the settings take such a variable."""
    if name in OUTSIDE_THE_MODEL:
        return True
    model: Any = Settings
    for part in name.removeprefix("SOHOA_").lower().split("__"):
        field = model.model_fields.get(part)
        if field is None:
            return False
        model = field.annotation
    return True


def sohoa_variables(services: dict[str, Any]) -> Iterator[str]:
    """Our own settings that services are given."""
    for service in services.values():
        yield from (name for name in service.get("environment", {}) if name.startswith("SOHOA_"))


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_calls_a_command_that_exists_with_settings_that_exist(unit: Path) -> None:
    """A service that ends at once with `No such command` is found on the night it is needed."""
    given = dict(lines_of(unit))
    program, *words = shlex.split(given["ExecStart"])
    assert program == f"{given['WorkingDirectory']}/.venv/bin/sohoa"
    command_of(words)
    variables = [value.partition("=")[0] for name, value in lines_of(unit) if name == "Environment"]
    assert variables
    assert [name for name in variables if not is_a_setting(name)] == []


def test_a_unit_may_write_where_its_data_lie() -> None:
    """ProtectSystem=strict makes everything else read-only, watched folders too."""
    for unit in UNITS:
        given = dict(lines_of(unit))
        data = next(value for name, value in lines_of(unit) if value.startswith("SOHOA_DATA_DIR=")).partition("=")[2]
        places = [place.removeprefix("-") for place in given["ReadWritePaths"].split()]
        assert any(data.startswith(f"{place}/") for place in places)


def test_what_compose_names_exists() -> None:
    """A stack that does not come up sends an operator to an issue tracker at night."""
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))["services"]
    assert [name for name in sohoa_variables(services) if not is_a_setting(name)] == []
    for service in services.values():
        assert set(service.get("depends_on", {})) <= set(services)
        if "build" in service:
            place = (DEPLOY / service["build"]["context"]).resolve()
            assert (place / service["build"]["dockerfile"]).is_file()
            assert any(":/etc/sohoa/configs" in volume for volume in service["volumes"])
        if service.get("command", [""])[0] == "sohoa":
            command_of(service["command"][1:])
    ours = services["sohoa"]
    port = str(Settings.model_fields["api"].annotation.model_fields["port"].default)  # type: ignore[union-attr]
    assert ours["ports"] == [f"{port}:{port}"]
    assert "@database/" in ours["environment"]["SOHOA_DATABASE__URL"]
    assert "//store:9000/" in ours["environment"]["SOHOA_STORE__URL"]


def test_the_image_is_made_of_what_is_in_the_repository_and_of_nothing_beside_it() -> None:
    """A host's .venv copied over the image's own breaks it; a host's data in an image is a leak."""
    lines = (DEPLOY / "Dockerfile").read_text(encoding="utf-8").splitlines()
    copied = [word for line in lines if line.startswith("COPY ") for word in line.split()[1:-1]]
    assert [name for name in copied if not (REPOSITORY / name).exists()] == []
    left_out = (REPOSITORY / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert {".venv", ".git", "data", "deploy/.env"} <= set(left_out)
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    uv = next(line.split("==")[1].split()[0] for line in lines if "uv==" in line)
    assert f"UV_VERSION := {uv}" in makefile
    start = next(line for line in lines if line.startswith("CMD "))
    command_of(yaml.safe_load(start.removeprefix("CMD "))[1:])
