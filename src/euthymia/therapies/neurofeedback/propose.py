"""Proposing neurofeedback: every template whose form is open and whose trained feature no rule forbids."""

from __future__ import annotations

from euthymia.case.criteria import Judgment, judge
from euthymia.case.model import Case
from euthymia.core.reason import Direction, Reason
from euthymia.therapies.neurofeedback.prescription import Band, NeurofeedbackPrescription, Part
from euthymia.therapies.neurofeedback.screen import screen
from euthymia.therapies.neurofeedback.tables import (
    FeatureRule,
    PartRow,
    ProtocolRow,
    feature_rules,
    limit,
    part_rows,
    protocols,
)
from euthymia.therapies.schedule import Phase, Schedule
from euthymia.therapies.screening import Level, open_forms


def propose(case: Case) -> list[NeurofeedbackPrescription]:
    """Return prescriptions of every open form, best first.

    A protocol that trains what a rule forbids for this case is left out; one whose rule cannot be judged yet is kept
    with the question as a reason, and its session will not begin before the answer.
    """
    screening = screen(case)
    allowed = open_forms(screening)
    ranked: list[tuple[int, int, int, NeurofeedbackPrescription]] = []
    for row in protocols():
        if row.form not in allowed:
            continue
        found = next(s for s in screening.forms if s.form == row.form)
        against = tuple(r for r in found.reasons if r.direction is not Direction.FOR and r.code)
        draft = build(row, reasons=against)
        judged = [(rule, judgment) for rule, judgment in judge_features(case, draft) if judgment.truth is not False]
        if any(rule.level is Level.ABSOLUTE and judgment.truth is True for rule, judgment in judged):
            continue
        reasons = tuple(_reason(rule, judgment) for rule, judgment in judged)
        tier = 0 if found.verdict.is_open else found.verdict.rank
        ranked.append((tier, len(judged), row.rank, build(row, reasons=(*against, *reasons))))
    ranked.sort(key=lambda item: (item[0], item[1] > 0, item[2]))
    return [item[3] for item in ranked]


def build(row: ProtocolRow, *, reasons: tuple[Reason, ...] = ()) -> NeurofeedbackPrescription:
    """Return the prescription that a protocol row describes."""
    parts = tuple(_part(p) for p in part_rows(row.form, row.protocol))
    minutes = sum(p.minutes for p in parts) + limit("setup_min")
    own = Reason(
        f"{row.statement.rstrip('.')}.", (row.cite(),), direction=Direction.FOR, code=f"protocol_{row.protocol}"
    )
    return NeurofeedbackPrescription(
        row.form,
        row.protocol,
        parts,
        row.block_min,
        row.rest_s,
        row.threshold_rule,
        row.reward_target_frac,
        row.baselines,
        Schedule((Phase("training", 0.0, row.sessions, row.every_days, minutes),)),
        reasons=(own, *reasons),
        therapist_for_trauma=row.trauma_therapist,
    )


def judge_features(case: Case, prescription: NeurofeedbackPrescription) -> list[tuple[FeatureRule, Judgment]]:
    """Judge the rules about what this prescription trains."""
    return [(rule, judge(case, rule.criterion)) for rule in feature_rules() if rule.feature in prescription.traits]


def _part(row: PartRow) -> Part:
    bands = []
    for text in row.bands:
        name, low, high, direction = text.split(":")
        bands.append(Band(name, float(low), float(high), direction))
    return Part(row.sites, row.reference, row.eyes, row.minutes, row.feature, tuple(bands))


def _reason(rule: FeatureRule, judgment: Judgment) -> Reason:
    known = judgment.truth is True
    words = f"{rule.statement[0].upper()}{rule.statement[1:]} ({'; '.join(judgment.evidence)})."
    direction = Direction.AGAINST if known else Direction.NEUTRAL
    return Reason(words if known else f"Not known yet: {words}", (rule.cite(),), direction=direction, code=rule.code)
