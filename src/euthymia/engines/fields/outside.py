"""A coil whose pose was given as it is, by a file or by hand, must lie outside the head."""

from __future__ import annotations

from euthymia.core.errors import InvalidInput
from euthymia.engines.fields.coil_pose import CoilPose
from euthymia.engines.fields.collision import CasingShape, room
from euthymia.engines.fields.signed_distance import SignedDistance


def require_outside(
    shape: CasingShape,
    pose: CoilPose,
    scalp: SignedDistance,
    *,
    argument: str = "pose",
    otherwise: str = "place it anew",
) -> float:
    """Room between casing and scalp, m.

    Parameters
    ----------
    shape
        Casing of the coil, from :func:`~euthymia.engines.fields.collision.casing_shape`.
    argument
        Name under which the pose was given, for the error.
    otherwise
        What else can be done, for the error.

    Raises
    ------
    InvalidInput
        When the coil reaches into the head; a center that is clear of it is named.
    """
    left = room(shape, pose, scalp)
    if left < 0:
        out = ", ".join(f"{v:.1f}" for v in pose.shifted((0.0, 0.0, left)).in_mm()[:3, 3])
        raise InvalidInput(
            argument, f"the coil reaches {-left * 1000:.1f} mm into the head", "a pose outside the head",
            f"Move it out along its axis, to a center of about {out} mm, or {otherwise}.",
        )  # fmt: skip
    return left
