"""IIIF Image API 3.0 at level 2: which part of a picture is asked for, how large, how turned; and that part.

https://iiif.io/api/image/3.0/ ; what an address does not say validly is a 400, as §5 has it.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

from api.previews import ROUNDING, Preview
from api.problems import Code, Problem
from web.viewer.pictures import TILE, Picture

MOST_AREA = 25_000_000  # pixels of one answer
JPEG_QUALITY = 72  # readable print at some 30 kB a tile of a scan
WEBP_QUALITY = 50  # the same print at 16 kB; see docs/screen.md for the traffic of an hour
WEBP_EFFORT = 2  # 9 ms of CPU a tile; 0 takes half of that and gives 23 kB
QUALITIES = ("default", "color", "gray", "bitonal")
FORMATS = {"jpg": "image/jpeg", "png": "image/png", "webp": "image/webp"}
BLACK = 128  # of 255; darker is black where two tones are asked for
_NUMBER = r"\d{1,7}(?:\.\d{1,10})?"
_REGION = re.compile(rf"(?P<share>pct:)?(?P<x>{_NUMBER}),(?P<y>{_NUMBER}),(?P<w>{_NUMBER}),(?P<h>{_NUMBER})")
_SIZE = re.compile(r"(?P<fit>!)?(?P<w>\d{0,7}),(?P<h>\d{0,7})")
_ROTATION = re.compile(r"(?P<mirror>!)?(?P<degrees>0|90|180|270|360)(?:\.0+)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A part of a picture as it is asked for, every number within its bounds."""

    left: int
    top: int
    width: int  #: of the region
    height: int
    out_width: int  #: before it is turned
    out_height: int
    mirror: bool
    degrees: int  #: clockwise
    quality: str
    format: str
    whole: bool  #: the page from edge to edge


class WrongAsk(Problem):
    """An address that the Image API does not know; 400."""

    def __init__(self) -> None:
        super().__init__(Code.MALFORMED)


def understood(width: int, height: int, *, region: str, size: str, rotation: str, quality: str, format: str) -> Cut:  # noqa: A002  (the API's word)
    """The cut that an address asks of a picture. Raises WrongAsk."""
    left, top, wide, high = _region(region, width, height)
    out_width, out_height = _size(size, wide, high)
    turned = _ROTATION.fullmatch(rotation)
    if turned is None or quality not in QUALITIES or format not in FORMATS:
        raise WrongAsk
    if out_width * out_height > MOST_AREA:
        raise WrongAsk
    return Cut(
        left=left,
        top=top,
        width=wide,
        height=high,
        out_width=out_width,
        out_height=out_height,
        mirror=bool(turned["mirror"]),
        degrees=int(turned["degrees"]) % 360,
        quality=quality,
        format=format,
        whole=(left, top, wide, high) == (0, 0, width, height),
    )


def _region(asked: str, width: int, height: int) -> tuple[int, int, int, int]:
    if asked == "full":
        return 0, 0, width, height
    if asked == "square":
        side = min(width, height)
        return (width - side) // 2, (height - side) // 2, side, side
    match = _REGION.fullmatch(asked)
    if match is None:
        raise WrongAsk
    across, down = (width / 100, height / 100) if match["share"] else (1.0, 1.0)
    left, top = round(float(match["x"]) * across), round(float(match["y"]) * down)
    wide = min(round(float(match["w"]) * across), width - left)
    high = min(round(float(match["h"]) * down), height - top)
    if wide < 1 or high < 1:
        raise WrongAsk
    return left, top, wide, high


def _size(asked: str, wide: int, high: int) -> tuple[int, int]:
    if asked in ("max", "full"):
        shrink = min(1.0, math.sqrt(MOST_AREA / (wide * high)))
        return max(1, int(wide * shrink)), max(1, int(high * shrink))
    if asked.startswith("pct:"):
        if not re.fullmatch(_NUMBER, asked[4:]) or not 0 < float(asked[4:]) <= 100:
            raise WrongAsk
        share = float(asked[4:]) / 100
        return max(1, round(wide * share)), max(1, round(high * share))
    match = _SIZE.fullmatch(asked)
    if match is None or not (match["w"] or match["h"]):
        raise WrongAsk
    out_width, out_height = _sides(match, wide, high)
    if out_width > wide or out_height > high or min(out_width, out_height) < 1:
        raise WrongAsk  # larger than the scan is not offered
    return out_width, out_height


