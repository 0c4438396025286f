"""Kinetics engine: named models, dose plans and patients to concentrations; linear models solved exactly."""

from euthymia.engines.kinetics.bayes import Estimate, most_probable
from euthymia.engines.kinetics.blood_pressure import SevereHypertension, calibrate_rise, simulate_rise
from euthymia.engines.kinetics.covariates import Share, Spread
from euthymia.engines.kinetics.doses import Bolus, DosePlan, FirstOrderDepot, Repeat, SteadyState, ZeroOrder
from euthymia.engines.kinetics.effect_drive import prepare_effect_site
from euthymia.engines.kinetics.effect_types import Effect, Outcome
from euthymia.engines.kinetics.effects import EffectCourse, effect_names, effect_of_level, load_effect
from euthymia.engines.kinetics.exposure import Exposure
from euthymia.engines.kinetics.individual import IndividualFit, IndividualProblem, MeasuredLevel, fit_individual
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
from euthymia.engines.kinetics.nonlinear import NonlinearProblem, NonlinearResult, solve_nonlinear
from euthymia.engines.kinetics.observations import Observation, ResidualError
from euthymia.engines.kinetics.phenotypes import cyp2d6_activity_after_mdma, phenotype_exposures
from euthymia.engines.kinetics.population import Individuals
from euthymia.engines.kinetics.prepared import PreparedPopulation, prepare
from euthymia.engines.kinetics.prior import Prior
from euthymia.engines.kinetics.pump import Infusion, Pause, RateChange, Resume, Stop
from euthymia.engines.kinetics.readiness import Readiness, time_to_readiness
from euthymia.engines.kinetics.simulate import KineticsProblem, KineticsResult, simulate
from euthymia.engines.kinetics.steady_state import Resolved, resolve, steady_start

__all__ = [
    "Bolus",
    "Dose",
    "DosePlan",
    "Effect",
    "EffectCourse",
    "Estimate",
    "Exposure",
    "FirstOrderDepot",
    "FloatArray",
    "IndividualFit",
    "IndividualProblem",
    "Individuals",
    "Infusion",
    "Input",
    "KineticsProblem",
    "KineticsResult",
    "LinearDiagnostics",
    "LinearProblem",
    "LinearResult",
    "MeasuredLevel",
    "Model",
    "ModelStatus",
    "Modes",
    "NegativeLevel",
    "NonlinearProblem",
    "NonlinearResult",
    "Observation",
    "Outcome",
    "Pause",
    "PreparedPopulation",
    "Prior",
    "RateChange",
    "Readiness",
    "Repeat",
    "ResidualError",
    "Resolved",
    "Resume",
    "SamplingSite",
    "SevereHypertension",
    "Share",
    "Spread",
    "SteadyState",
    "Stop",
    "ZeroOrder",
    "calibrate_rise",
    "check_site",
    "cyp2d6_activity_after_mdma",
    "decompose",
    "effect_names",
    "effect_of_level",
    "fit_individual",
    "load_effect",
    "load_model",
    "model_names",
    "most_probable",
    "phenotype_exposures",
    "prepare",
    "prepare_effect_site",
    "resolve",
    "simulate",
    "simulate_rise",
    "solve",
    "solve_nonlinear",
    "solve_with",
    "steady_start",
    "time_to_readiness",
]
