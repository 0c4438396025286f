"""The situation: the case in a few lines, with staging and resistance under each rule set."""

from __future__ import annotations

from euthymia.case.case_staging import stage_all
from euthymia.case.course import SYMPTOM_SCALES, ratings_of
from euthymia.case.model import Case
from euthymia.case.resistance import resistant
from euthymia.case.scales import score
from euthymia.core.reason import Reason
from euthymia.plan.model import Situation


def situation(case: Case) -> Situation:
    """Describe the case: who, what, how long, how severe, how resistant."""
    lines: list[tuple[str, str]] = []
    who = [f"{case.age_yr} years" if case.age_yr is not None else "age not known"]
    who.append(case.sex.value if case.sex else "sex not known")
    who.append(f"treated in {case.country}" if case.country else "country not known")
    lines.append(("Patient", ", ".join(who)))
    codes = [f"{d.code} {d.display}".strip() for d in case.diagnoses]
    lines.append(("Diagnoses", "; ".join(codes) or "none recorded"))
    episode = case.episode
    if episode is not None:
        months = (case.today - episode.started_on).days / 30.44
        words = f"since {episode.started_on} ({months:.0f} months)"
        words += f", {episode.severity.value}" if episode.severity else ", severity not recorded"
        for name in ("psychotic_features", "catatonic_features", "mixed_features"):
            if getattr(episode, name):
                words += f", {name.replace('_', ' ')}"
        lines.append(("Episode", words))
    for scale in SYMPTOM_SCALES:
        ratings = ratings_of(case, scale)
        if ratings:
            newest = score(scale, total=ratings[-1].total)
            band = f", {newest.band} ({newest.band_set})" if newest.band else ""
            lines.append((scale, f"{ratings[-1].total:g} on {ratings[-1].day}{band}"))
    staged, reasons = _resistance(case)
    return Situation(tuple(lines + staged), reasons)


def _resistance(case: Case) -> tuple[list[tuple[str, str]], tuple[Reason, ...]]:
    """Staging and resistance as the history modules give them."""
    lines: list[tuple[str, str]] = []
    reasons: list[Reason] = []
    for staging in stage_all(case):
        if staging.method == "DM-TRD":  # its item rules are not in hand, so it is never scored
            continue
        if staging.applicable is False:
            lines.append((_METHODS.get(staging.method, staging.method), "not applicable"))
            continue
        number = f"{staging.score:g}" if staging.score is not None else _span(staging.low, staging.high)
        words = ", ".join(dict.fromkeys(part for part in (number, staging.stage) if part))
        lines.append((_METHODS.get(staging.method, staging.method), words))
    by_word: dict[bool | None, list[str]] = {True: [], False: [], None: []}
    for verdict in resistant(case):
        if verdict.is_trd:
            by_word[verdict.resistant].append(verdict.code)
            reasons += verdict.reasons
    parts = [
        f"{word} by {', '.join(codes)}"
        for word, codes in (("yes", by_word[True]), ("no", by_word[False]), ("not known", by_word[None]))
        if codes
    ]
    lines.append(("Treatment-resistant", "; ".join(parts)))
    return lines, tuple(dict.fromkeys(reasons))


_METHODS = {"MSM": "Maudsley (3–15)", "MGH-S": "MGH-S", "Thase-Rush": "Thase–Rush stage"}


def _span(low: float | None, high: float | None) -> str:
    if low is None:
        return ""
    return f"{low:g} or more" if high is None else f"{low:g} to {high:g}"
