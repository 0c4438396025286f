"""What ``euthymia fields basis`` and ``euthymia fields place`` print with ``--json``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from euthymia.plan.document_model import Document

if TYPE_CHECKING:
    from euthymia.engines.fields.basis_file import HeadBasis


class CoilErrorItem(Document):
    """Held-out placements of one coil."""

    coil: str
    placements: int
    mean_error_pct: float
    worst_error_pct: float


class BasisDocument(Document):
    """``euthymia fields basis --json``; errors are relative to direct solutions on the same mesh."""

    document: Literal["euthymia/fields-basis"] = "euthymia/fields-basis"
    schema_version: Literal["1.0"] = "1.0"
    head: str
    statement: str
    file: str
    points: int
    solved: int
    modes: int
    control_points: int
    order: int
    least_mm: float
    checked: int
    mean_error_pct: float
    worst_error_pct: float
    worst_hot_pct: float
    coils: list[CoilErrorItem]
    seconds: float
    memory_mb: float
    size_mb: float


class PlaceDocument(Document):
    """``euthymia fields place --json``; strengths are for ``slope_a_us``."""

    document: Literal["euthymia/fields-place"] = "euthymia/fields-place"
    schema_version: Literal["1.0"] = "1.0"
    head: str
    statement: str
    notes: list[str]
    coil: str
    slope_a_us: float
    pose_mm: list[list[float]]
    conductor_mm: float | None
    points: int
    peak_v_m: float
    highest_v_m: float
    highest_at_mm: list[float]
    target: str | None
    target_mm: list[float] | None
    target_v_m: float | None
    target_points: int
    worst_error_pct: float
    mean_error_pct: float
    checked: int
    milliseconds: float
    files: list[str]


def basis_document(held: HeadBasis, file: str, solved: int, coils: Sequence[str]) -> BasisDocument:
    """The document of a basis that was just built; ``coils``: that of each held-out placement."""
    errors, basis = 100 * held.errors, held.basis
    items = []
    for coil in dict.fromkeys(coils):
        own = errors[[name == coil for name in coils]]
        items.append(
            CoilErrorItem(
                coil=coil, placements=own.size, mean_error_pct=float(own.mean()), worst_error_pct=float(own.max())
            )
        )
    return BasisDocument(
        head=held.name,
        statement=held.statement,
        file=file,
        points=basis.points.shape[0],
        solved=solved,
        modes=basis.rank,
        control_points=basis.control.shape[0],
        order=held.order,
        least_mm=1000 * basis.clear_m,
        checked=errors.size,
        mean_error_pct=float(errors.mean()),
        worst_error_pct=float(errors.max()),
        worst_hot_pct=100 * float(held.hot_errors.max()),
        coils=items,
        seconds=held.seconds,
        memory_mb=held.memory_mb,
        size_mb=basis.modes.nbytes / 1e6,
    )
