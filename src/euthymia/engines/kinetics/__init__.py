"""Kinetics engine: dose plans to concentrations; linear compartment models solved exactly."""

from euthymia.engines.kinetics.doses import Bolus, DosePlan, FirstOrderDepot, Repeat, SteadyState, ZeroOrder
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
from euthymia.engines.kinetics.pump import Infusion, Pause, RateChange, Resume, Stop
from euthymia.engines.kinetics.steady_state import Resolved, resolve, steady_start

__all__ = [
    "Bolus",
    "DosePlan",
    "FirstOrderDepot",
    "FloatArray",
    "Infusion",
    "Input",
    "LinearDiagnostics",
    "LinearProblem",
    "LinearResult",
    "Modes",
    "NegativeLevel",
    "Pause",
    "RateChange",
    "Repeat",
    "Resolved",
    "Resume",
    "SteadyState",
    "Stop",
    "ZeroOrder",
    "decompose",
    "resolve",
    "solve",
    "solve_with",
    "steady_start",
]
