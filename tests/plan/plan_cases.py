"""A therapy made to order, and cases with one thing changed, for the tests of the plan."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from euthymia.case import Case
from euthymia.case.concepts import Question
from euthymia.core.errors import MissingData
from euthymia.core.reason import Direction, EvidenceGrade, Reason
from euthymia.core.source import Source, Verification
from euthymia.therapies.contract import Advice, Decision, Legality, Screening, Session, Verdict
from euthymia.therapies.forecast import Burden, Forecast, Interval, Outcome
from euthymia.therapies.schedule import Phase, Schedule

from tests.contract.cases import COMPLETE, make_case

SOURCE = Source("A trial for the tests", "", Verification.READ)


def reason(words: str, direction: Direction = Direction.NEUTRAL) -> Reason:
    return Reason(words, (SOURCE,), EvidenceGrade.LOW, direction)


def case_with(*changes: object) -> Case:
    """The complete case; a fact given here takes the place of all facts of its class with the same key."""
    keys = {_key(fact) for fact in changes}
    return make_case(*[fact for fact in COMPLETE if _key(fact) not in keys], *changes)


def case_without(gone: Callable[[object], bool]) -> Case:
    """The complete case without the facts for which ``gone`` is true."""
    return make_case(*[fact for fact in COMPLETE if not gone(fact)])


def _key(fact: object) -> tuple[str, ...]:
    parts = [
        str(getattr(fact, name)) for name in ("code", "category", "scale", "analyte", "name") if hasattr(fact, name)
    ]
    return (type(fact).__name__, *parts)


def outcome(difference: Interval | None, *, name: str = "response", relevant: bool = True) -> Outcome:
    """A response in half of the patients, so much more than under sham."""
    return Outcome(
        name, 42.0, Interval(0.5, 0.4, 0.6), "sham", Interval(0.3, 0.2, 0.4), difference, False, 3, 300, "trd",
        "double_blind", reason("Half respond.", Direction.FOR), relevant=relevant,
    )  # fmt: skip


def forecast(therapy: str = "a", *, hours: float = 20.0, difference: Interval | None = None) -> Forecast:
    """A forecast with one outcome and a burden."""
    burden = Burden(10, hours, 42.0, False, False, reason("Ten visits.", Direction.AGAINST))
    shown = Interval(0.2, 0.1, 0.3) if difference is None else difference
    return Forecast(therapy, f"{therapy}_form", "p", (outcome(shown),), (), (), (), burden, (), (),
                    EvidenceGrade.MODERATE, (reason("Moderate."),))  # fmt: skip


TEN_VISITS = Schedule((Phase("course", 0, 10, 1, 120),))
PROTOCOL = (reason("A protocol."),)
GAIN = Interval(0.2, 0.1, 0.3)


@dataclass(frozen=True, slots=True)
class ToOrderPrescription:
    """The least that a prescription is."""

    therapy: str
    form: str
    protocol: str = "p"
    title: str = "Ten visits"
    schedule: Schedule = TEN_VISITS
    reasons: tuple[Reason, ...] = PROTOCOL

    def details(self) -> tuple[tuple[str, str], ...]:
        return (("visits", "10"),)


@dataclass(frozen=True)
class ToOrder:
    """A therapy that says what it is told to say."""

    name: str
    verdicts: tuple[Verdict, ...] = (Verdict.ELIGIBLE,)  # one form each
    missing: tuple[tuple[str, ...], ...] = ()  # question codes by form
    hours: float = 20.0
    difference: Interval = GAIN
    needs: str = ""  # propose asks for this
    proposes: tuple[str, ...] | None = None  # forms, best first; None: all
    screened: tuple[Reason, ...] = (reason("Checked.", Direction.FOR), reason("A risk.", Direction.AGAINST))
    is_reference: bool = False
    is_companion: bool = False
    seeds: list[int] = field(default_factory=list)

    @property
    def title(self) -> str:
        return self.name.title()

    def forms(self) -> tuple[str, ...]:
        return tuple(f"{self.name}{i}" for i in range(len(self.verdicts)))

    def screen(self, case: Case) -> Screening:
        asked = [*self.missing, *[()] * (len(self.verdicts) - len(self.missing))]
        forms = [
            Screening(
                self.name, verdict, self.screened, tuple(Question(c, f"{c}?", f"`{c}`") for c in codes), form=form,
                title=form, legality=Legality.APPROVED,
            )
            for verdict, codes, form in zip(self.verdicts, asked, self.forms(), strict=True)
        ]  # fmt: skip
        ordered = tuple(sorted(forms, key=lambda s: s.verdict.rank))
        questions = tuple({q.code: q for s in ordered for q in s.missing}.values())
        return replace(ordered[0], form="", title=self.title, forms=ordered, missing=questions)

    def propose(self, case: Case) -> list[ToOrderPrescription]:
        if self.needs:
            raise MissingData(self.needs, f"add `{self.needs}`.")
        return [ToOrderPrescription(self.name, form) for form in self.proposes or self.forms()]

    def simulate(self, case: Case, prescription: object, *, seed: int) -> Forecast:
        self.seeds.append(seed)
        return forecast(self.name, hours=self.hours, difference=self.difference)

    def session(self, case: Case, prescription: object, n: int) -> Session:
        raise NotImplementedError

    def follow(self, case: Case, prescription: object) -> Advice:
        return Advice(self.name, Decision.START, ())
