"""Which changes of stimulation a programming visit refuses, each with the limit behind it."""

from __future__ import annotations

from euthymia.therapies.contract import Action
from euthymia.therapies.dbs.setting import SideSetting
from euthymia.therapies.dbs.tables import limit
from euthymia.therapies.dbs.visit import SAME, Visit, names, same_contacts
from euthymia.therapies.device_visit import refuse


def change_refusals(visit: Visit, setting: SideSetting, purpose: str, *, now_s: float, stopped: str) -> list[Action]:
    """Return every reason to refuse ``setting`` now; empty when it may be set. Lowering is not asked here."""
    pace = _survey_pace(visit, setting, now_s) if purpose == "survey" else _titration_pace(visit, setting)
    return [*_not_ready(visit, setting), *_held(visit, setting, stopped), *_too_much(visit, setting), *pace]


def _not_ready(visit: Visit, setting: SideSetting) -> list[Action]:
    missing = visit.checks.open_before_change()
    if not visit.battery:
        missing.append("battery status")
    if not visit.healed:
        missing.append("a healed wound and enough days since the operation")
    if setting.side not in visit.at_start:
        missing.append(f"interrogation of the {setting.side} side")
    unread = [c for c in setting.contacts if (setting.side, c) not in visit.impedance]
    if unread:
        missing.append(f"impedance of {setting.side} contact {', '.join(unread)}")
    return [refuse("not_ready", f"First: {'; '.join(missing)}.")] if missing else []


def _held(visit: Visit, setting: SideSetting, stopped: str) -> list[Action]:
    holds = [
        (bool(stopped), f"The visit was stopped: {stopped}"),
        (bool(visit.hold), f"Nothing is raised any more today: {visit.hold}"),
        (visit.checks.high_risk, "High suicide risk: nothing is raised; stimulation may only be lowered."),
        (bool(visit.mismatch), "A setting that was not allowed must be undone first."),
        (setting.side in visit.must_lower, f"{setting.side}: lower first, after the side effect."),
    ]
    found = [refuse("hold", words) for held, words in holds if held]
    points, watch = visit.checks.mania_points, limit("mania_watch")
    if points is not None and points >= (watch.high or 0.0):
        found.append(refuse("mania", f"YMRS {points:g}: nothing is raised.", watch))
    usable = limit("usable_impedance")
    for contact in setting.contacts:
        ohm = visit.impedance.get((setting.side, contact))
        if ohm is not None and not usable.allows(ohm):
            words = f"{setting.side} contact {contact} has {ohm:g} ohm; usable: {usable.words}."
            found.append(refuse("impedance", words, usable))
    return found


def _too_much(visit: Visit, setting: SideSetting) -> list[Action]:
    rx = visit.rx
    broken = rx.breaches_at(setting, setting.amplitude, impedance_ohm=visit.lowest_ohm(setting))
    found = [refuse(b.argument, b.words, b.row) for b in broken]
    if setting.amplitude > rx.ceiling_amplitude + SAME:
        found.append(refuse("ceiling", f"{setting.amplitude:g} {rx.unit} is above {rx.ceiling_amplitude:g} {rx.unit}."))
    cap = visit.caps.get((setting.side, names(setting)))
    if cap is not None and setting.amplitude >= cap - SAME:
        found.append(refuse("side_effect", f"{cap:g} {rx.unit} caused a side effect on this contact today."))
    return found


def _survey_pace(visit: Visit, setting: SideSetting, now_s: float) -> list[Action]:
    step, dwell = limit("survey_step"), limit("survey_dwell")
    tested, at_s = visit.survey.get((setting.side, names(setting)), (0.0, float("-inf")))
    found = []
    if setting.amplitude > tested + (step.high or 0.0) + SAME:
        words = f"Survey step from {tested:g} to {setting.amplitude:g} {visit.rx.unit}; {step.words} at a time."
        found.append(refuse("survey_step", words, step))
    if not dwell.allows(now_s - at_s):
        found.append(refuse("survey_dwell", f"Wait: {dwell.words} at each survey step.", dwell))
    return found


def _titration_pace(visit: Visit, setting: SideSetting) -> list[Action]:
    rx, before = visit.rx, visit.at_start.get(setting.side)
    if before is None or not same_contacts(before, setting):
        start = rx.side(setting.side).amplitude
        if setting.amplitude > start + SAME:
            return [refuse("start", f"A new contact starts at {start:g} {rx.unit} or less.")]
        return []
    if setting.amplitude <= before.amplitude + SAME:
        return []
    found = []
    if setting.amplitude > before.amplitude + rx.step_amplitude + SAME:
        words = f"From {before.amplitude:g} to {setting.amplitude:g} {rx.unit} in one visit"
        found.append(refuse("step", f"{words}; at most {rx.step_amplitude:g} {rx.unit}."))
    days = visit.earlier.days_since_change if visit.earlier else None
    if days is not None and days < rx.step_min_days:
        words = f"Last change {days:g} days ago; at least {rx.step_min_days:g} days between rises."
        found.append(refuse("too_soon", words))
    return found
