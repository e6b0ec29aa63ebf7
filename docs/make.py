"""Makes the pages of docs/ that say what the code says: settings, commands, errors.

    python -m docs.make            write them
    python -m docs.make --check    compare only; exit code 1 where one is out of date

The README's output and picture are made by `make readme`.
"""

from __future__ import annotations

import argparse
import inspect
import re
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import typer
from annotated_types import Ge, Gt, Le, Lt
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from api.app import create_app
from flows import errors as flow_errors
from flows.cli.app import app
from flows.cli.serve import door_of
from flows.errors import ExitCode
from flows.installation import opened
from flows.notices.words import WORDS
from flows.settings import Settings
from flows.watching.notes import BAD_PAGES, NOTES
from ocr import errors as ocr_errors
from storage import errors as storage_errors

HERE = Path(__file__).resolve().parent
MADE = "<!-- Made by `python -m docs.make`; change the code, not this page. -->"

ABOUT_SETTINGS = """
Defaults stand in the program, a province's values in `configs/sohoa.yaml`, and the environment goes over both. In
YAML a dot is a level (`reading:` and under it `languages:`); in the environment it is `__` behind `SOHOA_`. A name
that does not exist or a value out of bounds stops every command with exit code 3 and a line that names it.
`SOHOA_CONFIG_DIR` is the folder that holds `sohoa.yaml`, `document_types.yaml`, `field_rules.yaml` and
`compounds.yaml` (default: `configs/`).
"""

ABOUT_ERRORS = """
An error's message names the file or the page, says what happened and what to do next. Whatever concerns one scan or
one page is in the summary and in the report; the batch goes on. What concerns the whole installation ends the
command with exit code 3. `sohoa doctor` looks for the cause.
"""

ABOUT_HTTP = """
`sohoa serve` answers on the address in `api.host` and `api.port`; keys are made with `sohoa keys add`. The whole
contract is at `/openapi.json`.
"""


def settings_page() -> str:
    """Every setting: name, environment, type, bounds, default, sentence."""
    parts = [
        "# Settings",
        MADE,
        ABOUT_SETTINGS,
        _table(Settings, "", own=True),
    ]
    for name, field in Settings.model_fields.items():
        if _is_group(field):
            group = field.annotation
            parts += [f"## {name}", _first_sentence(group), _table(group, f"{name}.", own=False)]
        elif item := _item(field):
            parts += [f"## {name}", f"A list; of each: {_first_sentence(item)}", _of_item(item, "")]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _is_group(field: FieldInfo) -> bool:
    return isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)


def _item(field: FieldInfo) -> Any:  # noqa: ANN401  (a pydantic model's class)
    """What a list of models holds; None for any other setting."""
    inside = getattr(field.annotation, "__args__", (None,))[0]
    return inside if isinstance(inside, type) and issubclass(inside, BaseModel) else None


def _of_item(model: Any, prefix: str) -> str:  # noqa: ANN401  (a pydantic model's class)
    rows = [] if prefix else ["| name | value | default | what it is |", "| --- | --- | --- | --- |"]
    for name, field in model.model_fields.items():
        if _is_group(field):
            rows.append(_of_item(field.annotation, f"{prefix}{name}."))
            continue
        default = "–" if field.is_required() else _default(field)
        rows.append(f"| `{prefix}{name}` | {_value(field)} | {default} | {_cell(field.description)} |")
    return "\n".join(rows)


def _table(model: Any, prefix: str, *, own: bool) -> str:  # noqa: ANN401  (a pydantic model's class)
    head = ["| setting | environment | value | default | what it is |", "| --- | --- | --- | --- | --- |"]
    return "\n".join([*head, *_rows(model, prefix, "", own=own)])


def _rows(model: Any, prefix: str, of: str, *, own: bool) -> Iterator[str]:  # noqa: ANN401  (a pydantic model's class)
    for name, field in model.model_fields.items():
        if _is_group(field):
            if not own:
                yield from _rows(field.annotation, f"{prefix}{name}.", f"{field.description}: ", own=False)
            continue
        environment = "SOHOA_" + (prefix + name).replace(".", "__").upper()
        what = _cell(f"{of}{field.description}")
        cells = (f"`{prefix}{name}`", f"`{environment}`", _value(field), _default(field), what)
        yield f"| {' | '.join(cells)} |"


def _value(field: FieldInfo) -> str:
    names = {bool: "yes or no", int: "whole number", float: "number", str: "text", Path: "path", SecretStr: "secret"}
    kind = next((text for type_, text in names.items() if type_ in (field.annotation, *_inside(field))), "names")
    bounds = []
    for rule in field.metadata:
        match rule:
            case Gt(gt=least):
                bounds.append(f"> {least:g}")
            case Ge(ge=least):
                bounds.append(f"≥ {least:g}")
            case Lt(lt=most):
                bounds.append(f"< {most:g}")
            case Le(le=most):
                bounds.append(f"≤ {most:g}")
            case _:
                continue
    return ", ".join([kind, *bounds])


def _inside(field: FieldInfo) -> tuple[Any, ...]:
    """The types of a union such as `Path | None`."""
    found = getattr(field.annotation, "__args__", ())
    return () if getattr(field.annotation, "__origin__", None) is dict else found


