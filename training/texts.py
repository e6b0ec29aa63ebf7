"""Vietnamese sentences and syllables from Debian packages: message catalogues, help pages, manuals, a dictionary."""

from __future__ import annotations

import argparse
import gettext
import gzip
import html
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

from ocr.engines.reader.letters import known

LONGEST, SHORTEST = 900, 6  # letters of a sentence
LEAST_VIETNAMESE = 0.12  # share of letters with marks: what has fewer is another language or a command
_PLACEHOLDER = re.compile(r"%[\d$]*[sdlufxiz]+|%\([^)]*\)s|\{[^}]*\}|&\w+;|\$\w+|[_~]")
_MARKED = re.compile("[ăâđêôơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹáàéèíìóòúùý]", re.IGNORECASE)


def collect(root: Path) -> tuple[list[str], list[str]]:
    """Sentences and syllables of the packages laid out under `root`, each once, in an order that does not change."""
    sentences: dict[str, None] = {}
    for raw in _raw(root):
        text = known(_PLACEHOLDER.sub("", raw))
        enough = SHORTEST <= len(text) <= LONGEST
        if enough and len(_MARKED.findall(text)) >= LEAST_VIETNAMESE * len(text):
            sentences[text] = None
    syllables: dict[str, None] = {}
    for dictionary in sorted(root.rglob("vi_VN.dic")):
        for line in dictionary.read_text(encoding="utf-8").splitlines()[1:]:
            syllable = known(line.split("/")[0])
            if syllable:
                syllables[syllable] = None
    return list(sentences), list(syllables)


def _raw(root: Path) -> Iterator[str]:
    for catalogue in sorted(root.rglob("*.mo")):
        yield from _messages(catalogue)
    for page in sorted(root.rglob("*.html")):
        yield from _paragraphs(page.read_text(encoding="utf-8", errors="ignore"))
    for bundle in sorted(root.rglob("*.xpi")):
        yield from _bundled(bundle)
    for manual in sorted(root.rglob("man/vi/**/*.gz")):
        text = gzip.decompress(manual.read_bytes()).decode("utf-8", "ignore")
        for paragraph in re.split(r"\n(?=\.)|\n\n", text):
            yield re.sub(r"\\f.|\\|^\.\S+ ?", "", paragraph.replace("\n", " "))


def _messages(catalogue: Path) -> Iterator[str]:
    with catalogue.open("rb") as file:
        try:
            messages: dict[object, object] = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
        except (OSError, UnicodeDecodeError):  # not a catalogue, or one in an old encoding
            return
    for original, translated in messages.items():
        if original and isinstance(translated, str):
            yield from translated.split("\n")


def _paragraphs(page: str) -> Iterator[str]:
    page = re.sub(r"<(script|style).*?</\1>", " ", page, flags=re.DOTALL)
    page = re.sub(r"</(p|h\d|td|li|div|dd|dt)>", "\n", page)
    yield from html.unescape(re.sub(r"<[^>]+>", "", page)).split("\n")


def _bundled(bundle: Path) -> Iterator[str]:
    with zipfile.ZipFile(bundle) as files:
        for name in sorted(files.namelist()):
            if name.endswith((".ftl", ".properties", ".dtd")):
                for line in files.read(name).decode("utf-8", "ignore").splitlines():
                    value = re.search(r'[=>"]\s*(.+)', line)
                    if value:
                        yield value[1].strip('">')


def main() -> None:
    """`python -m training.texts`: writes texts.json into the folder of training data."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("build/training"))
    data: Path = parser.parse_args().data
    sentences, syllables = collect(data / "root")
    (data / "texts.json").write_text(json.dumps({"sentences": sentences, "syllables": syllables}, ensure_ascii=False))
    print(f"{len(sentences)} sentences, {sum(map(len, sentences))} letters, {len(syllables)} syllables")


if __name__ == "__main__":
    main()
