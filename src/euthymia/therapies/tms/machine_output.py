"""Machine output, coil current slope and field: % MSO, A/us and V/m, by the coil's own maximum."""

from __future__ import annotations

from dataclasses import dataclass

from euthymia.case import checks
from euthymia.core.errors import InvalidInput, SafetyLimit
from euthymia.core.tables import SourcedRow, load_table
from euthymia.therapies.lookup import row_named
from euthymia.therapies.tms.tables import PACKAGE, limit


@dataclass(frozen=True, slots=True, kw_only=True)
class CoilRow(SourcedRow):
    """One coil on its stimulator, and the steepest current it gives at 100 % output."""

    coil: str
    title: str
    stimulator: str
    max_didt_a_us: float

    def didt_a_us(self, pct_mso: float) -> float:
        """Return the current slope (A/us) at this output (%)."""
        return _output(pct_mso) / 100 * self.max_didt_a_us

    def pct_mso(self, didt_a_us: float) -> float:
        """Return the output (%) that gives this current slope (A/us).

        Raises
        ------
        SafetyLimit
            When the machine cannot give it; the message names its maximum.
        """
        checks.number("didt_a_us", didt_a_us, 0, 1000)
        if didt_a_us > self.max_didt_a_us * (1 + 1e-12):
            raise SafetyLimit(
                "didt_a_us", didt_a_us, f"at most {self.max_didt_a_us:g} A/us with {self.title}",
                "Are A/us meant (1 A/us = 10^6 A/s)? Otherwise take another coil or stimulator.",
            )  # fmt: skip
        return 100 * didt_a_us / self.max_didt_a_us

    def field_v_m(self, pct_mso: float, v_m_per_a_us: float) -> float:
        """Return the field (V/m) at this output where the coil gives ``v_m_per_a_us`` for each A/us."""
        checks.number("v_m_per_a_us", v_m_per_a_us, 0, 20)
        return self.didt_a_us(pct_mso) * v_m_per_a_us


@dataclass(frozen=True, slots=True, kw_only=True)
class CoilFieldRow(SourcedRow):
    """Peak field of a coil in a sphere, for scale only."""

    coil: str
    peak_v_m_per_a_us: float
    statement: str


def coils() -> tuple[CoilRow, ...]:
    """Return every coil with a known maximum."""
    return load_table(PACKAGE, "coils.csv", CoilRow, key="coil")


def coil_row(coil: str) -> CoilRow:
    """Return one coil; raise :class:`InvalidInput` listing the known ones."""
    return row_named(coils(), "coil", coil)


def sphere_field(coil: str) -> CoilFieldRow | None:
    """Return the peak field of this coil in a sphere, where it was computed."""
    coil_row(coil)
    rows: tuple[CoilFieldRow, ...] = load_table(PACKAGE, "coil_fields.csv", CoilFieldRow, key="coil")
    return next((row for row in rows if row.coil == coil), None)


def output_on_coil(pct_mso: float, taken_on: str, given_on: str) -> float:
    """Return the output unchanged on the coil it was taken on; refuse it on another: equal slopes are not equal fields.

    Raises
    ------
    InvalidInput
        When the coils differ; the message says what to do.
    """
    if taken_on != given_on:
        raise InvalidInput(
            "coil", f"threshold on {coil_row(taken_on).title}, treatment on {coil_row(given_on).title}",
            "the same coil",
            "Measure the threshold with the treating coil, or match the fields of both coils at their targets.",
        )  # fmt: skip
    return _output(pct_mso)


def _output(pct_mso: float) -> float:
    most = limit("output_max_pct_mso")
    if isinstance(pct_mso, (int, float)) and not isinstance(pct_mso, bool) and pct_mso > most:
        raise SafetyLimit(
            "pct_mso", pct_mso, f"0 to {most:g} % of machine output",
            "Was a percentage of the motor threshold meant? Multiply it by the threshold first.",
        )  # fmt: skip
    checks.number("pct_mso", pct_mso, 0, most)
    return float(pct_mso)
