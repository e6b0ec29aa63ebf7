"""Typesets strips of paper: paragraphs, heads in two columns, tables, forms, signature blocks, lines alone."""

from __future__ import annotations

import random as randomness
from itertools import pairwise

import cv2
import numpy as np
from PIL import Image, ImageDraw

from ocr.engines.reader.letters import HANDWRITING, known
from ocr.opening.raw import Image as Pixels
from training.fonts import Face
from training.handwriting import handwritten, signature
from training.strips import Placed, Strip, Type, darken, dotted, font_of, letters_of, rule
from training.wording import Texts, name, number, wording

Random = randomness.Random
SIZES = (9, 10, 11, 12, 12, 13, 13, 13, 13.5, 14, 14, 14, 14, 15, 16)  # points
HAND, REMARK = (1.1, 3.2), (1.5, 7.0)  # ems that hand-writing takes within a line, and alone
TYPED = 0.5  # share of monospaced strips set as by a typewriter
KINDS = {"times": 0.46, "serif": 0.17, "sans": 0.22, "mono": 0.15}
STYLES = {(False, False): 0.38, (True, False): 0.40, (False, True): 0.13, (True, True): 0.09}
SMALL_CAPS_SIZE = 4.5  # inches: the widest column of a strip; wider crops cost more than they teach


