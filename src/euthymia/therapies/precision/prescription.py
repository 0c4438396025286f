"""The order: which tests, within limits; nothing that may guide no choice, nothing that urgent care waits for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from euthymia.case import checks
from euthymia.core.errors import InvalidInput, SafetyLimit
from euthymia.core.reason import Reason
from euthymia.therapies.precision.tables import TestRow, forms, limit, not_for_use, tests
from euthymia.therapies.schedule import Phase, Schedule


@dataclass(frozen=True, slots=True)
class TestOrder:
    """Tests to be done, and when their results are read.

    Parameters
    ----------
    tests
        Codes of ``tests.csv``.
    treatment_waits
        Whether treatment is held until the result; refused for genes and inflammation, which never withhold care.

    Raises
    ------
    SafetyLimit
        For a gene or test that may guide nothing, an order that is too large or awaited too long, or care withheld.
    """

    therapy: ClassVar[str] = "precision"
    __test__: ClassVar[bool] = False  # not a test case, whatever its name

    protocol: str
    form: str
    title: str
    tests: tuple[str, ...]
    result_days: float
    sample_minutes: float
    result_minutes: float
    treatment_waits: bool = False
    reasons: tuple[Reason, ...] = field(default=())

    def __post_init__(self) -> None:
        checks.one_of("form", self.form, forms())
        if not self.tests:
            raise InvalidInput("tests", self.tests, "at least one test")
        for code in self.tests:
            refused = not_for_use(code)
            if refused is not None:
                raise SafetyLimit("tests", code, f"no test that may guide nothing: {refused.statement}")
            row = tests().get(code)
            if row is None or row.form != self.form:
                known = ", ".join(t.code for t in tests().values() if t.form == self.form)
                raise InvalidInput("tests", code, f"tests of {self.form}: {known}")
        if len(set(self.tests)) != len(self.tests):
            raise InvalidInput("tests", self.tests, "each test once")
        most = limit("tests_max")
        if len(self.tests) > most.value:
            raise SafetyLimit("tests", len(self.tests), f"at most {most.value:g} ({most.statement})")
        checks.number("result_days", self.result_days, 0, 10000)
        longest = limit("result_days_max")
        if self.result_days > longest.value:
            raise SafetyLimit("result_days", self.result_days, f"at most {longest.value:g} days ({longest.statement})")
        if self.treatment_waits and self.form != "lab_workup":
            words = "False: genes and inflammation guide dose and choice and never withhold care"
            raise SafetyLimit("treatment_waits", True, words)

    @property
    def rows(self) -> tuple[TestRow, ...]:
        """The rows of the tests in order."""
        return tuple(tests()[code] for code in self.tests)

    @property
    def schedule(self) -> Schedule:
        """The sample, and the visit at which the result is explained."""
        return Schedule(
            (
                Phase("sample", 0, 1, 0, self.sample_minutes),
                Phase("result explained", self.result_days, 1, 0, self.result_minutes),
            )
        )

    def details(self) -> tuple[tuple[str, str], ...]:
        """Label and value of every parameter."""
        waits = "waits for the result" if self.treatment_waits else "goes on meanwhile"
        return (
            *((row.title, f"could change: {row.could_change}") for row in self.rows),
            ("Result expected", f"after about {self.result_days:g} days"),
            ("Treatment", waits),
        )
