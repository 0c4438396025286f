"""Kinetics engine: dose plans to concentrations; linear compartment models solved exactly."""

from euthymia.engines.kinetics.inputs import FloatArray, Input
from euthymia.engines.kinetics.linear import (
    LinearDiagnostics,
    LinearProblem,
    LinearResult,
    solve,
    solve_with,
)
from euthymia.engines.kinetics.modal import Modes, decompose

__all__ = [
    "FloatArray",
    "Input",
    "LinearDiagnostics",
    "LinearProblem",
    "LinearResult",
    "Modes",
    "decompose",
    "solve",
    "solve_with",
]
