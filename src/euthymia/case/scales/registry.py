"""Find a scale by name and score it: one entry a scale, in the order of the reference page."""

from __future__ import annotations

import difflib
import re
from typing import Protocol

from euthymia.case.scales.asc import score_asc5d, score_asc11
from euthymia.case.scales.bdi2 import score_bdi2
from euthymia.case.scales.cadss import score_cadss, score_cadss6
from euthymia.case.scales.ceq import score_ceq
from euthymia.case.scales.cgi import score_cgi_i, score_cgi_s
from euthymia.case.scales.cssrs import score_cssrs
from euthymia.case.scales.definition import Answers, ScaleDefinition, define
from euthymia.case.scales.ebi import score_ebi
from euthymia.case.scales.fibser import score_fibser
from euthymia.case.scales.gad7 import score_gad7
from euthymia.case.scales.ham_d6 import score_ham_d6
from euthymia.case.scales.ham_d17 import score_ham_d17
from euthymia.case.scales.ham_d21 import score_ham_d21
from euthymia.case.scales.ham_d24 import score_ham_d24
from euthymia.case.scales.ids_sr30 import score_ids_sr30
from euthymia.case.scales.madrs import score_madrs
from euthymia.case.scales.meq30 import score_meq30
from euthymia.case.scales.phq9 import score_phq9
from euthymia.case.scales.qids_sr16 import score_qids_sr16
from euthymia.case.scales.result import ScaleScore
from euthymia.case.scales.ymrs import score_ymrs
from euthymia.core.errors import InvalidInput


class Scorer(Protocol):
    """Scores one scale from answers or a total."""

    def __call__(
        self, answers: Answers | None, total: float | None = None, band_set: str | None = None
    ) -> ScaleScore: ...


_SCORERS: dict[str, Scorer] = {
    "PHQ-9": score_phq9,
    "GAD-7": score_gad7,
    "QIDS-SR16": score_qids_sr16,
    "IDS-SR30": score_ids_sr30,
    "MADRS": score_madrs,
    "HAM-D17": score_ham_d17,
    "HAM-D24": score_ham_d24,
    "HAM-D21": score_ham_d21,
    "HAM-D6": score_ham_d6,
    "BDI-II": score_bdi2,
    "YMRS": score_ymrs,
    "C-SSRS": score_cssrs,
    "CADSS": score_cadss,
    "CADSS-6": score_cadss6,
    "FIBSER": score_fibser,
    "CGI-S": score_cgi_s,
    "CGI-I": score_cgi_i,
    "MEQ-30": score_meq30,
    "CEQ": score_ceq,
    "11-ASC": score_asc11,
    "5D-ASC": score_asc5d,
    "EBI": score_ebi,
}


def scales() -> tuple[ScaleDefinition, ...]:
    """Return the definition of every scale."""
    return tuple(define(name) for name in _SCORERS)


def scale(name: str) -> ScaleDefinition:
    """Return the definition of one scale; capitals, spaces and hyphens do not matter.

    Raises
    ------
    InvalidInput
        For an unknown name, with the known ones and the closest match.
    """
    if isinstance(name, str):
        known = {_plain(alias): d for d in scales() for alias in (d.name, *d.aliases)}
        found = known.get(_plain(name))
        if found is not None:
            return found
        close = difflib.get_close_matches(_plain(name), known, n=1, cutoff=0.5)
        hint = f"Did you mean {known[close[0]].name}?" if close else ""
        raise InvalidInput("scale", name, f"one of {', '.join(_SCORERS)}", hint)
    raise InvalidInput("scale", name, f"a name, one of {', '.join(_SCORERS)}")


def score(
    scale: str, answers: Answers | None = None, *, total: float | None = None, band_set: str | None = None
) -> ScaleScore:
    """Score one filled-in scale.

    Parameters
    ----------
    scale
        Name of the scale, e.g. ``"PHQ-9"``, ``"phq9"``, ``"HAM-D17"``.
    answers
        One whole number an item in the order of the form, None where unanswered; a mapping from factor to answers
        (or its sum) for MEQ-30, CEQ, 11-ASC, 5D-ASC and EBI; seven yes/no answers for the C-SSRS screener.
    total
        The total, when the item answers are not at hand. Exactly one of ``answers`` and ``total`` is given.
    band_set
        Name of the severity bands to use; the default set of the scale when None.

    Returns
    -------
    ScaleScore
        Total (None when too many items are missing), band, domains, flags and safety alerts.

    Raises
    ------
    InvalidInput
        For an unknown scale, a wrong number of answers, and any value out of range, not whole, boolean or NaN.

    Examples
    --------
    >>> score("PHQ-9", [2, 2, 2, 2, 2, 2, 1, 1, 1]).total
    15
    """
    definition = find(scale)
    return _SCORERS[definition.name](answers, total, band_set)


find = scale
"""The same as :func:`scale`, for functions whose parameter is called ``scale``."""


def _plain(name: str) -> str:
    """A name without capitals, spaces and punctuation."""
    return re.sub(r"[^a-z0-9]", "", name.casefold())
