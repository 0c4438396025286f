"""Wash-outs: which medicine has to be off for how long before the dose, by trial rule and by half-life."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from euthymia.case import drugs
from euthymia.case.facts import Medication, StoppedReason, TrialKind
from euthymia.case.model import Case
from euthymia.core.source import Source
from euthymia.core.tables import SourcedRow, load_table
from euthymia.therapies.dated_medicines import ingredients
from euthymia.therapies.psychedelic.half_lives import HalfLifeRow, half_lives, is_depot
from euthymia.therapies.psychedelic.slowing import NONE, Metabolism, Slowing
from euthymia.therapies.psychedelic.tables import PACKAGE, limit

_HOURS = 24.0
_DRUG_TRIALS = (TrialKind.DRUG, TrialKind.AUGMENTATION)


@dataclass(frozen=True, slots=True, kw_only=True)
class WashoutRow(SourcedRow):
    """A drug or class that has to be off for ``days`` before the dose.

    ``hard_stop``: no dose before. ``named``: only when a clinician decides so by name. ``unless`` names classes that
    the row does not concern.
    """

    code: str
    forms: tuple[str, ...]
    group: str
    unless: tuple[str, ...] = ()
    days: float
    strength: Literal["hard_stop", "named"]
    statement: str


@dataclass(frozen=True, slots=True)
class Part:
    """One active part of a medicine with how fast it leaves this patient."""

    row: HalfLifeRow
    slowing: Slowing

    @property
    def half_life_h(self) -> float:
        """Half-life (h) the wash-out counts with."""
        return self.row.counted_h * self.slowing.factor

    @property
    def days(self) -> float:
        """Days of as many half-lives as the rule asks for."""
        return limit("washout_half_lives").bound * self.half_life_h / _HOURS

    @property
    def days_if_slow(self) -> float:
        """The same with the longest printed half-life, in a poor metabolizer while the phenotype is not known."""
        longest = self.row.high_h * max(self.slowing.factor, self.slowing.if_poor)
        return limit("washout_half_lives").bound * longest / _HOURS


@dataclass(frozen=True, slots=True)
class OpenWashout:
    """A medicine whose wash-out is not over.

    Attributes
    ----------
    medicine
        As the case names it.
    row
        The strictest rule for it (hard stops before named ones, then the longest).
    days_left
        From today, or from its last dose while it is taken.
    taken_now
        Whether it is still taken.
    last_dose_on
        Day of its last dose: past, planned, or None when it is taken without a planned end or the day is not known.
    parts
        Its active parts; empty where no half-life is held or an enzyme has to grow again.
    needed_days
        The longest of the trial rule and the half-lives of its parts.
    depot
        Whether it is a long-acting injection.
    """

    medicine: str
    row: WashoutRow
    days_left: float
    taken_now: bool
    last_dose_on: date | None = None
    parts: tuple[Part, ...] = ()
    needed_days: float = 0.0
    depot: bool = False

    @property
    def slowest(self) -> Part | None:
        """The part that takes longest."""
        return max(self.parts, key=lambda p: p.days, default=None)

    @property
    def days_if_slow(self) -> float:
        """Needed days by the longest printed half-life and the slowest phenotype that is still possible."""
        return max([self.needed_days, *(math.ceil(p.days_if_slow) for p in self.parts)])

    def words(self) -> str:
        """In words."""
        when = "after its last dose" if self.taken_now else "to go"
        return f"{self.medicine}: {self.days_left:g} days {when} ({self.because})"

    @property
    def because(self) -> str:
        """The trial rule and the half-lives behind it, in words."""
        return f"{self.row.statement}{self._by_half_life()}"

    def _by_half_life(self) -> str:
        part = self.slowest
        if part is None:
            if self.is_endless:
                return "; a long-acting injection whose half-life is not held: ask the pharmacist"
            return "" if self.row.group == "maoi_irreversible" else "; no half-life is held for it"
        count = limit("washout_half_lives").bound
        said = f"; {count:g} half-lives of {part.row.analyte} ({part.half_life_h:.0f} h) are {part.days:.1f} days"
        if part.slowing.words:
            said += f"; {part.slowing.words}"
        if self.days_if_slow > self.needed_days:
            said += f"; {self.days_if_slow:g} days at the slowest"
        return said

    @property
    def is_endless(self) -> bool:
        """Whether no end can be given: a long-acting injection whose half-life is not held."""
        return self.depot and not self.parts

    @property
    def sources(self) -> tuple[Source, ...]:
        """What the rule and the half-life rest on."""
        part = self.slowest
        more = () if part is None else (part.row.cite(), limit("washout_half_lives").cite(), *part.slowing.sources)
        return tuple(dict.fromkeys((self.row.cite(), *more)))


def open_washouts(case: Case, form: str) -> tuple[OpenWashout, ...]:
    """Return the wash-outs that are not over on the case's day, hard stops first, the longest rule for each medicine.

    The longest of the trial rule in days and five half-lives of the slowest active part counts, the half-life made
    longer by the patient's phenotype and by inhibitors on board. Irreversible MAO inhibitors go by their days alone:
    the enzyme has to grow again. A medicine that was stopped on a day nobody wrote down counts as just stopped.
    """
    rows: tuple[WashoutRow, ...] = load_table(PACKAGE, "washout.csv", WashoutRow, key="code")
    body, found = Metabolism(case), []
    for medication in _medicines(case):
        known = drugs.drug(medication.name)
        if known is None:
            continue  # screening asks about a name that is not in the table, and the calendar names it
        classes = {known.name, known.ingredient, *known.classes}
        fitting = [r for r in rows if form in r.forms and r.group in classes and not classes & set(r.unless)]
        if not fitting:
            continue
        row = max(fitting, key=lambda r: (r.strength == "hard_stop", r.days))
        depot = is_depot(medication)
        parts = () if row.group == "maoi_irreversible" else _parts(body, ingredients(medication.name), depot)
        needed = float(max(*(math.ceil(p.days) for p in parts), *(math.ceil(r.days) for r in fitting), 0))
        found.append(_open(case, medication, row, parts, needed, depot))
    still = [w for w in found if w is not None]
    return tuple(sorted(still, key=lambda w: (w.row.strength != "hard_stop", -w.days_left)))


def _open(
    case: Case, medication: Medication, row: WashoutRow, parts: tuple[Part, ...], needed: float, depot: bool
) -> OpenWashout | None:
    """Return the wash-out when it is not over."""
    ended = medication.ended_on
    taken = medication.active and (ended is None or ended >= case.today)
    if taken or ended is None:
        return OpenWashout(medication.name, row, needed, taken, ended, parts, needed, depot)
    left = (ended + timedelta(days=needed) - case.today).days
    if left <= 0:
        return None
    return OpenWashout(medication.name, row, float(left), False, ended, parts, needed, depot)


def unknown_medicines(case: Case) -> tuple[str, ...]:
    """Return medicines taken or stopped lately whose names are not in the drug table: no wash-out is known for them."""
    return tuple(dict.fromkeys(m.name for m in _medicines(case) if drugs.drug(m.name) is None))


def _parts(body: Metabolism, names: tuple[str, ...], depot: bool) -> tuple[Part, ...]:
    rows = half_lives(names, depot=depot)
    return tuple(Part(row, body.slowing(row, names) if not depot else NONE) for row in rows)


def _medicines(case: Case) -> tuple[Medication, ...]:
    """The newest entry of each medicine; and drug trials that run or have an end, of medicines that are not listed."""
    newest: dict[str, Medication] = {_key(e.fact.name): e.fact for e in case.of(Medication)}
    listed = {one.casefold() for m in newest.values() for one in ingredients(m.name)}
    for trial in case.trials:
        running = trial.stopped_reason is StoppedReason.ONGOING and trial.ended_on is None
        if trial.kind not in _DRUG_TRIALS or not (running or trial.ended_on is not None):
            continue
        if not listed & {one.casefold() for one in ingredients(trial.name)}:
            held = newest.get(_key(trial.name))
            if held is None or _ends_later(trial.ended_on, held.ended_on):
                newest[_key(trial.name)] = Medication(trial.name, ended_on=trial.ended_on, active=running)
    return tuple(newest.values())


def _ends_later(one: date | None, other: date | None) -> bool:
    """Whether ``one`` is the later end; None is still going on, the latest of all."""
    return other is not None and (one is None or one > other)


def _key(name: str) -> str:
    return "".join(ch for ch in name.casefold() if ch.isalnum())
