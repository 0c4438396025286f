"""Axes: round ticks for numbers, calendar ticks for dates, weeks or months for courses."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class Axis:
    """A straight line from values to positions."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """Return the position of ``value``; beyond the axis it is the nearer end."""
        kept = min(self.high, max(self.low, value))
        return self.start + (kept - self.low) / (self.high - self.low) * (self.end - self.start)


def round_ticks(low: float, high: float, most: int) -> list[float]:
    """Return at most about ``most`` round numbers that cover ``low`` to ``high``."""
    raw = max(high - low, 1e-9) / max(1, most - 1)
    size = 10 ** math.floor(math.log10(raw))
    step = next(s * size for s in (1, 2, 2.5, 5, 10) if s * size >= raw - 1e-12)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(i * step, 10) for i in range(first, last + 1)]


def date_ticks(start: date, end: date, most: int) -> list[tuple[date, str]]:
    """Return first days of months (or years) between two dates with their labels, at most ``most``."""
    months = (end.year - start.year) * 12 + end.month - start.month
    step = next((s for s in (1, 2, 3, 6, 12, 24, 60, 120, 240) if months / s <= most), 480)
    ticks: list[tuple[date, str]] = []
    index = start.year * 12 + start.month - 1
    index += -index % step
    while len(ticks) < most:
        day = date(index // 12, index % 12 + 1, 1)
        if day > end:
            break
        if day >= start:
            ticks.append((day, str(day.year) if step >= 12 else f"{_MONTHS[day.month - 1]} {day.year}"))
        index += step
    return ticks


def course_ticks(days: float, most: int) -> list[tuple[float, str]]:
    """Return ticks over a course from day 0: in days, weeks or months, whichever suits its length."""
    for unit, name, limit in ((1.0, "day", 15.0), (7.0, "week", 190.0), (30.4375, "month", math.inf)):
        if days <= limit:
            step = next(s for s in (1, 2, 4, 6, 12, 24, 48, 120, 480) if days / unit / s <= most)
            count = int(days / unit / step + 1e-9)
            return [(i * step * unit, f"{name} {i * step}" if i == 0 else str(i * step)) for i in range(count + 1)]
    return []
