"""A script of a simulated session: what happens besides the plan, at which minute.

::

    euthymia_script: 1
    events:
      - {at_min: 25, observe: blood_pressure, values: {systolic_mmhg: 190, diastolic_mmhg: 104}}
      - {at_min: 30, until_min: 40, override: blood_pressure, values: {systolic_mmhg: 185}}
      - {at_min: 26, observe: symptom, values: {name: vomiting, severity: moderate}}
      - {at_min: 0, refuse: dose_given}
      - {at_min: 0, nobody_acknowledges: true}
      - {at_min: 33, crash: true}
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from euthymia.core.errors import InvalidInput
from euthymia.live.inputs import Acknowledgement, Input, Leave, Reading
from euthymia.therapies.contract import Observation

VERSION = 1
SOURCE = "script"
_MIN_S = 60.0
_ACTS = ("observe", "override", "refuse", "acknowledge", "nobody_acknowledges", "finish", "crash")
_ALLOWED = {
    "observe": {"values", "by"}, "override": {"values", "until_min"}, "refuse": {"until_min"}, "acknowledge": {"by"},
    "nobody_acknowledges": {"until_min"}, "finish": set(), "crash": set(),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ScriptEvent:
    """One line of a script; ``until_s`` is infinite where it is not given."""

    act: str
    subject: str
    at_s: float
    until_s: float = float("inf")
    values: Mapping[str, Any] = field(default_factory=dict)
    by: str = ""

    def holds(self, at_s: float) -> bool:
        """Whether ``at_s`` lies in the event's time."""
        return self.at_s <= at_s < self.until_s


@dataclass(frozen=True, slots=True)
class Script:
    """All events of a script, with the text it was read from."""

    events: tuple[ScriptEvent, ...] = ()
    text: str = ""

    def inputs(self) -> list[Input]:
        """What the script itself brings: observations, acknowledgements, an end."""
        found: list[Input] = []
        for event in self.events:
            if event.act == "observe":
                seen = Observation(event.subject, event.at_s, event.values)
                found.append(Reading(seen, event.by or "script", SOURCE))
            elif event.act == "acknowledge":
                found.append(Acknowledgement(event.subject, event.by, event.at_s, SOURCE))
            elif event.act in ("finish", "crash"):
                found.append(Leave(event.at_s, event.act))
        return found

    def changed(self, seen: Observation) -> Observation | None:
        """Return a patient's observation as the script has it; None when it does not happen."""
        here = [e for e in self.events if e.subject == seen.kind and e.holds(seen.at_s)]
        if any(e.act == "refuse" for e in here):
            return None
        for event in here:
            if event.act == "override":
                seen = replace(seen, values={**seen.values, **event.values})
        return seen

    def staff_acknowledge(self, at_s: float) -> bool:
        """Whether the simulated staff take on alerts at ``at_s``."""
        return not any(e.act == "nobody_acknowledges" and e.holds(at_s) for e in self.events)


def read_script(path: Path) -> Script:
    """Read a script; raise :class:`InvalidInput` that names the event and the field."""
    from euthymia.case.text_file import read_text

    return parse_script(read_text(path), path.name)


def parse_script(text: str, name: str) -> Script:
    """Return the script in ``text``."""
    from euthymia.case.strict_yaml import load

    document = load(text, name).value
    if not isinstance(document, Mapping) or document.get("euthymia_script") != VERSION:
        raise InvalidInput(name, "no euthymia_script: 1", "a script: `euthymia_script: 1` and a list `events`")
    if set(document) - {"euthymia_script", "events"} or not isinstance(document.get("events"), list):
        raise InvalidInput(name, ", ".join(map(str, document)), "the keys euthymia_script and events (a list)")
    made = [_event(entry, f"{name}: events[{i}]") for i, entry in enumerate(document["events"])]
    return Script(tuple(sorted(made, key=lambda e: e.at_s)), text)


def _event(entry: Any, path: str) -> ScriptEvent:
    if not isinstance(entry, Mapping):
        raise InvalidInput(path, entry, "a map with at_min and one of " + " | ".join(_ACTS))
    acts = [act for act in _ACTS if act in entry]
    if len(acts) != 1:
        raise InvalidInput(path, ", ".join(map(str, entry)), "at_min and one of " + " | ".join(_ACTS))
    act = acts[0]
    unknown = sorted(set(entry) - {"at_min", act} - _ALLOWED[act])
    if unknown:
        raise InvalidInput(f"{path}.{unknown[0]}", entry[unknown[0]], " | ".join(["at_min", act, *_ALLOWED[act]]))
    at_s, until_s = _seconds(entry, "at_min", path, None), _seconds(entry, "until_min", path, float("inf"))
    if until_s <= at_s:
        raise InvalidInput(f"{path}.until_min", entry.get("until_min"), f"later than at_min ({entry['at_min']})")
    plain_act = act in ("nobody_acknowledges", "finish", "crash")
    subject = entry[act]
    if (plain_act and subject is not True) or (not plain_act and (not isinstance(subject, str) or not subject)):
        raise InvalidInput(
            f"{path}.{act}", subject, "true" if plain_act else "a kind of observation or an alert's code"
        )
    values, by = entry.get("values", {}), entry.get("by", "")
    if not isinstance(values, Mapping) or (act == "override" and not values):
        raise InvalidInput(f"{path}.values", values, "a map of name: value")
    if not isinstance(by, str) or (act == "acknowledge" and not by.strip()):
        raise InvalidInput(f"{path}.by", by, "the name or role of a person")
    return ScriptEvent(act, "" if plain_act else subject, at_s, until_s, dict(values), by)


def _seconds(entry: Mapping[str, Any], name: str, path: str, default: float | None) -> float:
    value = entry.get(name, default)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0:
        raise InvalidInput(f"{path}.{name}", value, "0 or more minutes since the session began")
    return float(value) * _MIN_S
