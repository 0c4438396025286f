"""Numbers, times and states as a reader sees them."""

from __future__ import annotations

import re

from euthymia.core.reason import EvidenceGrade
from euthymia.core.source import Verification
from euthymia.plan.model import Standing
from euthymia.therapies.contract import Legality, Verdict
from euthymia.therapies.forecast import Interval

SPACE = "\u00a0"  # keeps a number and its unit on one line
DASH = "–\u2060"  # keeps the ends of a range on one line

VERIFICATION_MARKS = {
    Verification.READ: ("✓", "read"),
    Verification.PARTIAL: ("◐", "partly read"),
    Verification.UNVERIFIED: ("○", "unverified"),
}
"""Symbol and words for how far a source was checked; never a color alone."""

STANDING_MARKS = {
    Standing.OPEN: "✓",
    Standing.ANSWER_FIRST: "?",
    Standing.DECLINED: "–",
    Standing.NOT_OUTSIDE_TRIAL: "◇",
    Standing.CONTRAINDICATED: "✕",
}

STANDING_WORDS = {
    Standing.OPEN: "open",
    Standing.ANSWER_FIRST: "answer first",
    Standing.DECLINED: "declined",
    Standing.NOT_OUTSIDE_TRIAL: "trial only",
    Standing.CONTRAINDICATED: "contraindicated",
}

VERDICT_WORDS = {
    Verdict.ELIGIBLE: "eligible",
    Verdict.CAUTION: "eligible with caution",
    Verdict.UNKNOWN: "not known yet",
    Verdict.NOT_OUTSIDE_TRIAL: "not outside a trial",
    Verdict.CONTRAINDICATED: "contraindicated",
}

VERDICT_MARKS = {
    Verdict.ELIGIBLE: "✓",
    Verdict.CAUTION: "!",
    Verdict.UNKNOWN: "?",
    Verdict.NOT_OUTSIDE_TRIAL: "◇",
    Verdict.CONTRAINDICATED: "✕",
}

LEGALITY_WORDS = {
    Legality.APPROVED: "authorized or cleared",
    Legality.OFF_LABEL: "off label",
    Legality.RESTRICTED: "licensed programs only",
    Legality.INVESTIGATIONAL: "investigational",
    Legality.AVAILABLE: "needs no authorization",
    Legality.UNKNOWN: "not known",
}


def plain(name: str) -> str:
    """Return a table word for people: ``not_outside_trial`` becomes ``not outside trial``."""
    return re.sub(r"\btrd\b", "TRD", name.replace("_", " ")).strip()


def sentence_case(text: str) -> str:
    """Return ``text`` with its first letter in upper case."""
    return text[:1].upper() + text[1:]


def percent(interval: Interval | None) -> str:
    """Return a probability in percent with its interval."""
    if interval is None:
        return "not known"
    words = f"{100 * interval.value:.0f}{SPACE}%"
    if interval.low is not None and interval.high is not None:
        words += f" ({100 * interval.low:.0f}{DASH}{100 * interval.high:.0f})"
    return words


def points(interval: Interval) -> str:
    """Return a difference of probabilities in percentage points with its interval."""
    words = signed(100 * interval.value)
    if interval.low is not None and interval.high is not None:
        words += f" ({signed(100 * interval.low)} to {signed(100 * interval.high)})"
    return f"{words} points"


def signed(value: float) -> str:
    """Return a whole number with its sign; zero has none."""
    rounded = round(value)
    return "0" if rounded == 0 else f"{rounded:+d}".replace("-", "−")


def number(value: float) -> str:
    """Return a number with at most two decimals."""
    return f"{round(value, 2):g}" if abs(value) < 1e6 else f"{value:,.0f}"


def days(value: float) -> str:
    """Return a length of time in the unit that suits it."""
    unit = _unit(value)
    return _counted(value / unit, _UNITS[unit])


def day_range(interval: Interval) -> str:
    """Return a time with its range, e.g. ``1–7 days``."""
    if interval.low is None or interval.high is None or interval.low == interval.high:
        return days(interval.value)
    high, unit = days(interval.high), _unit(interval.high)
    low = interval.low / unit
    if low >= 0.9:
        return high if high == days(interval.low) else f"{round(low)}{DASH}{high}"
    return f"{days(interval.low)} to {high}"


def certainty(grade: EvidenceGrade) -> str:
    """Return what a reason rests on: a certainty, a rule or the case."""
    if grade is EvidenceGrade.RULE:
        return "rule"
    if grade is EvidenceGrade.CASE:
        return "this case"
    return f"certainty {plain(grade.value)}"


_UNITS = {1 / 24: "hour", 1.0: "day", 7.0: "week", 30.4375: "month", 365.25: "year"}
"""Length of each unit of time in days."""


def _unit(value: float) -> float:
    """Return the unit (its length in days) that suits a length of time."""
    if value < 1:
        return 1 / 24
    return next((unit for unit, most in ((1.0, 21), (7.0, 120), (30.4375, 1095)) if value < most), 365.25)


def _counted(value: float, unit: str) -> str:
    rounded = round(value)
    return f"{rounded}{SPACE}{unit}{'' if rounded == 1 else 's'}"
