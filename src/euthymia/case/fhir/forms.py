"""Rating scales and the suicide screener as they reach us: a QuestionnaireResponse, or one Observation an item."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any

from euthymia.case.events import AnyEvent
from euthymia.case.facts import ScaleRecord, SuicideScreen
from euthymia.case.fhir.extensions import is_ours
from euthymia.case.fhir.intake import Intake
from euthymia.case.fhir.moments import Moment
from euthymia.case.fhir.node import Node, codes
from euthymia.case.fhir.systems import LOINC, QUESTIONNAIRE
from euthymia.case.fhir.tables import answers

SCREENER = "C-SSRS"
IDEATION_QUESTIONS = 5
LOINC_FORMS = ("PHQ-9", "GAD-7")
"""Scales whose items have LOINC codes and the answers of list LL358-3."""
ANSWER_LIST = "LL358-3"


def screen_field(question: int) -> str:
    """Return the field of :class:`SuicideScreen` for question 1 to 7 (the seventh: behavior in the past 3 months)."""
    return fields(SuicideScreen)[question - 1].name


@cache
def item_codes() -> Mapping[str, tuple[str, int]]:
    """Return (scale, position from 0) for every LOINC item code that a scale's table names."""
    from euthymia.case.scales import scales

    return {item.loinc: (s.name, i) for s in scales() for i, item in enumerate(s.items) if item.loinc}


@cache
def total_codes() -> Mapping[str, str]:
    """Return the scale for every LOINC code of a total."""
    from euthymia.case.scales import scales

    return {s.loinc_total: s.name for s in scales() if s.loinc_total and s.name != SCREENER}


@cache
def panel_codes() -> Mapping[str, str]:
    """Return the scale for every LOINC code of a panel."""
    from euthymia.case.scales import scales

    return {s.loinc_panel: s.name for s in scales() if s.loinc_panel}


@dataclass(slots=True)
class FormItems:
    """Items and totals of forms that came as single Observations, put together by scale and moment at the end."""

    filled: dict[tuple[str, Moment], dict[int, int | bool | None]] = field(default_factory=dict)
    holders: dict[tuple[str, Moment], Node] = field(default_factory=dict)
    totals: list[tuple[str, Moment, Node]] = field(default_factory=list)
    responses: dict[tuple[str, str], float | None] = field(default_factory=dict)  # (scale, resource path) → total

    def knows(self, code: str) -> bool:
        """Whether a LOINC code belongs to a form."""
        return code in item_codes() or code in total_codes() or code in panel_codes()

    def add(self, resource: Node, code: str, happened: Moment, into: Intake) -> None:
        """Take one Observation of an item, a total or a panel with components."""
        if code in total_codes():
            self.totals.append((total_codes()[code], happened, resource))
        elif code in panel_codes():
            components = resource.nodes("component")
            for component in components:
                item = next((c for _, c in codes(component.node("code")) if c in item_codes()), "")
                if item:
                    self._put(item, component, resource, happened, into)
            if not components:
                into.leave(resource, "a panel without components; its items are read by themselves")
        else:
            self._put(code, resource, resource, happened, into)

    def _put(self, code: str, holder: Node, resource: Node, happened: Moment, into: Intake) -> None:
        scale, position = item_codes()[code]
        key = (scale, happened)
        value = answer_of(holder)
        if value is None:
            into.warn(holder.path, "an item without an answer that is read")
        taken = self.filled.setdefault(key, {})
        if position in taken and taken[position] != value:
            into.warn(holder.path, "a second answer to the same item at the same moment; the first is kept")
        taken.setdefault(position, value)
        self.holders.setdefault(key, resource)

    def add_worst_ideation(self, resource: Node, happened: Moment, into: Intake) -> None:
        """Take the most severe ideation of the month: it answers its own question with yes, the graver ones with no.

        It joins the screener of the same moment, where a yes given there stands.
        """
        worst = answer_of(resource)
        if not isinstance(worst, int) or not 1 <= worst <= IDEATION_QUESTIONS:
            into.leave(resource, "no answer of the list LL5434-7")
            return
        taken = self.filled.setdefault((SCREENER, happened), {})
        self.holders.setdefault((SCREENER, happened), resource)
        taken[worst - 1] = 1
        for graver in range(worst, IDEATION_QUESTIONS):
            if taken.get(graver):
                into.warn(resource.path, f"the screener says yes to question {graver + 1}, which is graver; it stands")
            taken.setdefault(graver, 0)

    def finish(self, into: Intake) -> None:
        """Make the records."""
        from euthymia.case.scales import scale

        for (name, happened), values in self.filled.items():
            resource = self.holders[name, happened]
            recorded = into.moment(resource, "issued")
            if name == SCREENER:
                record: dict[str, Any] = {screen_field(i + 1): _yes(v) for i, v in values.items()}
                into.keep(SuicideScreen, record, resource, happened=happened, recorded=recorded)
            else:
                record = {"scale": name, "answers": [values.get(i) for i in range(len(scale(name).items))]}
                into.keep(ScaleRecord, record, resource, happened=happened, recorded=recorded)
        for name, happened, resource in self.totals:
            self._finish_total(name, happened, resource, into)

    def _finish_total(self, name: str, happened: Moment, resource: Node, into: Intake) -> None:
        total = answer_of(resource)
        if total is None:
            into.leave(resource, "no value")
            return
        if self._is_known(name, happened, resource, into):
            return  # the total of a form that was read item by item
        recorded = into.moment(resource, "issued")
        into.keep(ScaleRecord, {"scale": name, "total": total}, resource, happened=happened, recorded=recorded)

    def _is_known(self, name: str, happened: Moment, resource: Node, into: Intake) -> bool:
        for reference in resource.nodes("derivedFrom"):
            form = into.resolve(reference)
            if form is not None and (name, form.path) in self.responses:
                _compare(resource, self.responses[name, form.path], into)
                return True
        answered = self.filled.get((name, happened))
        if answered is None:
            return False
        given = [v for v in answered.values() if v is not None]
        _compare(resource, sum(given) if len(given) == len(answered) else None, into)
        return True


