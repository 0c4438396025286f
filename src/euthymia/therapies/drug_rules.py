"""What no drug prescription may do: exceed a dose limit, join forbidden drugs, start before a washout is over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from euthymia.case import checks
from euthymia.core.errors import InvalidInput, SafetyLimit
from euthymia.therapies.drug_tables import belongs, combinations, dose_limit, ingredient


@dataclass(frozen=True, slots=True)
class DrugDose:
    """One drug with its doses (mg a day) and the largest and fastest step.

    ``max_mg_day`` may be lower than the label's for this patient, never higher.
    """

    drug: str
    start_mg_day: float
    target_mg_day: float
    max_mg_day: float
    step_mg: float
    step_days: float

    def __post_init__(self) -> None:
        checks.text("drug", self.drug)
        for name in ("start_mg_day", "target_mg_day", "max_mg_day", "step_mg", "step_days"):
            checks.number(f"{self.drug}.{name}", getattr(self, name), 1e-6, 20000)
        row = dose_limit(ingredient(self.drug))
        if row is None:
            raise InvalidInput("drug", self.drug, "a drug of pharmacotherapy/data/limits.csv")
        if self.max_mg_day > row.max_mg_day:
            hint = (
                "Was it written in micrograms? Doses here are in mg." if self.max_mg_day > 100 * row.max_mg_day else ""
            )
            words = f"at most {row.max_mg_day:g} mg a day ({row.source})"
            raise SafetyLimit(f"{self.drug}.max_mg_day", self.max_mg_day, words, hint)
        if not self.start_mg_day <= self.target_mg_day <= self.max_mg_day:
            words = f"start <= target <= {self.max_mg_day:g} mg a day"
            raise SafetyLimit(f"{self.drug}.dose", (self.start_mg_day, self.target_mg_day), words)


def forbidden(drug: str, other: str) -> tuple[str, Literal["certain", "unknown"]] | None:
    """Return why two drugs may not be together, or None; an unknown drug is ``unknown`` for a rule that may apply."""
    doubt: tuple[str, Literal["certain", "unknown"]] | None = None
    for row in combinations():
        for left, right in ((drug, other), (other, drug)):
            together = row.concerns(left, right)
            if together:
                return row.statement, "certain"
            if together is None and belongs(drug, row.one):
                doubt = (f"{other} is not in the drug table, so this cannot be excluded: {row.statement}", "unknown")
    return doubt


def washout(new: list[str] | tuple[str, ...], stopped: tuple[str, ...]) -> tuple[float, str]:
    """Return the days to wait between ``stopped`` and ``new``, and the rule behind them (0 when none applies)."""
    days, because = 0.0, ""
    for drug in new:
        for old in stopped:
            for row in combinations():
                for matches, wait in (
                    (row.concerns(old, drug), row.days_after_one),
                    (row.concerns(drug, old), row.days_after_other),
                ):
                    if matches and wait > days:
                        days, because = wait, f"{row.statement} ({old} before {drug})"
    return days, because


def refuse_together(drug: str, other: str) -> None:
    """Raise :class:`SafetyLimit` when ``drug`` may not be with ``other``, or when that cannot be excluded."""
    found = forbidden(drug, other)
    if found is not None:
        raise SafetyLimit("kept", other, f"nothing that may not be with {drug}: {found[0]}", "Stop it first.")
