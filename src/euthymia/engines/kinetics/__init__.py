"""Kinetics engine: dose plans to concentrations; linear compartment models solved exactly."""

from euthymia.engines.kinetics.doses import Bolus, DosePlan, FirstOrderDepot, Repeat, SteadyState, ZeroOrder
from euthymia.engines.kinetics.inputs import FloatArray, Input
from euthymia.engines.kinetics.linear import LinearDiagnostics, LinearProblem, LinearResult, solve, solve_with
from euthymia.engines.kinetics.modal import Modes, decompose
from euthymia.engines.kinetics.pump import Infusion, Pause, RateChange, Resume, Stop

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
    "Pause",
    "RateChange",
    "Repeat",
    "Resume",
    "SteadyState",
    "Stop",
    "ZeroOrder",
    "decompose",
    "solve",
    "solve_with",
]
