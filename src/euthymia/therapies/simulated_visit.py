"""A simulated visit from the rows of ``data/simulated_visit.csv``: who answers what, when, and with which noise.

A row fires at the ``start``, on an action (``do/stimulus``: kind and code) or on something the session took in
(``seen/infusion_started``); ``values`` may name attributes of the prescription in braces (``{rx.total_mg}``; ``#``
counts the firings of the row).
"""

from __future__ import annotations

import heapq
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Literal, final

from euthymia.case.criteria import judge
from euthymia.case.model import Case
from euthymia.core.errors import InvalidInput, MissingData, TableError
from euthymia.core.tables import SourcedRow, load_table
from euthymia.therapies.contract import Action, Observation, Prescription
from euthymia.therapies.simulation import Physiology

FILE = "simulated_visit.csv"
_FIELD = re.compile(r"\{(rx|number)((?:\.(?:\w+|#))*)(?:\s*([*/])\s*([0-9.]+))?\}")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")
_WORDS: dict[str, Any] = {"true": True, "false": False, "none": None, "[]": ()}


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitRow(SourcedRow):
    """One thing that is done or read in a simulated visit.

    ``times`` is how often the row may fire (0: always); ``criterion`` is a rule about the case (empty: always true);
    ``noise_sd`` is added, seeded, to the values named in ``noisy``.
    """

    code: str
    forms: tuple[str, ...]  # * = every form
    visit: Literal["any", "first", "later"]
    after: tuple[str, ...]
    wait_s: str
    observe: str
    values: str = ""
    noisy: tuple[str, ...] = ()
    noise_sd: float = 0.0
    times: int = 0
    criterion: str = ""
    statement: str


def visit_rows(package: str) -> tuple[VisitRow, ...]:
    """Return the rows of the therapy in ``package``; raise :class:`MissingData` when it has none."""
    try:
        return load_table(package, FILE, VisitRow, key="code")
    except FileNotFoundError:
        how = f"add {package}/data/{FILE}, or run the session with a script of observations (--script)."
        raise MissingData("simulated visit", how) from None


@final
@dataclass(slots=True)
class TablePatient:
    """The patient and the staff of one visit, from rows.

    Parameters
    ----------
    rows
        What happens; see :class:`VisitRow`.
    prescription, number
        What is given, and in which session.
    seed
        Of the noise; a draw depends on the seed, the kind, the name and the time only.
    physiology
        Asked first for every reading; what it does not know comes from the row.
    """

    rows: Sequence[VisitRow]
    case: Case
    prescription: Prescription
    number: int
    seed: int
    physiology: Physiology | None = None
    _due: list[tuple[float, int, VisitRow, str]] = field(default_factory=list, init=False)
    _fired: dict[str, int] = field(default_factory=dict, init=False)
    _order: Any = field(default_factory=count, init=False)

    def __post_init__(self) -> None:
        self._fire("start", 0.0)

    def answers(self, action: Action, at_s: float) -> list[Observation]:
        """Give what is done at once; what takes time comes from :meth:`spontaneous`."""
        base = at_s if action.due_s is None else max(at_s, action.due_s)
        self._fire(f"{action.kind.value}/{action.code}", base)
        return self.spontaneous(at_s)

    def spontaneous(self, until_s: float) -> list[Observation]:
        """Give what became due up to ``until_s``, oldest first."""
        found = []
        while self._due and self._due[0][0] <= until_s:
            at_s, _, row, values = heapq.heappop(self._due)
            found.append(self._observation(row, values, at_s))
        return found

    def next_s(self) -> float:
        """When something is planned next; infinity when nothing is."""
        return self._due[0][0] if self._due else float("inf")

    def took(self, observation: Observation) -> None:
        """Note what the session took in."""
        if self.physiology is not None:
            self.physiology.took(observation)
        self._fire(f"seen/{observation.kind}", observation.at_s)

    def _fire(self, trigger: str, at_s: float) -> None:
        for row in self.rows:
            fired = self._fired.get(row.code, 0)
            if trigger not in row.after or not self._applies(row) or 0 < row.times <= fired:
                continue
            moment_s = max(0.0, at_s + _number(self._filled(row.wait_s, fired), row, "wait_s"))
            if any(r.code == row.code and t == moment_s for t, _, r, _ in self._due):
                continue  # two reasons for one step
            self._fired[row.code] = fired + 1
            heapq.heappush(self._due, (moment_s, next(self._order), row, self._filled(row.values, fired)))

    def _applies(self, row: VisitRow) -> bool:
        if "*" not in row.forms and self.prescription.form not in row.forms:
            return False
        if row.visit != "any" and (row.visit == "first") != (self.number == 1):
            return False
        return not row.criterion or judge(self.case, row.criterion).truth is True

    def _observation(self, row: VisitRow, text: str, at_s: float) -> Observation:
        values = read_values(text, row.code)
        for name in row.noisy:
            draw = random.Random(f"{self.seed}/{row.observe}/{name}/{at_s:.3f}").gauss(0.0, row.noise_sd)
            values[name] = round(float(values[name]) + draw)
        body = self.physiology.reading(row.observe, at_s) if self.physiology is not None else None
        return Observation(row.observe, at_s, {**values, **(body or {})})

    def _filled(self, text: str, fired: int) -> str:
        def fill(found: re.Match[str]) -> str:
            value: Any = self.number if found[1] == "number" else self.prescription
            for name in found[2].split(".")[1:]:
                if name == "#":
                    value = value[fired % len(value)]
                    continue
                value = value[int(name)] if name.isdigit() else getattr(value, name)
                value = value(self.number) if callable(value) else value
            if found[3]:
                value = value * float(found[4]) if found[3] == "*" else value / float(found[4])
            return "+".join(map(str, value)) if isinstance(value, tuple) else str(value)

        return _FIELD.sub(fill, text)


def read_values(text: str, where: str) -> dict[str, Any]:
    """Read ``name=value; name.part=value``: numbers, true, false, none, words.

    Raises
    ------
    InvalidInput
        For a part without ``=`` or a name that stands twice.
    """
    found: dict[str, Any] = {}
    for part in filter(None, (p.strip() for p in text.split(";"))):
        name, equals, raw = (p.strip() for p in part.partition("="))
        if not equals or not name:
            raise InvalidInput(where, part, "name=value parts separated by ;")
        place: dict[str, Any] = found
        *outer, last = name.split(".")
        for key in outer:
            place = place.setdefault(key, {})
        if last in place:
            raise InvalidInput(where, f"{name} twice", "each name once")
        place[last] = read_value(raw)
    return found


def read_value(raw: str) -> Any:
    """Read one value: a number, ``true``, ``false``, ``none``, or a word (quotes keep ``"12"`` a word)."""
    if len(raw) > 1 and raw[0] == raw[-1] == '"':
        return raw[1:-1]
    if raw.casefold() in _WORDS:
        return _WORDS[raw.casefold()]
    return float(raw) if _NUMBER.fullmatch(raw) else raw


def table_patient(
    package: str,
    case: Case,
    prescription: Prescription,
    seed: int,
    *,
    number: int = 1,
    physiology: Physiology | None = None,
) -> TablePatient:
    """Return the patient of session ``number`` from the therapy's table."""
    return TablePatient(visit_rows(package), case, prescription, number, seed, physiology)


def _number(text: str, row: VisitRow, column: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise TableError(f"{FILE}: row {row.code}: column `{column}` is {text!r}, not a number") from None
