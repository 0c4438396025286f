"""Calls as rows and records: the columns of ``calls.csv`` and the JSON form."""

from __future__ import annotations

import dataclasses
from typing import Any

from euthymia.engines.genome.call_types import GeneCall, GenomeCalls

COLUMNS = ("sample", "gene", "diplotype", "phenotype", "activity_score", "status", "notes")
"""Columns of the table of calls."""


def score_text(low: float | None, high: float | None) -> str:
    """Write an activity score: a number, a range, an open range, or nothing.

    Examples
    --------
    >>> score_text(0.25, 0.25), score_text(0.0, 1.25), score_text(3.0, None), score_text(None, None)
    ('0.25', '0.0-1.25', '≥3.0', '')
    """
    if low is None:
        return ""
    if high is None:
        return f"≥{low}"
    return str(low) if low == high else f"{low}-{high}"


def row(call: GeneCall) -> tuple[str, ...]:
    """Return a call as one row under :data:`COLUMNS`."""
    notes = list(call.notes)
    if call.if_missing_were_reference and call.if_missing_were_reference != tuple(d.text for d in call.diplotypes):
        assumed = " or ".join(call.if_missing_were_reference)
        notes.append(f"Were the missing positions reference, it would be {assumed}; this is not known.")
    if call.provenance != "vcf":
        notes.append(f"Source: {call.provenance}.")
    return (
        call.sample,
        call.gene,
        call.diplotype_text,
        call.phenotype,
        score_text(call.activity_score_low, call.activity_score_high),
        call.status.value,
        " ".join(notes),
    )


def record(calls: GenomeCalls) -> dict[str, Any]:
    """Return the calls of a sample as plain JSON values, with everything that the types hold."""
    return dataclasses.asdict(calls)
