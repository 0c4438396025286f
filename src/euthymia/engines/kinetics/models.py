"""Named models: ``load_model("PerezRuixo2021")`` or a file of one's own, and what they give the solvers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

import numpy as np

from euthymia.core.errors import InvalidInput, OutOfRange, TableError
from euthymia.core.source import Verification
from euthymia.engines.kinetics.covariates import CovariateValue
from euthymia.engines.kinetics.inputs import FloatArray, Input
from euthymia.engines.kinetics.model_file import parse_model
from euthymia.engines.kinetics.model_types import ModelFile, ModelStatus, SamplingSite
from euthymia.engines.kinetics.population import Individuals, draw_individuals
from euthymia.engines.kinetics.routes import Doses, dose_inputs, dose_warnings

NG_PER_ML = 1000.0
"""mg/L to ng/mL."""


@dataclass(frozen=True, slots=True)
class Model:
    """A parameter set with its equations; two models are never blended.

    ``file`` holds what the model file says: paper, population, sampling site, enantiomer, ranges, checks.
    """

    file: ModelFile

    @property
    def name(self) -> str:
        """Name of the model, which is the name of its paper."""
        return self.file.name

    @property
    def states(self) -> tuple[str, ...]:
        """Names of the states, in the order of the rate matrix."""
        return self.file.states

    @property
    def output_names(self) -> tuple[str, ...]:
        """Names of the measured analytes, in the order of the curves."""
        return tuple(self.file.outputs)

    def individuals(
        self, covariates: Mapping[str, CovariateValue] | None = None, n: int | None = None, seed: int | None = None
    ) -> Individuals:
        """Return the typical patient or ``n`` drawn ones; see ``population.draw_individuals``."""
        return draw_individuals(self.file, covariates or {}, n, seed)

    def rates(self, individuals: Individuals) -> FloatArray:
        """Return the rate matrices ``(n, m, m)``, 1/h, of a linear model.

        Raises
        ------
        OutOfRange
            When a rate of some patient is negative or not finite.
        """
        if not self.file.is_linear:
            raise InvalidInput("model", self.name, "a linear model", "This one is solved as a differential equation.")
        matrices = np.zeros((individuals.n, len(self.states), len(self.states)))
        for flow in self.file.flows:
            rate = np.broadcast_to(np.asarray(flow.rate(individuals.values), dtype=np.float64), (individuals.n,))
            if not np.isfinite(rate).all() or rate.min() < 0:
                raise OutOfRange(
                    f"{self.name}: the flow {flow.origin} -> {flow.target or 'out'} is negative or not finite"
                )
            origin = self.states.index(flow.origin)
            matrices[:, origin, origin] -= rate
            if flow.target:
                matrices[:, self.states.index(flow.target), origin] += rate
        return matrices

    def losses(self, individuals: Individuals) -> FloatArray:
        """Return what leaves the body from each state, ``(n, m)``, 1/h; it keeps the digits of a slow elimination."""
        lost = np.zeros((individuals.n, len(self.states)))
        for flow in self.file.flows:
            if not flow.target:
                lost[:, self.states.index(flow.origin)] += np.asarray(flow.rate(individuals.values), dtype=np.float64)
        return lost

    def outputs(self, individuals: Individuals) -> FloatArray:
        """Return the weights ``(n, k, m)`` that turn amounts (mg) into levels (ng/mL)."""
        weights = np.zeros((individuals.n, len(self.file.outputs), len(self.states)))
        for k, output in enumerate(self.file.outputs.values()):
            volume = np.asarray(output.volume(individuals.values), dtype=np.float64)
            if not (volume > 0).all():
                raise OutOfRange(f"{self.name}: the volume of {output.name} is not above 0 for some patient")
            weights[:, k, self.states.index(output.state)] = NG_PER_ML / volume
        return weights

    def inputs(self, individuals: Individuals, doses: Doses) -> tuple[Input, ...]:
        """Return what enters which state; see :func:`~euthymia.engines.kinetics.routes.dose_inputs`."""
        return dose_inputs(individuals, doses)

    def initial(self, individuals: Individuals) -> FloatArray:
        """Return the states at time 0, ``(n, m)``."""
        row = [self.file.initial.get(state, 0.0) for state in self.states]
        return np.tile(np.array(row), (individuals.n, 1))

    def warnings(self, individuals: Individuals, doses: Doses = ()) -> tuple[str, ...]:
        """Return what must stand beside any number of this model for these patients and doses."""
        file = self.file
        found: list[str] = []
        if file.status is ModelStatus.ILLUSTRATIVE:
            found.append(f"{self.name} is illustrative: it shows the shape of the curve, not a level to rely on")
        if file.status is ModelStatus.DERIVED:
            found.append(f"{self.name} is derived here from published summary figures, not a published parameter set")
        weak = unverified_numbers(file)
        if weak:
            found.append(f"{self.name} rests on numbers that were not verified: {', '.join(weak)}")
        found += individuals.warnings
        found += dose_warnings(individuals, doses)
        for parameter, count in individuals.ceilings.items():
            if count:
                found.append(f"{parameter} was held at its ceiling in {count} of {individuals.n} patients")
        return tuple(found)


def unverified_numbers(file: ModelFile) -> tuple[str, ...]:
    """Return the names of what was not read, or only partly read, in its source."""
    found = [p.name for p in file.parameters.values() if p.source.verification is not Verification.READ]
    found += [
        f"spread of {p.name}"
        for p in file.parameters.values()
        if p.between is not None
        and p.between.source.verification is not Verification.READ
        and p.source.verification is Verification.READ
    ]
    found += [
        f"effect of {e.covariate} on {e.parameter}"
        for e in file.effects
        if e.source.verification is not Verification.READ
    ]
    if file.sampling_site_source.verification is not Verification.READ:
        found.append(f"sampling site ({file.sampling_site.value})")
    return tuple(dict.fromkeys(found))


def model_names(drug: str | None = None) -> tuple[str, ...]:
    """Return the names of the packaged models, of one drug when given."""
    folder = resources.files(__package__) / "data" / "models"
    names = sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith(".toml"))
    return tuple(name for name in names if drug is None or _packaged(name).file.drug == drug)


def load_model(model: str | Path) -> Model:
    """Return a packaged model by name, or a model of one's own from a path that ends in ``.toml``.

    Raises
    ------
    InvalidInput
        For a name that is not packaged or a file that cannot be read.
    TableError
        For a file that breaks the rules, with file, key and what is allowed.
    """
    if isinstance(model, Path) or str(model).endswith(".toml"):
        path = Path(model)
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise InvalidInput("model", str(model), "a readable TOML file", str(error)) from error
        return Model(parse_model(text, str(path)))
    if model not in model_names():
        raise InvalidInput("model", model, f"one of {', '.join(model_names())}", "Or the path of a .toml file.")
    return _packaged(model)


@cache
def _packaged(name: str) -> Model:
    file = resources.files(__package__) / "data" / "models" / f"{name}.toml"
    parsed = parse_model(file.read_text(encoding="utf-8"), f"data/models/{name}.toml")
    if parsed.name != name:
        raise TableError(f"data/models/{name}.toml: key `name` is {parsed.name!r}; allowed: the name of the file")
    return Model(parsed)


def check_site(model: Model, effect: str, effect_site: SamplingSite | str) -> tuple[str, ...]:
    """Return a warning when an effect model was fitted to levels from another vessel than the kinetic model gives.

    Parameters
    ----------
    model
        The kinetic model that drives the effect.
    effect, effect_site
        Name of the effect model and the site of the levels it was fitted to.
    """
    own, fitted = model.file.sampling_site, SamplingSite(effect_site)
    if SamplingSite.UNKNOWN in (own, fitted):
        unknown = model.name if own is SamplingSite.UNKNOWN else effect
        return (f"the sampling site of {unknown} is not known; {model.name} and {effect} may not fit together",)
    if own is not fitted:
        return (
            f"{effect} was fitted to {fitted.value} levels and {model.name} gives {own.value} ones; during an infusion "
            "they differ up to two-fold",
        )
    return ()
