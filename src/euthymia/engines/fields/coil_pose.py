"""Where a coil is: a rigid 4 x 4 matrix in RAS, z into the head, y along the handle axis; anything else is refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.mesh import FloatArray

AXIS_TOLERANCE = 2e-3
"""Largest deviation from orthonormal axes that is rounding: files with three decimals reach 1.5e-3."""


@dataclass(frozen=True, slots=True)
class MatrixVerdict:
    """What is wrong with a matrix (empty when it is rigid), and the nearest rigid one.

    Parameters
    ----------
    faults
        One sentence each: scale, shear, mirror.
    nearest : (4, 4) float64
        The rigid matrix with the nearest axes (polar decomposition) and the same center; of a mirrored matrix, after
        reversing x, which keeps the handle and the side that faces the head.
    turn_deg
        Largest angle between an axis (of a mirrored matrix: y or z) of the given and of the nearest rigid matrix.
    """

    faults: tuple[str, ...]
    nearest: FloatArray
    turn_deg: float


@dataclass(frozen=True, slots=True, eq=False)
class CoilPose:
    """Pose of a coil.

    Parameters
    ----------
    matrix : (4, 4) float64
        Coil frame to head, m, RAS. Columns: x; y, away from the handle of a figure-8 coil (the handle leaves towards
        -y); z, out of the active face and into the head; the center of the active face.

    Raises
    ------
    InvalidInput
        For a matrix that is not rigid; the message names shear, scale or mirror and gives the nearest rigid matrix.
    """

    matrix: FloatArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "matrix", check_rigid(self.matrix))

    @classmethod
    def from_mm(cls, matrix: Any) -> CoilPose:
        """Pose from a matrix whose last column is in mm, as SimNIBS and the navigation systems write it."""
        given = _four_by_four(matrix).copy()
        given[:3, 3] *= 1e-3
        return cls(given)

    @property
    def center(self) -> FloatArray:
        """Center of the active face, m, ``(3,)``."""
        return self.matrix[:3, 3]

    @property
    def into_head(self) -> FloatArray:
        """Unit vector out of the active face, ``(3,)``."""
        return self.matrix[:3, 2]

    @property
    def handle(self) -> FloatArray:
        """Unit vector from the center towards the handle, ``(3,)``."""
        return -self.matrix[:3, 1]

    def in_mm(self) -> FloatArray:
        """The matrix with its last column in mm."""
        given = self.matrix.copy()
        given[:3, 3] *= 1e3
        return given

    def shifted(self, along_coil_m: Any) -> CoilPose:
        """The pose moved along its own axes by ``(3,)`` m."""
        moved = self.matrix.copy()
        moved[:3, 3] += self.matrix[:3, :3] @ np.asarray(along_coil_m, dtype=np.float64)
        return CoilPose(moved)

    def turned(self, axis: int, angle_rad: float) -> CoilPose:
        """The pose turned about its own axis 0 (x), 1 (y) or 2 (z)."""
        if axis not in (0, 1, 2):
            raise InvalidInput("axis", axis, "0 (x), 1 (y) or 2 (z)")
        return CoilPose(self.matrix @ rotation(np.eye(3)[axis], angle_rad))


def rotation(axis: Any, angle_rad: float, through: Any = (0.0, 0.0, 0.0)) -> FloatArray:
    """Rotation about the line along ``axis`` through a point, as a ``(4, 4)`` matrix (right-hand rule)."""
    direction = np.asarray(axis, dtype=np.float64)
    length = float(np.linalg.norm(direction))
    if not np.isfinite(length) or length == 0:
        raise InvalidInput("axis", direction.tolist(), "a vector with a length")
    x, y, z = direction / length
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    matrix = np.eye(4)
    matrix[:3, :3] += np.sin(angle_rad) * cross + (1 - np.cos(angle_rad)) * (cross @ cross)
    point = np.asarray(through, dtype=np.float64)
    matrix[:3, 3] = point - matrix[:3, :3] @ point
    return matrix


def judge_matrix(matrix: Any, *, tolerance: float = AXIS_TOLERANCE) -> MatrixVerdict:
    """Say what keeps a matrix from being rigid.

    Parameters
    ----------
    matrix : (4, 4)
        Any invertible matrix with the last row 0 0 0 1.
    tolerance
        Deviation of lengths (relative) and of cosines between axes that counts as rounding.

    Returns
    -------
    MatrixVerdict
        No faults when it is rigid within the tolerance; ``nearest`` is exactly rigid in any case.
    """
    given = _four_by_four(matrix)
    axes = given[:3, :3]
    lengths = np.linalg.norm(axes, axis=0)
    if not np.allclose(given[3], (0, 0, 0, 1), rtol=0, atol=1e-9):
        raise InvalidInput("matrix", f"last row {given[3].tolist()}", "0 0 0 1", "Is the matrix transposed?")
    left, singular, right = np.linalg.svd(axes)
    if singular[2] < 1e-6 * max(singular[0], 1e-300):
        raise InvalidInput("matrix", f"singular, axes of length {lengths.round(6).tolist()}", "three independent axes")
    faults = []
    if np.abs(lengths - 1).max() > tolerance:
        shown = ", ".join(f"{length:.4f}" for length in lengths)
        faults.append(f"scaled: the axes have the lengths {shown} instead of 1")
    cosines = (axes / lengths).T @ (axes / lengths)
    worst = max(((0, 1), (0, 2), (1, 2)), key=lambda pair: abs(cosines[pair]))
    if abs(cosines[worst]) > tolerance:
        angle = float(np.degrees(np.arccos(cosines[worst])))
        faults.append(f"sheared: {'xyz'[worst[0]]} and {'xyz'[worst[1]]} stand at {angle:.2f}° instead of 90°")
    mirrored = np.linalg.det(axes) < 0
    if mirrored:
        faults.append("mirrored: left-handed axes (determinant -1), a coil cannot be turned into its mirror image")
        left, _, right = np.linalg.svd(axes * (-1.0, 1.0, 1.0))
    nearest = np.eye(4)
    nearest[:3, :3] = left @ right
    nearest[:3, 3] = given[:3, 3]
    agreement = np.einsum("ij,ij->j", nearest[:3, :3], axes / lengths).clip(-1, 1)[1 if mirrored else 0 :]
    return MatrixVerdict(tuple(faults), nearest, float(np.degrees(np.arccos(agreement)).max()))


def check_rigid(matrix: Any, *, tolerance: float = AXIS_TOLERANCE) -> FloatArray:
    """The matrix made exactly rigid when it is so within rounding; refused otherwise.

    Raises
    ------
    InvalidInput
        Naming shear, scale or mirror, and offering the nearest rigid matrix.
    """
    verdict = judge_matrix(matrix, tolerance=tolerance)
    if not verdict.faults:
        return verdict.nearest
    rows = "; ".join(" ".join(f"{value:.6g}" for value in row) for row in verdict.nearest[:3])
    raise InvalidInput(
        "matrix",
        "; ".join(verdict.faults),
        "a rigid 4 x 4 matrix (orthonormal axes, determinant +1)",
        f"Nearest rigid matrix ({verdict.turn_deg:.2f}° off at most): [{rows}; 0 0 0 1]. Find out where the distortion "
        "arose (an image with a sheared or mirrored affine?) before you use it.",
    )


def _four_by_four(matrix: Any) -> FloatArray:
    given = np.asarray(matrix, dtype=np.float64)
    if given.shape != (4, 4):
        raise InvalidInput("matrix", f"of shape {given.shape}", "(4, 4)")
    if not np.isfinite(given).all():
        raise InvalidInput("matrix", "not finite", "finite numbers")
    return given