def _compare(resource: Node, expected: float | None, into: Intake) -> None:
    if expected is not None and answer_of(resource) != expected:
        into.warn(resource.path, f"total {answer_of(resource)} differs from its items ({expected}); the items are kept")


def _yes(value: int | bool | None) -> bool | None:
    return None if value is None else bool(value)


def answer_of(holder: Node) -> Any:
    """Return the number (or true/false) in an Observation, a component or an answer; None when there is none."""
    for coded in (holder.node("valueCodeableConcept").nodes("coding"), [holder.node("valueCoding")]):
        for coding in coded:
            if coding.text("code") in answers() and coding.text("system") in (LOINC, ""):
                return answers()[coding.text("code")]
    for key in ("valueInteger", "valueDecimal"):
        if holder.has(key):
            return holder.number(key)
    quantity = holder.node("valueQuantity")
    if quantity.has("value") and not quantity.has("comparator"):
        return quantity.number("value")
    return holder.flag("valueBoolean")


# --- QuestionnaireResponse --------------------------------------------------------------------------------------------


def read_response(resource: Node, into: Intake, forms: FormItems) -> None:
    """Read a filled form: PHQ-9, GAD-7 and C-SSRS by LOINC items, our own forms by item code."""
    status = resource.text("status")
    if status not in ("completed", "amended", "stopped"):
        into.leave(resource, f"status {status or 'absent'}: not a filled form")
        return
    items = _flat(resource.nodes("item"))
    happened = into.moment(resource, "authored")
    if is_ours(resource):
        _read_own(resource, items, into, forms)
        return
    found = [(link, item) for item in items if (link := _loinc_of(item)) in item_codes()]
    if not found:
        into.leave(resource, "no items of a form that is read")
    elif happened is None:
        into.leave(resource, "no time (authored)")
    else:
        if status == "stopped":
            into.warn(resource.path, "the form was not finished")
        _read_items(resource, found, happened, into, forms)


def _flat(items: list[Node], depth: int = 0) -> list[Node]:
    """Items and the items under them."""
    found = []
    for item in items:
        found.append(item)
        if depth < 10:
            found += _flat(item.nodes("item"), depth + 1)
    return found


def _loinc_of(item: Node) -> str:
    """The LOINC code in a linkId such as ``/44250-9`` or ``44250-9``."""
    return item.text("linkId").rsplit("/", 1)[-1]


def _read_items(
    resource: Node, found: list[tuple[str, Node]], happened: Moment, into: Intake, forms: FormItems
) -> None:
    from euthymia.case.scales import scale

    by_scale: dict[str, dict[int, Any]] = {}
    for code, item in found:
        name, position = item_codes()[code]
        by_scale.setdefault(name, {})[position] = answer_of(item.first("answer"))
    for name, values in by_scale.items():
        if name == SCREENER:
            record: dict[str, Any] = {screen_field(i + 1): _yes(v) for i, v in values.items()}
            into.keep(SuicideScreen, record, resource, happened=happened)
            continue
        answered: list[Any] = [values.get(i) for i in range(len(scale(name).items))]
        forms.responses[name, resource.path] = None if None in answered else sum(answered)
        into.keep(ScaleRecord, {"scale": name, "answers": answered}, resource, happened=happened)


def _read_own(resource: Node, items: list[Node], into: Intake, forms: FormItems) -> None:
    form = resource.text("questionnaire")
    name = form.removeprefix(QUESTIONNAIRE)
    if form.startswith(_LOINC_FORM):
        name = panel_codes().get(form.removeprefix(_LOINC_FORM), form)
    values = [answer_of(item.first("answer")) for item in items]
    forms.responses[name, resource.path] = None
    into.keep(ScaleRecord, {"scale": name, "answers": values}, resource)


_LOINC_FORM = LOINC + "/q/"


def form_url(scale_name: str) -> str:
    """Return the canonical address of a form."""
    from euthymia.case.scales import scale

    panel = scale(scale_name).loinc_panel if scale_name in LOINC_FORMS else ""
    return _LOINC_FORM + panel if panel else QUESTIONNAIRE + scale_name


def is_form(event: AnyEvent) -> bool:
    """Whether a scale record can be written item by item."""
    from euthymia.case.scales import scale
    from euthymia.core.errors import InvalidInput

    fact = event.fact
    if not isinstance(fact, ScaleRecord) or fact.answers is None:
        return False
    try:
        return len(scale(fact.scale).items) == len(fact.answers)
    except InvalidInput:
        return False
