"""One step of RODAS, a stiffly accurate L-stable Rosenbrock method of order four, for many patients at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Slope = Callable[[Floats, Floats], Floats]
Jacobian = Callable[[Floats, Floats], Floats]

ORDER = 4
_GAMMA = 0.25
_ALPHA = (0.0, 0.386, 0.21, 0.63, 1.0, 1.0)
_GAMMA_SUM = (0.25, -0.1043, 0.1035, -0.03620000000000023, 0.0, 0.0)
_A = (
    (),
    (1.544000000000000,),
    (0.9466785280815826, 0.2557011698983284),
    (3.314825187068521, 2.896124015972201, 0.9986419139977817),
    (1.221224509226641, 6.019134481288629, 12.53708332932087, -0.6878860361058950),
    (1.221224509226641, 6.019134481288629, 12.53708332932087, -0.6878860361058950, 1.0),
)
_C = (
    (),
    (-5.6688,),
    (-2.430093356833875, -0.2063599157091915),
    (-0.1073529058151375, -9.594562251023355, -20.47028614809616),
    (7.496443313967647, -10.24680431464352, -33.99990352819905, 11.70890893206160),
    (8.083246795921522, -7.981132988064893, -31.52159432874371, 16.31930543123136, -6.058818238834054),
)
_COMPLEX_STEP = 1e-30
_TIME_STEP = 1e-7


def rosenbrock_step(
    slope: Slope, jacobian: Jacobian, times_h: Floats, states: Floats, steps_h: Floats
) -> tuple[Floats, Floats]:
    """Advance every patient by a step of its own length.

    Parameters
    ----------
    slope
        ``slope(times_h (n,), states (n, m)) -> (n, m)``, smooth over the step.
    jacobian
        ``jacobian(times_h (n,), states (n, m)) -> (n, m, m)``, derivative of the slope by the states.
    times_h, states, steps_h
        ``(n,)``, ``(n, m)``, ``(n,)``.

    Returns
    -------
    states, error
        Both ``(n, m)``: the states after the step (order four) and the difference to the embedded third-order
        solution.

    References
    ----------
    Hairer E, Wanner G. Solving Ordinary Differential Equations II, 2nd ed., Springer 1996, section IV.7;
    doi 10.1007/978-3-642-05221-7.
    """
    size = states.shape[1]
    h = steps_h[:, None]
    # Numerical derivative by time: the step is within one smooth piece, so a forward difference stays inside it.
    delta = _TIME_STEP * steps_h
    start = slope(times_h, states)
    by_time = (slope(times_h + delta, states) - start) / delta[:, None]
    matrix = np.eye(size) / (_GAMMA * steps_h)[:, None, None] - jacobian(times_h, states)
    inverse = np.linalg.inv(matrix)
    stages: list[Floats] = []
    value = states
    for stage in range(6):
        value = states + _weighted(_A[stage], stages) if stage else states
        derivative = start if stage == 0 else slope(times_h + _ALPHA[stage] * steps_h, value)
        right = derivative + h * _GAMMA_SUM[stage] * by_time
        if stage:
            right = right + _weighted(_C[stage], stages) / h
        stages.append(np.matmul(inverse, right[:, :, None])[:, :, 0])
    # The last stage is both the correction to the last value and the error estimate.
    return value + stages[-1], stages[-1]


def complex_step_jacobian(slope: Callable[..., NDArray[np.complexfloating] | Floats]) -> Jacobian:
    """Return the Jacobian of a slope that accepts complex states, exact to rounding."""

    def jacobian(times_h: Floats, states: Floats) -> Floats:
        n, m = states.shape
        result = np.empty((n, m, m))
        for column in range(m):
            shifted = states.astype(complex)
            shifted[:, column] += 1j * _COMPLEX_STEP
            result[:, :, column] = np.imag(slope(times_h, shifted)) / _COMPLEX_STEP
        return result

    return jacobian


def difference_jacobian(slope: Slope, scales: Floats) -> Jacobian:
    """Return the Jacobian by central differences, for a slope that cannot take complex states.

    ``scales`` is ``(n, m)`` or broadcasts to it: the size below which a state is taken as small.
    """

    def jacobian(times_h: Floats, states: Floats) -> Floats:
        n, m = states.shape
        result = np.empty((n, m, m))
        width = np.cbrt(np.finfo(float).eps) * np.maximum(np.abs(states), scales)
        for column in range(m):
            above, below = states.copy(), states.copy()
            above[:, column] += width[:, column]
            below[:, column] -= width[:, column]
            result[:, :, column] = (slope(times_h, above) - slope(times_h, below)) / (
                above[:, column] - below[:, column]
            )[:, None]
        return result

    return jacobian


def _weighted(weights: tuple[float, ...], stages: list[Floats]) -> Floats:
    total = weights[0] * stages[0]
    for weight, stage in zip(weights[1:], stages[1:], strict=True):
        total = total + weight * stage
    return total
