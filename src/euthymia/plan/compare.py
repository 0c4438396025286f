"""Compare all therapies and the reference options for one case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from euthymia import __version__
from euthymia.case.model import Case
from euthymia.case.suicide import safety_signals
from euthymia.core.errors import InvalidInput, MissingData
from euthymia.core.reason import Direction, EvidenceGrade, Reason
from euthymia.core.source import Source
from euthymia.plan.criteria import judge_option, weights
from euthymia.plan.first import first_steps, urgent_steps
from euthymia.plan.laboratory import critical_steps, laboratory_table
from euthymia.plan.medicines import medicine_table
from euthymia.plan.missing import missing_answers
from euthymia.plan.model import Alternative, Option, OptionScore, Plan, Standing
from euthymia.plan.rank import first_shares, sensitivity, total
from euthymia.plan.situation import situation
from euthymia.plan.under_way import follow_courses, steps_under_way
from euthymia.therapies.contract import Prescription, Screening, Therapy, Verdict
from euthymia.therapies.forecast import Forecast
from euthymia.therapies.forecasting import forecast_sources
from euthymia.therapies.registry import therapies as registered

_STANDING = {
    Verdict.ELIGIBLE: Standing.OPEN,
    Verdict.CAUTION: Standing.OPEN,
    Verdict.UNKNOWN: Standing.ANSWER_FIRST,
    Verdict.NOT_OUTSIDE_TRIAL: Standing.NOT_OUTSIDE_TRIAL,
    Verdict.CONTRAINDICATED: Standing.CONTRAINDICATED,
}


def compare(
    case: Case,
    *,
    seed: int = 0,
    stated_weights: Mapping[str, float] | None = None,
    therapies: Sequence[Therapy] | None = None,
) -> Plan:
    """Compare every registered therapy for ``case``.

    Parameters
    ----------
    case
        The case at the time of planning.
    seed
        Seed of everything drawn; the same case and seed give the same plan.
    stated_weights
        Weights by criterion that override the case's preferences and the defaults.
    therapies
        Therapies to compare; every registered one when None.

    Returns
    -------
    Plan
        Options in order: open ones by score, then those that wait for an answer, those declined, those for trials
        only, and those that are forbidden.

    Raises
    ------
    InvalidInput
        For a weight of a criterion that does not exist, or a declined therapy that does not exist.
    """
    chosen = tuple(registered() if therapies is None else therapies)
    preferences = case.preferences
    declined = preferences.declined if preferences else ()
    for name in declined:
        if name not in {t.name for t in chosen} and therapies is None:
            raise InvalidInput("preferences.declined", name, " | ".join(t.name for t in chosen))
    stated = dict(preferences.weights) if preferences else {}
    stated.update(stated_weights or {})
    shares = weights(stated)
    screenings = {t.name: t.screen(case) for t in chosen}
    urgent = (*critical_steps(case), *urgent_steps(case))
    urgent = tuple(sorted(urgent, key=lambda step: step.level != "now"))
    laboratory = laboratory_table(case)
    about = {t.name: laboratory.reasons_about(t.name) for t in chosen}
    options = [_option(case, t, screenings[t.name], shares, declined, seed, about[t.name]) for t in chosen]
    firsts = (*steps_under_way(follow_courses(case, chosen)), *first_steps(case))
    ordered = _ranked(options, [s.favors for s in urgent], [s.favors for s in firsts], seed)
    open_scores = {o.therapy: o.score.criteria for o in ordered if o.rank is not None and o.score is not None}
    signals = safety_signals(case)
    background = situation(case)
    medicines = medicine_table(case)
    return Plan(
        case_id=case.case_id,
        synthetic=case.synthetic,
        as_of=case.as_of,
        version=__version__,
        seed=seed,
        situation=background,
        urgent=urgent,
        signals=signals,
        first_steps=firsts,
        options=tuple(ordered),
        weights=shares,
        weights_from="stated" if stated else "default",
        sensitivity=sensitivity(open_scores),
        missing=missing_answers(tuple(screenings.values())),
        sources=_sources(
            ordered, [s.reason for s in urgent], [s.reason for s in firsts], list(background.reasons),
            [src for signal in signals for src in signal.sources], medicines.reasons,
            laboratory.reasons,
        ),
        medicines=medicines,
        laboratory=laboratory,
    )  # fmt: skip


def _option(
    case: Case,
    therapy: Therapy,
    screening: Screening,
    shares: Mapping[str, float],
    declined: Sequence[str],
    seed: int,
    about: tuple[Reason, ...],
) -> Option:
    standing = _STANDING[screening.verdict]
    prescriptions, unmade = _prescriptions(case, therapy, screening)
    made = [Alternative(p, therapy.simulate(case, p, seed=seed)) for p in prescriptions]
    main = made[0] if made else None
    score = None
    if main is not None:
        own = _own(screening, main.prescription.form)
        score = total(judge_option(main.forecast, own, shares))
        standing = max(standing, _STANDING[own.verdict], key=lambda s: s.rank)  # what is shown is what is judged
    elif unmade and standing is Standing.OPEN:
        standing = Standing.ANSWER_FIRST
    if therapy.name in declined and standing is not Standing.CONTRAINDICATED:
        standing = Standing.DECLINED
    pros, cons = _reasons(case, therapy, screening, main, (*unmade, *about))
    return Option(
        therapy=therapy.name,
        title=therapy.title,
        is_reference=therapy.is_reference,
        standing=standing,
        rank=None,
        screening=screening,
        prescription=main.prescription if main else None,
        forecast=main.forecast if main else None,
        score=score,
        alternatives=tuple(made[1:]),
        reasons_for=pros,
        reasons_against=cons,
        is_companion=bool(getattr(therapy, "is_companion", False)),
    )


def _prescriptions(case: Case, therapy: Therapy, screening: Screening) -> tuple[list[Prescription], tuple[Reason, ...]]:
    """Propose, open forms first, forbidden ones never; a dose that cannot be computed yet is a reason, not an error."""
    if screening.verdict is Verdict.CONTRAINDICATED:
        return [], ()
    try:
        proposed = [(_STANDING[_own(screening, p.form).verdict], p) for p in therapy.propose(case)]
        allowed = [(standing, p) for standing, p in proposed if standing is not Standing.CONTRAINDICATED]
        return [p for _, p in sorted(allowed, key=lambda item: item[0].rank)], ()
    except MissingData as error:
        words = f"No prescription can be written yet: {error}"
        return [], (Reason(words, grade=EvidenceGrade.CASE, direction=Direction.AGAINST, code="no_prescription"),)


def _own(screening: Screening, form: str) -> Screening:
    """Return the screening of one form, or the therapy's own where the form has none."""
    return next((s for s in screening.forms if s.form == form), screening)


