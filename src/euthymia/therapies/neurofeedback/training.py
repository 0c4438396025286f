"""Counting blocks: usable or not, artifact and reward shares, and the learning measure of one session."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from euthymia.core.errors import SafetyLimit
from euthymia.therapies.neurofeedback.learning import slope
from euthymia.therapies.neurofeedback.prescription import NeurofeedbackPrescription
from euthymia.therapies.neurofeedback.tables import limit


@dataclass(frozen=True, slots=True)
class Block:
    """One block as it was recorded; ``feature`` is oriented so that higher is what was asked for."""

    part: int
    seconds: float
    artifact_frac: float
    reward_frac: float
    feature: float | None
    feedback_age_ms: float | None

    @property
    def usable(self) -> bool:
        """Whether it counts: little enough artifact, and feedback that was not too late."""
        late = self.feedback_age_ms is not None and self.feedback_age_ms > limit("feedback_age_max_ms")
        return self.artifact_frac <= limit("artifact_unusable_frac") and not late

    @property
    def clean_s(self) -> float:
        """Seconds without artifact."""
        return self.seconds * (1 - self.artifact_frac)


class Training:
    """Progress of one session through its parts; a refused block leaves it as it was."""

    def __init__(self, prescription: NeurofeedbackPrescription) -> None:
        self._rx = prescription
        self.blocks: list[Block] = []
        self.paused = False

    @property
    def part(self) -> int:
        """Index of the part under way; the number of parts when all are done."""
        done = [sum(b.part == i for b in self.blocks) for i in range(len(self._rx.parts))]
        planned = self._rx.blocks_per_part
        return next((i for i, n in enumerate(done) if n < planned[i]), len(planned))

    @property
    def complete(self) -> bool:
        """Whether every block of every part was run."""
        return self.part >= len(self._rx.parts)

    @property
    def left(self) -> int:
        """Blocks still to run."""
        return sum(self._rx.blocks_per_part) - len(self.blocks)

    def add(self, block: Block) -> None:
        """Count one block of the part under way."""
        if self.complete:
            raise SafetyLimit("block", "one more", "no block after the last one")
        longest = self._rx.block_min * 60 * limit("block_overrun_ratio")
        if block.seconds > longest:
            raise SafetyLimit("block.seconds", block.seconds, f"at most {longest:.0f} s for a block")
        self.blocks.append(block)

    @property
    def unusable_in_a_row(self) -> int:
        """Unusable blocks since the last usable one."""
        count = 0
        for block in reversed(self.blocks):
            if block.usable:
                return count
            count += 1
        return count

    def summary(self, baseline_feature: float | None) -> Mapping[str, Any]:
        """What was trained, with units in the names."""
        usable = [b for b in self.blocks if b.usable]
        measured = [b for b in usable if b.feature is not None and b.clean_s >= limit("baseline_clean_s")]
        features = [b.feature for b in measured if b.feature is not None]
        mean = sum(features) / len(features) if features else None
        within = slope(range(len(features)), features)
        return {
            "blocks_planned": sum(self._rx.blocks_per_part),
            "blocks": len(self.blocks),
            "usable_blocks": len(usable),
            "training_s": sum(b.seconds for b in self.blocks),
            "artifact_frac": _mean([b.artifact_frac for b in self.blocks]),
            "reward_frac": _mean([b.reward_frac for b in usable]),
            "feature_mean": mean,
            "feature_gain": None if mean is None or baseline_feature is None else mean - baseline_feature,
            "within_slope": None if within is None else within.value,
        }


def _mean(values: list[float]) -> float | None:
    return sum(values) / len(values) if values else None
