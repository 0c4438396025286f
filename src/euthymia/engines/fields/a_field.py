"""Vector potential of a coil on a grid: read from NIfTI, interpolated, and tabulated from any coil with its error."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from euthymia.core.errors import InvalidInput, MissingExtra
from euthymia.engines.fields.coil_sources import AnySource, DipoleSource, SampledSource, sampled
from euthymia.engines.fields.mesh import FloatArray
from euthymia.engines.fields.vector_potential import potential_per_ampere

MM = 1e-3
PADDING = 3


@dataclass(frozen=True, slots=True)
class SampledFile:
    """A coil read from a NIfTI file.

    Parameters
    ----------
    source
        The sampled potential, in the frame of the coil, m.
    name
        Coil name from the header, or the file name.
    slope_max_a_s
        Slope of the current at full output, A/s, or None when the header does not give it.
    """

    source: SampledSource
    name: str
    slope_max_a_s: float | None


@dataclass(frozen=True, slots=True)
class Tabulated:
    """A coil sampled on its own grid for live use.

    Parameters
    ----------
    source
        The samples.
    error
        Largest error of the interpolated potential at the points that were checked, as a share of the largest
        potential among them.
    n_checked
        Number of points between the samples that were checked.
    """

    source: SampledSource
    error: float
    n_checked: int


def read_a_field(path: str | Path) -> SampledFile:
    """Read a coil's vector potential from NIfTI (.nii, .nii.gz).

    The grid is in mm, the three components are T m (equal to V s/m) per ampere. The description field may hold
    ``dIdtmax=…`` (A/µs) and ``coilname=…``.

    Raises
    ------
    MissingExtra
        Without nibabel.
    InvalidInput
        When the file has not three components on a grid, or values that are not finite or too large to be a potential.
    """
    try:
        import nibabel
    except ImportError as error:
        raise MissingExtra("nibabel", "fields") from error
    image: Any = nibabel.load(path)
    grid = np.asarray(image.dataobj, dtype=np.float64)
    if grid.ndim == 5 and grid.shape[3] == 1:
        grid = grid[:, :, :, 0]
    if grid.ndim != 4 or grid.shape[3] != 3:
        raise InvalidInput(str(path), f"of shape {grid.shape}", "three components on a grid, (i, j, k, 3)")
    largest = float(np.abs(grid).max())
    if not np.isfinite(largest) or largest == 0 or largest > 1e-3:
        raise InvalidInput(
            str(path),
            f"values up to {largest:.3g}",
            "a vector potential in T m per ampere (about 1e-6 close to a coil)",
            "A magnetic field (B) or a field for a whole pulse was stored: export the A-field for 1 A.",
        )
    affine = np.array(image.affine, dtype=np.float64)
    affine[:3] *= MM
    text = bytes(image.header["descrip"].item()).decode("latin-1").strip("\0 ")
    slope = re.search(r"dIdtmax=([0-9.eE+-]+)", text)
    name = re.search(r"coilname=([^;]+)", text)
    return SampledFile(
        sampled(grid, affine),
        name.group(1).strip() if name else Path(path).name.removesuffix(".gz").removesuffix(".nii"),
        float(slope.group(1)) * 1e6 if slope else None,
    )


def interpolate(source: SampledSource, points: FloatArray) -> FloatArray:
    """Potential per ampere by cubic splines, ``(n, 3)``; points outside the grid are refused."""
    from scipy.ndimage import map_coordinates  # type: ignore[import-untyped,unused-ignore]

    back = np.linalg.inv(source.affine)
    at = points @ back[:3, :3].T + back[:3, 3]
    last = np.array(source.potential_per_ampere.shape[:3]) - 1
    out = ((at < -1e-6) | (at > last + 1e-6)).any(axis=1)
    if out.any() and source.beyond is None:
        raise InvalidInput(
            "points",
            f"outside the sampled grid of the coil at {int(out.sum())} points, first {int(out.argmax())}",
            "points within the grid",
            "Sample the coil on a larger grid, use its .ccd or .tcd file, which has no border, or continue the field "
            "(a_field.continued).",
        )
    parts = [map_coordinates(part, at[~out].T, order=3, mode="mirror", prefilter=False) for part in source.splines]
    found = np.empty_like(points)
    found[~out] = np.stack(parts, axis=1) @ source.turn.T
    if out.any() and source.beyond is not None:
        found[out] = potential_per_ampere(source.beyond, points[out])
    return found


def continued(source: SampledSource, *, front_m: float = 0.020, radius_m: float = 0.10) -> tuple[SampledSource, float]:
    """Continue a sampled field beyond its grid by dipoles behind the face of the coil.

    Parameters
    ----------
    source
        As it was read, in the frame of the coil.
    front_m
        Samples at least this far in front of the face are matched, m.
    radius_m
        Radius of the disk of dipoles, m.

    Returns
    -------
    tuple
        The source with its continuation, and the largest relative error among three sets of samples that were left out
        of the match: within the grid, at its sides, and at its far end.

    Raises
    ------
    InvalidInput
        When dipoles match the samples to worse than 1 %, or the grid hardly reaches in front of the coil.

    Notes
    -----
    In front of a coil its potential is harmonic, so that what is known in a part of the space fixes the rest; how well,
    the samples at the border tell.
    """
    from euthymia.engines.fields.auxiliary_coil import auxiliary_coil

    shape = np.array(source.potential_per_ampere.shape[:3])
    index = np.stack(np.meshgrid(*(np.arange(n) for n in shape), indexing="ij"), axis=-1).reshape(-1, 3)
    places = index @ source.affine[:3, :3].T + source.affine[:3, 3]
    front = np.flatnonzero(places[:, 2] >= front_m)
    border = ((index == 0) | (index == shape - 1)).any(axis=1)[front]
    order = np.argsort(_quasi_random(front.size)[:, 0], kind="stable")
    inner, rim = front[order][~border[order]], front[order][border[order]]
    if inner.size < 200 or rim.size < 60:
        raise InvalidInput("source", f"{inner.size} samples in front of the coil", "a grid that reaches into the head")
    kept = np.concatenate([inner[: min(1200, inner.size // 2)], rim[: min(800, rim.size // 2)]])
    fitted = auxiliary_coil(source, places[kept], [0.0], radius_m=radius_m, spacing_m=0.012)
    beyond = DipoleSource(fitted.positions, fitted.moments_per_ampere[0])
    far = rim[rim.size // 2 :]
    deep = far[places[far, 2] >= np.quantile(places[far, 2], 0.7)]
    worst = 0.0
    for left_out in (inner[inner.size // 2 :][:500], far[:500], deep[:500]):
        exact = potential_per_ampere(source, places[left_out])
        wrong = potential_per_ampere(beyond, places[left_out]) - exact
        worst = max(worst, float(np.linalg.norm(wrong) / np.linalg.norm(exact)))
    whole = SampledSource(source.potential_per_ampere, source.affine, source.turn, source.splines, beyond)
    return whole, worst


def tabulate(source: AnySource, low_m: Any, high_m: Any, step_m: float, *, n_checked: int = 500) -> Tabulated:
    """Sample a coil on a grid in its own frame and measure what interpolation loses.

    Parameters
    ----------
    source
        Coil in its own frame.
    low_m, high_m : (3,)
        Corners of the box in which it will be used, m; the grid reaches three steps further on each side, and must
        not reach into the winding.
    step_m
        Grid step, m.
    n_checked
        Points halfway between samples (a quasi-random set, the same each time) at which the error is measured.

    Returns
    -------
    Tabulated
        The error falls with the fourth power of the step inside, more slowly at the borders of the box.
    """
    low, high = np.asarray(low_m, dtype=np.float64), np.asarray(high_m, dtype=np.float64)
    if not (step_m > 0 and np.isfinite(step_m)) or (high - low < 3 * step_m).any():
        raise InvalidInput("step_m", step_m, "a step of at most a third of the box")
    cells = np.ceil((high - low) / step_m).astype(int)
    counts, corner = cells + 1 + 2 * PADDING, low - PADDING * step_m
    if int(np.prod(counts)) > 20_000_000:
        raise InvalidInput("step_m", step_m, f"a step that gives at most 20 million samples, not {np.prod(counts)}")
    axes = [corner[i] + step_m * np.arange(counts[i]) for i in range(3)]
    points = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1)
    grid = potential_per_ampere(source, points.reshape(-1, 3)).reshape(points.shape)
    affine = np.diag([step_m, step_m, step_m, 1.0])
    affine[:3, 3] = corner
    table = sampled(grid, affine)
    spread = _quasi_random(n_checked)
    checked = low + step_m * (np.floor(spread * cells) + 0.5)
    exact = potential_per_ampere(source, checked)
    wrong = np.linalg.norm(interpolate(table, checked) - exact, axis=1)
    return Tabulated(table, float(wrong.max() / np.linalg.norm(exact, axis=1).max()), n_checked)


def _quasi_random(count: int) -> FloatArray:
    """Evenly spread points in the unit cube (additive recurrence of the plastic number), ``(count, 3)``."""
    root = 1.2207440846057596
    steps = np.array([root**-1, root**-2, root**-3])
    return np.asarray((0.5 + np.arange(1, count + 1)[:, None] * steps) % 1.0)
