"""Makes the Python client from the contract: `python -m clients.generate [--check]`.

One TypedDict for each schema, one typed method for each operation. It knows the part of OpenAPI 3.1 that our contract
uses and stops at the rest, so that nothing is left out of the client unseen.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from textwrap import fill
from typing import Any

from api.app import create_app
from flows.cli.serve import door_of
from flows.installation import opened
from flows.settings import Settings

HERE = Path(__file__).resolve().parent / "python" / "sohoa_client"
MADE = "Made by `python -m clients.generate`; change the server, not this file."
JSON = "application/json"
USED = "from sohoa_client.connection import Answer, Connection, Content, File"
PICKS = "format"  # the parameter that picks among the types of content of one operation
SIMPLE = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}


class NotUnderstood(Exception):
    """The contract uses something that this generator does not know; teach it here."""


def contract() -> dict[str, Any]:
    """The OpenAPI document of an installation with default settings."""
    with tempfile.TemporaryDirectory() as folder, opened(Settings(data_dir=Path(folder))) as house:
        return create_app(door_of(house), background=False).openapi()


def type_of(schema: Mapping[str, Any]) -> str:
    """A schema as a Python annotation. Raises NotUnderstood."""
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[-1]
    if "anyOf" in schema:
        return " | ".join(dict.fromkeys(type_of(one) for one in schema["anyOf"]))
    if "const" in schema:
        return f"Literal[{schema['const']!r}]"
    if "enum" in schema:
        return f"Literal[{', '.join(repr(one) for one in schema['enum'])}]"
    kind = schema.get("type")
    if kind == "array":
        inner = schema.get("items") or {"anyOf": schema["prefixItems"]}
        return f"list[{type_of(inner)}]"
    if kind == "object":
        inner = schema.get("additionalProperties", True)
        return f"dict[str, {type_of(inner) if isinstance(inner, dict) and inner else 'Any'}]"
    if kind in SIMPLE:
        return SIMPLE[kind]
    if not set(schema) - {"title", "description"}:
        return "Any"
    raise NotUnderstood(f"schema {dict(schema)}")


def models(schemas: Mapping[str, Any]) -> str:
    """The module of TypedDicts."""
    parts = [
        f'"""What is sent and answered, as JSON. {MADE}"""',
        "from __future__ import annotations",
        "from typing import Any, Literal, NotRequired, TypedDict",
    ]
    parts += [
        _model(name, schema) if "properties" in schema else _alias(name, schema)
        for name, schema in sorted(schemas.items(), key=lambda item: "properties" in item[1])
    ]
    return "\n\n".join(parts) + "\n"


def _alias(name: str, schema: Mapping[str, Any]) -> str:
    return f"{name} = {type_of(schema)}\n{_quoted(_first(schema.get('description', name)))}"


def _model(name: str, schema: Mapping[str, Any]) -> str:
    needed = set(schema.get("required", ()))
    lines = [f"class {name}(TypedDict):", f"    {_quoted(_first(schema.get('description', name)))}", ""]
    for field, told in schema["properties"].items():
        kind = type_of(told)
        lines.append(f"    {field}: {kind if field in needed else f'NotRequired[{kind}]'}")
        if description := told.get("description"):
            lines[-1] += f"  #: {_one_line(description)}"
    return "\n".join(lines)


def operations(described: Mapping[str, Any]) -> str:
    """The module of the client's methods."""
    methods = [
        method
        for path, routes in described["paths"].items()
        for verb, operation in routes.items()
        for method in _methods(verb.upper(), path, operation)
    ]
    text = "\n\n".join(methods)
    used = [name for name in sorted(described["components"]["schemas"]) if re.search(rf"\b{name}\b", text)]
    return "\n\n".join(
        (
            f'"""Every operation of the interface as a method. {MADE}"""',
            "from __future__ import annotations",
            "from typing import Literal",
            f"{USED}\nfrom sohoa_client.models import {', '.join(used)}",
            f'class Client(Connection):\n    """The interface of Sohoa {described["info"]["version"]}."""',
            text,
        )
    )


def _methods(verb: str, path: str, operation: Mapping[str, Any]) -> Iterator[str]:
    """One method, or two where an operation answers JSON or a file, as the caller likes."""
    kinds = _answers(operation)
    name = re.sub(r"(?<!^)(?=[A-Z])", "_", operation["operationId"]).lower()
    if not kinds:
        yield _method(name, verb, path, operation, returns="None")
    if JSON in kinds:
        model = type_of(kinds[JSON]["schema"])
        yield _method(
            name, verb, path, operation, returns=f"Answer[{model}]", without=PICKS if len(kinds) > 1 else ""
        )
    if set(kinds) - {JSON}:
        yield _method(f"{name}_file" if JSON in kinds else name, verb, path, operation, returns="File")


