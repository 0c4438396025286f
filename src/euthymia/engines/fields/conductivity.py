"""Conductivity of each element: tissue values with their sources, or one tensor per element from diffusion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from euthymia.core.errors import InvalidInput
from euthymia.core.tables import SourcedRow, load_table
from euthymia.engines.fields.mesh import FloatArray, TetMesh

MAX_EIGENVALUE_S_M = 2.0
MAX_EIGENVALUE_RATIO = 10.0
"""Caps of SimNIBS 4.5 on tensors from diffusion imaging (its documentation of conductivity)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TissueConductivity(SourcedRow):
    """Default conductivity of one tissue."""

    tag: int
    tissue: str
    sigma_s_m: float


def tissue_conductivities() -> dict[int, TissueConductivity]:
    """Packaged default of each volume tag; cartilage (11) and fat (12) have none."""
    rows = load_table("euthymia.engines.fields", "conductivity.csv", TissueConductivity, key="tag")
    return {row.tag: row for row in rows}


def element_conductivity(mesh: TetMesh, values_s_m: Mapping[int, float] | None = None) -> FloatArray:
    """Conductivity of each element from its tag, S/m, ``(e,)``.

    Parameters
    ----------
    values_s_m
        Conductivity by tag; tags left out take the packaged default.

    Raises
    ------
    InvalidInput
        For a tag of the mesh that has no value, or a value that is not finite and positive.
    """
    table = {tag: row.sigma_s_m for tag, row in tissue_conductivities().items()}
    table.update(values_s_m or {})
    present = np.unique(mesh.tissue)
    missing = [int(tag) for tag in present if int(tag) not in table]
    if missing:
        raise InvalidInput(
            "values_s_m",
            f"without a conductivity for tag {', '.join(map(str, missing))}, which the mesh holds",
            "a value in S/m for every tag of the mesh",
            f"Give one, e.g. values_s_m={{{missing[0]}: 0.3}}, or map the tag to another tissue.",
        )
    per_tag = np.array([table.get(tag, np.nan) for tag in range(int(present.max()) + 1)])
    return check_conductivity(mesh, per_tag[mesh.tissue])


def check_conductivity(mesh: TetMesh, sigma: Any) -> FloatArray:
    """Checked copy of a conductivity per element, ``(e,)`` or symmetric positive definite ``(e, 3, 3)``, S/m.

    Raises
    ------
    InvalidInput
        With the number of elements at fault, the first of them and its tag.
    """
    given = np.array(sigma, dtype=np.float64)
    n = mesh.tets.shape[0]
    if given.shape not in ((n,), (n, 3, 3)):
        raise InvalidInput(
            "conductivity", f"of shape {given.shape}", f"one value ({n},) or tensor ({n}, 3, 3) per element"
        )
    flat = given.reshape(n, -1)
    _refuse(mesh, ~np.isfinite(flat).all(axis=1), "not finite", given, "Fill or remove these elements.")
    if given.ndim == 1:
        hint = (
            "An insulator such as air is left out of the mesh, not given zero; for a poor conductor give a small value."
        )
        _refuse(mesh, given <= 0, "zero or negative", given, hint)
        return given
    scale = np.abs(given).max(axis=(1, 2))
    skew = np.abs(given - given.transpose(0, 2, 1)).max(axis=(1, 2))
    _refuse(
        mesh,
        skew > 1e-8 * scale,
        "not symmetric",
        given,
        "A conductivity tensor is symmetric: check its order of components.",
    )
    smallest = np.linalg.eigvalsh(given)[:, 0]
    hint = "Negative eigenvalues come from noisy diffusion data: use tensors_from_diffusion, which names and caps them."
    _refuse(mesh, smallest <= 1e-9 * scale, "not positive definite", given, hint)
    return (given + given.transpose(0, 2, 1)) / 2


def tensors_from_diffusion(
    mesh: TetMesh,
    diffusion: Any,
    anisotropic_tags: tuple[int, ...] = (1, 2),
    values_s_m: Mapping[int, float] | None = None,
) -> FloatArray:
    """Volume-normalized conductivity tensors from diffusion tensors, S/m, ``(e, 3, 3)``.

    The geometric mean of the eigenvalues is the tissue's isotropic conductivity; the shape is that of the diffusion
    tensor. Eigenvalues are capped at 2 S/m and at a ratio of 10 to the largest, as in SimNIBS 4.5.

    Parameters
    ----------
    diffusion : (e, 3, 3)
        Symmetric diffusion tensors in the axes of the mesh, any unit; read only where ``anisotropic_tags`` apply.
    anisotropic_tags
        Tissues that take the tensor; the others stay isotropic.

    Raises
    ------
    InvalidInput
        For a wrong shape, values that are not finite, or a tensor without any positive eigenvalue.

    References
    ----------
    Opitz et al. 2011, NeuroImage 58:849, doi 10.1016/j.neuroimage.2011.06.069 (volume normalization).
    """
    isotropic = element_conductivity(mesh, values_s_m)
    given = np.asarray(diffusion, dtype=np.float64)
    if given.shape != (isotropic.size, 3, 3):
        raise InvalidInput("diffusion", f"of shape {given.shape}", f"one tensor per element, ({isotropic.size}, 3, 3)")
    tensors = isotropic[:, None, None] * np.eye(3)
    chosen = np.flatnonzero(np.isin(mesh.tissue, anisotropic_tags))
    bad = chosen[~np.isfinite(given[chosen]).all(axis=(1, 2))]
    if bad.size:
        raise InvalidInput("diffusion", f"not finite in {bad.size} elements, first {bad[0]}", "finite tensors")
    values, axes = np.linalg.eigh(given[chosen])
    none = chosen[values[:, 2] <= 0]
    if none.size:
        raise InvalidInput(
            "diffusion",
            f"without a positive eigenvalue in {none.size} elements, first {none[0]}",
            "diffusion tensors with a positive eigenvalue",
            "Leave these elements isotropic: take their tissue out of `anisotropic_tags`, or fill them from neighbors.",
        )
    values = np.maximum(values, values[:, 2:] / MAX_EIGENVALUE_RATIO)
    values *= (isotropic[chosen] / np.cbrt(values.prod(axis=1)))[:, None]
    values = np.minimum(values, MAX_EIGENVALUE_S_M)
    tensors[chosen] = np.einsum("eij,ej,ekj->eik", axes, values, axes)
    return check_conductivity(mesh, tensors)


def _refuse(mesh: TetMesh, bad: Any, what: str, given: FloatArray, hint: str) -> None:
    at = np.flatnonzero(bad)
    if at.size:
        first = int(at[0])
        raise InvalidInput(
            "conductivity",
            f"{what} in {at.size} elements, first {first} (tag {mesh.tissue[first]}): {given[first].tolist()}",
            "finite, positive values or symmetric positive definite tensors in S/m",
            hint,
        )
