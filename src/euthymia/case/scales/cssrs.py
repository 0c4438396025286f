"""C-SSRS screener: six yes/no questions (and the timing of the sixth) to a triage level; it never under-triages.

Questions 1–5 ask about ideation in the past month, 6 about suicidal behavior in the lifetime, 6b about behavior in
the past three months. The texts belong to Columbia and are not shipped; use their form unchanged.

References
----------
Posner and others 2011, Am J Psychiatry 168:1266, doi 10.1176/appi.ajp.2011.10111704; Columbia triage text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from euthymia.case.scales.alerts import UNANSWERED_RULE, Alert, AlertLevel
from euthymia.case.scales.answers import read_answers
from euthymia.case.scales.definition import PACKAGE, Answers, define
from euthymia.case.scales.result import ScaleScore
from euthymia.core.errors import InvalidInput
from euthymia.core.source import Source
from euthymia.core.tables import SourcedRow, load_table

DEFINITION = define("C-SSRS")
QUESTIONS = tuple(item.code for item in DEFINITION.items)


class TriageLevel(StrEnum):
    """Levels from the least to the most urgent; ``incomplete`` ranks above a clean 'no'."""

    NONE_IDENTIFIED = "none_identified"
    INCOMPLETE = "incomplete"
    LOW = "low"
    MODERATE = "moderate"
    HIGH = "high"

    @property
    def rank(self) -> int:
        """Order from 0 (none identified) to 4 (high)."""
        return list(TriageLevel).index(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class TriageRow(SourcedRow):
    """Row of ``triage.csv``: the answers that make a level, and what it asks for."""

    level: TriageLevel
    rank: int
    any_yes: tuple[str, ...] = ()
    alert_level: AlertLevel | None = None
    action: str


@dataclass(frozen=True, slots=True)
class Triage:
    """Result of the screener.

    Parameters
    ----------
    level
        Level from the answers given; unanswered questions never lower it.
    worst_case
        Level if every question that is still open were answered yes.
    reasons
        Sentences that say which answers made the level.
    unanswered
        Questions that had to be asked and have no answer.
    alerts
        Most urgent first; an open question is an alert.
    action
        What the level asks for.
    answers
        The seven answers as given.
    source
        Where the triage rule was read.
    """

    level: TriageLevel
    worst_case: TriageLevel
    reasons: tuple[str, ...]
    unanswered: tuple[str, ...]
    alerts: tuple[Alert, ...]
    action: str
    answers: tuple[bool | None, ...]
    source: Source

    @property
    def is_complete(self) -> bool:
        """Whether every question that had to be asked was answered."""
        return not self.unanswered

    def __str__(self) -> str:
        lines = [f"C-SSRS screener: {self.level.value.replace('_', ' ')}"]
        lines += [f"  {reason}" for reason in self.reasons]
        lines += [f"  alert {alert}" for alert in self.alerts]
        return "\n".join([*lines, f"  action: {self.action}", f"  source: {self.source}"])


def triage(
    q1: bool | None = None,
    q2: bool | None = None,
    q3: bool | None = None,
    q4: bool | None = None,
    q5: bool | None = None,
    q6: bool | None = None,
    q6b: bool | None = None,
) -> Triage:
    """Triage a C-SSRS screener.

    Parameters
    ----------
    q1, q2, q3, q4, q5
        Past month: wish to be dead, thoughts of suicide, method, some intent, plan and intent. When q2 is no,
        q3–q5 are skipped (leave them None).
    q6, q6b
        Suicidal behavior in the lifetime, and in the past three months (asked when q6 is yes).

    Returns
    -------
    Triage
        ``high``: yes to 4, 5 or 6b; ``moderate``: yes to 3, or behavior longer ago; ``low``: yes to 1 or 2 only;
        ``none_identified``: all needed questions answered no; ``incomplete``: no yes, but a question is open.

    Raises
    ------
    InvalidInput
        When an answer is not True, False or None.

    Notes
    -----
    Behavior whose time is unknown (q6 yes, q6b unanswered) is handled as recent until the question is answered.
    Answers that contradict each other (q2 no with q4 yes, q6 no with q6b yes) keep the graver reading, with a reason.
    """
    answers = dict(zip(QUESTIONS, (q1, q2, q3, q4, q5, q6, q6b), strict=True))
    for code, answer in answers.items():
        if answer is not None and not isinstance(answer, bool):
            raise InvalidInput(f"q{code}", answer, "True, False, or None when unanswered")
    unanswered = _unanswered(answers)
    yes = {code for code, answer in answers.items() if answer}
    if "6" in yes and "6b" in unanswered:
        yes.add("6b")
    row = _level(yes, bool(unanswered))
    worst = _level(yes | set(unanswered) | ({"6b"} if "6" in unanswered else set()), bool(unanswered))
    return Triage(
        level=row.level,
        worst_case=worst.level,
        reasons=_reasons(row, answers, unanswered),
        unanswered=unanswered,
        alerts=_alerts(row, unanswered),
        action=row.action,
        answers=tuple(answers.values()),
        source=row.cite(),
    )


def score_cssrs(answers: Answers | None, total: float | None = None, band_set: str | None = None) -> ScaleScore:
    """Give the triage as a score: seven answers (1, 2, 3, 4, 5, 6, 6b), each 1/0, True/False or None; no total."""
    if total is not None or band_set is not None:
        raise InvalidInput("total, band_set", (total, band_set), "None: the screener has a triage level, not a total")
    if answers is None or isinstance(answers, Mapping):
        raise InvalidInput("answers", answers, "seven answers, for questions 1, 2, 3, 4, 5, 6 and 6b")
    plain = [int(a) if isinstance(a, bool) else a for a in answers]
    given = read_answers(DEFINITION.name, DEFINITION.items, plain)
    result = triage(*(None if a is None else bool(a) for a in given))
    return ScaleScore(
        DEFINITION.name, None, None, None, result.level.value, "Columbia triage", (), result.reasons, result.alerts,
        given, DEFINITION.source, result.source,
    )  # fmt: skip


def _unanswered(answers: Mapping[str, bool | None]) -> tuple[str, ...]:
    """Questions that the form asks, given the other answers, and that have none."""
    skipped: set[str] = set()
    if answers["2"] is False:
        skipped |= {"3", "4", "5"}
    if not answers["6"]:
        skipped.add("6b")  # asked only after a yes; while 6 itself is open, 6 is what is missing
    return tuple(code for code in QUESTIONS if answers[code] is None and code not in skipped)


def _level(yes: set[str], open_questions: bool) -> TriageRow:
    """The gravest level that the yes answers reach."""
    table: tuple[TriageRow, ...] = load_table(PACKAGE, "triage.csv", TriageRow, key="level")
    rows = {row.level: row for row in table}
    for row in sorted(rows.values(), key=lambda r: -r.rank):
        if yes & set(row.any_yes):
            return row
    return rows[TriageLevel.INCOMPLETE if open_questions else TriageLevel.NONE_IDENTIFIED]


def _reasons(row: TriageRow, answers: Mapping[str, bool | None], unanswered: tuple[str, ...]) -> tuple[str, ...]:
    labels = {item.code: item.label for item in DEFINITION.items}
    found = [f"Yes to {c} ({labels[c]})." for c in QUESTIONS if answers[c] and c in row.any_yes]
    if answers["6"] and "6b" in unanswered:
        found.append("Behavior reported without its time (6b): handled as within the past three months until answered.")
    if answers["2"] is False and any(answers[c] for c in ("3", "4", "5")):
        found.append("2 is answered no but a later ideation question yes: the graver reading is kept.")
    if answers["6b"] and not answers["6"]:
        found.append("6b is answered yes but 6 is not: the graver reading is kept.")
    if unanswered:
        found.append(f"Unanswered: {', '.join(f'{c} ({labels[c]})' for c in unanswered)}.")
    return tuple(found) or ("All questions that apply are answered no.",)


def _alerts(row: TriageRow, unanswered: tuple[str, ...]) -> tuple[Alert, ...]:
    raised: list[Alert] = []
    if row.alert_level is not None and row.level is not TriageLevel.INCOMPLETE:
        statement = f"C-SSRS screener {row.level.value}: {row.action}."
        raised.append(Alert(row.alert_level, f"cssrs_{row.level.value}", statement, row.cite()))
    if unanswered:
        statement = f"Safety item unanswered: C-SSRS screener {', '.join(unanswered)}. Ask now."
        raised.append(Alert(AlertLevel.ASK, "safety_item_unanswered", statement, UNANSWERED_RULE))
    return tuple(raised)
