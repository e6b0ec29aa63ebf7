"""Lines to learn from say what their pictures show."""

from __future__ import annotations

import itertools
import json
import random
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from ocr.engines.reader.confidence import AS_GIVEN, load
from ocr.engines.reader.letters import HANDWRITING
from ocr.engines.reader.neighbours import MOST
from ocr.engines.reader.network import WEIGHTS, Network
from ocr.vietnamese import is_in_use, key
from training import pairs
from training.calibrate import fitted
from training.evaluate import measure, style, table
from training.fonts import find_faces
from training.held import read
from training.mining import hard
from training.pairs import counted
from training.samples import Sample, samples
from training.texts import collect

SENTENCES = ["Hãy chọn tập tin cần mở.", "Không thể kết nối tới máy chủ, xin thử lại sau.", "Đã lưu các thay đổi"]
SYLLABLES = ["trường", "học", "quyền", "nước", "giếng", "đất", "Ủy", "ban", "mười", "phố"]
LINES = 120


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of training data with the fonts that every installation has."""
    folder = tmp_path_factory.mktemp("training")
    faces = find_faces(Path("/usr/share/fonts/truetype/dejavu"))
    (folder / "fonts.json").write_text(json.dumps([asdict(face) for face in faces]))
    (folder / "texts.json").write_text(json.dumps({"sentences": SENTENCES, "syllables": SYLLABLES}))
    return folder


@pytest.fixture(scope="module")
def made(data: Path) -> list[Sample]:
    return list(itertools.islice(samples(data, 7), LINES))


def test_most_lines_are_read_as_their_labels_say(made: list[Sample]) -> None:
    """A generator whose labels are wrong spoils every reader trained on it, and no loss shows it."""
    lines = read(made, WEIGHTS, AS_GIVEN)
    printed = [one for one in lines if HANDWRITING not in one.sample.text]
    assert measure(printed)["letter error"] < 0.08
    assert {row[0].split()[0] for row in table(printed, style)} >= {"sans"}


def test_the_same_seed_makes_the_same_lines(data: Path, made: list[Sample]) -> None:
    """A run that was broken off goes on, and a figure can be had again."""
    again = list(itertools.islice(samples(data, 7), 20))
    assert [one.text for one in again] == [one.text for one in made[:20]]
    assert all(np.array_equal(one.image, other.image) for one, other in zip(again, made, strict=False))


def test_some_lines_are_written_by_hand_and_those_show_ink(made: list[Sample]) -> None:
    """A sign for hand-writing whose ink the cleaning took away teaches to see none."""
    written = [one for one in made if HANDWRITING in one.text]
    assert written
    assert all(one.image.min() < 200 for one in written)


def test_what_is_read_surely_is_mostly_left_out(made: list[Sample]) -> None:
    """Learning from a line costs more than making it."""
    kept = list(hard(iter(made), Network(WEIGHTS), random.Random(1)))
    assert 0 < len(kept) < 0.7 * len(made)


def test_confidences_fitted_rise_and_stay_chances(made: list[Sample]) -> None:
    """A surer letter must never be called less sure."""
    curve = fitted(read(made, WEIGHTS, AS_GIVEN))
    for points in (curve.given, curve.right):
        assert list(points) == sorted(points)
        assert 0 <= points[0] <= points[-1] <= 1


def test_the_shipped_weights_come_with_their_confidences() -> None:
    """Without them the thresholds of the rules mean something else."""
    assert load(WEIGHTS).letters > 10_000


def test_texts_are_vietnamese_sentences_and_syllables(tmp_path: Path) -> None:
    """Commands and English in a catalogue would teach letters that papers lack."""
    page = "<p>Hãy chọn tập tin cần mở.</p><p>Open the selected file now</p>"
    (tmp_path / "help.html").write_text(page, encoding="utf-8")
    (tmp_path / "vi_VN.dic").write_text("2\ntrường\nhọc/S\n", encoding="utf-8")
    assert collect(tmp_path) == (["Hãy chọn tập tin cần mở."], ["trường", "học"])


def test_pairs_are_counted_within_running_text_and_words_of_offices_count_fully() -> None:
    """What stands beside a comma says nothing, and a manual's rare word must not outweigh an office's."""
    counts = counted(["đồ thị, hàm số", "Đồ thị 3 chiều", "mở tệp"], ["về khu đô thị"], ["kể từ"])
    assert counts == {
        pair: count
        for words, count in (("đồ thị", 2), ("khu đô", MOST), ("đô thị", MOST), ("về khu", MOST), ("kể từ", MOST))
        for pair in [tuple(map(key, words.split()))]
    }


def test_every_word_of_offices_is_one_of_two_syllables_in_use() -> None:
    """A typing error there would be read into people's papers."""
    words = (Path(pairs.__file__).parent / "words.txt").read_text(encoding="utf-8").splitlines()
    assert words == sorted(set(words))
    assert [word for word in words if len(word.split()) != 2 or not all(map(is_in_use, word.split()))] == []
