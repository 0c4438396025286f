"""Residual error: what an assay would have measured where the model says a level."""

from __future__ import annotations

import numpy as np

from euthymia.core.errors import InvalidInput
from euthymia.engines.kinetics.inputs import FloatArray
from euthymia.engines.kinetics.model_types import ModelFile

_STREAM = 3


def with_residual_error(model: ModelFile, levels: FloatArray, seed: int) -> FloatArray:
    """Return measured levels: ``levels`` ``(n, t, k)`` in ng/mL with the residual error of each output.

    Log error multiplies by ``exp(sd · z)``. Proportional error multiplies by ``1 + sd · z``; with an additive part the
    two are independent. A measured level below zero is a level below what the assay can tell, and is given as zero.

    Raises
    ------
    InvalidInput
        When an output has no residual error in its file.
    """
    generator = np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(_STREAM,))))
    noise = generator.standard_normal((2, *levels.shape))
    measured = np.empty_like(levels)
    for k, output in enumerate(model.outputs.values()):
        error = output.residual
        if error is None:
            raise InvalidInput("residual", True, f"False: {model.name} gives no residual error for {output.name}")
        level, first, second = levels[..., k], noise[0, ..., k], noise[1, ..., k]
        if error.form == "log":
            measured[..., k] = level * np.exp(error.sd * first) + error.additive_ng_ml * second
        else:
            measured[..., k] = level * (1.0 + error.sd * first) + error.additive_ng_ml * second
    return np.maximum(measured, 0.0)
