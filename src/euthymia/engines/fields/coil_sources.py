"""What makes the field of a coil, per ampere: magnetic dipoles, straight pieces of wire, or a sampled potential."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.coil_pose import check_rigid
from euthymia.engines.fields.mesh import FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class DipoleSource:
    """Magnetic dipoles.

    Parameters
    ----------
    positions : (k, 3) float64
        m, in the frame of the coil or of the head.
    moments_per_ampere : (k, 3) float64
        A m² for each ampere of coil current.
    """

    positions: FloatArray
    moments_per_ampere: FloatArray

    def __post_init__(self) -> None:
        _hold_vectors(self, "positions", "moments_per_ampere")

    @property
    def n_elements(self) -> int:
        """Number of dipoles."""
        return int(self.positions.shape[0])

    def moved(self, matrix: FloatArray) -> DipoleSource:
        """The same coil after a rigid motion ``(4, 4)``, m."""
        turn, shift = _rigid_parts(matrix)
        return DipoleSource(self.positions @ turn.T + shift, self.moments_per_ampere @ turn.T)


@dataclass(frozen=True, slots=True, eq=False)
class SegmentSource:
    """Straight pieces of wire that carry the coil current.

    Parameters
    ----------
    centers : (k, 3) float64
        Middle of each piece, m.
    vectors : (k, 3) float64
        Length and direction of each piece, m.
    weights : (k,) float64
        Share of the coil current in each piece (1 for a whole wire, less for a strand of it).
    """

    centers: FloatArray
    vectors: FloatArray
    weights: FloatArray

    def __post_init__(self) -> None:
        _hold_vectors(self, "centers", "vectors")
        weights = np.ascontiguousarray(self.weights, dtype=np.float64)
        if weights.shape != (self.centers.shape[0],) or not np.isfinite(weights).all():
            raise InvalidInput("weights", f"of shape {weights.shape}", f"({self.centers.shape[0]},), finite")
        object.__setattr__(self, "weights", weights)

    @classmethod
    def whole_wires(cls, centers: Any, vectors: Any) -> SegmentSource:
        """Pieces that each carry the whole coil current."""
        given = np.asarray(centers, dtype=np.float64)
        return cls(given, np.asarray(vectors, dtype=np.float64), np.ones(given.shape[:1]))

    @property
    def n_elements(self) -> int:
        """Number of pieces."""
        return int(self.centers.shape[0])

    def moved(self, matrix: FloatArray) -> SegmentSource:
        """The same coil after a rigid motion ``(4, 4)``, m."""
        turn, shift = _rigid_parts(matrix)
        return SegmentSource(self.centers @ turn.T + shift, self.vectors @ turn.T, self.weights)


@dataclass(frozen=True, slots=True, eq=False)
class SampledSource:
    """Vector potential sampled on a grid around the coil.

    Parameters
    ----------
    potential_per_ampere : (i, j, k, 3) float64
        Vector potential, T m (equal to V s/m) per ampere, in the axes of ``affine``'s target frame.
    affine : (4, 4) float64
        Grid indices to m in the frame of the coil.
    turn : (3, 3) float64
        Rotation of the vectors since the grid was sampled (identity when it was just read).
    splines : (3, i, j, k) float64
        Coefficients of the cubic splines through the samples; made from them when absent.
    beyond
        Dipoles that continue the field outside the grid (``a_field.continued``); without them it ends there.
    """

    potential_per_ampere: FloatArray
    affine: FloatArray
    turn: FloatArray
    splines: FloatArray = field(default_factory=lambda: np.empty(0))
    beyond: DipoleSource | None = None

    def __post_init__(self) -> None:
        grid = np.ascontiguousarray(self.potential_per_ampere, dtype=np.float64)
        if grid.ndim != 4 or grid.shape[3] != 3 or min(grid.shape[:3]) < 4:
            raise InvalidInput(
                "potential_per_ampere", f"of shape {grid.shape}", "(i, j, k, 3) with at least 4 samples along each axis"
            )
        if not np.isfinite(grid).all():
            raise InvalidInput("potential_per_ampere", "not finite", "finite values in T m per ampere")
        affine = np.ascontiguousarray(self.affine, dtype=np.float64)
        if affine.shape != (4, 4) or not np.isfinite(affine).all() or abs(np.linalg.det(affine[:3, :3])) < 1e-15:
            raise InvalidInput("affine", affine.tolist(), "an invertible 4 x 4 matrix from grid indices to metres")
        if np.shape(self.turn) != (3, 3):
            raise InvalidInput("turn", f"of shape {np.shape(self.turn)}", "(3, 3)")
        object.__setattr__(self, "potential_per_ampere", grid)
        object.__setattr__(self, "affine", affine)
        if not self.splines.size:
            from scipy.ndimage import spline_filter  # type: ignore[import-untyped,unused-ignore]

            filtered = np.stack([spline_filter(grid[..., i], order=3, mode="mirror") for i in range(3)])
            object.__setattr__(self, "splines", filtered)

    @property
    def n_elements(self) -> int:
        """Number of samples."""
        return int(np.prod(self.potential_per_ampere.shape[:3]))

    def moved(self, matrix: FloatArray) -> SampledSource:
        """The same coil after a rigid motion ``(4, 4)``, m."""
        turn, _ = _rigid_parts(matrix)
        beyond = None if self.beyond is None else self.beyond.moved(matrix)
        return SampledSource(self.potential_per_ampere, matrix @ self.affine, turn @ self.turn, self.splines, beyond)


CoilSource = DipoleSource | SegmentSource | SampledSource


@dataclass(frozen=True, slots=True, eq=False)
class CombinedSource:
    """Several sources that fire together.

    Parameters
    ----------
    parts
        In one frame.
    shares : (k,)
        Slope of the current of each, as a share of the slope that the whole is given.
    """

    parts: tuple[CoilSource, ...]
    shares: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.parts or len(self.parts) != len(self.shares) or not np.isfinite(self.shares).all():
            raise InvalidInput("parts, shares", (len(self.parts), self.shares), "a finite share for each of the parts")

    @property
    def n_elements(self) -> int:
        """Number of elements of all parts."""
        return sum(part.n_elements for part in self.parts)

    def moved(self, matrix: FloatArray) -> CombinedSource:
        """The same coil after a rigid motion ``(4, 4)``, m."""
        return CombinedSource(tuple(part.moved(matrix) for part in self.parts), self.shares)


AnySource = CoilSource | CombinedSource


def sampled(potential_per_ampere: Any, affine: Any) -> SampledSource:
    """A sampled vector potential as it was read (vectors in the frame of the affine)."""
    return SampledSource(potential_per_ampere, affine, np.eye(3))


def scaled(source: CoilSource, share: float) -> CoilSource:
    """The same coil with a share of the current, the other way round when it is negative."""
    if isinstance(source, DipoleSource):
        return DipoleSource(source.positions, source.moments_per_ampere * share)
    if isinstance(source, SegmentSource):
        return SegmentSource(source.centers, source.vectors, source.weights * share)
    beyond = None
    if source.beyond is not None:
        beyond = DipoleSource(source.beyond.positions, source.beyond.moments_per_ampere * share)
    return SampledSource(
        source.potential_per_ampere * share, source.affine, source.turn, source.splines * share, beyond
    )  # fmt: skip


def joined(sources: list[CoilSource]) -> tuple[CoilSource, ...]:
    """Merge sources of one kind, so that a coil of many elements is evaluated in few passes."""
    dipoles = [s for s in sources if isinstance(s, DipoleSource)]
    wires = [s for s in sources if isinstance(s, SegmentSource)]
    merged: list[CoilSource] = []
    if dipoles:
        merged.append(
            DipoleSource(
                np.concatenate([s.positions for s in dipoles]), np.concatenate([s.moments_per_ampere for s in dipoles])
            )
        )
    if wires:
        parts = ([getattr(s, name) for s in wires] for name in ("centers", "vectors", "weights"))
        merged.append(SegmentSource(*(np.concatenate(part) for part in parts)))
    return (*merged, *(s for s in sources if isinstance(s, SampledSource)))


def _hold_vectors(source: Any, *names: str) -> None:
    count = None
    for name in names:
        values = np.ascontiguousarray(getattr(source, name), dtype=np.float64)
        if values.ndim != 2 or values.shape[1] != 3 or values.shape[0] == 0:
            raise InvalidInput(name, f"of shape {values.shape}", "an array (k, 3)")
        if count is not None and values.shape[0] != count:
            raise InvalidInput(name, f"{values.shape[0]} rows", f"as many rows as `{names[0]}`: {count}")
        bad = np.flatnonzero(~np.isfinite(values).all(axis=1))
        if bad.size:
            raise InvalidInput(name, f"not finite in {bad.size} rows, first {bad[0]}", "finite numbers")
        count = values.shape[0]
        object.__setattr__(source, name, values)


def _rigid_parts(matrix: FloatArray) -> tuple[FloatArray, FloatArray]:
    checked = check_rigid(matrix)
    return checked[:3, :3], checked[:3, 3]
