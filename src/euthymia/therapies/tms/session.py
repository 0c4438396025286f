"""One TMS session as a step machine: day checks, threshold, ramp, trains counted, interruptions, and a safe way out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, final

from euthymia.case.facts import SessionDelivered
from euthymia.case.model import Case
from euthymia.core.errors import SafetyLimit
from euthymia.core.reason import Direction, Reason
from euthymia.therapies.contract import Action, ActionKind, Observation, Prescription, Verdict
from euthymia.therapies.session_safety import SafeguardedSession, symptoms_of
from euthymia.therapies.stepping import Handler
from euthymia.therapies.tms.delivery import Delivery
from euthymia.therapies.tms.prescription import MotorThreshold, TmsPrescription, as_tms
from euthymia.therapies.tms.screen import screen_one
from euthymia.therapies.tms.tables import PACKAGE, day_checks, form_row, limit
from euthymia.therapies.tms.threshold_step import ThresholdStep, paused_too_long, threshold_drift, threshold_overdue

SUICIDE_HOLD = "suicidality"


def session(case: Case, prescription: Prescription, n: int) -> TmsSession:
    """Return session ``n``; raise :class:`SafetyLimit` when screening forbids it or the day or course is full."""
    rx = as_tms(prescription)
    row = form_row(rx.form)
    screened = screen_one(case, row.form, row.title)
    if screened.verdict is Verdict.CONTRAINDICATED:
        raise SafetyLimit("prescription", rx.form, f"no contraindicated form: {screened.blocking[0].statement}")
    if n > rx.sessions:
        raise SafetyLimit("n", n, f"at most {rx.sessions}: the prescription has no more sessions")
    return TmsSession(case, rx, n)


@final
class TmsSession(SafeguardedSession):
    """See the module text. A refused observation leaves the session as it was."""

    therapy = "tms"

    def __init__(self, case: Case, prescription: TmsPrescription, n: int) -> None:
        super().__init__(case, form=prescription.form, protocol=prescription.protocol, number=n)
        self._rx = prescription
        self._delivery = Delivery(prescription.stimulations, form_row(prescription.form).depth_cap_pct)
        self._holds: dict[str, str] = {}
        measured = last_threshold(case) if n > 1 else None  # a threshold measured since outranks the written one
        self._threshold = measured or prescription.motor_threshold
        self._adjusted_pct_mso: float | None = _last_adjusted(case)
        self._recheck = (n == 1 and prescription.motor_threshold is None) or paused_too_long(self._past(), case.today)
        self._measured = False
        self._hunting = ThresholdStep()
        self._last_measured = last_threshold(case)
        self._check_day()

    def _check_day(self) -> None:
        """Refuse a session too many today, or too soon after the last."""
        today = [e for e in self._past() if e.day == self._case.today]
        if len(today) >= self._rx.sessions_per_day:
            raise SafetyLimit("n", self._number, f"at most {self._rx.sessions_per_day} sessions a day")
        given = sum(_count(e.fact.summary, name) for e in today for name in ("pulses_delivered", "pulses_missed"))
        most = form_row(self._rx.form).max_pulses_day
        if given + self._rx.pulses_per_session > most:
            raise SafetyLimit("pulses_per_day", given + self._rx.pulses_per_session, f"at most {most}")
        gap = self._rx.gap_min
        if gap is not None and today:
            ready = max(e.happened_at for e in today) + timedelta(minutes=gap)
            if self._case.as_of < ready:
                raise SafetyLimit(
                    "start", self._case.as_of.isoformat(), f"{ready.isoformat()} or later: {gap:g} min apart"
                )

    def _past(self) -> list[Any]:
        found = [e for e in self._case.of(SessionDelivered) if e.fact.therapy == self.therapy]
        return [e for e in found if e.fact.status != "not_started"]

    # --- steps ------------------------------------------------------------------------------------------------------

    def _begin(self) -> list[Action]:
        first = [
            Action(ActionKind.MEASURE, "day_check", f"Ask: {' '.join(c.question for c in day_checks())}"),
            Action(
                ActionKind.MEASURE, "mood_check", "Ask: any new or stronger suicidal thoughts since the last session?"
            ),
            Action(ActionKind.DO, "ear_protection", "Ear protection for patient and operator."),
        ]
        if self._threshold_due():
            first.append(self._ask_threshold())
        elif overdue := threshold_overdue(self._past(), self._rx.sessions_per_day):
            first.append(Action(ActionKind.INFORM, "threshold_overdue", overdue))
        first.append(Action(ActionKind.DO, "position", f"Position the coil: {self._rx.stimulations[0].place.title}."))
        return first

    def _handlers(self) -> Mapping[str, Handler]:
        return {
            "day_check": self._day_check, "mood_check": self._mood_check, "suicide_screen": self._suicide_screen,
            "ear_protection": self._ear_protection, "motor_threshold": self._motor_threshold,
            "threshold_hunt": self._threshold_hunt, "threshold_pulse": self._threshold_pulse,
            "position": self._position, "intensity": self._intensity, "train": self._train,
            "contact_loss": self._contact_loss, "coil_drift": self._coil_drift,
            "pause": self._pause, "resume": self._resume,
            "symptom": self._symptom, "physician_release": self._physician_release, "handover": self._handover,
            "alert_acknowledged": self._alert_acknowledged, "after_check": self._after_check, "stop": self._stop_asked,
        }  # fmt: skip

    def _day_check(self, seen: Observation) -> list[Action]:
        answers = {row.check: self._flag_of(seen, row.check) for row in day_checks()}
        actions: list[Action] = []
        for row in day_checks():
            if not answers[row.check]:
                continue
            why = Reason(f"{row.statement[0].upper()}{row.statement[1:]}.", (row.cite(),), direction=Direction.AGAINST)
            if row.action == "refuse":
                self._stop(why.statement)
                text = f"No stimulation today: {row.statement}. Screen again before the next session."
                actions.append(Action(ActionKind.REFUSE, row.check, text, reason=why))
            elif row.action == "hold":
                self._holds[row.check] = row.statement
                text = f"Hold: {row.statement}. A physician decides; feed `physician_release` with a name, or `stop`."
                actions.append(Action(ActionKind.PAUSE, row.check, text, reason=why))
            elif row.action == "recheck":
                self._recheck = True
                actions.append(
                    Action(ActionKind.MEASURE, "motor_threshold", "Measure the threshold again.", reason=why)
                )
            else:
                actions.append(Action(ActionKind.INFORM, row.check, why.statement, reason=why))
        self._done.add("day_check")
        return actions

    def _mood_check(self, seen: Observation) -> list[Action]:
        worse = self._flag_of(seen, "new_or_worse_suicidal_thoughts")
        self._done.add("mood_check")
        if not worse:
            return []
        self._holds[SUICIDE_HOLD] = "new or stronger suicidal thoughts"
        return [Action(ActionKind.MEASURE, "suicide_screen", "C-SSRS screener now, before anything else.")]

    def _suicide_screen(self, seen: Observation) -> list[Action]:
        found = self._read_suicide_screen(seen)
        if found.level.value == "high":
            because = "high suicide risk on the C-SSRS screener"
            alert = self._raise_alert("high", "suicide_risk", f"{because.capitalize()}. {found.action}")
            self._needs_handover = True
            return [alert, self._stop(because)]
        if found.level.value == "moderate" or found.unanswered:
            self._holds[SUICIDE_HOLD] = "suicide risk to be reviewed today"
            return [self._raise_alert("moderate", "suicide_risk", f"C-SSRS {found.level.value}. {found.action}")]
        self._holds.pop(SUICIDE_HOLD, None)
        return [Action(ActionKind.INFORM, "suicide_risk", f"C-SSRS {found.level.value}. {found.action}")]

    def _ear_protection(self, seen: Observation) -> list[Action]:
        patient, operator = self._flag_of(seen, "patient"), self._flag_of(seen, "operator")
        if patient:
            self._done.add("ear_protection")
        else:
            self._done.discard("ear_protection")
        missing = [who for who, worn in (("patient", patient), ("operator", operator)) if not worn]
        return (
            [Action(ActionKind.DO, "ear_protection", f"Ear protection missing: {', '.join(missing)}.")]
            if missing
            else []
        )

    def _motor_threshold(self, seen: Observation) -> list[Action]:
        most = limit("output_max_pct_mso")
        value = self._number_of(seen, "value_pct_mso", 1, most)
        threshold = MotorThreshold(value, self._word_of(seen, "method", ("emg", "visual")))
        adjusted = seen.values.get("adjusted_pct_mso")
        if adjusted is not None:
            adjusted = self._number_of(seen, "adjusted_pct_mso", 1, most)
        self._hunting.finding = None  # typed in: no interval is known
        return self._take_threshold(threshold, adjusted)

    def _take_threshold(self, threshold: MotorThreshold, adjusted: float | None) -> list[Action]:
        """Use a threshold from now on; what is set on the old one has to be set anew."""
        self._threshold, self._adjusted_pct_mso = threshold, adjusted
        self._measured, self._recheck = True, False
        self._delivery.forget_intensity()
        text = f"{threshold.value_pct_mso:g} % MSO by {threshold.method}."
        actions = [Action(ActionKind.INFORM, "motor_threshold", text)]
        if threshold.method == "visual":
            excess = limit("visual_excess_pct")
            text = f"Found by sight: about {excess:g} % above EMG on average; EMG is preferred."
            actions.append(Action(ActionKind.INFORM, "visual_threshold", text))
        return actions + threshold_drift(threshold, self._last_measured)

    def _threshold_hunt(self, seen: Observation) -> list[Action]:
        self._may_test()
        return self._hunting.begin(seen)

    def _threshold_pulse(self, seen: Observation) -> list[Action]:
        self._may_test()
        actions, threshold = self._hunting.pulse(seen)
        return actions if threshold is None else actions + self._take_threshold(threshold, None)

    def _may_test(self) -> None:
        """Refuse test pulses, which are stimulation too, while a check before them is open."""
        if self._stopped_because:
            raise SafetyLimit("threshold_pulse", "after a stop", f"nothing more today: {self._stopped_because}")
        if missing := [s for s in ("day_check", "ear_protection") if s not in self._done]:
            raise SafetyLimit("threshold_pulse", "not ready", f"{', '.join(missing)} first")
        if self._holds:
            raise SafetyLimit("threshold_pulse", "on hold", f"a release for: {'; '.join(self._holds.values())}")

    def _position(self, seen: Observation) -> list[Action]:
        if not self._flag_of(seen, "confirmed"):
            self._delivery.positioned = False
            return [Action(ActionKind.DO, "position", f"Position the coil: {self._delivery.site.place.title}.")]
        self._delivery.positioned = True
        full = self._delivery.site.intensity_pct_rmt
        return [Action(ActionKind.DO, "intensity", f"Ramp up to {full:g} % of threshold as tolerated.")]

    def _intensity(self, seen: Observation) -> list[Action]:
        pct = self._number_of(seen, "pct_rmt", 1, limit("intensity_hard_pct"))
        if self._threshold is None or self._threshold_due():
            raise SafetyLimit("intensity", f"{pct:g} %", "`motor_threshold` measured first")
        output = self._delivery.set_intensity(pct, self._threshold, self._adjusted_pct_mso)
        full = self._delivery.site.intensity_pct_rmt
        text = f"Set {output:.0f} % of machine output ({pct:g} % of threshold)."
        if pct < full:
            text += f" Below the prescribed {full:g} %: ramp on as tolerated."
        return [Action(ActionKind.DO, "output", text)]

    def _train(self, seen: Observation) -> list[Action]:
        self._require_ready()
        pulses = int(self._number_of(seen, "pulses", 0, 100_000))
        partial = bool(seen.values.get("partial", False))
        changes = self._delivery.train(seen.at_s, pulses, partial)
        self._began_treatment = True
        actions: list[Action] = []
        if "missed" in changes:
            actions.append(Action(ActionKind.INFORM, "missed_pulses", f"{self._delivery.missed} pulses missed so far."))
        if "next_site" in changes:
            actions.append(Action(ActionKind.DO, "position", f"Move the coil: {self._delivery.site.place.title}."))
        if "complete" in changes:
            actions.append(Action(ActionKind.MEASURE, "after_check", "All trains given: check how the patient is."))
        return actions

    def _require_ready(self) -> None:
        """Refuse stimulation while anything that must come first is open."""
        if self._stopped_because:
            raise SafetyLimit("train", "after a stop", f"nothing more today: {self._stopped_because}")
        open_steps = [s for s in ("day_check", "mood_check", "ear_protection") if s not in self._done]
        if open_steps:
            raise SafetyLimit("train", "not ready", f"{', '.join(open_steps)} first")
        if self._holds:
            raise SafetyLimit("train", "on hold", f"a physician's release for: {'; '.join(self._holds.values())}")
        if self._threshold_due():
            raise SafetyLimit("train", "no valid motor threshold", "`motor_threshold` measured first")

    def _contact_loss(self, seen: Observation) -> list[Action]:
        missed = int(self._number_of(seen, "missed_pulses", 0, 100_000))
        self._delivery.lose_contact(missed)
        self._delivery.pause()
        return [
            Action(ActionKind.PAUSE, "contact_loss", f"Contact lost, {missed} pulses missed: reposition, then resume.")
        ]

    def _coil_drift(self, seen: Observation) -> list[Action]:
        """Take how far the coil lies off its saved place; beyond the limit stimulation waits for a new position."""
        off_mm = self._number_of(seen, "distance_mm", 0, 300)
        off_deg = self._number_of(seen, "angle_deg", 0, 180) if "angle_deg" in seen.values else 0.0
        words = f"The coil lies {off_mm:g} mm and {off_deg:g} degrees off its saved place"
        if off_mm <= limit("coil_drift_mm") and off_deg <= limit("coil_drift_deg"):
            return [Action(ActionKind.INFORM, "coil_drift", f"{words}: within the limit.")]
        self._delivery.pause()
        self._delivery.positioned = False
        return [Action(ActionKind.PAUSE, "coil_drift", f"{words}: reposition (`position`), then `resume`.")]

    def _pause(self, seen: Observation) -> list[Action]:
        self._delivery.pause()
        return [Action(ActionKind.PAUSE, "pause", "Stimulation is paused.")]

    def _resume(self, seen: Observation) -> list[Action]:
        if self._stopped_because:
            raise SafetyLimit("resume", "after a stop", f"nothing more today: {self._stopped_because}")
        self._delivery.paused = False
        return [Action(ActionKind.RESUME, "resume", f"Go on: {self._delivery.left}.")]

    def _symptom(self, seen: Observation) -> list[Action]:
        rows = {row.symptom: row for row in symptoms_of(PACKAGE)}
        row = rows[self._word_of(seen, "name", tuple(rows))]
        severity = self._word_of(seen, "severity", ("mild", "moderate", "severe"))
        pain = seen.values.get("pain_0_10")
        strong = pain is not None and self._number_of(seen, "pain_0_10", 0, 10) >= limit("pain_pause_0_10")
        detail = seen.values.get("detail", "")
        name = f"{row.symptom}: {detail}" if detail else row.symptom
        self._note_side_effect(seen.at_s, name, severity, row.serious)
        why = Reason(f"{row.statement.rstrip('.')}.", (row.cite(),), direction=Direction.AGAINST, code=row.symptom)
        actions: list[Action] = []
        if row.alert:
            actions.append(self._raise_alert(row.alert, row.symptom, why.statement))
        if row.action == "stop":
            self._needs_handover = self._needs_handover or row.serious or row.alert == "high"
            self._done.discard("after_check")  # the patient is looked at again, whatever was found before
            actions.append(self._stop(row.statement))
        elif row.action == "pause" or strong or severity == "severe":
            self._delivery.pause()
            actions.append(Action(ActionKind.PAUSE, row.symptom, why.statement, reason=why))
        else:
            actions.append(Action(ActionKind.INFORM, row.symptom, why.statement, reason=why))
        return actions

    def _physician_release(self, seen: Observation) -> list[Action]:
        hold = self._word_of(seen, "hold", tuple(self._holds) or ("(nothing is on hold)",))
        by = self._word_of(seen, "by")
        self._word_of(seen, "because")
        if hold == SUICIDE_HOLD and not self._screens:
            raise SafetyLimit("physician_release", hold, "the C-SSRS screener first")
        del self._holds[hold]
        return [Action(ActionKind.RESUME, hold, f"Released by {by}.")]

    def _after_check(self, seen: Observation) -> list[Action]:
        well = self._flag_of(seen, "well")
        if not well:
            self._done.discard("after_check")
            return [Action(ActionKind.WAIT, "after_check", "Stay with the patient; feed `symptom`, then check again.")]
        self._done.add("after_check")
        return self._release("The patient may go.")

    # --- closing ----------------------------------------------------------------------------------------------------

    def _closed_gates(self) -> list[str]:
        closed = []
        if not self._stopped_because and not self._delivery.complete:
            closed.append(f"not finished ({self._delivery.left}): deliver it, or feed `stop` with the reason")
        if self._began_treatment and "after_check" not in self._done:
            closed.append("`after_check` of the patient is missing")
        closed += self._safety_gates()
        return list(dict.fromkeys(closed))

    def _summary(self) -> Mapping[str, Any]:
        summary = dict(self._delivery.summary())
        if self._threshold is not None:
            summary["motor_threshold_pct_mso"] = self._threshold.value_pct_mso
            summary["motor_threshold_method"] = self._threshold.method
        if self._adjusted_pct_mso is not None:
            summary["adjusted_threshold_pct_mso"] = self._adjusted_pct_mso
        summary["threshold_measured"] = self._measured
        summary.update(self._hunting.summary())
        return summary

    def _threshold_due(self) -> bool:
        return self._threshold is None or self._recheck

    def _ask_threshold(self) -> Action:
        return Action(ActionKind.MEASURE, "motor_threshold", "Measure the resting motor threshold (EMG preferred).")


def _count(summary: Mapping[str, object], name: str) -> int:
    value = summary.get(name, 0)
    return int(value) if isinstance(value, (int, float)) else 0


def _last_summary(case: Case) -> Mapping[str, object]:
    found = [e.fact.summary for e in case.of(SessionDelivered) if e.fact.therapy == "tms"]
    return next((s for s in reversed(found) if "motor_threshold_pct_mso" in s), {})


def last_threshold(case: Case) -> MotorThreshold | None:
    """Return the motor threshold measured last in a session of this case; None when none was."""
    summary = _last_summary(case)
    value, method = summary.get("motor_threshold_pct_mso"), summary.get("motor_threshold_method")
    return MotorThreshold(value, method) if isinstance(value, (int, float)) and isinstance(method, str) else None


def _last_adjusted(case: Case) -> float | None:
    value = _last_summary(case).get("adjusted_threshold_pct_mso")
    return float(value) if isinstance(value, (int, float)) else None
