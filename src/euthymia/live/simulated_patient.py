"""The simulated patient as a source of inputs: the therapy's patient, the script over it, staff who take on alerts."""

from __future__ import annotations

import heapq
import threading
from itertools import count
from typing import Any, final

from euthymia.case.model import Case
from euthymia.core.errors import MissingData
from euthymia.live.inputs import Acknowledgement, Input, Leave, Reading
from euthymia.live.notices import Notice
from euthymia.live.record_line import Line
from euthymia.live.script import Script
from euthymia.live.settings import setting
from euthymia.therapies.contract import Observation, Prescription, Therapy
from euthymia.therapies.simulation import SimulatedPatient, Simulates

SOURCE = "simulated"
STAFF = "simulated staff"


def patient_of(therapy: Therapy, case: Case, prescription: Prescription, seed: int, *, number: int) -> SimulatedPatient:
    """Return the therapy's patient; raise :class:`MissingData` when it has none."""
    if not isinstance(therapy, Simulates):
        raise MissingData("simulated patient", f"give {therapy.name} a `simulated_patient`, or run with --script only.")
    return therapy.simulated_patient(case, prescription, seed, number=number)


@final
class SimulatedSource:
    """A :class:`~euthymia.live.sources.Source` and a listener: it answers what it is told.

    The same seed and script give the same inputs; :meth:`replayed` takes out what a record holds already.
    """

    def __init__(self, patient: SimulatedPatient | None, script: Script | None = None) -> None:
        self._patient, self._script = patient, script or Script()
        self._planned: list[tuple[float, int, Input]] = []
        self._order = count()
        for item in self._script.inputs():
            self._plan(item)

    # --- source -----------------------------------------------------------------------------------------------------

    @property
    def is_over(self) -> bool:
        """Whether nothing more can come: a patient may answer an action at any time."""
        return self._patient is None and not self._planned

    @property
    def has_plans(self) -> bool:
        """Whether something is planned."""
        return bool(self._planned) or (self._patient is not None and self._patient.next_s() < float("inf"))

    def attach(self, wake: threading.Event) -> None:
        """Nothing arrives by itself."""

    def until(self, at_s: float, now_s: float) -> list[Input]:
        """Give what happens first up to ``at_s``: one input, since what follows may depend on it."""
        self._ask(min(at_s, self._planned[0][0] if self._planned else at_s))
        if not self._planned or self._planned[0][0] > at_s:
            return []
        return [heapq.heappop(self._planned)[2]]

    def close(self) -> None:
        """Nothing to stop."""

    # --- listener ---------------------------------------------------------------------------------------------------

    def listen(self, notice: Notice) -> None:
        """Answer an action, and let the staff take on an alert."""
        if notice.what == "took" and notice.reading is not None and self._patient is not None:
            self._patient.took(notice.reading.observation)
        elif notice.what == "action" and notice.action is not None and self._patient is not None:
            self._bring(self._patient.answers(notice.action, notice.at_s))
        elif notice.what == "alert" and notice.alert is not None:
            at_s = notice.at_s + setting("staff_acknowledge")
            if self._script.staff_acknowledge(at_s):
                self._plan(Acknowledgement(notice.alert.code, STAFF, at_s, SOURCE))

    def replayed(self, line: Line) -> None:
        """Take out of the plans what a line of the record says has happened."""
        if line.source not in (SOURCE, "script") and line.type != "left":
            return
        while self._patient is not None and self._patient.next_s() <= line.at_s:
            self._bring(self._patient.spontaneous(self._patient.next_s()))
        for i, (_, _, item) in enumerate(self._planned):
            if _says(item, line):
                del self._planned[i]
                heapq.heapify(self._planned)
                return

    # --- helpers ----------------------------------------------------------------------------------------------------

    def _ask(self, until_s: float) -> None:
        """Let the patient do what is next up to ``until_s``, but nothing after the first thing that is planned."""
        while self._patient is not None and self._patient.next_s() <= until_s:
            self._bring(self._patient.spontaneous(self._patient.next_s()))
            until_s = min(until_s, self._planned[0][0]) if self._planned else until_s

    def _bring(self, seen: list[Observation]) -> None:
        for observation in seen:
            changed = self._script.changed(observation)
            if changed is not None:
                self._plan(Reading(changed, SOURCE, SOURCE))

    def _plan(self, item: Input) -> None:
        heapq.heappush(self._planned, (item.at_s, next(self._order), item))


def _says(item: Input, line: Line) -> bool:
    data: Any = line.data
    if isinstance(item, Reading) and line.type == "observation":
        same_kind = item.observation.kind == data.get("kind")
        own_s = data.get("measured_at_s", line.at_s)
        return same_kind and abs(item.at_s - own_s) < 1e-9 and item.source == line.source
    if isinstance(item, Acknowledgement) and line.type == "acknowledged":
        return item.code == data.get("code") and item.by == line.author
    return isinstance(item, Leave) and line.type == "left" and item.how == data.get("how") and item.at_s <= line.at_s
