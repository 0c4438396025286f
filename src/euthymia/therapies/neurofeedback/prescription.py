"""A neurofeedback prescription: sites, bands, thresholds, blocks and course, valid by construction."""

from __future__ import annotations

from dataclasses import dataclass

from euthymia.case import checks
from euthymia.core.errors import InvalidInput, SafetyLimit
from euthymia.core.reason import Reason
from euthymia.therapies.contract import Prescription
from euthymia.therapies.neurofeedback.tables import EEG, NAME, form_row, limit, protocol_row, protocols
from euthymia.therapies.schedule import Schedule

CUSTOM = "custom"
FEATURES = ("log_power", "log_asymmetry", "ratio_asymmetry", "crossover", "bold_signal")
THRESHOLD_RULES = ("mean_k_sd", "percentile", "target_rate", "fixed", "frozen")
_ASYMMETRY = ("log_asymmetry", "ratio_asymmetry")


@dataclass(frozen=True, slots=True)
class Band:
    """A frequency band and what is done with it: ``up``, ``down`` or ``crossover``."""

    name: str
    low_hz: float
    high_hz: float
    direction: str

    def __post_init__(self) -> None:
        checks.text("band.name", self.name)
        low, high = limit("band_low_hz"), limit("band_high_hz")
        for name, value in (("low_hz", self.low_hz), ("high_hz", self.high_hz)):
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
                hint = "Infra-low training is not offered." if isinstance(value, float) and 0 <= value < low else ""
                raise InvalidInput(f"{self.name}.{name}", value, f"{low:g} to {high:g} Hz", hint)
        if self.low_hz >= self.high_hz:
            raise InvalidInput(f"{self.name}.low_hz", self.low_hz, f"below high_hz ({self.high_hz:g})")
        checks.one_of(f"{self.name}.direction", self.direction, ("up", "down", "crossover"))

    @property
    def raises_theta(self) -> bool:
        """Whether theta power is rewarded upward."""
        return self.direction in ("up", "crossover") and self.low_hz < limit("theta_top_hz")


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a session: sites, reference, eyes, minutes and the feature that is fed back."""

    sites: tuple[str, ...]
    reference: str
    eyes: str
    minutes: float
    feature: str
    bands: tuple[Band, ...] = ()

    def __post_init__(self) -> None:
        if not self.sites or len(set(self.sites)) != len(self.sites):
            raise InvalidInput("sites", self.sites, "one or more different sites")
        checks.one_of("eyes", self.eyes, ("open", "closed"))
        checks.number("minutes", self.minutes, 1, 120)
        checks.one_of("feature", self.feature, FEATURES)
        if self.feature in _ASYMMETRY and set(self.sites) != {"F3", "F4"}:
            raise InvalidInput("sites", self.sites, "F3 and F4 for an asymmetry")
        if (self.feature == "bold_signal") == bool(self.bands):
            raise InvalidInput("bands", self.bands, "bands for EEG, none for fMRI")
        if self.feature != "bold_signal":
            checks.text("reference", self.reference)

    @property
    def traits(self) -> frozenset[str]:
        """Words that rules about the trained feature ask for."""
        found = {"crossover"} if self.feature == "crossover" else set()
        found |= {"theta_up"} if any(b.raises_theta for b in self.bands) else set()
        return frozenset(found | ({"beta"} if any("beta" in b.name for b in self.bands) else set()))

    def words(self) -> str:
        """Say the part for a person."""
        bands = ", ".join(f"{b.name} {b.low_hz:g}-{b.high_hz:g} Hz {b.direction}" for b in self.bands)
        against = f" against {self.reference}" if self.reference else ""
        return f"{' and '.join(self.sites)}{against}, eyes {self.eyes}, {self.minutes:g} min: {bands or self.feature}"


@dataclass(frozen=True, slots=True)
class NeurofeedbackPrescription:
    """Exactly what would be trained.

    Parameters
    ----------
    form, protocol
        Row of ``protocols.csv``, or protocol ``custom``.
    parts
        Parts of each session in order.
    block_min, rest_s
        Length of a block and of the rest after it.
    threshold_rule, reward_target_frac
        How the threshold is set, and the reward time aimed at.
    baselines
        Baselines before training: ``open`` and/or ``closed`` eyes.
    schedule
        Visits; one visit is one session.
    therapist_for_trauma
        Whether a therapist must be present after trauma.
    sampling_hz, feedback_age_ms, flashes_per_s
        Of the equipment: sampling rate, oldest feedback shown, flashes of the screen.
    """

    form: str
    protocol: str
    parts: tuple[Part, ...]
    block_min: float
    rest_s: float
    threshold_rule: str
    reward_target_frac: float
    baselines: tuple[str, ...]
    schedule: Schedule
    reasons: tuple[Reason, ...] = ()
    therapist_for_trauma: bool = True
    sampling_hz: float = 250.0
    feedback_age_ms: float = 250.0
    flashes_per_s: float = 0.0

    def __post_init__(self) -> None:
        row = form_row(self.form)
        known = [p.protocol for p in protocols() if p.form == self.form]
        checks.one_of("protocol", self.protocol, [*known, CUSTOM])
        if not self.parts:
            raise InvalidInput("parts", self.parts, "at least one part")
        if any((part.feature == "bold_signal") == (self.form == EEG) for part in self.parts):
            raise InvalidInput("feature", self.parts[0].feature, f"a feature of {self.form}")
        checks.one_of("threshold_rule", self.threshold_rule, THRESHOLD_RULES)
        checks.number(
            "reward_target_frac", self.reward_target_frac, limit("reward_low_frac"), limit("reward_high_frac")
        )
        block_s, part_min = self.block_min * 60, min(part.minutes for part in self.parts)
        checks.number("block_min", self.block_min, limit("block_min_s") / 60, limit("block_max_s") / 60)
        if self.block_min > part_min:
            raise InvalidInput("block_min", self.block_min, f"at most the shortest part ({part_min:g} min)")
        checks.number("rest_s", self.rest_s, 0, block_s)
        if not self.baselines or not set(self.baselines) <= {"open", "closed"}:
            raise InvalidInput("baselines", self.baselines, "open and/or closed")
        checks.number("sampling_hz", self.sampling_hz, limit("sampling_min_hz"), 100_000)
        checks.number("feedback_age_ms", self.feedback_age_ms, 0, limit("feedback_age_max_ms"))
        checks.number("flashes_per_s", self.flashes_per_s, 0, 1000)
        if self.flashes_per_s > limit("flash_max_per_s"):
            raise SafetyLimit(
                "flashes_per_s", self.flashes_per_s, f"at most {limit('flash_max_per_s'):g} flashes per second",
                "Flicker of 3 to 60 Hz can provoke seizures.",
            )  # fmt: skip
        amounts = (
            ("sessions", self.schedule.visits, row.max_sessions_course),
            ("training_minutes", self.training_minutes, row.max_minutes_session),
        )
        for name, given, most in amounts:
            if given > most:
                raise SafetyLimit(name, given, f"at most {most:g} for {self.form} ({row.statement})")
        for phase in self.schedule.phases:
            if phase.visits > 1 and phase.every_days < 7 / row.max_sessions_week - 1e-9:
                raise SafetyLimit("every_days", phase.every_days, f"{7 / row.max_sessions_week:g} or more")

    @property
    def therapy(self) -> str:
        """Name of the therapy."""
        return NAME

    @property
    def title(self) -> str:
        """One line for people."""
        row = protocol_row(self.form, self.protocol)
        return row.title if row else f"{form_row(self.form).title}, protocol of its own"

    @property
    def training_minutes(self) -> float:
        """Training time of one session."""
        return sum(part.minutes for part in self.parts)

    @property
    def blocks_per_part(self) -> tuple[int, ...]:
        """Blocks of each part."""
        return tuple(max(1, int(part.minutes / self.block_min + 1e-9)) for part in self.parts)

    @property
    def traits(self) -> frozenset[str]:
        """What is trained anywhere, in the words of the rules."""
        return frozenset(trait for part in self.parts for trait in part.traits)

    @property
    def needs_balance(self) -> bool:
        """Whether F3 and F4 must have like impedances."""
        return any(part.feature in _ASYMMETRY for part in self.parts)

    def details(self) -> tuple[tuple[str, str], ...]:
        """Label and value of every parameter, with its unit."""
        parts = [(f"Part {i}", part.words()) for i, part in enumerate(self.parts, start=1)]
        course = "; ".join(f"{p.visits} sessions, one every {p.every_days:.2g} days" for p in self.schedule.phases)
        return (
            ("Form", form_row(self.form).title),
            ("Protocol", self.title),
            *parts,
            ("Blocks", f"{'+'.join(map(str, self.blocks_per_part))} of {self.block_min:g} min, rest {self.rest_s:g} s"),
            ("Baselines", f"eyes {' and '.join(self.baselines)}, {limit('baseline_min_s') / 60:g} min or more each"),
            ("Threshold", f"{self.threshold_rule}, reward time aimed at {self.reward_target_frac:.0%}"),
            ("Feedback", f"not older than {self.feedback_age_ms:g} ms, {self.flashes_per_s:g} flashes per second"),
            ("Course", course),
            ("Role", "adjunct; no substitute for treatment that works"),
        )


def as_neurofeedback(prescription: Prescription) -> NeurofeedbackPrescription:
    """Return the prescription as this therapy's, or say what it is instead."""
    if not isinstance(prescription, NeurofeedbackPrescription):
        raise InvalidInput("prescription", type(prescription).__name__, "a NeurofeedbackPrescription from propose()")
    return prescription
