"""What a computed field says, as reasons of a forecast: strength in the target, share of the motor site, the doses."""

from __future__ import annotations

from dataclasses import replace

from euthymia.core.reason import Direction, EvidenceGrade, Reason
from euthymia.core.source import Source, Verification
from euthymia.engines.fields.placement_model import placement_model
from euthymia.therapies.forecast import Forecast
from euthymia.therapies.tms.field_dose import DoseLine, not_proven
from euthymia.therapies.tms.field_numbers import SiteField, TmsField
from euthymia.therapies.tms.prescription import TmsPrescription
from euthymia.therapies.tms.template_field import NO_PROOF, UNIT

_REPLACED = ("template_field", "template_alternatives", "template_no_proof", "template_field_none")


def own_source(field: TmsField) -> Source:
    """Return where the numbers come from: this program on this head."""
    words = f"derived: computed by Euthymia on {field.head} ({field.how}; {field.coil})"
    return Source(words, "", Verification.UNVERIFIED)


def field_reasons(field: TmsField, doses: dict[int, tuple[DoseLine, ...]]) -> tuple[Reason, ...]:
    """Return what was found at every site, then what it does not prove."""
    source = own_source(field)
    found = [Reason(_head(field), (source,), EvidenceGrade.VERY_LOW, code="field_head")] if field.sites else []
    for site in field.sites:
        found += [_strength(field, site, source), _share(site, source), *_dose(doses.get(site.order, ()), source)]
        if site.placement:
            row = placement_model(site.placement)
            found.append(Reason(f"Placing it: {row.statement}.", (row.cite(),), code="placement_error"))
    found += [Reason(words, (source,), EvidenceGrade.VERY_LOW, code="field_none") for words in field.without]
    if field.sites:
        found += [
            not_proven(is_template=field.is_template),
            Reason(NO_PROOF, (source,), EvidenceGrade.VERY_LOW, code="field_no_proof"),
        ]
    return tuple(dict.fromkeys(found))


def with_field(forecast: Forecast, field: TmsField, doses: dict[int, tuple[DoseLine, ...]]) -> Forecast:
    """Return a forecast whose lines on the saved table give way to what was computed."""
    kept = tuple(reason for reason in forecast.physics if reason.code not in _REPLACED)
    return replace(forecast, physics=(*field_reasons(field, doses), *kept))


def with_dose_reason(rx: TmsPrescription, field: TmsField, doses: dict[int, tuple[DoseLine, ...]]) -> TmsPrescription:
    """Return the prescription with the adjusted thresholds of its sites among its reasons; nothing of it is changed.

    On the template head nothing is added: a prescription names what is the patient's own.
    """
    codes = ("field_matched", "depth_adjusted")
    found = [r for lines in doses.values() for line in lines for r in line.reasons if r.code in codes]
    if field.is_template or not found:
        return rx
    return replace(rx, reasons=tuple(dict.fromkeys((*rx.reasons, *found))))


def _head(field: TmsField) -> str:
    whose = "the template head, not this patient" if field.is_template else f"this patient's head ({field.head})"
    return f"Field computed on {whose}, with {field.coil}. {field.statement}"


def _strength(field: TmsField, site: SiteField, source: Source) -> Reason:
    spread = site.target_range_v_m
    words = f"{site.title}: {site.target_v_m:.2f} {UNIT} in the target"
    if spread is not None:
        words += f" where it is meant to be, {spread[0]:.2f} to {spread[1]:.2f} in {site.spread_words}"
    if site.error_pct is not None:
        words += f"; error of the computation about {site.error_pct:.0f} %"
    if field.is_template:
        words += ". How much this person's scalp and gyri change it is not in the range"
    low, high = (None, None) if spread is None else spread
    return Reason(
        f"{words}.", (source, *(() if site.spread is None else site.spread.sources)), EvidenceGrade.VERY_LOW,
        value=site.target_v_m, low=low, high=high, unit="V/m", code="field_target",
    )  # fmt: skip


def _share(site: SiteField, source: Source) -> Reason:
    spread = site.ratio_range
    words = f"{site.title}: {site.ratio_to_motor:.2f} of the peak over the {site.side} motor hand area"
    words += f" ({site.motor_peak_v_m:.2f} {UNIT}, 99.9 % of the grey matter lies below)"
    words += "" if spread is None else f"; {spread[0]:.2f} to {spread[1]:.2f} in the same draws"
    low, high = (None, None) if spread is None else spread
    return Reason(
        f"{words}.", (source,), EvidenceGrade.VERY_LOW, value=site.ratio_to_motor, low=low, high=high, unit="ratio",
        code="field_share",
    )  # fmt: skip


def _dose(lines: tuple[DoseLine, ...], source: Source) -> list[Reason]:
    """The prescribed dose as a field, and what held it."""
    found: list[Reason] = []
    for line in lines:
        found += line.reasons if line.is_prescribed else ()
        if line.is_prescribed and line.target_v_m is not None and line.pct_mso is not None:
            spread = line.target_range_v_m
            words = (
                f"As prescribed: {line.pct_mso:.0f} % of machine output ({line.didt_a_us:.0f} A/us) gives "
                f"{line.target_v_m:.0f} V/m in the target"
            )
            words += "." if spread is None else f" ({spread[0]:.0f} to {spread[1]:.0f} V/m)."
            low, high = (None, None) if spread is None else spread
            found.append(
                Reason(
                    words, (source,), EvidenceGrade.VERY_LOW, Direction.NEUTRAL, line.target_v_m, low, high, "V/m",
                    "field_prescribed",
                )
            )  # fmt: skip
    return found
