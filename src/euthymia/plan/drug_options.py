"""The drug options of precision psychiatry as lines of the plan, in order, and what was left out with its reason."""

from __future__ import annotations

from dataclasses import dataclass

from euthymia.case.model import Case
from euthymia.core.reason import Reason


@dataclass(frozen=True, slots=True)
class OptionLine:
    """One drug option.

    ``reasons`` are its guideline rows, its points and why it stands above the next; ``is_open`` is False while an
    answer that could forbid it is missing.
    """

    place: int
    title: str
    role: str
    dose: str
    word: str  # use | adjust | avoid | no advice, by the guideline row that leads
    points: float
    exposure: str
    check: tuple[str, ...]
    is_open: bool
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A drug that is no option here, and why."""

    drug: str
    reason: Reason


def drug_options(case: Case) -> tuple[tuple[OptionLine, ...], tuple[LeftOut, ...]]:
    """Return every drug option of a case in the order of its points, and the drugs that are none."""
    from euthymia.therapies.precision.exposure import expected
    from euthymia.therapies.precision.options import considered

    lines = []
    judged = considered(case)
    options = [(one, one.option) for one in judged if one.option is not None]
    for place, (one, option) in enumerate(options, start=1):
        dose = f"{option.start_mg_day:g} → {option.target_mg_day:g} mg a day, at most {option.max_mg_day:g}"
        shifts = expected(option.drug, option.states, option.medicines)
        lines.append(
            OptionLine(
                place, option.title, option.role, dose, one.word, option.score.total,
                "; ".join(_ratio(e.analyte, e.value, e.low, e.high) for e in shifts), option.check,
                not one.missing_answer, (*_of_line(option.reasons), *(e.reason for e in shifts)),
            )
        )  # fmt: skip
    return tuple(lines), tuple(LeftOut(one.drug, one.left_out) for one in judged if one.left_out is not None)


def _of_line(reasons: tuple[Reason, ...]) -> tuple[Reason, ...]:
    """The reasons a line shows: its points and why it stands above the next; the prescription has all."""
    return tuple(reason for reason in reasons if reason.code in ("option_score", "why_above"))


def _ratio(analyte: str, value: float, low: float | None, high: float | None) -> str:
    of = "" if analyte == "parent" else f"{analyte}: "
    span = f" ({low:.2g} to {high:.2g})" if low is not None and high is not None else ""
    return f"{of}{value:.2g}×{span}"
