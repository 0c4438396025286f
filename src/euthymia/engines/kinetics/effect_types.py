"""What an effect file says, as frozen values: outcomes, forms, numbers, observed rows, site and range."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from euthymia.core.source import Source, Verification
from euthymia.engines.kinetics.model_types import ModelStatus, SamplingSite


class Outcome(StrEnum):
    """What an effect model may give. Mood is not among them and cannot be added by a file: plasma levels of ketamine
    and norketamine had no relation to its change, so no chance of benefit is ever read from a level."""

    SYSTOLIC_RISE = "systolic_rise"
    DIASTOLIC_RISE = "diastolic_rise"
    CARDIAC_OUTPUT_RISE = "cardiac_output_rise"
    QTCF_RISE = "qtcf_rise"
    DISSOCIATION_RANGE = "dissociation_range"  # place of a level within the studied range
    DISSOCIATION_INCIDENCE = "dissociation_incidence"
    SEDATION_INCIDENCE = "sedation_incidence"
    UNCONSCIOUS_INCIDENCE = "unconscious_incidence"
    PRESSURE_INCIDENCE = "pressure_incidence"
    RECEPTOR_OCCUPANCY = "receptor_occupancy"
    DRUG_EFFECT_PEAK = "drug_effect_peak"
    DRUG_EFFECT_DURATION = "drug_effect_duration"


class Form(StrEnum):
    """How an outcome follows from what is known."""

    LINEAR = "linear"  # effect × level / at_level
    EMAX = "emax"  # largest × level / (half + level)
    SIGMOID = "sigmoid"  # the same with level ** hill
    RANGE_SHARE = "range_share"  # (level - low) / (high - low)
    PEAK_ROWS = "peak_rows"  # rows by highest level
    DOSE_ROWS = "dose_rows"  # rows by dose
    TIME_COURSE = "time_course"  # a mean rise with its time of peak and of return; no level
    INCIDENCE = "incidence"  # share of patients; no level, no time


NEEDED: dict[Form, tuple[str, ...]] = {
    Form.LINEAR: ("effect", "at_level"),
    Form.EMAX: ("largest", "half"),
    Form.SIGMOID: ("largest", "half", "hill"),
    Form.RANGE_SHARE: (),
    Form.PEAK_ROWS: (),
    Form.DOSE_ROWS: (),
    Form.TIME_COURSE: ("peak_h", "return_h"),
    Form.INCIDENCE: (),
}
"""Numbers each form must have."""

OPTIONAL = ("person_sd", "band", "other_return_h")
"""Numbers any outcome may have: SD between people at ``at_level``, half-width of the band, a second return time."""

FROM_LEVEL = (Form.LINEAR, Form.EMAX, Form.SIGMOID, Form.RANGE_SHARE)
"""Forms that turn a course of levels into a course of the outcome."""


@dataclass(frozen=True, slots=True)
class EffectNumber:
    """One number with its unit and source."""

    name: str
    value: float
    unit: str
    source: Source
    note: str


@dataclass(frozen=True, slots=True)
class OutcomeModel:
    """One outcome of an effect file: its form and numbers."""

    outcome: Outcome
    form: Form
    unit: str
    meaning: str
    numbers: Mapping[str, EffectNumber]


@dataclass(frozen=True, slots=True)
class EffectRow:
    """One observed figure: ``value`` with ``sd`` or ``low`` to ``high``, at level or dose ``at``, in ``group``."""

    outcome: Outcome
    group: str
    at: float | None
    value: float | None
    low: float | None
    high: float | None
    sd: float | None
    unit: str
    note: str
    source: Source


@dataclass(frozen=True, slots=True)
class Effect:
    """Everything one effect file says.

    ``site`` is the vessel of the levels it was fitted to (None when it does not read levels), ``valid`` the range of
    levels (ng/mL) or doses (mg) it may be used in, ``words`` what must stand beside every figure, ``not_modelled``
    what the sources held do not give. ``blank_outside`` leaves the answer empty outside the range; otherwise it is
    computed, with a warning.
    """

    name: str
    title: str
    drug: str
    status: ModelStatus
    source: Source
    population: str
    site: SamplingSite | None
    site_source: Source | None
    valid: tuple[float, float] | None
    valid_unit: str
    blank_outside: bool
    ke0: EffectNumber | None
    words: str
    limits: tuple[str, ...]
    not_modelled: tuple[str, ...]
    outcomes: Mapping[Outcome, OutcomeModel]
    rows: tuple[EffectRow, ...]
    origin: str

    @property
    def sources(self) -> tuple[Source, ...]:
        """Every distinct source of the file, its own first."""
        found = [self.source, *([self.site_source] if self.site_source else [])]
        found += [self.ke0.source] if self.ke0 else []
        found += [number.source for model in self.outcomes.values() for number in model.numbers.values()]
        return tuple(dict.fromkeys([*found, *(row.source for row in self.rows)]))

    @property
    def unverified(self) -> tuple[str, ...]:
        """Names of the numbers that were not read in their source."""
        numbers = [(f"{o.value} {n.name}", n) for o, m in self.outcomes.items() for n in m.numbers.values()]
        numbers += [("ke0", self.ke0)] if self.ke0 else []
        found = [name for name, number in numbers if number.source.verification is not Verification.READ]
        found += [f"{r.outcome} ({r.group})" for r in self.rows if r.source.verification is not Verification.READ]
        if self.site_source and self.site_source.verification is not Verification.READ:
            found.append("sampling site")
        return tuple(dict.fromkeys(found))
