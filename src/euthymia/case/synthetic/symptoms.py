"""Answers to rating scales that add up: totals from one severity, items from totals, suicide items from one step."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from euthymia.case.facts import ScaleRecord, SuicideScreen
from euthymia.case.scales import scale
from euthymia.case.synthetic.stream import Stream

SUICIDE_ITEMS = {
    # answer to the suicide item at ideation 0 none, 1 wish to be dead, 2 thoughts, 3 method, 4 intent, 5 plan
    "PHQ-9": (0, 1, 2, 2, 3, 3),
    "QIDS-SR16": (0, 1, 2, 2, 3, 3),
    "MADRS": (0, 2, 3, 4, 5, 6),
    "HAM-D17": (0, 2, 3, 3, 3, 4),
}
SELF_RATED = ("QIDS-SR16", "PHQ-9")
LINKED = {"MADRS": "noise.madrs", "HAM-D17": "noise.hamd", "QIDS-SR16": "noise.qids", "PHQ-9": "noise.phq"}


@dataclass(frozen=True, slots=True)
class Temper:
    """How a patient's symptoms are colored: the weight of each item, the same at every visit."""

    items: dict[str, tuple[float, ...]]
    sleeps_long: bool
    eats_more: bool
    weight_up: bool
    anxious: bool
    self_rating: float  # points by which self-rated totals lie above the link


def draw_temper(seed: int, profile: str, anxious: bool) -> Temper:
    """Draw which items a patient scores high on."""
    draw = Stream(seed, "temper", profile)
    counts = {"PHQ-9": 9, "GAD-7": 7, "QIDS-SR16": 9, "MADRS": 10, "HAM-D17": 17}
    items = {name: tuple(draw.between(0.5, 1.6) for _ in range(n)) for name, n in counts.items()}
    return Temper(
        items, draw.chance(20), draw.chance(25), draw.chance(30), anxious, draw.normal(0, draw.value("noise.person"))
    )


def expected_total(draw: Stream, name: str, madrs: float) -> float:
    """Return the total of scale ``name`` that goes with a MADRS, by the links of the table."""
    if name == "MADRS":
        return madrs
    hamd = madrs * draw.value("link.hamd_per_madrs")
    if name == "HAM-D17":
        return hamd
    qids = hamd * draw.value("link.qids_per_hamd")
    if name == "QIDS-SR16":
        return qids
    z = (qids - draw.value("link.qids_mean")) / draw.value("link.qids_sd")
    return draw.value("link.phq_mean") + z * draw.value("link.phq_sd") * draw.value("link.phq_slope")


def linked_form(
    draw: Stream, temper: Temper, name: str, madrs: float, ideation: int, *, exact: bool = False
) -> ScaleRecord:
    """Fill a depression scale: MADRS, HAM-D17, QIDS-SR16 or PHQ-9.

    Parameters
    ----------
    madrs
        Severity at the visit, in MADRS points.
    ideation
        Step of suicidal ideation at the visit, 0 to 5.
    exact
        Leave out the error of measurement.
    """
    maxima = _maxima(name)
    place = _suicide_place(name)
    fixed = SUICIDE_ITEMS[name][ideation]
    noise = 0.0 if exact else draw.normal(0, draw.value(LINKED[name]))
    offset = temper.self_rating if name in SELF_RATED else 0.0
    wanted = round(expected_total(draw, name, madrs) + offset + noise)
    total = min(max(wanted, fixed), sum(maxima) - maxima[place] + fixed)  # what the other items can still carry
    answers = spread(draw, total, maxima, temper.items[name], {place: fixed})
    if name == "QIDS-SR16":
        return ScaleRecord(name, _qids_answers(draw, temper, answers), rater="self")
    return ScaleRecord(name, tuple(answers), rater="self" if name in SELF_RATED else "clinician")


def anxiety_form(draw: Stream, temper: Temper, madrs: float) -> ScaleRecord:
    """Fill a GAD-7."""
    mean = madrs * draw.value("gad7.per_madrs") + (draw.value("gad7.anxiety") if temper.anxious else 0.0)
    total = round(draw.within(mean, draw.value("noise.gad7"), 0, 21))
    return ScaleRecord("GAD-7", tuple(spread(draw, total, _maxima("GAD-7"), temper.items["GAD-7"], {})), rater="self")


def spread(
    draw: Stream, total: int, maxima: tuple[int, ...], weights: tuple[float, ...], fixed: dict[int, int]
) -> list[int]:
    """Spread ``total`` points over items with these maxima: by weight at first, then point by point until it fits."""
    answers = [0] * len(maxima)
    for place, points in fixed.items():
        answers[place] = points
    free = [i for i in range(len(maxima)) if i not in fixed]
    left = total - sum(fixed.values())
    scale_by = left / (sum(maxima[i] * weights[i] for i in free) or 1.0)
    for i in free:
        share = maxima[i] * weights[i] * scale_by
        answers[i] = min(maxima[i], int(share + draw.unit()))
    while (gap := left - sum(answers[i] for i in free)) != 0:
        step = 1 if gap > 0 else -1
        able = [i for i in free if 0 <= answers[i] + step <= maxima[i]]
        answers[draw.one(able)] += step
    return answers


def screen(ideation: int, ever: bool, recent: bool) -> SuicideScreen:
    """Answer the C-SSRS screener for a step of ideation; questions that the form skips stay unanswered."""
    thoughts = ideation >= 2
    return SuicideScreen(
        wish_to_be_dead=ideation >= 1,
        nonspecific_thoughts=thoughts,
        thoughts_with_method=ideation >= 3 if thoughts else None,
        intent_without_plan=ideation >= 4 if thoughts else None,
        intent_with_plan=ideation >= 5 if thoughts else None,
        behavior_lifetime=ever,
        behavior_past_3_months=recent if ever else None,
    )


@cache
def _maxima(name: str) -> tuple[int, ...]:
    if name == "QIDS-SR16":
        return (3,) * 9  # nine domains
    return tuple(int(item.maximum) for item in scale(name).items if item.scored)


def _suicide_place(name: str) -> int:
    return {"PHQ-9": 8, "QIDS-SR16": 4, "MADRS": 9, "HAM-D17": 2}[name]


def _qids_answers(draw: Stream, temper: Temper, domains: list[int]) -> tuple[int | None, ...]:
    """Turn the nine domains into sixteen items of which each domain is the highest."""
    sleep, sadness, appetite, attention, suicide, view, interest, energy, motion = domains
    sleeps = [draw.whole(0, sleep) for _ in range(3)] + [0]
    sleeps[3 if temper.sleeps_long else draw.whole(0, 2)] = sleep
    eating: tuple[int | None, int | None] = (
        (None, draw.whole(0, appetite)) if temper.eats_more else (draw.whole(0, appetite), None)
    )
    weight: tuple[int | None, int | None] = (None, appetite) if temper.weight_up else (appetite, None)
    motions = (motion, draw.whole(0, motion)) if draw.chance(60) else (draw.whole(0, motion), motion)
    return (*sleeps, sadness, *eating, *weight, attention, view, suicide, interest, energy, *motions)