def _default(field: FieldInfo) -> str:
    value = field.default
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if value in ("", None, PydanticUndefined):
        return "–"
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`"


def commands_page() -> str:
    """Every command with its arguments and options, and the exit codes."""
    parts = [
        "# Commands",
        MADE,
        "Results go to stdout, progress and problems to stderr. `uv run sohoa COMMAND --help` says the same.",
        "## Exit codes",
        _exit_codes(),
    ]
    for name, command in _commands(typer.main.get_command(app), ""):
        usage = command.get_usage(typer.Context(command, info_name=f"sohoa {name}")).removeprefix("Usage: ")
        parts += [f"## {name}", _cell(command.help), f"```\n{usage}\n```", _parameters(command)]
    return "\n\n".join(part.strip() for part in parts if part) + "\n"


def _commands(group: Any, before: str) -> Iterator[tuple[str, TyperCommand]]:  # noqa: ANN401  (typer exports no base)
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from _commands(command, f"{before}{name} ")
        else:
            yield before + name, command


def _exit_codes() -> str:
    rows = ["| code | name | when |", "| --- | --- | --- |"]
    comments = dict(re.findall(r"(\w+) = \d+ +#: (.+)", inspect.getsource(ExitCode)))
    rows += [f"| {code.value} | `{code.name}` | {_cell(comments[code.name])} |" for code in ExitCode]
    return "\n".join(rows)


def _parameters(command: TyperCommand) -> str:
    rows = []
    for parameter in command.params:
        if isinstance(parameter, TyperOption):
            default = parameter.default
            shown = f" (default: {default})" if isinstance(default, int | str) and default not in ("", False) else ""
            rows.append(f"| `{', '.join(parameter.opts)}` | {_cell(parameter.help)}{shown} |")
        elif isinstance(parameter, TyperArgument):
            rows.append(f"| `{parameter.metavar or (parameter.name or '').upper()}` | {_cell(parameter.help)} |")
    return "\n".join(["| | |", "| --- | --- |", *rows]) if rows else ""


def http_page() -> str:
    """Every route with the scope that it needs, from the OpenAPI contract."""
    with tempfile.TemporaryDirectory() as folder, opened(Settings(data_dir=Path(folder))) as house:
        contract = create_app(door_of(house), background=False).openapi()
    rows = ["| | route | scope | what it does |", "| --- | --- | --- | --- |"]
    for path, routes in contract["paths"].items():
        for method, route in routes.items():
            scopes = sorted(
                {scope for needed in route.get("security", []) for name in needed.values() for scope in name}
            )
            does = _cell((route.get("description") or route["summary"]).split("\n\n")[0])
            rows.append(f"| {method.upper()} | `{path}` | {', '.join(scopes) or '–'} | {does} |")
    return "\n\n".join(["# HTTP interface", MADE, ABOUT_HTTP.strip(), contract["info"]["description"].strip()]) + (
        "\n\n## Routes\n\n" + "\n".join(rows) + "\n"
    )


def errors_page() -> str:
    """Every error that is raised on purpose, by family."""
    parts = [
        "# Errors",
        MADE,
        ABOUT_ERRORS,
    ]
    for title, module, base in (
        ("Reading scans (`ocr`)", ocr_errors, ocr_errors.OcrError),
        ("Remembering (`storage`)", storage_errors, storage_errors.StorageError),
        ("Joining both (`flows`)", flow_errors, flow_errors.FlowError),
    ):
        parts += [f"## {title}", "\n".join(_tree(module, base, 0))]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _tree(module: ModuleType, base: type[Exception], depth: int) -> Iterator[str]:
    code = getattr(base, "exit_code", None)
    suffix = f" (exit code {int(code)})" if code is not None and "exit_code" in vars(base) else ""
    yield f"{'  ' * depth}- `{base.__name__}`: {_first_sentence(base)}{suffix}"
    for child in base.__subclasses__():
        if child.__module__ == module.__name__:
            yield from _tree(module, child, depth + 1)


def _first_sentence(thing: Any) -> str:  # noqa: ANN401  (a class with a docstring)
    return _cell((inspect.getdoc(thing) or "").split("\n\n")[0])


def _cell(text: str | None) -> str:
    return " ".join((text or "").split()).replace("|", "\\|")


ABOUT_NOTES = """
Everything that the program tells clerks and operators in their own language: the note beside each file that a watched
folder could not take, and the notices by e-mail and webhook. Names in braces are filled in.
"""


def notes_page() -> str:
    """Every note beside a file and every notice."""
    rows = ["| code | what happened | what to do |", "| --- | --- | --- |"]
    listed = {**NOTES, "PagesNotRead": BAD_PAGES}
    rows += [f"| `{code}` | {_cell(note.happened)} | {_cell(note.do)} |" for code, note in listed.items()]
    told = ["| kind | when | subject | text |", "| --- | --- | --- | --- |"]
    told += [
        f"| `{kind}` | {_cell(words.when)} | {_cell(words.subject)} | {_cell(words.body)} |"
        for kind, words in WORDS.items()
    ]
    parts = ["# Notes and notices", MADE, ABOUT_NOTES, "## Notes beside files", "\n".join(rows)]
    return "\n\n".join(part.strip() for part in [*parts, "## Notices", "\n".join(told)]) + "\n"


PAGES: Mapping[str, Callable[[], str]] = {
    "settings.md": settings_page,
    "commands.md": commands_page,
    "errors.md": errors_page,
    "http.md": http_page,
    "notes.md": notes_page,
}


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(prog="docs.make", description="Makes the pages that say what the code says.")
    parser.add_argument("--check", action="store_true", help="compare only")
    check = parser.parse_args().check
    old = []
    for name, page in PAGES.items():
        file, text = HERE / name, page()
        if file.exists() and file.read_text(encoding="utf-8") == text:
            continue
        old.append(name)
        if not check:
            file.write_text(text, encoding="utf-8")
    for name in old:
        print(f"{'out of date' if check else 'written'}: docs/{name}")
    return 1 if check and old else 0


if __name__ == "__main__":
    sys.exit(main())
