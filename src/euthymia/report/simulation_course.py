"""Course and safety on the page of a simulation: phases, expected improvement, what is due, the safety tables."""

from __future__ import annotations

from euthymia.case.model import Case
from euthymia.core.reason import Reason
from euthymia.report.figures import timeline_figure
from euthymia.report.figures.svg import NARROW, WIDE
from euthymia.report.proposed import ProposedView, course_view
from euthymia.therapies.contract import Prescription
from euthymia.therapies.forecast import Forecast
from euthymia.therapies.tms.prescription import TmsPrescription

Drawings = tuple[tuple[str, str], ...]
_REPEATED = "rating"


def simulated_course(case: Case, prescription: Prescription, forecast: Forecast) -> tuple[ProposedView, Drawings]:
    """Return the course of the prescription with its figure, for a wide page and for a phone."""
    running = any(c.therapy == prescription.therapy and c.ended_on is None for c in case.courses)
    view = course_view(prescription.title, prescription, forecast, case, "course", is_running=running)
    layouts = (("wide", WIDE), ("narrow", NARROW))
    drawings = tuple(
        (name, timeline_figure(view.figure, width=width, key=f"sim-course-{name}")) for name, width in layouts
    )
    return view, drawings


def milestone_rows(prescription: Prescription) -> tuple[tuple[str, str], ...]:
    """Return what is due in a course of TMS, by day; what is due again and again stands once, with its rhythm."""
    if not isinstance(prescription, TmsPrescription):
        return ()
    from euthymia.therapies.tms.run_sheet import milestones

    found = milestones(prescription)
    repeated = [m for m in found if m.code == _REPEATED]
    rows = [(f"day {m.day:g}", m.text) for m in found if m.code != _REPEATED]
    if repeated:
        rows.insert(1, (f"every {repeated[0].day:g} days", repeated[0].text))
    return tuple(rows)


def safety_of(prescription: Prescription) -> tuple[Reason, ...]:
    """Return what the safety tables say of each train, for TMS."""
    return prescription.safety_reasons() if isinstance(prescription, TmsPrescription) else ()
