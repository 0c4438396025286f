"""What a drug option would do: the trials of the drug, its expected exposure here, and what guided choice is worth."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

from euthymia.case.model import Case
from euthymia.core.reason import Direction, EvidenceGrade, Reason
from euthymia.core.tables import SourcedRow, load_table
from euthymia.therapies.drug_tables import ingredient
from euthymia.therapies.forecast import Forecast
from euthymia.therapies.precision.drug_option import DrugOption
from euthymia.therapies.precision.exposure import expected, exposure_reasons
from euthymia.therapies.precision.tables import PACKAGE, statements


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposureEffectRow(SourcedRow):
    """What an exposure out of the usual range did to patients, for one drug and some phenotypes (empty = any)."""

    code: str
    drug: str
    gene: str
    phenotypes: tuple[str, ...] = ()
    statement: str


@cache
def exposure_effects() -> tuple[ExposureEffectRow, ...]:
    """Return what is known of exposure and side effects, by drug."""
    return load_table(PACKAGE, "exposure_effects.csv", ExposureEffectRow, key="code")


def forecast_option(case: Case, rx: DrugOption, *, seed: int) -> Forecast:
    """Return the forecast of a drug option; the same for the same seed.

    Benefit is that of the drug in its trials, whatever the genes; genes speak in ``physics`` only, as exposure with
    its interval, and in words on side effects where a source is held.
    """
    from euthymia.therapies.forecasting import forecast

    found = forecast(
        case,
        therapy="pharmacotherapy",
        form=rx.rules_form,
        protocol=rx.protocol,
        schedule=rx.schedule,
        seed=seed,
        extra_reasons=tuple(row.reason() for row in statements()),
    )
    physics = (*exposure_reasons(rx.drug, rx.states, rx.medicines, rx.stopped), *_effects(rx))
    return replace(found, therapy="precision", form=rx.form, physics=(*found.physics, *physics))


def _effects(rx: DrugOption) -> tuple[Reason, ...]:
    """What is known of this exposure in patients; where nothing is held, that is said."""
    now = expected(rx.drug, rx.states, rx.medicines)
    states = {state.split(" (")[0] for one in now for state in one.states}
    made = []
    for row in exposure_effects():
        hit = not row.phenotypes or any(f"{row.gene} {phenotype}" in states for phenotype in row.phenotypes)
        if row.drug == ingredient(rx.drug) and hit and any(one.gene == row.gene for one in now):
            words = f"{row.statement.rstrip('.')}."
            made.append(Reason(words, (row.cite(),), EvidenceGrade.LOW, Direction.AGAINST, code=row.code))
    if now and not made:
        words = f"What this exposure of {rx.drug} does to side effects was not measured in a source that is held here."
        made.append(Reason(words, grade=EvidenceGrade.CASE, code="no_exposure_effect"))
    return tuple(made)
