"""Courses of ECT, best first for the case: speed when it is urgent, memory when it is not."""

from __future__ import annotations

from euthymia.case.criteria import judge
from euthymia.case.facts import TrialKind, TrialOutcome
from euthymia.case.model import Case
from euthymia.core.reason import Direction, EvidenceGrade, Reason
from euthymia.core.tables import load_table
from euthymia.therapies.ect.first_line import first_line
from euthymia.therapies.ect.prescription import EctPrescription
from euthymia.therapies.ect.screen import screen
from euthymia.therapies.ect.tables import PACKAGE, CriterionRow, ProtocolRow, limit, protocols
from euthymia.therapies.screening import open_forms

_FAILED = (TrialOutcome.NONE, TrialOutcome.WORSE)


def propose(case: Case) -> list[EctPrescription]:
    """Return the courses that may be given, best first; the dose is titrated, so no weight is needed."""
    if "ect" not in open_forms(screen(case)):
        return []
    urgent = first_line(case)
    shared = (*urgent, *moderators(case), *_history(case))
    ranked = sorted(protocols(), key=lambda row: _rank(case, row, urgent=bool(urgent)))
    device = limit("charge_max_us" if case.country == "US" else "charge_max").value
    return [
        EctPrescription(
            row.protocol, row.title, row.placement, row.pulse_width_ms, row.threshold_multiple, row.sessions_per_week,
            row.sessions, row.minutes, device, row.form, (_why(row), *shared, _against(row)),
        )
        for row in ranked
    ]  # fmt: skip


def moderators(case: Case) -> tuple[Reason, ...]:
    """Return what in the case makes ECT more or less promising; suggestive only."""
    found = []
    for row in load_table(PACKAGE, "moderators.csv", CriterionRow, key="code"):
        judgment = judge(case, row.criterion)
        if judgment.truth:
            found.append(row.reason("; ".join(judgment.evidence), grade=EvidenceGrade.LOW))
    return tuple(found)


def _rank(case: Case, row: ProtocolRow, *, urgent: bool) -> tuple[int, int, int, int]:
    """Order: placement not yet failed, local rhythm, then speed (urgent) or memory (not urgent)."""
    failed = {t.laterality for t in case.trials if t.kind is TrialKind.ECT and t.outcome in _FAILED}
    side = "bilateral" if row.placement == "bitemporal" else row.placement
    europe = "EU" if case.country not in ("", "US", "AU", "CA", "GB") else case.country
    local = 0 if (europe in row.usual_in) or (not row.usual_in and europe != "GB") else 1
    speed = ["bitemporal", "right_unilateral", "bifrontal"]
    gentle = ["right_unilateral", "bifrontal", "bitemporal"]
    order = (speed if urgent else gentle).index(row.placement)
    # an urgent course needs a brief pulse (ultrabrief may be slower); otherwise the shortest pulse comes first
    pulse = int(row.pulse_width_ms * (-1000 if urgent else 1000))
    return int(side in failed), 0 if urgent else local, order, pulse


def _why(row: ProtocolRow) -> Reason:
    return Reason(f"{row.title}: {row.why}.", (row.cite(),), direction=Direction.FOR, code=row.protocol)


def _against(row: ProtocolRow) -> Reason:
    words = (
        f"{row.sessions} general anesthetics in {row.sessions * 7 / row.sessions_per_week:.0f} days, no driving in the "
        "course, and memory gaps around the course."
    )
    return Reason(words, (row.cite(),), direction=Direction.AGAINST, code="ect_burden")


def _history(case: Case) -> list[Reason]:
    reasons = []
    for trial in case.trials:
        if trial.kind is not TrialKind.ECT:
            continue
        side = trial.laterality.replace("_", " ") or "placement not recorded"
        if trial.outcome in _FAILED:
            words = f"An earlier course ({side}) did not help: review its adequacy before a second one (NICE 1.13.5)."
            direction = Direction.AGAINST
        elif trial.outcome in (TrialOutcome.RESPONSE, TrialOutcome.REMISSION):
            words, direction = f"An earlier course ({side}) helped: {trial.outcome.value}.", Direction.FOR
        else:
            continue
        reasons.append(Reason(words, grade=EvidenceGrade.CASE, direction=direction, code="earlier_ect"))
    return reasons
