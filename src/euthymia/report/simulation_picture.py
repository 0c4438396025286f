"""The coil at one site of a prescription as the field page takes it, and its picture for the page of a simulation."""

from __future__ import annotations

import base64

from euthymia.core.reason import EvidenceGrade, Reason
from euthymia.engines.fields.coil_model import CoilModel
from euthymia.report.field_colors import table
from euthymia.report.field_document import FieldDoc
from euthymia.report.field_measures import PlacedField, painted_cortex
from euthymia.report.field_picture import data_uri
from euthymia.report.field_scene import field_scene, picture
from euthymia.therapies.pictures import Picture
from euthymia.therapies.tms.field_dose import DoseLine
from euthymia.therapies.tms.field_head import TmsHead
from euthymia.therapies.tms.field_numbers import SiteField, TmsField
from euthymia.therapies.tms.field_reasons import own_source
from euthymia.therapies.tms.field_solve import SLOPE_A_S, SolvedSite, at_slope

_STOPS = 9


def placed_site(
    head: TmsHead, coil: CoilModel, solved: SolvedSite, site: SiteField, lines: tuple[DoseLine, ...]
) -> PlacedField:
    """Return the field at the prescribed output; for 1 A/µs where no output follows from what is known."""
    prescribed = next((line for line in lines if line.is_prescribed), None)
    slope, words = SLOPE_A_S, "Strengths are for 1 A/µs: no threshold, or no machine, says what would be set."
    if prescribed is not None and prescribed.didt_a_us is not None and prescribed.pct_mso is not None:
        slope = 1e6 * prescribed.didt_a_us
        words = f"At the prescribed output: {prescribed.pct_mso:.1f} % of the machine, {prescribed.didt_a_us:.1f} A/µs."
    return PlacedField(
        head.name, head.statement, head.scalp.surface, coil, solved.pose, slope, site.title, solved.site.roi,
        at_slope(solved.result, slope), (words, *site.notes), is_mni=head.mni is not None and head.mni.is_identity,
    )  # fmt: skip


def site_picture(placed: PlacedField, document: FieldDoc, site: SiteField, field: TmsField) -> Picture:
    """Return the painted cortex under scalp and coil as a figure."""
    whose = "The template head, not this patient." if field.is_template else f"This patient's head ({field.head})."
    caption = (
        f"{whose} Cortex painted with the strength of the field at {document.slope_a_us:.3g} A/µs, under scalp and "
        f"coil; green: the target, {document.target_v_m:.3g} V/m there. The scale ends at the peak, which 99.9 % of "
        "the grey matter stays below."
    )
    scene = field_scene(placed, painted_cortex(placed), document.peak_v_m)
    colors = table(False)[:: 255 // (_STOPS - 1)]
    return Picture(
        code=f"field_{site.order}",
        title=f"{site.title}: the field on {'the template head' if field.is_template else 'this head'}",
        png=base64.b64decode(data_uri(picture(scene)).split(",", 1)[1]),
        alt=f"Brain under scalp and coil, seen from beside the coil over {site.title}; the color is darkest below it.",
        caption=caption,
        reason=Reason(f"Computed now on {field.head}.", (own_source(field),), EvidenceGrade.VERY_LOW, code="field_now"),
        scale=(0.0, float(f"{document.peak_v_m:.3g}"), "V/m"),
        colors=tuple("#{:02x}{:02x}{:02x}".format(*color) for color in colors.tolist()),
    )
