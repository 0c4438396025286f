"""CADSS: 23 subject items 0–4 on the present moment, total 0–92; CADSS-6: six of them, total 0–24.

Above 4 on the 23 items counted as dissociation in the esketamine trials; a later analysis found no cut-off that
separates reported dissociation well (doi 10.1093/ijnp/pyac081), so read the band as a convention.

References
----------
Bremner and others 1998, J Trauma Stress 11:125, doi 10.1023/A:1024465317902.
Rodrigues and others 2021, J Affect Disord 282:160, doi 10.1016/j.jad.2020.12.119 (CADSS-6).
"""

from __future__ import annotations

from dataclasses import replace

from euthymia.case.scales.definition import Answers, define
from euthymia.case.scales.result import ScaleScore
from euthymia.case.scales.summing import sum_or_total

CADSS = define("CADSS")
CADSS_6 = define("CADSS-6")


def score_cadss(answers: Answers | None, total: float | None = None, band_set: str | None = None) -> ScaleScore:
    """Score the 23-item CADSS; its CADSS-6 subtotal is shown as a domain when those six items are answered."""
    full = sum_or_total(CADSS, answers, total, band_set)
    if not full.items:
        return full
    by_code = dict(zip((item.code for item in CADSS.items), full.items, strict=True))
    six = [by_code[item.code] for item in CADSS_6.items]
    known = [answer for answer in six if answer is not None]
    return replace(full, domains=((CADSS_6.name, sum(known) if len(known) == len(six) else None),))


def score_cadss6(answers: Answers | None, total: float | None = None, band_set: str | None = None) -> ScaleScore:
    """Score the CADSS-6: items 1, 2, 6, 7, 15 and 22 of the CADSS, in that order; it has no published bands."""
    return sum_or_total(CADSS_6, answers, total, band_set)
