"""What a model file says, as frozen values: parameters, variability, covariates, routes, outputs, checks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from euthymia.core.source import Source
from euthymia.engines.kinetics.expressions import Expression


class ModelStatus(StrEnum):
    """Where a parameter set comes from."""

    PUBLISHED = "published"  # the parameters of a paper
    DERIVED = "derived"  # computed here from published summary figures
    ILLUSTRATIVE = "illustrative"  # fitted to a few figures; shows a shape, not a level to rely on


class SamplingSite(StrEnum):
    """Vessel the levels were drawn from; arterial and venous levels differ during an infusion."""

    ARTERIAL = "arterial"
    VENOUS = "venous"
    UNKNOWN = "unknown"


class Enantiomer(StrEnum):
    """Form of the molecule that is dosed and measured."""

    S = "S"
    R = "R"
    RACEMIC = "racemic"
    NONE = "none"  # the molecule has no such forms, or they do not matter here


class OutsideRange(StrEnum):
    """What to do with a covariate outside the range the model was built on."""

    WARN = "warn"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class Variability:
    """Spread of a parameter between patients.

    ``variance`` is that of the random effect: on the log scale (``lognormal``) or on the logit scale (``logit``).
    ``occasion_variance`` is the further spread between visits of one patient, drawn once for the simulated visit.
    """

    scale: str
    variance: float
    occasion_variance: float
    source: Source
    note: str


@dataclass(frozen=True, slots=True)
class Parameter:
    """A typical value in base units (``value``) with the number and unit as printed."""

    name: str
    value: float
    printed: float
    unit: str
    meaning: str
    between: Variability | None
    source: Source
    note: str


@dataclass(frozen=True, slots=True)
class Covariance:
    """Covariance of two random effects."""

    parameters: tuple[str, str]
    value: float


@dataclass(frozen=True, slots=True)
class Covariate:
    """A property of the patient that the model reads or was limited to.

    ``kind`` is ``number``, ``flag`` (0 or 1) or ``category``; ``allowed`` is a range or, for a category, its words.
    """

    name: str
    kind: str
    unit: str
    allowed: tuple[float, float] | None
    words: tuple[str, ...]
    outside: OutsideRange
    when_absent: float | str | None
    implies: str
    note: str


@dataclass(frozen=True, slots=True)
class CovariateEffect:
    """How a covariate changes a parameter.

    ``power``: × (covariate / reference) ** value. ``factor``: × value where the flag is set. ``category``: × the
    factor of the patient's word. ``linear_above``: + value × (covariate - reference) above the reference, on the
    typical value. ``ceiling`` limits the individual parameter and is counted wherever it acts.
    """

    parameter: str
    covariate: str
    form: str
    value: float
    reference: float
    factors: Mapping[str, float]
    ceiling: float | None
    source: Source
    note: str


@dataclass(frozen=True, slots=True)
class Flow:
    """First-order flow out of ``origin`` into ``target`` (an empty target leaves the body); rate in 1/h."""

    origin: str
    target: str
    rate: Expression


@dataclass(frozen=True, slots=True)
class RoutePart:
    """One of the places a dose goes to: share, form (``bolus``, ``as_given``, ``zero_order``), duration and lag (h)."""

    state: str
    share: Expression
    form: str
    duration: Expression | None
    lag: Expression | None


@dataclass(frozen=True, slots=True)
class Route:
    """A way of giving the drug; ``unit_mg`` and ``spacing_h`` describe a dose that comes in units one after another."""

    name: str
    parts: tuple[RoutePart, ...]
    dose_range_mg: tuple[float, float] | None
    unit_mg: float | None
    spacing_h: float
    note: str


@dataclass(frozen=True, slots=True)
class Residual:
    """Residual error of an output: ``log`` (SD on the log scale) or ``proportional``, with an additive part (ng/mL)."""

    form: str
    sd: float
    additive_ng_ml: float


@dataclass(frozen=True, slots=True)
class Output:
    """A measured analyte: amount in ``state`` (mg) over ``volume`` (L), times 1000, in ng/mL of ``mass_basis``."""

    name: str
    state: str
    volume: Expression
    mass_basis: str
    molar_mass_g_mol: float
    residual: Residual | None
    note: str


@dataclass(frozen=True, slots=True)
class Dose:
    """One dose, in the words of the clinic.

    Parameters
    ----------
    route
        A route of the model, e.g. ``"iv"``.
    start_h
        Time of its start (h).
    amount_mg
        Dose (mg); for a route with a unit (nasal devices of 28 mg) a multiple of it is split into units.
    duration_h
        Duration of an infusion (h); 0 is a bolus.
    amount_mg_per_kg
        Instead of ``amount_mg``: dose per body weight (mg/kg).
    position
        For a single unit recorded by itself: which one of the session it is (1 for the first).
    """

    route: str
    start_h: float = 0.0
    amount_mg: float | None = None
    duration_h: float = 0.0
    amount_mg_per_kg: float | None = None
    position: int = 1


@dataclass(frozen=True, slots=True)
class CheckValue:
    """One number a check asks for; the quantities are in ``model_checks_file.QUANTITIES``."""

    output: str
    quantity: str
    expected: float
    at_h: float | None


@dataclass(frozen=True, slots=True)
class Check:
    """A case with known answers: ``published`` in the paper, or ``traced`` by an independent implementation."""

    name: str
    kind: str
    covariates: Mapping[str, float | str]
    doses: tuple[Dose, ...]
    until_h: float
    tolerance_pct: float
    values: tuple[CheckValue, ...]
    source: Source


@dataclass(frozen=True, slots=True)
class ModelFile:
    """Everything one model file says."""

    name: str
    title: str
    drug: str
    status: ModelStatus
    source: Source
    population: str
    n_people: int | None
    sampling_site: SamplingSite
    sampling_site_source: Source
    enantiomer: Enantiomer
    assay: str
    bioavailability: str
    limits: tuple[str, ...]
    states: tuple[str, ...]
    parameters: Mapping[str, Parameter]
    covariances: tuple[Covariance, ...]
    covariates: Mapping[str, Covariate]
    effects: tuple[CovariateEffect, ...]
    derived: Mapping[str, Expression]
    flows: tuple[Flow, ...]
    derivatives: Mapping[str, Expression]
    initial: Mapping[str, float]
    routes: Mapping[str, Route]
    outputs: Mapping[str, Output]
    checks: tuple[Check, ...]
    origin: str

    @property
    def is_linear(self) -> bool:
        """Whether the model is a set of first-order flows (exact closed form), not a set of derivatives (ODE)."""
        return not self.derivatives

    @property
    def sources(self) -> tuple[Source, ...]:
        """Every distinct source of the file, the paper first."""
        found = [self.source, self.sampling_site_source]
        for parameter in self.parameters.values():
            found += [parameter.source, *([parameter.between.source] if parameter.between else [])]
        found += [effect.source for effect in self.effects]
        return tuple(dict.fromkeys(found))
