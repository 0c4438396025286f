"""Between a person's head and MNI space: affine matrices and fields of coordinates, both ways."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from euthymia.core.errors import InvalidInput, NotConverged
from euthymia.engines.fields.label_volume import checked_affine
from euthymia.engines.fields.mesh import FloatArray

MOST_STEPS = 50
NEAR_ENOUGH_M = 1e-5


@dataclass(frozen=True, slots=True, eq=False)
class CoordinateField:
    """Where each voxel of one space lies in another.

    ``values (i, j, k, 3)``: coordinates in the other space, m; ``affine (4, 4)``: voxel indices to m of the own space.
    Voxels without a value may hold NaN.
    """

    values: FloatArray
    affine: FloatArray

    def __post_init__(self) -> None:
        values = np.asarray(self.values, dtype=np.float64)
        if values.ndim != 4 or values.shape[3] != 3 or min(values.shape[:3]) < 2:
            raise InvalidInput("values", f"of shape {values.shape}", "coordinates (i, j, k, 3) in metres")
        largest = float(np.nanmax(np.abs(values))) if np.isfinite(values).any() else np.nan
        if not largest < 1.0:
            raise InvalidInput("values", f"up to {largest:g}", "coordinates below 1 m", "Divide millimetres by 1000.")
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "affine", checked_affine("affine", self.affine))

    def at(self, points: FloatArray) -> FloatArray:
        """Coordinates in the other space of points ``(n, 3)`` of this one, trilinear; NaN outside the field."""
        from scipy.ndimage import map_coordinates  # type: ignore[import-untyped,unused-ignore]

        back = np.linalg.inv(self.affine)
        index = (points @ back[:3, :3].T + back[:3, 3]).T
        found = [map_coordinates(self.values[..., c], index, order=1, mode="constant", cval=np.nan) for c in range(3)]
        return np.column_stack(found)


@dataclass(frozen=True, slots=True, eq=False)
class MniTransform:
    """Mapping between a head (RAS, m) and MNI space (m).

    Parameters
    ----------
    affine : (4, 4)
        From the head to MNI space.
    to_mni_field
        For each voxel of the head its MNI coordinates; takes the place of the affine where it is given.
    to_head_field
        The opposite field. Without it, positions are traced back through the other field.
    quality
        How it was made, shown wherever a target rests on it.
    """

    affine: FloatArray
    to_mni_field: CoordinateField | None = None
    to_head_field: CoordinateField | None = None
    quality: str = "not stated"

    def __post_init__(self) -> None:
        matrix = checked_affine("affine", self.affine)
        if np.linalg.det(matrix[:3, :3]) <= 0:
            raise InvalidInput(
                "affine", "mirrored (negative determinant)", "an affine that keeps left on the left",
                "One of the two images is stored left to right: use its header, not its array.",
            )  # fmt: skip
        scale = float(np.cbrt(np.linalg.det(matrix[:3, :3])))
        if not 0.5 < scale < 2.0:
            raise InvalidInput("affine", f"scaling by {scale:g}", "0.5 to 2", "Both sides are in metres.")
        if self.to_head_field is not None and self.to_mni_field is None:
            raise InvalidInput("to_mni_field", None, "a field whenever to_head_field is given")
        object.__setattr__(self, "affine", matrix)

    @property
    def is_identity(self) -> bool:
        """Whether the coordinates of the head are MNI's own."""
        return self.to_mni_field is None and bool(np.array_equal(self.affine, np.eye(4)))

    def to_mni(self, points: Any) -> FloatArray:
        """MNI coordinates of points ``(n, 3)`` of the head, m."""
        given = _points(points)
        if self.to_mni_field is None:
            return given @ self.affine[:3, :3].T + self.affine[:3, 3]
        return _inside(given, self.to_mni_field.at(given))

    def to_head(self, points: Any) -> FloatArray:
        """Position in the head of MNI points ``(n, 3)``, m.

        Raises
        ------
        NotConverged
            When a point cannot be traced back through a field that folds.
        """
        given = _points(points)
        back = np.linalg.inv(self.affine)
        guess = given @ back[:3, :3].T + back[:3, 3]
        if self.to_head_field is not None:
            return _inside(given, self.to_head_field.at(given))
        if self.to_mni_field is None:
            return np.asarray(guess)
        for _ in range(MOST_STEPS):
            miss = given - _inside(given, self.to_mni_field.at(guess))
            if np.abs(miss).max() < NEAR_ENOUGH_M:
                return np.asarray(guess)
            guess = guess + miss @ back[:3, :3].T
        raise NotConverged(f"{np.abs(miss).max() * 1000:.2f} mm are left after {MOST_STEPS} steps back to the head")


def fit_landmarks(
    source: Any, target: Any, kind: Literal["rigid", "similarity", "affine"] = "rigid"
) -> tuple[FloatArray, float]:
    """Best matrix ``(4, 4)`` that takes landmarks ``source (n, 3)`` to ``target (n, 3)``, and the RMS distance left, m.

    Raises
    ------
    InvalidInput
        For too few landmarks (3, or 4 for an affine), landmarks on a line or in a plane, or an unknown kind.

    References
    ----------
    Umeyama 1991, IEEE Trans Pattern Anal Mach Intell 13:376. doi 10.1109/34.88573
    """
    a, b = _points(source), _points(target)
    least = 4 if kind == "affine" else 3
    if kind not in ("rigid", "similarity", "affine"):
        raise InvalidInput("kind", kind, "rigid, similarity or affine")
    if a.shape != b.shape or a.shape[0] < least:
        raise InvalidInput("landmarks", f"{a.shape} and {b.shape}", f"at least {least} pairs of points")
    mean_a, mean_b = a.mean(axis=0), b.mean(axis=0)
    p, q = a - mean_a, b - mean_b
    spread = np.linalg.svd(p, compute_uv=False)
    if spread[least - 2] < 1e-3 * spread[0]:
        raise InvalidInput("landmarks", "nearly on a line or in a plane", f"{least} points that span the head")
    if kind == "affine":
        linear = np.linalg.lstsq(p, q, rcond=None)[0].T
    else:
        u, s, vt = np.linalg.svd(q.T @ p)
        sign = np.diag((1.0, 1.0, np.sign(np.linalg.det(u @ vt))))
        scale = float(np.trace(np.diag(s) @ sign) / (p**2).sum()) if kind == "similarity" else 1.0
        linear = scale * u @ sign @ vt
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = linear, mean_b - linear @ mean_a
    left = a @ linear.T + matrix[:3, 3] - b
    return matrix, float(np.sqrt((left**2).sum(axis=1).mean()))


def _points(values: Any) -> FloatArray:
    points = np.atleast_2d(np.asarray(values, dtype=np.float64))
    if points.ndim != 2 or points.shape[1] != 3 or not np.isfinite(points).all():
        raise InvalidInput("points", f"of shape {points.shape}", "finite points (n, 3) in metres")
    if np.abs(points).max(initial=0.0) > 2.0:
        raise InvalidInput("points", f"up to {np.abs(points).max():g}", "metres", "Divide millimetres by 1000.")
    return points


def _inside(given: FloatArray, found: FloatArray) -> FloatArray:
    bad = np.flatnonzero(~np.isfinite(found).all(axis=1))
    if bad.size:
        raise InvalidInput(
            "points", f"outside the field at {given[bad[0]].tolist()}", "points that the registration covers"
        )
    return found
