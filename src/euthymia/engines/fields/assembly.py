"""Stiffness matrix and right-hand sides of div(sigma grad phi) = -div(sigma dA/dt) with an insulated surface."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.mesh import FloatArray, IntArray
from euthymia.engines.fields.quadrature import tetrahedron_rule
from euthymia.engines.fields.space import Space, geometry_at

Source = Callable[[FloatArray], FloatArray]
"""dA/dt at points ``(m, 3)``, V/m: ``(m, 3)``, or ``(m, 3, k)`` for ``k`` placements at once."""

_ENTRIES = 1 << 24
"""Numbers held at once while elements are summed."""
_CURVED_DEGREE = 5


def stiffness(space: Space, sigma: FloatArray) -> Any:
    """Stiffness matrix, S, ``(n, n)`` SciPy CSR; symmetric, with the constants of each connected part as its kernel.

    Parameters
    ----------
    sigma : (e,) or (e, 3, 3)
        Conductivity as :func:`~euthymia.engines.fields.conductivity.check_conductivity` returns it, S/m.
    """
    from scipy import sparse  # type: ignore[import-untyped,unused-ignore]

    local = space.dofs.shape[1]
    total: Any = None
    for elements in _chunks(space, local * local):
        dofs = space.dofs[elements].astype(np.int32)
        rows, columns = np.repeat(dofs, local, axis=1).ravel(), np.tile(dofs, (1, local)).ravel()
        entries = _element_matrices(space, sigma, elements).ravel()
        part = sparse.csr_matrix((entries, (rows, columns)), shape=(space.n, space.n))
        total = part if total is None else total + part
    return total


def load(space: Space, sigma: FloatArray, source: Source, *, degree: int | None = None) -> FloatArray:
    """Right-hand side ``-int sigma dA/dt . grad(v)``, A, ``(n, k)``; each column sums to zero.

    Parameters
    ----------
    source
        dA/dt as a function of points.
    degree
        Polynomial degree the quadrature is exact for; 2 for order 1 and 3 for order 2 when left out.
    """
    rule = tetrahedron_rule(degree if degree is not None else space.order + 1)
    shapes, slopes = space.values(rule.points), space.slopes(rule.points)
    result: FloatArray | None = None
    for elements in _chunks(space, 40 * len(rule.weights)):
        positions = np.einsum("qi,eic->eqc", shapes, space.points[space.dofs[elements]], optimize=True)
        rates = sample(source, positions.reshape(-1, 3)).reshape(len(elements), len(rule.weights), 3, -1)
        gradients, weights = measured_gradients(space, elements, rule.points, rule.weights)
        flux = _times_sigma(rates, sigma[elements])
        along = np.einsum("eqac,eqck->eqak", gradients, flux) * weights[..., None, None]
        local = -np.tensordot(along, slopes, axes=((1, 2), (0, 2))).swapaxes(1, 2)
        if result is None:
            result = np.zeros((space.n, local.shape[2]))
        _scatter(result, space.dofs[elements], local)
    assert result is not None  # a mesh has at least one element
    return result


def load_from_nodes(space: Space, sigma: FloatArray, samples: FloatArray) -> FloatArray:
    """Right-hand side from dA/dt at the nodes of the space ``(n, 3, k)``, interpolated by its own shape functions.

    It needs a sixth to a third of the samples of :func:`load`; the integrals of the interpolated field are exact.
    """
    rule = tetrahedron_rule(_CURVED_DEGREE if space.curved.any() else max(1, 2 * space.order - 1))
    shapes, slopes = space.values(rule.points), space.slopes(rule.points)
    straight = np.einsum("q,qia,qm->aim", rule.weights, slopes, shapes)
    result = np.zeros((space.n, samples.shape[2]))
    for elements in _chunks(space, 30 * samples.shape[2]):
        bent = space.curved[elements]
        for chosen, curved in ((elements[~bent], False), (elements[bent], True)):
            if not chosen.size:
                continue
            flux = _times_sigma(samples[space.dofs[chosen]], sigma[chosen])
            if curved:
                gradients, weights = measured_gradients(space, chosen, rule.points, rule.weights)
                at_points = np.einsum("qm,emck->eqck", shapes, flux, optimize=True)
                along = np.einsum("eqac,eqck->eqak", gradients, at_points) * weights[..., None, None]
                local = -np.tensordot(along, slopes, axes=((1, 2), (0, 2))).swapaxes(1, 2)
            else:
                scaled = space.gradients[chosen] * space.volumes[chosen, None, None]
                along = np.einsum("eac,emck->eamk", scaled, flux, optimize=True)
                local = -np.tensordot(along, straight, axes=((1, 2), (0, 2))).swapaxes(1, 2)
            _scatter(result, space.dofs[chosen], local)
    return result


def sample(source: Source, points: FloatArray) -> FloatArray:
    """Evaluate a source with its shape and values checked: ``(m, 3, k)``."""
    given = np.asarray(source(points), dtype=np.float64)
    if given.ndim == 2:
        given = given[..., None]
    if given.ndim != 3 or given.shape[:2] != points.shape:
        raise InvalidInput(
            "source",
            f"a function whose result is of shape {given.shape} for {points.shape[0]} points",
            f"dA/dt of shape {points.shape}, or {points.shape} + (k,) for k placements",
        )
    if not np.isfinite(given).all():
        raise InvalidInput(
            "source",
            "not finite at some points of the mesh",
            "a finite dA/dt everywhere in the mesh",
            "A winding that runs through the head does this: move the coil out.",
        )
    return given


def _element_matrices(space: Space, sigma: FloatArray, elements: IntArray) -> FloatArray:
    local = space.dofs.shape[1]
    rule = tetrahedron_rule(2 * space.order - 2)
    slopes = space.slopes(rule.points)
    table = np.einsum("q,qia,qjb->abij", rule.weights, slopes, slopes, optimize=True).reshape(16, local * local)
    gradients = space.gradients[elements]
    flux = _times_sigma(gradients.swapaxes(1, 2)[:, None], sigma[elements])[:, 0]
    products = np.matmul(gradients, flux) * space.volumes[elements, None, None]
    result = products.reshape(-1, 16) @ table
    bent = np.flatnonzero(space.curved[elements])
    if bent.size:
        fine = tetrahedron_rule(_CURVED_DEGREE)
        steep, weights = measured_gradients(space, elements[bent], fine.points, fine.weights)
        whole = np.einsum("qia,eqac->eqic", space.slopes(fine.points), steep, optimize=True)
        flux = _times_sigma(whole.swapaxes(2, 3), sigma[elements[bent]]) * weights[..., None, None]
        result[bent] = np.einsum("eqic,eqcj->eij", whole, flux, optimize=True).reshape(bent.size, -1)
    return np.asarray(result)


def measured_gradients(
    space: Space, elements: IntArray, points: FloatArray, weights: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Barycentric gradients ``(c, q, 4, 3)`` and measures ``(c, q)`` at the points of a rule."""
    shape = (len(elements), len(weights), 4, 3)
    gradients = np.broadcast_to(space.gradients[elements][:, None], shape)
    measures = space.volumes[elements, None] * weights
    bent = np.flatnonzero(space.curved[elements])
    if bent.size:
        gradients = gradients.copy()
        gradients[bent], factors = geometry_at(space, elements[bent], points)
        measures[bent] = factors * weights
    return gradients, measures


def _times_sigma(vectors: FloatArray, sigma: FloatArray) -> FloatArray:
    """Conductivity times vectors ``(e, q, 3, k)``."""
    if sigma.ndim == 1:
        return vectors * sigma[:, None, None, None]
    return np.asarray(np.einsum("edc,eqck->eqdk", sigma, vectors, optimize=True))


def _scatter(result: FloatArray, dofs: IntArray, local: FloatArray) -> None:
    """Add element vectors ``(c, local, k)`` to the rows of their unknowns."""
    from scipy import sparse

    rows, inverse = np.unique(dofs.ravel(), return_inverse=True)
    gather = sparse.csr_matrix(
        (np.ones(dofs.size), (inverse.ravel(), np.arange(dofs.size))), shape=(rows.size, dofs.size)
    )
    result[rows] += gather @ np.ascontiguousarray(local).reshape(dofs.size, -1)


def _chunks(space: Space, numbers_per_element: int) -> Iterator[IntArray]:
    count, step = space.dofs.shape[0], max(1, _ENTRIES // numbers_per_element)
    for first in range(0, count, step):
        yield np.arange(first, min(first + step, count))
