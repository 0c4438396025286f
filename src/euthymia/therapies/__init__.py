"""The therapies: one contract, nine built-in packages, and a registry that any other package can join."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from euthymia.case.model import Case
    from euthymia.therapies.contract import Screening


def screen(case: Case, therapy: str | None = None) -> Mapping[str, Screening]:
    """Screen a case for every registered therapy, or for one.

    Parameters
    ----------
    case
        The case.
    therapy
        Name of one therapy; all when None.

    Returns
    -------
    Mapping
        Screening by the therapy's name, in house order.

    Raises
    ------
    InvalidInput
        For a therapy that is not registered.
    """
    from euthymia.therapies import registry

    names = registry.names() if therapy is None else (therapy,)
    return {name: registry.therapy(name).screen(case) for name in names}