class Typesetter:
    """Sets strips at random from faces and texts. Not safe to share between threads: it holds a generator."""

    def __init__(self, faces: list[Face], texts: Texts, random: Random) -> None:
        self._by_kind: dict[str, dict[str, dict[tuple[bool, bool], list[Face]]]] = {}
        for face in faces:
            styles = self._by_kind.setdefault(face.kind, {}).setdefault(face.family, {})
            styles.setdefault((face.bold, face.italic), []).append(face)
        self._pens = [face.file for face in faces if face.kind == "hand"]
        self._texts = texts
        self._random = random

    def strip(self) -> Strip:
        """A strip with a few lines, drawn at 200 or 300 dpi."""
        makers = {
            self._paragraph: 0.31, self._head: 0.15, self._table: 0.11, self._form: 0.12, self._signing: 0.15,
            self._alone: 0.16,
        }  # fmt: skip
        make = self._random.choices(list(makers), list(makers.values()))[0]
        return make()

    def pick(self, *, bold: bool | None = None) -> Face:
        """A face, by the shares of kinds and styles; the nearest style where a family lacks one."""
        random = self._random
        kinds = {kind: share for kind, share in KINDS.items() if kind in self._by_kind}
        families = self._by_kind[random.choices(list(kinds), list(kinds.values()))[0]]
        styles = families[random.choice(sorted(families))]
        wanted = random.choices(list(STYLES), list(STYLES.values()))[0]
        if bold is not None:
            wanted = (bold, wanted[1])
        return random.choice(styles.get(wanted) or random.choice(list(styles.values())))

    def _type(self, dpi: int, *, bold: bool | None = None, face: Face | None = None) -> Type:
        random = self._random
        points = random.choice(SIZES)
        size = max(12, round(points * dpi / 72))
        face = face or self.pick(bold=bold)
        typed = face.kind == "mono" and random.random() < TYPED
        return Type(font_of(face.file, size), face, size, round(size * random.uniform(1.12, 1.7)), typed)

    def _words(self, length: int, face: Face) -> list[str]:
        for _ in range(8):
            text = wording(self._random, self._texts, length)
            if all(letter == HANDWRITING or ord(letter) in letters_of(face.file) for letter in text):
                return text.split()
        return ["Số"]

    def _length(self) -> int:
        random, share = self._random, self._random.random()
        return (
            random.randint(2, 14)
            if share < 0.15
            else random.randint(14, 44)
            if share < 0.85
            else random.randint(44, 80)
        )

    def _dpi(self) -> int:
        return self._random.choice((200, 300, 300))

    def _blank(self, width: float, height: float, dpi: int) -> Strip:
        return Strip(grey=np.full((max(24, round(height)), max(24, round(width))), 255, np.uint8), dpi=dpi)

    def _set(self, strip: Strip, words: list[str], kind: Type, x: float, baseline: float, blank: float) -> float:
        """Set words on a baseline, `blank` pixels between; where the line ends."""
        image = Image.fromarray(strip.grey)
        strip.face, strip.typed = kind.face, kind.typed
        draw = ImageDraw.Draw(image)
        ink = self._random.choice((0, 0, 0, 15, 30))
        hands: list[tuple[int, float, float]] = []
        for index, word in enumerate(words):
            start = x
            for part_index, part in enumerate(word.split(HANDWRITING)):
                if part_index:
                    room = kind.size * self._random.uniform(*(HAND if len(words) > 1 else REMARK))
                    hands.append((len(strip.words), x, room))
                    x += room
                if part:
                    if kind.typed:
                        self._strike(draw, part, kind, x, baseline)
                    else:
                        draw.text((round(x), round(baseline)), part, font=kind.font, fill=ink, anchor="ls")
                    x += kind.width(part)
            box = kind.font.getbbox(word.replace(HANDWRITING, "0"), anchor="ls")
            strip.words.append(
                Placed(word, start + min(0, box[0]), baseline + box[1], x, baseline + box[3], strip.lines)
            )
            x += blank if index + 1 < len(words) else 0
        strip.grey = np.array(image)
        for place, left, room in hands:
            self._write(strip, place, left, room, baseline, kind)
        strip.lines += 1
        return x

    def _strike(self, draw: ImageDraw.ImageDraw, part: str, kind: Type, x: float, baseline: float) -> None:
        """A word as a typewriter strikes it: each letter a little off the line, paler or darker than the next."""
        jump = kind.size / 40
        for letter in part:
            place = (round(x + self._random.gauss(0, jump / 2)), round(baseline + self._random.gauss(0, jump)))
            ink = min(150, abs(round(self._random.gauss(20, 45))))
            draw.text(place, letter, font=kind.font, fill=ink, anchor="ls")
            x += kind.width(letter)

    def _write(self, strip: Strip, place: int, left: float, room: float, baseline: float, kind: Type) -> None:
        """Hand-writing on the line, its word's box widened to it."""
        run = handwritten(self._random, max(8, round(kind.size * self._random.uniform(0.6, 1.25))), self._pens)
        ys, xs = np.nonzero(run < 140)
        if not len(xs):
            return
        run = run[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1]
        if run.shape[1] > room:
            run = np.asarray(
                cv2.resize(
                    run,
                    (max(1, round(room)), max(1, round(run.shape[0] * room / run.shape[1]))),
                    interpolation=cv2.INTER_AREA,
                )
            )
        top = round(baseline - run.shape[0] * self._random.uniform(0.7, 1.0))
        left = round(left + self._random.uniform(-0.1, 0.2) * kind.size)
        darken(self._layer(strip), run, left, top)
        word = strip.words[place]
        alone = word.text == HANDWRITING  # then its box is that of its ink; else it is a part of a longer word
        x0, x1 = (left, left + run.shape[1]) if alone else (word.x0, word.x1)
        strip.words[place] = Placed(word.text, x0, min(word.y0, top), x1, word.y1, word.line)

    def _layer(self, strip: Strip) -> Pixels:
        if strip.pen is None:
            strip.pen = np.full_like(strip.grey, 255)
        return strip.pen

    def _paragraph(self) -> Strip:
        random, dpi = self._random, self._dpi()
        kind = self._type(dpi)
        width = random.uniform(2.4, 6.6) * dpi
        rows, margin = random.randint(2, 5), kind.size
        strip = self._blank(width + 2 * margin, (rows + 1) * kind.leading + kind.size, dpi)
        justified, indent = random.random() < 0.6, random.random() < 0.5
        for row in range(rows):
            x = margin + (kind.size * random.uniform(1, 3) if indent and row == 0 else 0)
            room = width + margin - x
            words = self._fitting(kind, room)
            natural = kind.width(" ")
            blank = natural * random.uniform(0.85, 1.3)
            if justified and row + 1 < rows and len(words) > 2:
                spare = room - sum(map(kind.width, (word.replace(HANDWRITING, "00") for word in words)))
                blank = min(
                    max(natural * 0.7, spare / (len(words) - 1)), kind.size * random.choice((0.4, 0.5, 0.7, 0.9))
                )
            baseline = margin + kind.size + row * kind.leading
            end = self._set(strip, words, kind, x, baseline, blank)
            if random.random() < 0.04:
                rule(strip, (x, baseline + kind.size * 0.15), (end, baseline + kind.size * 0.15), kind.size // 16)
        if random.random() < 0.15:
            self._sign(strip)
        return strip

    def _fitting(self, kind: Type, room: float) -> list[str]:
        """Words that fit into the room, at least one."""
        blank = kind.width(" ")
        length = max(1, round(room / max(1.0, kind.width("n"))))
        words = self._words(length, kind.face)
        while sum(map(len, words)) + len(words) < length:
            words += self._words(length, kind.face)
        used, chosen = 0.0, []
        for word in words:
            used += kind.width(word.replace(HANDWRITING, "000")) + blank
            if used > room and chosen:
                break
            chosen.append(word)
        return chosen

    def _head(self) -> Strip:
        """Two columns of bold lines, as a paper begins; rules below."""
        random, dpi = self._random, self._dpi()
        kind, width = self._type(dpi, bold=random.random() < 0.8), 6.6 * dpi
        rows = random.randint(1, 3)
        strip = self._blank(width, (rows + 1) * kind.leading + kind.size, dpi)
        gutter = random.uniform(0.3, 0.48) * width
        for row in range(rows):
            baseline = kind.size * 1.6 + row * kind.leading
            for left, right in ((kind.size * 0.5, gutter - kind.size), (gutter + kind.size, width - kind.size * 0.5)):
                words = self._fitting(kind, (right - left) * random.uniform(0.5, 1.0))
                if random.random() < 0.6:
                    words = [known(word.upper()) or word for word in words]
                used = sum(kind.width(word) for word in words) + kind.width(" ") * (len(words) - 1)
                if used > right - left:
                    continue
                start = left + (right - left - used) / 2
                self._set(strip, words, kind, start, baseline, kind.width(" "))
                if row + 1 == rows and random.random() < 0.4:
                    y = baseline + kind.size * random.uniform(0.25, 0.5)
                    rule(strip, (start + used * 0.3, y), (start + used * 0.7, y), kind.size // 14)
        if random.random() < 0.12:
            self._sign(strip)
        return strip

    def _table(self) -> Strip:
        random, dpi = self._random, self._dpi()
        kind = self._type(dpi)
        columns, rows = random.randint(2, 5), random.randint(2, 4)
        width, high = random.uniform(3, 6.6) * dpi, kind.leading * random.uniform(1.0, 1.5)
        strip = self._blank(width + kind.size, rows * high + kind.size * 2, dpi)
        cuts = sorted(random.uniform(0.08, 0.92) for _ in range(columns - 1))
        edges = [kind.size * 0.5, *(cut * width for cut in cuts), width]
        ruled, thick = random.random() < 0.7, max(1, kind.size // random.randint(14, 24))
        for row in range(rows):
            baseline = kind.size + row * high + high * 0.72
            for left, right in pairwise(edges):
                room = right - left - kind.size * 0.7
                if room < kind.size or random.random() < 0.06:
                    continue
                words = number(random).split() if random.random() < 0.4 else self._fitting(kind, room)
                words = [
                    word
                    for word in words
                    if all(ord(c) in letters_of(kind.face.file) or c == HANDWRITING for c in word)
                ]
                used = sum(kind.width(word) for word in words) + kind.width(" ") * (len(words) - 1)
                if words and used <= room:
                    x = left + kind.size * 0.3 + random.choice((0.0, (room - used) / 2, room - used))
                    self._set(strip, words, kind, x, baseline, kind.width(" "))
        if ruled:
            for row in range(rows + 1):
                rule(strip, (edges[0], kind.size + row * high), (edges[-1], kind.size + row * high), thick)
            for edge in edges:
                rule(strip, (edge, kind.size), (edge, kind.size + rows * high), thick)
        return strip

    def _form(self) -> Strip:
        """Labels with dotted leaders, filled in by a pen or by print."""
        random, dpi = self._random, self._dpi()
        kind = self._type(dpi)
        width, rows = random.uniform(3, 6) * dpi, random.randint(1, 3)
        strip = self._blank(width + kind.size * 2, (rows + 1) * kind.leading + kind.size, dpi)
        for row in range(rows):
            label = self._words(random.randint(5, 22), kind.face)
            label[-1] = label[-1].rstrip(".,;:") + ":"
            filled = random.random()
            if filled < 0.6:
                label += [HANDWRITING]
            elif filled < 0.75:
                label += self._words(random.randint(4, 20), kind.face)
            dots = "." * random.randint(6, 40) if "…" not in label and random.random() < 0.7 else ""
            words = [*label, dots] if dots else label
            baseline = kind.size * 1.6 + row * kind.leading
            end = self._set(strip, words, kind, kind.size, baseline, kind.width(" "))
            if not dots and filled < 0.6 and random.random() < 0.6:
                dotted(strip, (kind.size * 4, baseline + kind.size * 0.1), end, kind.size)
        return strip

    def _signing(self) -> Strip:
        """Title, seal and signature over or beside it, name."""
        random, dpi = self._random, self._dpi()
        kind = self._type(dpi, bold=True)
        width = 3.0 * dpi
        strip = self._blank(width, kind.leading * 6, dpi)
        title = [known(word.upper()) or word for word in self._words(random.randint(8, 20), kind.face)]
        signer = name(random, self._texts).split()
        for row, words in ((0, title), (random.choice((1, 3, 4)), signer)):
            words = [word for word in words if HANDWRITING not in word]
            used = sum(kind.width(word) for word in words) + kind.width(" ") * len(words)
            if not words or used > width - kind.size:
                continue
            if all(ord(letter) in letters_of(kind.face.file) for word in words for letter in word):
                self._set(
                    strip, words, kind, (width - used) / 2, kind.size * 1.7 + row * kind.leading, kind.width(" ")
                )
        self._sign(strip)
        return strip

    def _sign(self, strip: Strip) -> None:
        """A seal and a free stroke somewhere over the print."""
        random = self._random
        height, width = strip.grey.shape
        if random.random() < 0.75:
            radius = round(strip.dpi * random.uniform(0.5, 0.72))
            if strip.words and random.random() < 0.6:  # over a title or a name, as clerks are told to set it
                word = random.choice(strip.words)
                x = round(random.gauss(word.x0, radius * 0.6))
                y = round(random.gauss((word.y0 + word.y1) / 2, radius * 0.6))
            else:
                x, y = random.randint(0, width), random.randint(0, height)
            strip.seals.append((x, y, radius))
        if random.random() < 0.6:
            darken(
                self._layer(strip),
                signature(random, round(strip.dpi * random.uniform(0.12, 0.3))),
                random.randint(-strip.dpi // 2, width // 2),
                random.randint(-height // 3, height // 2),
            )

    def _alone(self) -> Strip:
        """One line with white around: a title, a page number, a remark by hand."""
        random, dpi = self._random, self._dpi()
        kind = self._type(dpi)
        words = [HANDWRITING] if random.random() < 0.15 else self._words(self._length(), kind.face)
        spread = kind.width(" ") * random.choice((1.0, 1.0, random.uniform(0.8, 2.2)))
        used = sum(kind.width(word.replace(HANDWRITING, "0" * 7)) for word in words) + spread * len(words)
        strip = self._blank(used + kind.size * 2, kind.size * 3.2, dpi)
        end = self._set(strip, words, kind, kind.size, kind.size * 1.9, spread)
        if random.random() < 0.08:
            rule(strip, (kind.size, kind.size * 2.1), (end, kind.size * 2.1), kind.size // 16)
        if random.random() < 0.04:
            cv2.rectangle(
                strip.grey,
                (kind.size // 2, round(kind.size * 0.7)),
                (round(end + kind.size * 0.5), round(kind.size * 2.5)),
                0,
                max(1, kind.size // 14),
            )
        return strip
