"""Proposing TMS: a complete prescription for each protocol whose form is open, best first for this case."""

from __future__ import annotations

from dataclasses import replace

from euthymia.case.criteria import judge
from euthymia.case.facts import TrialKind, TrialOutcome
from euthymia.case.model import Case
from euthymia.core.reason import Direction, Reason
from euthymia.therapies.contract import Screening, Verdict
from euthymia.therapies.schedule import Phase, Schedule
from euthymia.therapies.screening import open_forms
from euthymia.therapies.tms.prescription import Stimulation, TmsPrescription
from euthymia.therapies.tms.screen import screen
from euthymia.therapies.tms.tables import ProtocolRow, limit, order_rules, protocols, stimulations


def propose(case: Case) -> list[TmsPrescription]:
    """Return prescriptions for every protocol of an open form, best first; none when every form is forbidden.

    The motor threshold is left open: it is measured at the first session, and the intensity is relative to it.
    """
    screening = screen(case)
    allowed = open_forms(screening)
    ranked: list[tuple[int, int, TmsPrescription]] = []
    for row in protocols():
        if row.form not in allowed:
            continue
        found = next(s for s in screening.forms if s.form == row.form)
        shift, reasons = _ordering(case, row)
        prescription = build(row, reasons=(*_standing(row, found), *reasons))
        ranked.append((_tier(found.verdict), row.rank + shift, prescription))
    ranked.sort(key=lambda item: item[:2])
    return [item[2] for item in ranked]


def build(row: ProtocolRow, *, reasons: tuple[Reason, ...] = ()) -> TmsPrescription:
    """Return the prescription that a protocol row describes."""
    sites = tuple(
        Stimulation(s.target, s.pattern(), s.intensity_pct_rmt, s.depth_adjusted)
        for s in stimulations(row.form, row.protocol)
    )
    draft = TmsPrescription(
        row.form,
        row.protocol,
        sites,
        row.sessions_per_day,
        row.gap_min,
        _schedule(row, sites),
        justification=row.justification,
    )
    own = Reason(f"{row.statement.rstrip('.')}.", (row.cite(),), direction=Direction.FOR, code=f"protocol_{row.form}")
    return replace(draft, reasons=(own, *reasons, *draft.safety_reasons()))


def _schedule(row: ProtocolRow, sites: tuple[Stimulation, ...]) -> Schedule:
    one = sum(site.pattern.duration_s for site in sites) / 60 + limit("setup_min")
    minutes = (
        one if row.sessions_per_day == 1 else row.sessions_per_day * one + (row.sessions_per_day - 1) * _pause(row)
    )
    name = "acute course" if row.sessions_per_day == 1 else f"acute course, {row.sessions_per_day} sessions a day"
    phases = [Phase(name, 0.0, row.acute_days, row.acute_every_days, minutes)]
    week = float(-(-row.acute_days * row.acute_every_days // 7) * 7)  # the next Monday
    for visits in row.taper:
        phases.append(Phase(row.taper_name, week, visits, 7 / visits, minutes))
        week += 7
    return Schedule(tuple(phases))


def _pause(row: ProtocolRow) -> float:
    """Minutes that a pause adds to the day: set-up of the next session falls into it."""
    return max(0.0, (row.gap_min or 0.0) - limit("setup_min"))


def _ordering(case: Case, row: ProtocolRow) -> tuple[int, tuple[Reason, ...]]:
    """Sum the shifts of the rules that are true for this case, with their reasons."""
    total, reasons = 0, []
    earlier = _earlier_course(case)
    for rule in order_rules():
        concerns = (row.form in rule.forms or "*" in rule.forms) and (
            row.protocol in rule.protocols or "*" in rule.protocols
        )
        if not concerns or rule.earlier_course not in ("", earlier):
            continue
        judgment = judge(case, rule.criterion)
        if judgment.truth is True:
            total += rule.shift
            direction = Direction.FOR if rule.shift < 0 else Direction.AGAINST
            words = f"{rule.statement.rstrip('.')} ({'; '.join(judgment.evidence)})."
            reasons.append(Reason(words, (rule.cite(),), direction=direction, code=rule.code))
    return total, tuple(reasons)


def _earlier_course(case: Case) -> str:
    """How earlier TMS went: ``helped`` when any course brought a response; ``not_helped`` also when it is not known."""
    outcomes = [trial.outcome for trial in case.trials if trial.kind is TrialKind.TMS]
    if not outcomes:
        return ""
    helped = any(outcome in (TrialOutcome.RESPONSE, TrialOutcome.REMISSION) for outcome in outcomes)
    return "helped" if helped else "not_helped"


def _standing(row: ProtocolRow, found: Screening) -> tuple[Reason, ...]:
    """Carry the screening's reasons against, and what is not known, into the prescription."""
    asked = tuple(r for r in found.reasons if r.direction is Direction.NEUTRAL and r.code and "legality" not in r.code)
    return (*found.blocking, *asked)


def _tier(verdict: Verdict) -> int:
    """Open forms first, then what waits for an answer, then what needs a trial."""
    return 0 if verdict.is_open else verdict.rank
