"""Hours in which bulk runs may work, like `Mon-Fri 18:00-06:00`, by the clock of Việt Nam."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flows.errors import WrongSettings

HERE = ZoneInfo("Asia/Ho_Chi_Minh")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WINDOW = re.compile(r"(?P<first>[a-z]{3})(?:-(?P<last>[a-z]{3}))? (?P<begin>\d\d:\d\d)-(?P<end>\d\d:\d\d)")
DAY = 24 * 60  # minutes


@dataclass(frozen=True, slots=True)
class Window:
    """Minutes from midnight of certain days; an end before the beginning is on the next day."""

    days: tuple[int, ...]  #: 0 is Monday
    begin: int
    end: int

    def open_at(self, at: datetime) -> bool:
        """Whether it is open, by the clock of `at`."""
        minute = at.hour * 60 + at.minute
        today, yesterday = at.weekday(), (at.weekday() - 1) % 7
        if self.begin < self.end:
            return today in self.days and self.begin <= minute < self.end
        return (today in self.days and minute >= self.begin) or (yesterday in self.days and minute < self.end)


def windows(texts: Sequence[str]) -> tuple[Window, ...]:
    """Read windows as the settings have them. Raises WrongSettings."""
    return tuple(_window(text) for text in texts)


def _window(text: str) -> Window:
    found = _WINDOW.fullmatch(text.strip().lower())
    if not found or found["first"] not in DAYS or (found["last"] or "mon") not in DAYS:
        raise WrongSettings(f"bulk.windows: {text!r} is no window; write it like Mon-Fri 18:00-06:00")
    first, last = DAYS.index(found["first"]), DAYS.index(found["last"] or found["first"])
    days = tuple((first + step) % 7 for step in range((last - first) % 7 + 1))
    begin, end = _minutes(found["begin"], text), _minutes(found["end"], text)
    return Window(days, begin, end)


def _minutes(clock: str, text: str) -> int:
    hour, minute = (int(part) for part in clock.split(":"))
    if hour * 60 + minute > DAY or minute > 59:
        raise WrongSettings(f"bulk.windows: {text!r}: {clock} is no time of day; 00:00 to 24:00")
    return hour * 60 + minute


def is_open(given: Sequence[Window], at: datetime) -> bool:
    """Whether one of the windows is open; without windows work may always be done."""
    return not given or any(window.open_at(at.astimezone(HERE)) for window in given)


def opens_next(given: Sequence[Window], at: datetime) -> datetime | None:
    """When the next window opens, to the minute, within a week; None where none does."""
    here = at.astimezone(HERE).replace(second=0, microsecond=0)
    for minutes in range(1, 8 * DAY):
        moment = here + timedelta(minutes=minutes)
        if is_open(given, moment):
            return moment
    return None
