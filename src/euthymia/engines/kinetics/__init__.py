"""Kinetics engine: named models, dose plans and patients to concentrations; linear models solved exactly."""

from euthymia.engines.kinetics.covariates import Share, Spread
from euthymia.engines.kinetics.doses import Bolus, DosePlan, FirstOrderDepot, Repeat, SteadyState, ZeroOrder
from euthymia.engines.kinetics.exposure import Exposure
from euthymia.engines.kinetics.inputs import FloatArray, Input
from euthymia.engines.kinetics.linear import (
    LinearDiagnostics,
    LinearProblem,
    LinearResult,
    NegativeLevel,
    solve,
    solve_with,
)
from euthymia.engines.kinetics.modal import Modes, decompose
from euthymia.engines.kinetics.model_types import Dose, ModelStatus, SamplingSite
from euthymia.engines.kinetics.models import Model, check_site, load_model, model_names
from euthymia.engines.kinetics.phenotypes import cyp2d6_activity_after_mdma, phenotype_exposures
from euthymia.engines.kinetics.population import Individuals
from euthymia.engines.kinetics.prepared import PreparedPopulation, prepare
from euthymia.engines.kinetics.pump import Infusion, Pause, RateChange, Resume, Stop
from euthymia.engines.kinetics.simulate import KineticsProblem, KineticsResult, simulate
from euthymia.engines.kinetics.steady_state import Resolved, resolve, steady_start

__all__ = [
    "Bolus",
    "Dose",
    "DosePlan",
    "Exposure",
    "FirstOrderDepot",
    "FloatArray",
    "Individuals",
    "Infusion",
    "Input",
    "KineticsProblem",
    "KineticsResult",
    "LinearDiagnostics",
    "LinearProblem",
    "LinearResult",
    "Model",
    "ModelStatus",
    "Modes",
    "NegativeLevel",
    "Pause",
    "PreparedPopulation",
    "RateChange",
    "Repeat",
    "Resolved",
    "Resume",
    "SamplingSite",
    "Share",
    "Spread",
    "SteadyState",
    "Stop",
    "ZeroOrder",
    "check_site",
    "cyp2d6_activity_after_mdma",
    "decompose",
    "load_model",
    "model_names",
    "phenotype_exposures",
    "prepare",
    "resolve",
    "simulate",
    "solve",
    "solve_with",
    "steady_start",
]
