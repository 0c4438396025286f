"""One neurofeedback session as a step machine: day checks, electrodes, baselines, blocks, questions, a safe way out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, final

from euthymia.case.concepts import answer
from euthymia.case.model import Case
from euthymia.core.errors import InvalidInput, MissingData, SafetyLimit
from euthymia.core.reason import Direction, Reason
from euthymia.therapies.contract import Action, ActionKind, Observation, Prescription, Verdict
from euthymia.therapies.neurofeedback.prescription import NeurofeedbackPrescription, as_neurofeedback
from euthymia.therapies.neurofeedback.propose import judge_features
from euthymia.therapies.neurofeedback.screen import screen_one
from euthymia.therapies.neurofeedback.tables import EEG, FMRI, PACKAGE, day_checks, form_row, limit
from euthymia.therapies.neurofeedback.training import Block, Training
from euthymia.therapies.screening import Level
from euthymia.therapies.session_safety import SafeguardedSession, symptoms_of
from euthymia.therapies.stepping import Handler

SIDE_EFFECTS = ("fatigue", "headache", "irritability", "anxiety", "sleep_change", "feeling_spacey")
_SEVERITY = ("none", "mild", "moderate", "severe")


def session(case: Case, prescription: Prescription, n: int) -> NeurofeedbackSession:
    """Return session ``n``.

    Raises
    ------
    SafetyLimit
        When screening or a rule about the trained feature forbids it, or the course has no session ``n``.
    MissingData
        When a rule about the trained feature cannot be judged yet.
    """
    rx = as_neurofeedback(prescription)
    row = form_row(rx.form)
    screened = screen_one(case, row.form, row.title)
    if screened.verdict is Verdict.CONTRAINDICATED:
        raise SafetyLimit("prescription", row.form, f"no contraindicated form: {screened.blocking[0].statement}")
    if row.form == FMRI and answer(case, "trial_or_compassionate_route").present is not True:
        raise SafetyLimit("prescription", row.form, "a patient in a trial: fMRI neurofeedback is not done outside one")
    therapist = False
    for rule, judgment in judge_features(case, rx):
        if rule.level is Level.ABSOLUTE and judgment.truth is True:
            raise SafetyLimit("prescription", rx.protocol, f"another feature: {rule.statement}")
        if rule.level is Level.ABSOLUTE and judgment.truth is None:
            question = judgment.questions[0]
            raise MissingData(question.text, question.supply)
        therapist = therapist or (rule.feature == "crossover" and judgment.truth is not False)
    if n > rx.schedule.visits:
        raise SafetyLimit("n", n, f"at most {rx.schedule.visits}: the prescription has no more sessions")
    return NeurofeedbackSession(case, rx, n, therapist=therapist and rx.therapist_for_trauma)


@final
class NeurofeedbackSession(SafeguardedSession):
    """See the module text. A refused observation leaves the session as it was."""

    therapy = "neurofeedback"

    def __init__(self, case: Case, prescription: NeurofeedbackPrescription, n: int, *, therapist: bool) -> None:
        super().__init__(case, form=prescription.form, protocol=prescription.protocol, number=n)
        self._rx = prescription
        self._training = Training(prescription)
        self._needed = {"day_check", "mood_check", "electrodes" if prescription.form == EEG else "mri_safety"}
        self._needed |= {f"baseline_{eyes}" for eyes in prescription.baselines}
        if therapist:
            self._needed.add("therapist")
        self._suicide_hold = False
        self._learning_valid = True
        self._baseline_feature: float | None = None
        self._kohm: dict[str, float] = {}
        self._notes: list[str] = []
        self._threshold_changes = 0

    def _begin(self) -> list[Action]:
        first = [
            Action(ActionKind.MEASURE, "day_check", f"Ask: {' '.join(c.question for c in day_checks())}"),
            Action(
                ActionKind.MEASURE, "mood_check", "Ask: any new or stronger suicidal thoughts since the last session?"
            ),
        ]
        if "therapist" in self._needed:
            first.append(
                Action(ActionKind.DO, "therapist", "A therapist stays in the room: trauma is known or not ruled out.")
            )
        if self._rx.form == EEG:
            sites = ", ".join(dict.fromkeys(site for part in self._rx.parts for site in part.sites))
            first.append(Action(ActionKind.MEASURE, "electrodes", f"Electrodes on {sites}; impedance of each (kOhm)."))
        else:
            first.append(Action(ActionKind.MEASURE, "mri_safety", "MRI safety sheet of the day, signed."))
        return first

    def _handlers(self) -> Mapping[str, Handler]:
        return {
            "day_check": self._day_check, "mood_check": self._mood_check, "suicide_screen": self._suicide_screen,
            "therapist": self._therapist, "electrodes": self._electrodes, "mri_safety": self._mri_safety,
            "baseline": self._baseline, "block": self._block, "threshold": self._threshold, "transfer": self._transfer,
            "closing_baseline": self._transfer, "symptom": self._symptom, "pause": self._pause, "resume": self._resume,
            "side_effects": self._side_effect_questions, "handover": self._handover,
            "alert_acknowledged": self._alert_acknowledged, "stop": self._stop_asked,
        }  # fmt: skip

    # --- before training --------------------------------------------------------------------------------------------

    def _day_check(self, seen: Observation) -> list[Action]:
        answers = {row.check: self._flag_of(seen, row.check) for row in day_checks()}
        actions: list[Action] = []
        for row in day_checks():
            if not answers[row.check]:
                continue
            why = Reason(f"{row.statement[0].upper()}{row.statement[1:]}.", (row.cite(),), direction=Direction.AGAINST)
            if row.action == "refuse":
                if row.alert:
                    actions.append(self._raise_alert(row.alert, row.check, f"{why.statement} Review before training."))
                self._stop(why.statement)
                text = f"No training today: {row.statement}. Refer to the treating clinician."
                actions.append(Action(ActionKind.REFUSE, row.check, text, reason=why))
                continue
            self._notes.append(row.check)
            text = why.statement
            if row.action == "no_baseline":
                self._learning_valid = False
                text += f" Today's baseline does not count for learning (within {limit('washout_h'):g} h)."
            actions.append(Action(ActionKind.INFORM, row.check, text, reason=why))
        self._done.add("day_check")
        return actions

    def _mood_check(self, seen: Observation) -> list[Action]:
        worse = self._flag_of(seen, "new_or_worse_suicidal_thoughts")
        self._done.add("mood_check")
        if not worse:
            return []
        self._suicide_hold = True
        return [Action(ActionKind.MEASURE, "suicide_screen", "C-SSRS screener now, before anything else.")]

    def _suicide_screen(self, seen: Observation) -> list[Action]:
        found = self._read_suicide_screen(seen)
        level = found.level.value
        if level in ("high", "moderate"):
            self._needs_handover = self._needs_handover or level == "high"
            alert = self._raise_alert(level, "suicide_risk", f"C-SSRS {level}. {found.action}")
            return [alert, self._stop(f"{level} suicide risk: no training today")]
        if found.unanswered:
            return [Action(ActionKind.MEASURE, "suicide_screen", f"Ask what is open: {', '.join(found.unanswered)}.")]
        self._suicide_hold = False
        return [Action(ActionKind.INFORM, "suicide_risk", f"C-SSRS {level}. {found.action}")]

    def _therapist(self, seen: Observation) -> list[Action]:
        if not self._flag_of(seen, "present"):
            self._done.discard("therapist")
            return [Action(ActionKind.DO, "therapist", "No alpha-theta work without a therapist in the room.")]
        self._done.add("therapist")
        return []

    def _electrodes(self, seen: Observation) -> list[Action]:
        kind = self._word_of(seen, "type", ("wet", "active"))
        kohm = seen.values.get("kohm")
        sites = tuple(dict.fromkeys(site for part in self._rx.parts for site in part.sites))
        if not isinstance(kohm, Mapping) or not set(sites) <= set(kohm):
            raise InvalidInput("electrodes.kohm", kohm, f"an impedance for each of {', '.join(sites)}")
        values: dict[str, float] = {}
        for site, value in kohm.items():
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 100_000:
                raise InvalidInput(f"electrodes.kohm.{site}", value, "an impedance in kOhm")
            values[str(site)] = float(value)
        most = limit(f"impedance_{kind}_kohm")
        high = [f"{site} {value:g}" for site, value in values.items() if value > most]
        apart = abs(values["F3"] - values["F4"]) if self._rx.needs_balance else 0.0
        self._kohm = values
        if high or apart > limit("impedance_pair_kohm"):
            self._done.discard("electrodes")
            words = [f"over {most:g} kOhm: {', '.join(high)}"] if high else []
            words += [f"F3 and F4 differ by {apart:g} kOhm"] if apart > limit("impedance_pair_kohm") else []
            return [Action(ActionKind.DO, "electrodes", f"Improve contact ({'; '.join(words)}), then measure again.")]
        self._done.add("electrodes")
        return [self._ask_baseline()]

    def _mri_safety(self, seen: Observation) -> list[Action]:
        if not self._flag_of(seen, "cleared"):
            return [Action(ActionKind.REFUSE, "mri_safety", "Not cleared for the scanner."), self._stop("not MRI-safe")]
        self._done.add("mri_safety")
        return [self._ask_baseline()]

    def _baseline(self, seen: Observation) -> list[Action]:
        self._require({"electrodes", "mri_safety"} & self._needed, "baseline")
        eyes = self._word_of(seen, "eyes", self._rx.baselines)
        seconds = self._number_of(seen, "seconds", 0, 3600)
        clean = self._number_of(seen, "clean_s", 0, seconds)
        feature = self._number_of(seen, "feature", -1e6, 1e6) if "feature" in seen.values else None
        if seconds < limit("baseline_min_s") or clean < limit("baseline_clean_s"):
            needed = f"at least {limit('baseline_min_s'):g} s, {limit('baseline_clean_s'):g} s of them clean"
            text = f"{seconds:g} s with {clean:g} s clean is too little: repeat ({needed})."
            return [Action(ActionKind.MEASURE, "baseline", text)]
        self._done.add(f"baseline_{eyes}")
        if feature is not None:
            self._baseline_feature = feature
        open_left = [b for b in self._rx.baselines if f"baseline_{b}" not in self._done]
        return [self._ask_baseline()] if open_left else [Action(ActionKind.DO, "block", self._next_words())]

    # --- training ---------------------------------------------------------------------------------------------------

    def _block(self, seen: Observation) -> list[Action]:
        self._require(self._needed, "block")
        if self._training.paused:
            raise SafetyLimit("block", "during a pause", "`resume` first")
        block = Block(
            self._training.part,
            self._number_of(seen, "seconds", limit("block_min_s"), limit("block_max_s")),
            self._number_of(seen, "artifact_frac", 0, 1),
            self._number_of(seen, "reward_frac", 0, 1),
            self._number_of(seen, "feature", -1e6, 1e6) if "feature" in seen.values else None,
            self._number_of(seen, "feedback_age_ms", 0, 60_000) if "feedback_age_ms" in seen.values else None,
        )
        before = self._training.part
        self._training.add(block)
        self._began_treatment = True
        actions = self._quality(block)
        if self._training.complete:
            actions.append(
                Action(
                    ActionKind.MEASURE,
                    "side_effects",
                    "Transfer and closing baseline if planned; then ask side effects (0-3 each).",
                )
            )
        elif self._training.part != before:
            actions.append(Action(ActionKind.DO, "block", self._next_words()))
        else:
            actions.append(Action(ActionKind.WAIT, "rest", "Rest.", due_s=seen.at_s + self._rx.rest_s))
        return actions

    def _quality(self, block: Block) -> list[Action]:
        """What artifact, delay and reward of a block lead to."""
        actions = []
        share = f"{block.artifact_frac:.0%} of the block gated as artifact"
        if block.artifact_frac > limit("artifact_unusable_frac"):
            actions.append(Action(ActionKind.INFORM, "block_unusable", f"{share}: the block does not count."))
        elif block.artifact_frac > limit("artifact_warn_frac"):
            actions.append(Action(ActionKind.INFORM, "artifact", f"{share}: relax jaw and eyes, check electrodes."))
        if block.feedback_age_ms is not None and block.feedback_age_ms > limit("feedback_age_max_ms"):
            text = f"Feedback was {block.feedback_age_ms:g} ms old: too late to learn from; the block does not count."
            actions.append(Action(ActionKind.INFORM, "feedback_late", text))
        if self._training.unusable_in_a_row >= limit("unusable_in_a_row"):
            self._training.paused = True
            self._done.discard("electrodes")
            actions.append(Action(ActionKind.PAUSE, "electrodes", "Unusable again: back to the electrodes."))
        low, high = limit("reward_low_frac"), limit("reward_high_frac")
        if block.usable and not low <= block.reward_frac <= high:
            way = "easier" if block.reward_frac < low else "harder"
            text = f"Reward time {block.reward_frac:.0%} (usual {low:.0%} to {high:.0%}): {way} threshold next."
            actions.append(Action(ActionKind.INFORM, "reward_rate", text))
        return actions

    def _threshold(self, seen: Observation) -> list[Action]:
        value = self._number_of(seen, "value", -1e6, 1e6)
        why = self._word_of(seen, "reason")
        self._threshold_changes += 1
        return [Action(ActionKind.INFORM, "threshold", f"Threshold {value:g}: {why}.")]

    def _transfer(self, seen: Observation) -> list[Action]:
        seconds = self._number_of(seen, "seconds", 1, 3600)
        return [Action(ActionKind.INFORM, seen.kind, f"{seconds:g} s recorded without feedback.")]

    def _pause(self, seen: Observation) -> list[Action]:
        self._training.paused = True
        return [Action(ActionKind.PAUSE, "pause", "Training is paused.")]

    def _resume(self, seen: Observation) -> list[Action]:
        if self._stopped_because:
            raise SafetyLimit("resume", "after a stop", f"nothing more today: {self._stopped_because}")
        self._training.paused = False
        return [Action(ActionKind.RESUME, "resume", f"{self._training.left} blocks left.")]

    def _symptom(self, seen: Observation) -> list[Action]:
        rows = {row.symptom: row for row in symptoms_of(PACKAGE)}
        row = rows[self._word_of(seen, "name", tuple(rows))]
        severity = self._word_of(seen, "severity", ("mild", "moderate", "severe"))
        self._note_side_effect(seen.at_s, row.symptom, severity, row.serious)
        why = Reason(f"{row.statement.rstrip('.')}.", (row.cite(),), direction=Direction.AGAINST, code=row.symptom)
        actions: list[Action] = []
        if row.alert:
            actions.append(self._raise_alert(row.alert, row.symptom, why.statement))
        if row.action == "stop":
            self._needs_handover = self._needs_handover or row.alert == "high"
            self._done.discard("side_effects")  # asked again before the patient goes
            actions.append(self._stop(row.statement))
        elif row.action == "pause" or severity == "severe":
            self._training.paused = True
            actions.append(Action(ActionKind.PAUSE, row.symptom, why.statement, reason=why))
        else:
            actions.append(Action(ActionKind.INFORM, row.symptom, why.statement, reason=why))
        return actions

    # --- closing ----------------------------------------------------------------------------------------------------

    def _side_effect_questions(self, seen: Observation) -> list[Action]:
        scores = {name: int(self._number_of(seen, name, 0, 3)) for name in SIDE_EFFECTS}
        for name, score in scores.items():
            if score:
                self._note_side_effect(seen.at_s, name, _SEVERITY[score])
        self._done.add("side_effects")
        return self._release("The patient may go; ask again at the next visit.")

    def _closed_gates(self) -> list[str]:
        closed = []
        if not self._stopped_because and not self._training.complete:
            closed.append(f"{self._training.left} blocks are left: run them, or feed `stop` with the reason")
        if self._began_treatment and "side_effects" not in self._done:
            closed.append("`side_effects` were not asked")
        closed += self._safety_gates()
        return list(dict.fromkeys(closed))

    def _summary(self) -> Mapping[str, Any]:
        return {
            **self._training.summary(self._baseline_feature),
            "learning_baseline_valid": self._learning_valid and self._baseline_feature is not None,
            "impedance_kohm": self._kohm,
            "threshold_changes": self._threshold_changes,
            "state_notes": self._notes,
        }

    def _require(self, steps: set[str], what: str) -> None:
        """Refuse while anything that must come first is open."""
        if self._stopped_because:
            raise SafetyLimit(what, "after a stop", f"nothing more today: {self._stopped_because}")
        if self._suicide_hold:
            raise SafetyLimit(what, "on hold", "`suicide_screen` answered in full first")
        still = sorted(steps - self._done)
        if still:
            raise SafetyLimit(what, "not ready", f"{', '.join(still)} first")

    def _ask_baseline(self) -> Action:
        eyes = next((b for b in self._rx.baselines if f"baseline_{b}" not in self._done), self._rx.baselines[0])
        return Action(ActionKind.MEASURE, "baseline", f"Baseline, eyes {eyes}, {limit('baseline_min_s'):g} s or more.")

    def _next_words(self) -> str:
        part = self._rx.parts[self._training.part]
        return f"Blocks of {self._rx.block_min:g} min: {part.words()}."
