"""Documentation against the code: a page that promises what the program does not do costs its reader an afternoon."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from pydantic import BaseModel
from typer.core import TyperGroup

from docs.make import PAGES
from docs.readme import SHOWN, refreshed
from flows.cli.app import app
from flows.errors import ExitCode
from flows.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
PAGES_OF_OURS = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])
NOT_SETTINGS = {"SOHOA_TEST_S3", "SOHOA_CONFIG_DIR", "SOHOA_"}  # read before the settings are
SCREEN = 45  # lines


def commands(group: object, before: str = "") -> Iterator[tuple[str, set[str]]]:
    """Each command and its options."""
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from commands(command, f"{before}{name} ")
        else:
            yield before + name, {option for parameter in command.params for option in parameter.opts}


COMMANDS = dict(commands(typer.main.get_command(app)))


def shown(page: Path) -> Iterator[str]:
    """Lines of code blocks, and code within sentences."""
    text = page.read_text(encoding="utf-8")
    for block in re.findall(r"```\w*\n(.*?)```", text, re.DOTALL):
        yield from block.splitlines()
    yield from re.findall(r"`([^`\n]+)`", text)


def names(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("name", PAGES)
def test_pages_made_from_the_code_are_up_to_date(name: str) -> None:
    """Settings, commands, errors and routes are looked up here; `make docs` writes them anew."""
    assert (ROOT / "docs" / name).read_text(encoding="utf-8") == PAGES[name]()


@pytest.mark.parametrize("page", PAGES_OF_OURS, ids=names)
def test_every_command_and_option_that_is_shown_exists(page: Path) -> None:
    """Who copies a command from a page must not get a usage error."""
    for line in shown(page):
        for said in re.findall(r"sohoa ((?:[a-z]+[a-z-]* ?)+)([^#\n]*)", line):
            words = said[0].split()
            known = [name for name in COMMANDS if words[: len(name.split())] == name.split()]
            groups = {name.split()[0] for name in COMMANDS}
            assert known or words[0] in groups, f"{names(page)}: sohoa {' '.join(words)}"
            if known:
                used = set(re.findall(r"(?<!\S)--[a-z-]+", said[1])) - {"--help"}
                assert used <= COMMANDS[known[0]], f"{names(page)}: {line}"


@pytest.mark.parametrize("page", PAGES_OF_OURS, ids=names)
def test_every_setting_that_is_named_exists(page: Path) -> None:
    """A setting that is spelt wrongly in a guide stops every command of who follows it."""

    def below(model: type[BaseModel], prefix: str) -> Iterator[str]:
        for name, field in model.model_fields.items():
            yield f"{prefix}{name}".upper()
            if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
                yield from below(field.annotation, f"{prefix}{name}__")

    known = set(below(Settings, "SOHOA_"))
    found = set(re.findall(r"\bSOHOA_[A-Z0-9_]*", page.read_text(encoding="utf-8")))
    assert found - NOT_SETTINGS <= known


@pytest.mark.parametrize("page", PAGES_OF_OURS, ids=names)
def test_every_link_leads_somewhere(page: Path) -> None:
    """A dead link is the end of a search for help."""
    for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        assert target.startswith("https://") or (page.parent / target).exists(), target


def test_the_integration_guide_has_every_exit_code() -> None:
    """Scripts branch on them."""
    text = (ROOT / "docs" / "integrate.md").read_text(encoding="utf-8")
    assert {(int(code), name) for code, name in re.findall(r"^\| (\d) \| ([A-Z_]+) \|", text, re.MULTILINE)} == {
        (code.value, code.name) for code in ExitCode
    }


def test_every_page_of_docs_that_the_program_names_exists() -> None:
    """Messages send people there."""
    for room in ("ocr", "storage", "flows", "api", "configs"):
        for file in (ROOT / room).rglob("*"):
            if file.suffix in {".py", ".yaml"}:
                for target in re.findall(r"docs/[\w/-]+(?:\.md)?", file.read_text(encoding="utf-8")):
                    assert list(ROOT.glob(f"{target}*")), f"{file}: {target}"


def test_every_decision_is_listed_and_fits_a_screen() -> None:
    """A decision that nobody finds, or reads to its end, is taken again."""
    folder = ROOT / "docs" / "decisions"
    listed = re.findall(r"^(\d+)\. \[([^]]+)\]\(([^)]+)\)", (folder / "README.md").read_text(), re.MULTILINE)
    assert [name for _, _, name in listed] == sorted(file.name for file in folder.glob("0*.md"))
    for number, title, name in listed:
        text = (folder / name).read_text(encoding="utf-8")
        assert text.startswith(f"# {number}. {title}")
        assert name.startswith(f"{int(number):04}-")
        assert len(text.splitlines()) <= SCREEN
        for part in ("**Question.**", "**Choice.**", "**Figures", "**What would change it.**"):
            assert part in text, f"{name} lacks {part}"


def test_every_make_target_in_the_readme_exists() -> None:
    """They are the first thing that a new user types."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for page in PAGES_OF_OURS:
        for target in re.findall(r"`?\bmake ([a-z-]+)`?(?=[ `\n])", "\n".join(shown(page))):
            assert target in targets, f"{names(page)}: make {target}"


def test_the_readmes_output_is_of_the_samples_as_they_are() -> None:
    """Output that nobody can get again is advertising: every paper in the README's table is one of the samples."""
    text = unicodedata.normalize("NFC", (ROOT / "README.md").read_text(encoding="utf-8"))
    rows = re.findall(r"^ [0-9a-f]{16} +archive/(.+?) {2,}(\S+) {2,}(\S+) {2,}(.+?) {2,}", text, re.MULTILINE)
    told: dict[str, set[str]] = {}
    for file in (ROOT / "samples" / "truth").glob("*.json"):
        truth = json.loads(file.read_text(encoding="utf-8"))
        told[truth["source"]] = {paper["fields"]["type"] for paper in truth.get("documents", [truth])}
    assert {source for source, _, _, _ in rows} == set(told)
    for source, _, kind, _ in rows:
        assert kind == "?" or kind in told[source]


def test_the_readmes_output_is_put_in_place_of_the_last_one() -> None:
    """Output that is pasted by hand is forgotten."""
    readme = "".join(f"```\n$ uv run {command}\nold\n```\n{command}\n" for command in SHOWN)
    printed = "".join(f"\n$ uv run {command}\nnew of {command}  \n\n" for command in SHOWN) + "(exit code 1)"
    wanted = "".join(f"```\n$ uv run {command}\nnew of {command}\n```\n{command}\n" for command in SHOWN)
    assert refreshed(readme, printed) == wanted
