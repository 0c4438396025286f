"""The laboratory table as the page shows it."""

from __future__ import annotations

from dataclasses import dataclass

from euthymia.case.labs import LabReading, LabState
from euthymia.plan.laboratory import LabChange, LaboratoryTable, range_reason
from euthymia.report.citations import Citations, CitedReason
from euthymia.report.figures.range_bar import range_bar
from euthymia.report.wording import SPACE
from euthymia.therapies.precision.next_tests import PURPOSES

_STATES = {
    LabState.LOW: ("▼", "low"), LabState.HIGH: ("▲", "high"), LabState.IN_RANGE: ("✓", "in range"),
    LabState.NOT_JUDGED: ("?", "not judged"),
}  # fmt: skip
_WHOSE = {
    "laboratory": "the laboratory’s own", "reader": "your table", "default": "default", "none": "no range known"
}  # fmt: skip
STRENGTHS = {
    "label": "label", "guideline": "guideline", "practice": "clinical practice", "exposure_only": "exposure only",
    "investigational": "investigational, no weight", "none": "no treatment rule",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ChangeView:
    """What a result changes, ready to be shown."""

    reason: CitedReason
    strength: str
    effect: str
    about: str


@dataclass(frozen=True, slots=True)
class LabView:
    """One line of the table."""

    title: str
    value: str
    reported: str
    when: str
    mark: str
    state: str
    css: str
    span: str
    whose: str
    bar: str
    critical: str
    notes: tuple[str, ...]
    changes: tuple[ChangeView, ...]
    without: str  # what is said where nothing changes
    source: CitedReason | None


@dataclass(frozen=True, slots=True)
class LaboratoryView:
    """The laboratory part of the page."""

    rows: tuple[LabView, ...]
    others: tuple[ChangeView, ...]
    tests: tuple[tuple[str, str, str, CitedReason], ...]  # title, purpose, when, why
    never: tuple[CitedReason, ...]


def laboratory_view(table: LaboratoryTable, cited: Citations, titles: dict[str, str]) -> LaboratoryView:
    """Return the table ready to be shown; abnormal and critical values first, the order kept otherwise."""
    rows = sorted(table.rows, key=lambda r: (not r.reading.critical, not r.reading.is_abnormal, not r.changes))
    return LaboratoryView(
        rows=tuple(_row(r.reading, r.changes, cited, titles, i) for i, r in enumerate(rows)),
        others=tuple(_change(c, cited, titles) for c in table.other_changes),
        tests=tuple(
            (t.title, PURPOSES[t.purpose], "now" if t.due_in_days == 0 else f"in {t.due_in_days:.0f}{SPACE}days",
             cited.reason(t.reason))
            for t in table.next_tests
        ),
        never=cited.reasons(table.never_used),
    )  # fmt: skip


def _row(
    reading: LabReading, changes: tuple[LabChange, ...], cited: Citations, titles: dict[str, str], place: int
) -> LabView:
    mark, state = _STATES[reading.state]
    used = reading.range
    value = f"{_short(reading.value)}{SPACE}{reading.unit}"
    same = reading.reported == f"{reading.value:g} {reading.unit}"
    source = range_reason(reading)
    span = _span(used.low, used.high, reading.unit)
    words = f"{reading.title} {value}, {state}; range {span}"
    bar = "" if reading.state is LabState.NOT_JUDGED else range_bar(
        reading.value, used.low, used.high, key=f"lab-{place}", words=words
    )  # fmt: skip
    age = (
        "today" if reading.age_days == 0 else f"{reading.age_days}{SPACE}day{'' if reading.age_days == 1 else 's'} old"
    )
    notes = [reading.time_note, used.note, *(q.text for q in reading.questions)]
    return LabView(
        title=reading.title, value=value, reported="" if same else f"reported as {reading.reported}",
        when=f"{reading.day}, {age}{': repeat it' if reading.is_stale else ''}",
        mark=mark, state=state, css="critical" if reading.critical else reading.state.value,
        span=span, whose=_WHOSE[used.whose], bar=bar, critical=reading.critical,
        notes=tuple(_sentence(n) for n in notes if n), changes=tuple(_change(c, cited, titles) for c in changes),
        without=_without(reading), source=None if source is None else cited.reason(source),
    )  # fmt: skip


def _without(reading: LabReading) -> str:
    if reading.critical:
        return "call a clinician, and repeat it now"
    return "not judged" if reading.state is LabState.NOT_JUDGED else "nothing in the plan"


def _change(change: LabChange, cited: Citations, titles: dict[str, str]) -> ChangeView:
    about = ", ".join(titles[t] for t in change.reaches if t in titles)
    effect = change.effect
    if effect and change.patients is not None and "n =" not in effect:
        effect += f"; {change.patients} patients"
    return ChangeView(cited.reason(change.reason), STRENGTHS[change.strength], effect, about)


def _span(low: float | None, high: float | None, unit: str) -> str:
    if low is None and high is None:
        return "–"
    if low is None:
        return f"to {_short(high)}{SPACE}{unit}"
    if high is None:
        return f"from {_short(low)}{SPACE}{unit}"
    return f"{_short(low)}–{_short(high)}{SPACE}{unit}"


def _short(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"


def _sentence(words: str) -> str:
    return words if words.endswith(("?", ".")) else f"{words[:1].upper()}{words[1:]}."
