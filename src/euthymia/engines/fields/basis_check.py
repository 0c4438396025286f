"""How good a basis is: its fields against direct solutions of random placements of the packaged coils."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.basis_solves import Solves
from euthymia.engines.fields.coil_sources import CoilSource
from euthymia.engines.fields.coils import coil_model, coil_names, dipoles_of
from euthymia.engines.fields.collision import casing_shape
from euthymia.engines.fields.mesh import FloatArray, IntArray
from euthymia.engines.fields.reduced_basis import ReducedBasis, placement_errors
from euthymia.engines.fields.scalp_placement import Scalp
from euthymia.engines.fields.surfaces import node_normals
from euthymia.engines.fields.vector_potential import potential_per_ampere

GAP_M = 0.004
"""From the casing to the scalp: hair."""
_SMOOTHED_M = 0.015
_BLOCK = 16


@dataclass(frozen=True, slots=True, eq=False)
class Placement:
    """A coil somewhere on the head, in the frame of the head."""

    coil: str
    source: CoilSource


def random_placements(
    scalp: Scalp, near: IntArray, count: int, *, seed: int, coils: Sequence[str] = ()
) -> list[Placement]:
    """The packaged coils in turn, over any of the nodes ``near`` and at any angle, the casing clear of the head.

    Parameters
    ----------
    near : (c,)
        Nodes of the scalp.
    coils
        Names; all that are packaged when left out.
    """
    from scipy.spatial import KDTree  # type: ignore[import-untyped,unused-ignore]

    if count < 1:
        raise InvalidInput("count", count, "at least one placement")
    draw, names = np.random.default_rng(seed), tuple(coils) or coil_names()
    nodes = scalp.surface.nodes
    normals, tree = node_normals(scalp.surface), KDTree(nodes)
    models = [coil_model(name) for name in names]
    shapes, sources = [casing_shape(model).points for model in models], [dipoles_of(model) for model in models]
    placed = []
    for number in range(count):
        which, node = number % len(names), int(draw.choice(near))
        inward = -normals[tree.query_ball_point(nodes[node], _SMOOTHED_M)].mean(axis=0)
        inward /= np.linalg.norm(inward)
        x = np.cross(inward, draw.standard_normal(3))
        x /= np.linalg.norm(x)
        pose = np.eye(4)
        pose[:3, :3] = np.column_stack([x, np.cross(inward, x), inward])
        pose[:3, 3] = nodes[node]
        for _ in range(100):
            short = GAP_M - scalp.distance.smallest(shapes[which] @ pose[:3, :3].T + pose[:3, 3])
            if short <= 0:
                break
            # A slanted casing needs more than it is short of; half a millimeter too high does not matter here.
            pose[:3, 3] -= max(1.5 * short, 5e-4) * inward
        placed.append(Placement(names[which], sources[which].moved(pose)))
    return placed


def measured_errors(
    basis: ReducedBasis,
    work: Solves,
    placed: Sequence[Placement],
    *,
    tolerance: float = 1e-5,
    exact: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[FloatArray, FloatArray]:
    """Relative error of each placement against its own direct solution on the same mesh.

    Returns
    -------
    (k,), (k,)
        Over all points, and over those above half of the peak; see ``reduced_basis.placement_errors``.
    """
    found = []
    for first in range(0, len(placed), _BLOCK):
        some = [one.source for one in placed[first : first + _BLOCK]]

        def potential(points: FloatArray, some: list[CoilSource] = some) -> FloatArray:
            return np.stack([potential_per_ampere(source, points) for source in some], axis=2)

        references = work.fields(potential, tolerance, exact=exact)
        found.append(placement_errors(basis, references, potential(basis.control)))
        if progress is not None:
            progress(first + len(some), len(placed))
    whole, hot = (np.concatenate(part) for part in zip(*found, strict=True))
    return whole, hot
