"""The screening list of TMS: the union of the forms in use, with implants (both positions) and medicine groups.

It adds no verdict of its own: an item names the rules of ``rules.csv`` and the day checks that carry it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from euthymia.case.criteria import judge, parse
from euthymia.case.model import Case
from euthymia.core.source import Source
from euthymia.core.tables import SourcedRow, load_table
from euthymia.therapies.form_screen import rules_of
from euthymia.therapies.tms.tables import PACKAGE

State = Literal["present", "absent", "not known", "asked on the day"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRow(SourcedRow):
    """One item, the lists it stands on, and what carries it here."""

    item: str
    lists: tuple[str, ...]
    rules: tuple[str, ...] = ()
    day_checks: tuple[str, ...] = ()
    question: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImplantRow(SourcedRow):
    """One kind of implant with what labels say, what the guideline is quoted to say, and what is done here."""

    implant: str
    rules: tuple[str, ...]
    title: str
    label_position: str
    guideline_position: str
    here: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MedicineRow(SourcedRow):
    """One group of medicines that may raise the seizure risk."""

    code: str
    group: Literal["strong", "relative", "reported", "withdrawal"]
    criterion: str
    medicines: str
    note: str

    def __post_init__(self) -> None:
        parse(self.criterion)


@dataclass(frozen=True, slots=True)
class ChecklistLine:
    """One line of the list for a case."""

    code: str
    section: Literal["item", "implant", "medicine"]
    question: str
    state: State
    evidence: str
    lists: tuple[str, ...]
    source: Source


def list_rows() -> tuple[ListRow, ...]:
    """Return the items of the union list."""
    return load_table(PACKAGE, "screening_list.csv", ListRow, key="item")


def implant_rows() -> tuple[ImplantRow, ...]:
    """Return the implants with both positions."""
    return load_table(PACKAGE, "implants.csv", ImplantRow, key="implant")


def medicine_rows() -> tuple[MedicineRow, ...]:
    """Return the medicine groups."""
    return load_table(PACKAGE, "seizure_medicines.csv", MedicineRow, key="code")


def checklist(case: Case) -> tuple[ChecklistLine, ...]:
    """Return every item, implant and medicine group with its state in this case."""
    lines = []
    for item in list_rows():
        state, evidence = _by_rules(case, item.rules)
        if not item.rules:
            state, evidence = "asked on the day", f"day check: {', '.join(item.day_checks)}"
        lines.append(ChecklistLine(item.item, "item", item.question, state, evidence, item.lists, item.cite()))
    for implant in implant_rows():
        state, evidence = _by_rules(case, implant.rules)
        words = (
            f"{implant.title}. Labels: {implant.label_position}. Guideline: {implant.guideline_position}. "
            f"Here: {implant.here}"
        )
        lines.append(ChecklistLine(implant.implant, "implant", words, state, evidence, (), implant.cite()))
    for group in medicine_rows():
        judged = judge(case, group.criterion)
        words = f"{group.group}: {group.medicines} ({group.note})"
        evidence = "; ".join(judged.evidence)
        lines.append(
            ChecklistLine(group.code, "medicine", words, _state(judged.truth), evidence, (), group.cite())
        )  # fmt: skip
    return tuple(lines)


def _by_rules(case: Case, codes: tuple[str, ...]) -> tuple[State, str]:
    """Present when any rule is true; not known when none is and one is open; absent only when all are false."""
    judged = [judge(case, rule.criterion) for rule in rules_of(PACKAGE) if rule.code in codes]
    for truth in (True, None, False):
        found = [j for j in judged if j.truth is truth]
        if found:
            return _state(truth), "; ".join(dict.fromkeys(words for j in found for words in j.evidence))
    return "not known", "no rule carries this"


def _state(truth: bool | None) -> State:
    return "not known" if truth is None else "present" if truth else "absent"
