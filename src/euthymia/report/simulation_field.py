"""The field of a TMS simulation: as data, as a table of doses, and as what its page shows."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from dataclasses import field as value

from euthymia.plan.document_model import Document
from euthymia.report.wording import sentence_case
from euthymia.therapies.tms.field_dose import DoseLine
from euthymia.therapies.tms.field_numbers import SiteField, TmsField

NONE = "–"


class DoseLineDoc(Document):
    """One way of dosing a stimulation; None where a threshold or a known machine is missing, or it was refused."""

    way: str
    title: str
    is_prescribed: bool
    threshold_pct_rmt: float | None
    wanted_pct_rmt: float | None
    pct_rmt: float | None
    of_threshold_field: float | None
    pct_mso: float | None
    didt_a_us: float | None
    target_v_m: float | None
    target_low_v_m: float | None
    target_high_v_m: float | None
    is_capped: bool
    refused: str
    reasons: list[str]


class SiteFieldDoc(Document):
    """Field of one stimulation for 1 A/µs, and its doses."""

    order: int
    target: str
    title: str
    side: str
    target_mm: list[float]
    target_v_m_per_a_us: float
    target_low_v_m_per_a_us: float | None
    target_high_v_m_per_a_us: float | None
    peak_v_m_per_a_us: float
    motor_peak_v_m_per_a_us: float
    motor_mean_v_m_per_a_us: float
    ratio_to_motor: float
    ratio_low: float | None
    ratio_high: float | None
    range_is: str
    conductivity_slopes: dict[str, float]
    depth_mm: float | None
    motor_depth_mm: float | None
    coil_to_target_mm: float | None
    error_pct: float | None
    notes: list[str]
    doses: list[DoseLineDoc]
    page: str | None


class SimulationFieldDoc(Document):
    """Field of a prescription on one head."""

    head: str
    is_template: bool
    statement: str
    how: str
    coil: str
    machine: str | None
    machine_id: str | None = None
    max_didt_a_us: float | None
    seed: int | None
    notes: list[str]
    without: list[str]
    sites: list[SiteFieldDoc]


@dataclass(frozen=True, slots=True)
class ShownField:
    """A field, its doses by stimulation, and the pages (relative address by stimulation) that show it."""

    field: TmsField
    doses: Mapping[int, tuple[DoseLine, ...]]
    pages: Mapping[int, str] = value(default_factory=dict)


def field_document_of(shown: ShownField) -> SimulationFieldDoc:
    """Return the field as a document."""
    f = shown.field
    seeds = [site.spread.seed for site in f.sites if site.spread is not None]
    return SimulationFieldDoc(
        head=f.head,
        is_template=f.is_template,
        statement=f.statement,
        how=f.how,
        coil=f.coil,
        machine=None if f.machine is None else f"{f.machine.title} on {f.machine.stimulator}",
        machine_id=None if f.machine is None else f.machine.coil or None,
        max_didt_a_us=None if f.machine is None else f.machine.max_didt_a_us,
        seed=seeds[0] if seeds else None,
        notes=list(f.notes),
        without=list(f.without),
        sites=[_site(site, shown) for site in f.sites],
    )


def doses_csv(shown: ShownField) -> str:
    """Return every way of dosing every stimulation as a table."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    names = [name for name in DoseLineDoc.model_fields if name != "reasons"]
    table.writerow(("stimulation", "target", *names))
    for site in field_document_of(shown).sites:
        for line in site.doses:
            cells = (getattr(line, name) for name in names)
            table.writerow((site.order, site.target, *(f"{c:.6g}" if isinstance(c, float) else c for c in cells)))
    return out.getvalue()


def field_view(shown: ShownField) -> dict[str, object]:
    """Return what the page shows: rows of numbers and of doses in words."""
    f = shown.field
    return {
        "head": f.head,
        "statement": f.statement,
        "is_template": f.is_template,
        "coil": sentence_case(f.coil) + (f" ({f.machine.title} on {f.machine.stimulator})" if f.machine else ""),
        "how": f.how,
        "notes": tuple(dict.fromkeys((*f.without, *(note for site in f.sites for note in site.notes), *f.notes))),
        "sites": tuple(
            {
                "title": site.title,
                "page": shown.pages.get(site.order, ""),
                "numbers": _numbers(site),
                "doses": tuple(_dose(line) for line in shown.doses.get(site.order, ())),
            }
            for site in f.sites
        ),
    }


DOSE_COLUMNS = (
    "Way", "Threshold at this site", "Wanted", "May be given", "Machine output", "Current slope", "Field in the target",
    "Of the field at motor threshold",
)  # fmt: skip


def _numbers(site: SiteField) -> tuple[tuple[str, str, str], ...]:
    unit = "V/m per A/µs"
    rows = [
        ("In the target", f"{site.target_v_m:.2f}{_range(site.target_range_v_m)} {unit}", _meant(site)),
        ("Peak with the coil there", f"{site.peak_v_m:.2f} {unit}", "99.9 % of the grey matter lies below"),
        ("Peak over the motor hand area", f"{site.motor_peak_v_m:.2f} {unit}", "the same, the coil over that area"),
        ("Target over motor peak", f"{site.ratio_to_motor:.2f}{_range(site.ratio_range)}", "for the same output"),
    ]
    if site.depth_mm is not None and site.motor_depth_mm is not None:
        words = f"{site.depth_mm:.1f} mm; motor site {site.motor_depth_mm:.1f} mm"
        rows.append(("Scalp to brain", words, "what the depth adjustment uses"))
    if site.coil_to_target_mm is not None:
        rows.append(("Coil to target", f"{site.coil_to_target_mm:.0f} mm", "from the middle of the coil’s face"))
    if site.error_pct is not None:
        rows.append(("Error of the computation", f"about {site.error_pct:.0f} %", "estimated, in the target"))
    return tuple(rows)


