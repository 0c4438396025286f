"""Conductivities given at the command line: ``--sigma TAG=S/M``, one for each tissue that is not to be the packaged."""

from __future__ import annotations

import math
from collections.abc import Sequence

from euthymia.core.errors import InvalidInput

_EXAMPLE = "E.g. --sigma 4=0.01 --sigma 2=0.3; tissues left out keep the packaged value."
MOST_S_M = 100.0
"""Far above any tissue (CSF: 1.8): more is a value in mS/m or a slip."""


def conductivities(given: Sequence[str]) -> tuple[dict[int, float] | None, str]:
    """Conductivity by tag, S/m, and the words for the result; None and no words when nothing was given.

    Raises
    ------
    InvalidInput
        For something that is not TAG=S/M, a tag that is none or that is given twice, or a value that is not finite
        and positive.
    """
    from euthymia.engines.fields.conductivity import tissue_conductivities
    from euthymia.engines.fields.mesh import TISSUE_TAGS

    found: dict[int, float] = {}
    for text in given:
        tag_text, _, value_text = text.partition("=")
        try:
            tag, value = int(tag_text), float(value_text)
        except ValueError:
            raise InvalidInput("--sigma", text, "TAG=S/M, a tag and a conductivity in S/m", _EXAMPLE) from None
        if tag not in TISSUE_TAGS:
            named = ", ".join(f"{row.tag} {row.tissue}" for row in tissue_conductivities().values())
            raise InvalidInput("--sigma", text, f"a SimNIBS volume tag: {named}, 11 and 12", _EXAMPLE)
        if tag in found:
            raise InvalidInput("--sigma", text, f"one value for tag {tag}", "Take one of the two out.")
        if not math.isfinite(value) or not 0 < value <= MOST_S_M:
            raise InvalidInput(
                "--sigma", text, f"a finite conductivity above 0 and at most {MOST_S_M:g} S/m",
                "A poor conductor has a small value (bone about 0.01); air is left out of the mesh. " + _EXAMPLE,
            )  # fmt: skip
        found[tag] = value
    if not found:
        return None, ""
    shown = ", ".join(f"{tag}: {value:g} S/m" for tag, value in sorted(found.items()))
    return found, f"Conductivities given by tissue tag: {shown}; the others are the packaged ones."