def _answers(operation: Mapping[str, Any]) -> dict[str, Any]:
    """Types of content of all good answers, with what is told of each."""
    return {
        kind: told
        for status, answer in operation["responses"].items()
        if status.startswith("2")
        for kind, told in answer.get("content", {}).items()
    }


def _method(name: str, verb: str, path: str, operation: Mapping[str, Any], *, returns: str, without: str = "") -> str:
    parameters = [one for one in operation.get("parameters", ()) if one["name"] != without]
    placed = [f"{one['name']}: {_given(one)}" for one in parameters if one["in"] == "path"]
    named = sorted((one for one in parameters if one["in"] != "path"), key=lambda one: not one["required"])
    body, sent = _body(operation)
    taken = ["self", *placed, *body, *(["*"] if named else []), *(_keyword(one) for one in named)]
    call = [repr(verb), _address(path)]
    for where, argument in (("query", "query"), ("header", "headers")):
        if chosen := [one for one in named if one["in"] == where]:
            pairs = ", ".join(f"{one['name']!r}: {_python(one)}" for one in chosen)
            call.append(f"{argument}={{{pairs}}}")
    does = {"None": "_nothing", "File": "_file"}.get(returns, "_json")
    return (
        f"    def {name}({', '.join(taken)}) -> {returns}:\n"
        f"        {_quoted(_about(operation))}\n"
        f"        return self.{does}({', '.join([*call, *sent])})"
    ).replace("return self._nothing", "self._nothing")


def _body(operation: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """Parameters of a method for what is sent, and how they are handed on."""
    kinds = operation.get("requestBody", {}).get("content", {})
    if not kinds:
        return [], []
    if list(kinds) == [JSON]:
        return [f"body: {type_of(kinds[JSON]['schema'])}"], ["body=body"]
    return [f"content: Content, content_type: Literal[{', '.join(map(repr, kinds))}]"], [
        "content=content",
        "content_type=content_type",
    ]


def _python(parameter: Mapping[str, Any]) -> str:
    return str(parameter["name"]).lower().replace("-", "_")


def _given(parameter: Mapping[str, Any]) -> str:
    kind = type_of(parameter["schema"])
    return " | ".join(one for one in kind.split(" | ") if one != "None")


def _keyword(parameter: Mapping[str, Any]) -> str:
    """Left out means left out of the request: defaults are the server's."""
    kind = _given(parameter)
    return f"{_python(parameter)}: {kind}" if parameter["required"] else f"{_python(parameter)}: {kind} | None = None"


def _address(path: str) -> str:
    if "{" not in path:
        return repr(path)
    return "f" + repr(re.sub(r"\{(\w+)\}", r"{self._part(\1)}", path))


def _about(operation: Mapping[str, Any]) -> str:
    """What an operation does, the scope that it needs, and what its parameters mean."""
    scopes = [scope for needed in operation.get("security", ()) for listed in needed.values() for scope in listed]
    text = operation.get("description") or operation["summary"]
    parts = [fill(" ".join(part.split()), 100) for part in text.split("\n\n")]
    told = [
        f"{_python(one)}: {_one_line(one['description'])}"
        for one in operation.get("parameters", ())
        if one.get("description")
    ]
    parts += ["\n".join(fill(line, 100) for line in told)] if told else []
    parts += [f"Scope: {', '.join(scopes)}."] if scopes else ["Needs no key."]
    return "\n\n".join(parts).replace("\n", "\n        ").replace("\n        \n", "\n\n")


def _first(text: str) -> str:
    return _one_line(text.split("\n\n")[0])


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"""', "'''")
    ending = "\n        " if "\n" in escaped else ""
    if escaped.endswith('"') and not ending:
        escaped += " "
    return f'"""{escaped}{ending}"""'


def written(described: Mapping[str, Any]) -> dict[str, str]:
    """The files that are made, by name."""
    made = {"models.py": models(described["components"]["schemas"]), "operations.py": operations(described)}
    return {name: _formatted(text) for name, text in made.items()}


def _formatted(text: str) -> str:
    """As the project's own code is."""
    ruff = [sys.executable, "-m", "ruff", "format", "--line-length", "118", "--isolated", "-"]
    return subprocess.run(ruff, input=text, capture_output=True, text=True, check=True).stdout


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(prog="clients.generate", description="Makes the client from the contract.")
    parser.add_argument("--check", action="store_true", help="compare only; exit code 1 where it is out of date")
    check = parser.parse_args().check
    made = written(contract())
    old = [name for name, text in made.items() if not (HERE / name).exists() or (HERE / name).read_text() != text]
    for name in old:
        if not check:
            (HERE / name).write_text(made[name], encoding="utf-8")
        sys.stdout.write(f"{'out of date' if check else 'written'}: clients/python/sohoa_client/{name}\n")
    return 1 if check and old else 0


if __name__ == "__main__":
    sys.exit(main())
