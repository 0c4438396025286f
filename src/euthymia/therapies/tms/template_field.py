"""What a figure-8 coil does at a target and at its alternatives, on the template head: computed beforehand, as data."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal

from euthymia.core.reason import EvidenceGrade, Reason
from euthymia.core.tables import SourcedRow, load_table
from euthymia.therapies.pictures import Picture, PictureMark
from euthymia.therapies.tms.tables import PACKAGE, TargetRow

HEAD_FORMS = ("tms_deep_h1", "tms_deep_h7")
"""Forms given with a coil whose winding is not published: nothing can be computed for it."""

MOTOR, CLINICAL = "motor_hand", "clinical_38_44_26"
PICTURE_COIL, OTHER_COIL = "magstim_70mm_figure8", "b65_class_figure8"
COIL_WORDS = {PICTURE_COIL: "a 70 mm figure-8 coil", OTHER_COIL: "a 65 mm-class figure-8 coil"}
UNIT = "V/m per A/us"
PALETTE = ("#e2e0da", "#f3cd78", "#e07834", "#9e243e", "#3a0a46")

NO_PROOF = (
    "Neither a target chosen by its computed field nor one chosen by connectivity is proven to improve outcome; "
    "the numbers help to compare sites, not to promise effect."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateFieldRow(SourcedRow):
    """Field of one coil at one site of the template head.

    Fields in V/m for 1 A/us: mean over the grey matter within 5 mm of the target, within 5 mm of the clinical target
    (MNI -38 44 26), and 99.9th percentile over the cortex (peak). ``ratio_to_motor``: field in the target over the peak
    with the coil over the motor hand area (the point of that area itself lies deep in its sulcus). ``depth_mm``: face
    of the coil to target. ``area_half_cm2``: cortex above half of the peak. ``from_default_mm``: on the scalp, from
    Beam F3. ``error_pct``: estimated error of the finite elements in the target. Pixels: where the target is in the
    pictures. ``targets``: the targets of a prescription that this site stands for.
    """

    site: str
    title: str
    kind: Literal["cortex", "scalp"]
    coil: str
    targets: tuple[str, ...] = ()
    x_mm: float
    y_mm: float
    z_mm: float
    moved_mm: float
    e_target: float
    e_clinical: float
    e_peak: float
    ratio_to_motor: float
    depth_mm: float
    area_half_cm2: float
    from_default_mm: float
    error_pct: float
    pixel_x: float
    pixel_y: float
    mesh: str
    engine: str


def template_fields(coil: str = PICTURE_COIL) -> tuple[TemplateFieldRow, ...]:
    """Return the rows of a coil, the motor site first."""
    rows = load_table(PACKAGE, "template_fields.csv", TemplateFieldRow)
    return tuple(row for row in rows if row.coil == coil)


def site_of(target: str, coil: str = PICTURE_COIL) -> TemplateFieldRow | None:
    """Return the row that stands for the target of a prescription; None when there is none."""
    return next((row for row in template_fields(coil) if target in row.targets), None)


def template_reasons(place: TargetRow, form: str) -> tuple[Reason, ...]:
    """Return what the template says about a target, its placement error, and how little a computed field proves."""
    said = [Reason(f"Placing it: {place.method}; {place.expected_error}.", (place.cite(),), code="placement_error")]
    row = site_of(place.target)
    if row is None:
        why = (
            "the winding of its coil is not published"
            if form in HEAD_FORMS
            else "it is found in the patient's own images"
        )
        words = f"No field is shown for {place.title}: {why}."
        return (Reason(words, (place.cite(),), code="template_field_none"), *said)
    others = alternatives(row)
    low, high = min(others, key=lambda r: r.e_target), max(others, key=lambda r: r.e_target)
    mirrored = " Right is taken as the mirror of left." if place.hemisphere == "right" else ""
    second = site_of(place.target, OTHER_COIL)
    other = "" if second is None else f"; {COIL_WORDS[OTHER_COIL]}: {second.e_target:.2f} {UNIT}"
    found = [
        Reason(
            f"On the template head, not this patient: {COIL_WORDS[PICTURE_COIL]} gives {row.e_target:.2f} {UNIT} in "
            f"the target, {row.depth_mm:.0f} mm from the coil; that is {row.ratio_to_motor:.2f} of its peak over the "
            f"motor hand area{other}. Scalp thickness and gyri of this person change it.{mirrored}",
            (row.cite(),), EvidenceGrade.VERY_LOW, value=row.e_target, unit="V/m", code="template_field",
        ),
        Reason(
            f"Alternatives on the template head: from {low.ratio_to_motor:.2f} ({low.title}) to "
            f"{high.ratio_to_motor:.2f} ({high.title}) of the peak over the motor hand area, with the coil "
            "over each.",
            (row.cite(),), EvidenceGrade.VERY_LOW, code="template_alternatives",
        ),
        Reason(NO_PROOF, (row.cite(),), EvidenceGrade.VERY_LOW, code="template_no_proof"),
    ]  # fmt: skip
    if place.target in ("mni_connectivity", "fcmri_personal"):
        from euthymia.engines.fields.targets import connectivity_statement

        said.append(connectivity_statement())
    return (*found, *said)


def alternatives(row: TemplateFieldRow) -> tuple[TemplateFieldRow, ...]:
    """Return the other sites of the left DLPFC for the same coil, the nearest on the scalp to the default first."""
    others = [
        other
        for other in template_fields(row.coil)
        if other.site not in (MOTOR, row.site) and not other.site.endswith("_turned")
    ]
    return tuple(sorted(others, key=lambda other: (other.from_default_mm, other.site)))


def template_picture(place: TargetRow) -> Picture | None:
    """Return the picture of a target on the template head; None where nothing was computed for it."""
    row = site_of(place.target)
    if row is None:
        return None
    listed = (row, *alternatives(row))
    motor = next(r for r in template_fields(row.coil) if r.site == MOTOR)
    turned = next((r for r in template_fields(row.coil) if r.site == f"{row.site}_turned"), None)
    apart = _spread_marks(listed)
    marks = tuple(PictureMark(x, y, str(i), i == 1) for i, (x, y) in enumerate(apart, start=1))
    mirrored = " Drawn on the left; the right side is taken as its mirror." if place.hemisphere == "right" else ""
    turn = "" if turned is None else f" With the handle turned by 90°: {turned.e_target:.2f}."
    caption = (
        f"The template head, not this patient. Field of {COIL_WORDS[row.coil]} placed for {place.title} (1), handle "
        f"back and lateral at 45°: {row.e_target:.2f} {UNIT} in the target (error of the computation about "
        f"{row.error_pct:.0f} %), {row.e_peak:.2f} at its peak.{turn} The lines are the edge of the coil and its "
        f"handle. Peak with the coil over the motor hand area: {motor.e_peak:.2f}.{mirrored}"
    )
    alt = (
        f"Left side of the template brain from the front and above, colored by field strength; strongest below the "
        f"coil near target 1, {row.title}; {len(listed) - 1} numbered alternatives around it."
    )
    reason = Reason(
        f"Computed on the template head ({row.mesh}; {row.engine}); nothing in it is from this patient.",
        (row.cite(),), EvidenceGrade.VERY_LOW, code="template_picture",
    )  # fmt: skip
    return Picture(
        code=f"template_{row.site}",
        title=f"{place.title}: field and alternatives on the template head",
        png=_png(row.site),
        alt=alt,
        caption=caption,
        reason=reason,
        scale=(0.0, SCALE_TOP, UNIT),
        colors=PALETTE,
        marks=marks,
        columns=("Site", f"Field in it, {UNIT}", "Of the motor site’s peak", "Field at MNI −38 44 26", "Depth, mm",
                 "Cortex over half of peak, cm²", "Coil from Beam F3, mm"),
        rows=tuple(
            (f"{i}. {r.title}", f"{r.e_target:.2f}", f"{r.ratio_to_motor:.2f}", f"{r.e_clinical:.2f}",
             f"{r.depth_mm:.0f}", f"{r.area_half_cm2:.0f}", f"{r.from_default_mm:.0f}")
            for i, r in enumerate(listed, start=1)
        ),
    )  # fmt: skip


SCALE_TOP = 1.63
"""Field of the darkest color in every picture, V/m per A/us (printed by the tool that draws them)."""

_APART = 16.0


def _spread_marks(rows: tuple[TemplateFieldRow, ...]) -> list[tuple[float, float]]:
    """Places of the marks: each at its target, moved off marks that were set before it, by as little as it takes."""
    from math import cos, hypot, pi, sin

    set_down: list[tuple[float, float]] = []
    tries = [(0.0, 0.0)] + [
        (r * cos(2 * pi * k / 16), r * sin(2 * pi * k / 16))
        for r in (6.0, 10.0, 14.0, 18.0, 24.0, 30.0)
        for k in range(16)
    ]
    for row in rows:
        spots = [(row.pixel_x + dx, row.pixel_y + dy) for dx, dy in tries]
        free = (s for s in spots if all(hypot(s[0] - o[0], s[1] - o[1]) >= _APART for o in set_down))
        set_down.append(next(free, spots[0]))
    return set_down


@cache
def _png(site: str) -> bytes:
    return (resources.files(PACKAGE) / "data" / f"template_{site}.png").read_bytes()