def _meant(site: SiteField) -> str:
    placed = "with the coil where it is meant to be"
    return placed if not site.spread_words else f"{placed}; range: {site.spread_words}"


def _dose(line: DoseLine) -> dict[str, object]:
    def number(value: float | None, unit: str, digits: int = 0) -> str:
        return NONE if value is None else f"{value:.{digits}f} {unit}".strip()

    strength = number(line.target_v_m, "V/m")
    if line.target_range_v_m is not None:
        strength += f" ({line.target_range_v_m[0]:.0f}–{line.target_range_v_m[1]:.0f})"
    given = number(line.pct_rmt, "% rMT")
    return {
        "title": line.title,
        "is_prescribed": line.is_prescribed,
        "cells": (
            number(line.threshold_pct_rmt, "% rMT"),
            number(line.wanted_pct_rmt, "% rMT"),
            f"{given}, capped" if line.is_capped else given,
            number(line.pct_mso, "% MSO"),
            number(line.didt_a_us, "A/µs"),
            strength,
            number(line.of_threshold_field, "×", 2),
        ),
        "refused": line.refused,
        "said": _said(line),
    }


def _said(line: DoseLine) -> str:
    """Reasons of a line, named by its way; what holds for every way stands once, with the prescribed one."""
    own = [r.statement for r in line.reasons if line.is_prescribed or r.code != "visual_threshold"]
    named = own and own[0].startswith(("Adjusted", "Matched"))
    return " ".join(own) if named or not own else f"{line.title}: {' '.join(own)}"


def _range(ends: tuple[float, float] | None) -> str:
    return "" if ends is None else f" ({ends[0]:.2f} to {ends[1]:.2f})"


def _site(site: SiteField, shown: ShownField) -> SiteFieldDoc:
    low, high = site.target_range_v_m or (None, None)
    ratio_low, ratio_high = site.ratio_range or (None, None)
    slopes = {} if site.spread is None else {str(tag): value for tag, value in site.spread.slopes}
    return SiteFieldDoc(
        order=site.order, target=site.target, title=site.title, side=site.side, target_mm=list(site.target_mm),
        target_v_m_per_a_us=site.target_v_m, target_low_v_m_per_a_us=low, target_high_v_m_per_a_us=high,
        peak_v_m_per_a_us=site.peak_v_m, motor_peak_v_m_per_a_us=site.motor_peak_v_m,
        motor_mean_v_m_per_a_us=site.motor_v_m, ratio_to_motor=site.ratio_to_motor, ratio_low=ratio_low,
        ratio_high=ratio_high, range_is=site.spread_words, conductivity_slopes=slopes, depth_mm=site.depth_mm,
        motor_depth_mm=site.motor_depth_mm, coil_to_target_mm=site.coil_to_target_mm, error_pct=site.error_pct,
        notes=list(site.notes), page=shown.pages.get(site.order),
        doses=dose_documents(shown.doses.get(site.order, ())),
    )  # fmt: skip


def site_of_document(doc: SiteFieldDoc) -> SiteField:
    """Return the numbers of a stimulation as they were written; what was drawn is kept as its ends only."""
    low, high = doc.target_low_v_m_per_a_us, doc.target_high_v_m_per_a_us
    x, y, z = doc.target_mm
    return SiteField(
        order=doc.order, target=doc.target, title=doc.title, side="right" if doc.side == "right" else "left",
        target_mm=(x, y, z), target_v_m=doc.target_v_m_per_a_us, peak_v_m=doc.peak_v_m_per_a_us,
        motor_v_m=doc.motor_mean_v_m_per_a_us, motor_peak_v_m=doc.motor_peak_v_m_per_a_us,
        target_range_v_m=None if low is None or high is None else (low, high),
        ratio_range=None if doc.ratio_low is None or doc.ratio_high is None else (doc.ratio_low, doc.ratio_high),
        spread_words=doc.range_is, depth_mm=doc.depth_mm, motor_depth_mm=doc.motor_depth_mm,
        coil_to_target_mm=doc.coil_to_target_mm, error_pct=doc.error_pct, notes=tuple(doc.notes),
    )  # fmt: skip


def dose_documents(lines: Iterable[DoseLine]) -> list[DoseLineDoc]:
    """Return ways of dosing as documents."""
    return [_line(line) for line in lines]


def _line(line: DoseLine) -> DoseLineDoc:
    low, high = line.target_range_v_m or (None, None)
    return DoseLineDoc(
        way=line.way, title=line.title, is_prescribed=line.is_prescribed, threshold_pct_rmt=line.threshold_pct_rmt,
        wanted_pct_rmt=line.wanted_pct_rmt, pct_rmt=line.pct_rmt, of_threshold_field=line.of_threshold_field,
        pct_mso=line.pct_mso, didt_a_us=line.didt_a_us, target_v_m=line.target_v_m, target_low_v_m=low,
        target_high_v_m=high, is_capped=line.is_capped, refused=line.refused,
        reasons=[reason.statement for reason in line.reasons],
    )  # fmt: skip
