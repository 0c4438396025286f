"""Label volume to conforming tetrahedral mesh: lattice, grading, cuts between tissues; no other mesher."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.cut import cut_lattice
from euthymia.engines.fields.equal_volumes import next_offsets, volumes_of
from euthymia.engines.fields.grading import refine
from euthymia.engines.fields.label_volume import SMOOTHING_VOXELS, LabelVolume, indicators
from euthymia.engines.fields.lattice import bcc_lattice
from euthymia.engines.fields.mesh import FloatArray, IntArray, TetMesh
from euthymia.engines.fields.parts import cleaned_tissue
from euthymia.engines.fields.quality import MeshQuality, quality
from euthymia.engines.fields.topology import without_unused_nodes

FINE_TISSUES = (2, 3)
"""Grey matter and CSF: with a margin they hold the cortex, the sulci and the inner table of the skull."""

MOST_PASSES = 4
VOLUME_TOLERANCE = 0.015
"""The head is cut again with other offsets until every tissue has its volume to this, at most so many times."""


@dataclass(frozen=True, slots=True)
class HeadMeshing:
    """How to mesh a head.

    ``coarse_m``: cell of the lattice (edges are 0.87 to 1 of it). ``fine_tissues``: where cells are halved, within
    ``fine_margin_m``; empty for a uniform mesh. ``smallest_part_m3``: parts of a tissue below this volume that are cut
    off from the rest of it are given to what surrounds them; 0 keeps them. ``smoothing_voxels``: see ``indicators``.
    """

    coarse_m: float = 0.006
    fine_tissues: tuple[int, ...] = FINE_TISSUES
    fine_margin_m: float = 0.001
    smallest_part_m3: float = 2e-8
    smoothing_voxels: float = SMOOTHING_VOXELS

    def __post_init__(self) -> None:
        if not (np.isfinite(self.coarse_m) and 0 < self.coarse_m <= 0.05):
            raise InvalidInput("coarse_m", self.coarse_m, "a positive length up to 0.05 m", "Did you mean millimetres?")
        if self.fine_margin_m < 0 or self.smallest_part_m3 < 0:
            raise InvalidInput("fine_margin_m, smallest_part_m3", "negative", "0 or more")


@dataclass(frozen=True, slots=True, eq=False)
class HeadMesh:
    """A meshed head: the mesh, its quality, volumes of the labels and of the mesh by tag, and how it was cut.

    ``between``: nodes between two tissues, ``stepped_back``: those of them that do not lie on the surface, because an
    element would have become too thin. ``volume_error``: mesh over labels minus 1, by tag.
    """

    mesh: TetMesh
    quality: MeshQuality
    label_volume_m3: dict[int, float]
    volume_error: dict[int, float]
    between: int
    stepped_back: int


def mesh_labels(volume: LabelVolume, how: HeadMeshing | None = None) -> HeadMesh:
    """Mesh a segmented head.

    Parameters
    ----------
    volume
        Tissue labels; background and air are left out.
    how
        Cell size, grading and clean-up; by default 3 mm in grey matter and CSF, 6 mm elsewhere.

    Returns
    -------
    HeadMesh
        One part joined by faces; interfaces are shared faces, so they cannot leak. The same input gives the same bytes.

    Raises
    ------
    InvalidInput
        When nothing of the head is left at this cell size.

    Notes
    -----
    The smoothed indicators of the tissues say which is strongest at a place. The lattice is cut along the surfaces
    where two are equally strong (see ``cut``), so that nodes lie on these surfaces and layers thinner than a cell are
    kept. One offset per tissue is set so that every tissue keeps the volume it has in the labels: blurring and straight
    edges take from thin and folded layers otherwise.
    """
    how = how or HeadMeshing()
    fields = indicators(volume, smoothing_voxels=how.smoothing_voxels)
    nodes, tets = _graded_lattice(volume, how)
    wanted = volume.volumes_m3()
    goal = np.array([wanted[int(tag)] for tag in fields.tags])
    blur = how.smoothing_voxels * float(np.cbrt(volume.voxel_volume_m3()))
    offsets = np.zeros(fields.tags.size + 1, dtype=np.float32)
    best, least = None, np.inf
    for _ in range(MOST_PASSES):
        cut = cut_lattice(nodes, tets, fields, offsets, smallest_part_m3=how.smallest_part_m3)
        if not cut.tets.size:
            raise InvalidInput("coarse_m", how.coarse_m, "cells small enough to hold the head")
        error = float(np.abs(volumes_of(cut, fields) / goal - 1.0).max())
        if best is None or error < least:
            best, least = cut, error
        if least < VOLUME_TOLERANCE:
            break
        offsets = next_offsets(offsets, cut, fields, goal, blur)
    assert best is not None
    tissue, inside = cleaned_tissue(best.nodes, best.tets, best.tissue, how.smallest_part_m3)
    used, kept = without_unused_nodes(best.nodes.shape[0], best.tets[inside])
    mesh = TetMesh(best.nodes[used], kept, tissue[inside])
    held = quality(mesh)
    reached = np.array([dict(held.volume_m3).get(int(tag), 0.0) for tag in fields.tags])
    errors = {int(tag): float(r / g - 1.0) for tag, r, g in zip(fields.tags, reached, goal, strict=True)}
    return HeadMesh(mesh, held, wanted, errors, int(np.count_nonzero(best.surface[used])), best.off)


def _graded_lattice(volume: LabelVolume, how: HeadMeshing) -> tuple[FloatArray, IntArray]:
    head = volume.near(None, 1.5 * how.coarse_m)
    corners = np.stack(np.meshgrid(*[(-0.5, s - 0.5) for s in volume.labels.shape], indexing="ij"), -1).reshape(-1, 3)
    box = corners @ volume.affine[:3, :3].T + volume.affine[:3, 3]
    low, high = box.min(axis=0) - 2 * how.coarse_m, box.max(axis=0) + 2 * how.coarse_m
    size = np.asarray(volume.labels.shape) - 1.0

    def near_head(points: FloatArray) -> NDArray[np.bool_]:
        index = np.clip(np.rint(volume.indices_of(points)), 0, size)
        close = np.linalg.norm((index - volume.indices_of(points)) * volume.voxel_sizes_m(), axis=1)
        hit = head[tuple(index.astype(np.int64).T)]
        return np.asarray(hit & (close <= 1.5 * how.coarse_m))

    nodes, tets = bcc_lattice(low, high, how.coarse_m, near_head)
    if not how.fine_tissues:
        return nodes, tets
    fine = volume.near(how.fine_tissues, how.fine_margin_m)
    marked = volume.at(nodes[tets].mean(axis=1), fine) > 0
    at_node = volume.at(nodes, fine) > 0
    marked |= at_node[tets].any(axis=1)
    refined = refine(nodes, tets, marked)
    return refined.nodes, refined.tets