def _ranked(options: Sequence[Option], urgent: Sequence[str], first_of_all: Sequence[str], seed: int) -> list[Option]:
    """Order the options and number the open ones; what an urgent step favors, then what a first step favors, leads."""
    ranked_scores = {
        o.therapy: o.score.criteria
        for o in options
        if o.standing is Standing.OPEN and o.score is not None and not o.is_companion
    }
    first = first_shares(ranked_scores, seed=seed)

    def key(option: Option) -> tuple[float, ...]:
        score = option.score.total if option.score else -1.0
        name, beside = option.therapy, float(option.is_companion)
        return (option.standing.rank, beside, float(name not in urgent), float(name not in first_of_all), -score)

    ordered, rank = [], 0
    for option in sorted(options, key=key):
        is_ranked = option.therapy in ranked_scores
        rank += is_ranked
        score = option.score
        if score is not None:
            score = OptionScore(score.total, score.low, score.high, score.criteria, first.get(option.therapy, 0.0))
        ordered.append(replace(option, rank=rank if is_ranked else None, score=score))
    return ordered


def _reasons(
    case: Case, therapy: Therapy, screening: Screening, main: Alternative | None, unmade: tuple[Reason, ...]
) -> tuple[tuple[Reason, ...], tuple[Reason, ...]]:
    """Collect the reasons for and against; each option has at least one of both."""
    everything: list[Reason] = list(unmade)
    everything += _of_form(screening, main.prescription.form if main else "")
    if main is not None:
        forecast = main.forecast
        everything += main.prescription.reasons
        everything += [o.reason for o in forecast.outcomes]
        everything += [s.reason for s in (*forecast.onset, *forecast.durability)]
        everything += [h.reason for h in forecast.harms]
        everything += [
            forecast.burden.reason,
            *(c.reason for c in forecast.costs),
            *forecast.reasons,
            *forecast.physics,
        ]
    distinct = list(dict.fromkeys(everything))
    pros = [r for r in distinct if r.direction is Direction.FOR]
    cons = [r for r in distinct if r.direction is Direction.AGAINST]
    if not pros:
        pros.append(_weak_reason(therapy, main.forecast if main else None))
    if not cons:
        words = f"{therapy.title}: no reason against is recorded; that is a gap in the tables, not proof of safety."
        cons.append(Reason(words, grade=EvidenceGrade.CASE, direction=Direction.AGAINST, code="no_reason_against"))
    return tuple(pros), tuple(cons)


def _of_form(screening: Screening, form: str) -> list[Reason]:
    chosen = _own(screening, form)
    return [*chosen.reasons, *(f.reason for f in chosen.label)]


def _weak_reason(therapy: Therapy, forecast: Forecast | None) -> Reason:
    """Say honestly that little speaks for an option."""
    if forecast is not None and forecast.outcomes:
        words = f"{forecast.outcomes[0].reason.statement} This is the best that speaks for it."
        return Reason(words, forecast.outcomes[0].reason.sources, EvidenceGrade.LOW, Direction.FOR, code="weak_reason")
    words = f"{therapy.title} is listed so that it is seen to have been considered; nothing sourced speaks for it here."
    return Reason(words, grade=EvidenceGrade.CASE, direction=Direction.FOR, code="weak_reason")


def _sources(options: Sequence[Option], *more: Sequence[Reason | Source]) -> tuple[Source, ...]:
    """Return every source the plan shows, each once, in order of first use."""
    found: dict[Source, None] = {}
    for group in more:
        for item in group:
            found.update(dict.fromkeys((item,) if isinstance(item, Source) else item.sources))
    for option in options:
        screened = (option.screening, *option.screening.forms)
        reasons = [*option.reasons_for, *option.reasons_against]
        reasons += [r for s in screened for r in (*s.reasons, *(f.reason for f in s.label))]
        alternatives = list(option.alternatives)
        if option.prescription is not None and option.forecast is not None:
            alternatives.insert(0, Alternative(option.prescription, option.forecast))
        for alternative in alternatives:
            reasons += alternative.prescription.reasons
            found.update(dict.fromkeys(forecast_sources(alternative.forecast)))
        for reason in reasons:
            found.update(dict.fromkeys(reason.sources))
    return tuple(found)
