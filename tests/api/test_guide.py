"""The guide tells the truth: its commands run, its codes and scopes are all there are."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from api.problems import Code
from storage.scopes import Scope
from tests.api.house import House, PaperText, served
from tests.api.test_pages import ALTO, a_pdf

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "api.md"


def commands() -> list[str]:
    """The commands of the guide, in order."""
    blocks = re.findall(r"```sh\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.strip()]


def test_every_command_of_the_guide_runs(house: House, tmp_path: Path) -> None:
    """The other team's engineer copies the first line and it fails."""
    files = {"pdf": a_pdf(1), "alto": ALTO.encode()}
    (document,) = house.publish(PaperText(name="a", files=files))
    key = house.key(*Scope)
    scan = tmp_path / "0001.pdf"
    scan.write_bytes(b"%PDF-1.7")
    hook = house.client.post("/v1/webhooks", json={"url": "http://127.0.0.1:9/x"}, headers=key).json()
    first = {**key, "Idempotency-Key": "upload-0000"}
    upload = house.client.post("/v1/scans", params={"name": "a.pdf"}, content=b"x", headers=first).json()
    told = house.client.get(f"/v1/documents/{document}", headers=key)
    assert len(commands()) > 15
    with served(house) as base:
        environment = os.environ | {
            "SOHOA": base,
            "KEY": key["Authorization"].removeprefix("Bearer "),
            "DOCUMENT": document,
            "SCAN": str(scan),
            "UPLOAD": upload["id"],
            "WEBHOOK": hook["id"],
            "RECEIVER": "http://127.0.0.1:9/sohoa",
            "ETAG": told.headers["ETag"],
        }
        for command in commands():
            failing = command.replace("curl ", "curl --fail-with-body ", 1)
            done = subprocess.run(
                ["bash", "-c", failing], env=environment, capture_output=True, text=True, check=False, timeout=60
            )
            assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"


def test_the_guide_names_every_problem_and_scope() -> None:
    """A code without an explanation is a call to us."""
    text = GUIDE.read_text(encoding="utf-8")
    missing = [name for name in (*Code, *Scope) if f"`{name}`" not in text]
    assert missing == []
