"""Manifests: what a person says of the sources beside them."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.errors import WrongUse
from flows.link import Told
from flows.manifest import find_manifests, read_manifest


def test_a_row_goes_over_the_command_line(tmp_path: Path):
    """The clerk who wrote the list knows better than a default for all."""
    file = tmp_path / "manifest.csv"
    file.write_text("\ufeffsource,dossier_code\na/b.pdf,H23.16-230712-0001\nc.pdf,\n", encoding="utf-8")
    manifest = read_manifest(file)
    default = Told(dossier_code="H23.16-230712-0009", procedure_code="1.004199")
    assert manifest.of("scans/a/b.pdf", default) == Told(dossier_code="H23.16-230712-0001", procedure_code="1.004199")
    assert manifest.of("c.pdf", default) == default
    assert manifest.of("other.pdf", default) == default


def test_a_manifest_in_the_input_folder_is_found(tmp_path: Path):
    """Clerks put the list into the folder that they hand over."""
    (tmp_path / "manifest.csv").write_text("source,dossier_code\nx.pdf,H23.16-230712-0001\n")
    assert find_manifests([tmp_path]).of("in/x.pdf", Told()).dossier_code == "H23.16-230712-0001"


@pytest.mark.parametrize("content", [b"name,code\nx,y\n", b"source,dossier_code\n,H23\n", b"\xff\xfe\x00bad", b""])
def test_a_list_that_cannot_be_understood_is_refused_whole(tmp_path: Path, content: bytes):
    """Half a manifest would file the other half of the papers nowhere."""
    file = tmp_path / "manifest.csv"
    file.write_bytes(content)
    with pytest.raises(WrongUse, match=r"manifest\.csv"):
        read_manifest(file)