def _sides(match: re.Match[str], wide: int, high: int) -> tuple[int, int]:
    if match["fit"]:
        if not (match["w"] and match["h"]):
            raise WrongAsk
        shrink = min(int(match["w"]) / wide, int(match["h"]) / high, 1.0)
        return max(1, round(wide * shrink)), max(1, round(high * shrink))
    if not match["h"]:
        return int(match["w"]), max(1, round(high * int(match["w"]) / wide))
    if not match["w"]:
        return max(1, round(wide * int(match["h"]) / high)), int(match["h"])
    return int(match["w"]), int(match["h"])


def cut_out(picture: Picture, cut: Cut) -> bytes:
    """The part of the picture, from the level of its pyramid that is just large enough."""
    shrink = max(cut.out_width / cut.width, cut.out_height / cut.height)
    level = min(max(0, math.floor(-math.log2(shrink) + 1e-6)), picture.levels - 1)
    image = picture.level(level, from_top=not cut.degrees)
    across, down = image.width / picture.width, image.height / picture.height
    left, top = min(int(cut.left * across), image.width - 1), min(int(cut.top * down), image.height - 1)
    wide = max(1, min(round(cut.width * across), image.width - left))
    high = max(1, min(round(cut.height * down), image.height - top))
    part = image.crop(left, top, wide, high)
    if (wide, high) != (cut.out_width, cut.out_height):
        part = part.resize(cut.out_width / wide, vscale=cut.out_height / high)
        part = part.gravity("north-west", cut.out_width, cut.out_height, extend="copy")  # rounding may miss by one
    return _written(_toned(_turned(part, cut), cut.quality), cut.format)


def cut_from_preview(preview: Preview, cut: Cut) -> bytes:
    """A whole page from its stored picture, which is handed on as it is where nothing else was asked for."""
    near = abs(preview.width - cut.out_width) <= ROUNDING and abs(preview.height - cut.out_height) <= ROUNDING
    if near and cut.format == "webp" and cut.quality in ("default", "color") and not (cut.mirror or cut.degrees):
        return preview.data
    part = preview.resized(cut.out_width, cut.out_height)
    return _written(_toned(_turned(part, cut), cut.quality), cut.format)


def _turned(part: Any, cut: Cut) -> Any:  # noqa: ANN401  (pyvips has no types)
    if cut.mirror:
        part = part.fliphor()
    return {90: part.rot90, 180: part.rot180, 270: part.rot270}[cut.degrees]() if cut.degrees else part


def _toned(part: Any, quality: str) -> Any:  # noqa: ANN401
    if quality in ("gray", "bitonal"):
        part = part.colourspace("b-w")
    return part > BLACK if quality == "bitonal" else part


def _written(part: Any, format: str) -> bytes:  # noqa: A002, ANN401
    if format == "png":
        data = part.pngsave_buffer(compression=6)
    elif format == "webp":
        data = part.webpsave_buffer(Q=WEBP_QUALITY, effort=WEBP_EFFORT)
    else:
        data = part.jpegsave_buffer(Q=JPEG_QUALITY, strip=True)
    return bytes(data)


def information(base: str, width: int, height: int, levels: int) -> dict[str, Any]:
    """The picture's info.json."""
    return {
        "@context": "http://iiif.io/api/image/3/context.json",
        "id": base,
        "type": "ImageService3",
        "protocol": "http://iiif.io/api/image",
        "profile": "level2",
        "width": width,
        "height": height,
        "maxArea": MOST_AREA,
        "tiles": [{"width": TILE, "height": TILE, "scaleFactors": [2**level for level in range(levels)]}],
        "preferredFormats": ["webp", "jpg"],
        "extraFormats": ["webp"],
        "extraQualities": ["color", "gray", "bitonal"],
        "extraFeatures": ["mirroring", "regionSquare"],
    }


def levels_of(width: int, height: int) -> int:
    """How many levels a pyramid of that size has: halved until it fits a tile."""
    return max(1, math.ceil(math.log2(max(width, height) / TILE)) + 1) if max(width, height) > TILE else 1
