"""Offsets of the tissue indicators that give every tissue of a cut mesh the volume it has in the labels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from euthymia.engines.fields.cut import OUTSIDE, CutMesh
from euthymia.engines.fields.label_volume import Indicators
from euthymia.engines.fields.mesh import FloatArray, tet_volumes
from euthymia.engines.fields.topology import faces_of

LARGEST_STEP = 0.15
"""Of an offset, in one turn; indicators go from 0 to 1, and their slope falls off beyond about this."""


def next_offsets(
    offsets: NDArray[np.float32], mesh: CutMesh, fields: Indicators, goal_m3: FloatArray, blur_m: float
) -> NDArray[np.float32]:
    """One Newton step towards the wanted volumes.

    Parameters
    ----------
    offsets : (l + 1,)
        Those the mesh was cut with.
    goal_m3 : (l,)
        Wanted volumes, in the order of the tags of the indicators.
    blur_m
        Standard deviation of the Gaussian of the indicators.

    Notes
    -----
    Raising an offset by d moves the surface to a neighbor by d over the slope of the difference of their indicators,
    which is ``2 / (blur sqrt(2 pi))`` on a flat surface; the volume changes by that times the area of contact.
    """
    tags = np.append(fields.tags, OUTSIDE)
    row = {int(tag): number for number, tag in enumerate(tags)}
    faces = faces_of(mesh.tets)
    owners = faces.owners
    first = mesh.tissue[owners[:, 0]]
    second = np.where(owners[:, 1] >= 0, mesh.tissue[owners[:, 1]], OUTSIDE)
    between = np.flatnonzero(first != second)
    a, b, c = (mesh.nodes[faces.corners[between, corner]] for corner in range(3))
    areas = 0.5 * np.linalg.norm(np.cross(b - a, c - a), axis=1)
    contact = np.zeros((tags.size, tags.size))
    one = np.array([row[int(tag)] for tag in first[between]])
    other = np.array([row[int(tag)] for tag in second[between]])
    np.add.at(contact, (one, other), areas)
    contact += contact.T
    reached = volumes_of(mesh, fields)
    change = goal_m3 - reached
    right = np.append(change, -change.sum())
    balance = np.diag(contact.sum(axis=1)) - contact
    slope = 2.0 / (blur_m * np.sqrt(2 * np.pi))
    step = slope * (np.linalg.pinv(balance, rcond=1e-8, hermitian=True) @ right)
    return np.asarray(offsets + np.clip(step, -LARGEST_STEP, LARGEST_STEP), dtype=np.float32)


def volumes_of(mesh: CutMesh, fields: Indicators) -> FloatArray:
    """Volume of each tissue, m³, ``(l,)``, in the order of the tags of the indicators."""
    held = np.bincount(mesh.tissue, weights=tet_volumes(mesh.nodes, mesh.tets), minlength=int(fields.tags.max()) + 1)
    return np.asarray(held[fields.tags])
