"""When ECT comes before any ranking: catatonia, psychosis, high suicide risk, refusal of food or drink."""

from __future__ import annotations

from euthymia.case.criteria import judge
from euthymia.case.model import Case
from euthymia.core.reason import Reason
from euthymia.core.tables import load_table
from euthymia.therapies.ect.tables import PACKAGE, CriterionRow


def first_line(case: Case) -> tuple[Reason, ...]:
    """Return the reasons for which ECT comes first in this case; empty when none is known to hold.

    What is not known gives no reason here; the screens of all therapies ask for it.
    """
    found = []
    for row in load_table(PACKAGE, "first_line.csv", CriterionRow, key="code"):
        judgment = judge(case, row.criterion)
        if judgment.truth:
            found.append(row.reason("; ".join(judgment.evidence)))
    return tuple(found)
