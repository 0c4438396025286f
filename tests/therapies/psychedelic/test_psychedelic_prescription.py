"""Hard limits of psilocybin and MDMA prescriptions, wash-outs, and what is proposed for whom."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from euthymia.case.facts import Finding, Medication
from euthymia.case.model import Case
from euthymia.core.errors import EuthymiaError, InvalidInput, SafetyLimit
from euthymia.core.reason import Direction
from euthymia.therapies.psychedelic import THERAPY
from euthymia.therapies.psychedelic.prescription import Frame, MdmaPrescription, PsilocybinPrescription
from euthymia.therapies.psychedelic.propose import frame_of
from euthymia.therapies.psychedelic.tables import legal_hours, protocols
from euthymia.therapies.psychedelic.washout import open_washouts
from euthymia.therapies.schedule import Phase

ONE, TWO, PTSD = "psilocybin_25_single", "psilocybin_25_twice", "mdma_ptsd_mapp"


@pytest.mark.parametrize(
    ("dose", "words"),
    [(0.3, "looks like mg/kg"), (250, "did you mean 25 mg"), (2.5, "did you mean 25 mg"), (25000, "micrograms"),
     (30, "10 | 25 mg"), (0, "10 | 25 mg")],
)  # fmt: skip
def test_a_dose_beyond_the_trials_is_refused_and_the_slip_named(dose: float, words: str) -> None:
    with pytest.raises(SafetyLimit, match=words.replace("|", r"\|")):
        PsilocybinPrescription(ONE, frame_of(ONE), dose)


def shorter(part: str, **change: float) -> Frame:
    frame = frame_of(TWO)
    if part == "integration":
        return replace(frame, integration=(replace(frame.integration[0], **change),))
    return replace(frame, **{part: replace(getattr(frame, part), **change)})


@pytest.mark.parametrize(
    "frame",
    [
        shorter("preparation", visits=1),
        shorter("preparation", start_day=6.5),
        shorter("dosing", every_days=14),
        shorter("dosing", minutes=240),
        shorter("dosing", visits=3),
        shorter("dosing", start_day=120),
        shorter("integration", visits=1),
        shorter("integration", start_day=12),
        replace(frame_of(TWO), facilitators=1),
        replace(frame_of(TWO), support_person=False),
    ],
)
def test_a_frame_that_cuts_corners_is_refused(frame: Frame) -> None:
    with pytest.raises(SafetyLimit):
        PsilocybinPrescription(TWO, frame, 25)


def test_the_single_dose_protocol_holds_one_dose() -> None:
    with pytest.raises(SafetyLimit, match="1 under"):
        PsilocybinPrescription(ONE, frame_of(TWO), 25)


def test_mdma_is_half_the_dose_again_and_no_other() -> None:
    rx = MdmaPrescription(PTSD, frame_of(PTSD), 80, 120, 0.5)
    assert [rx.dose_of(n) for n in (1, 2, 3)] == [80, 120, 120]
    for first, later, ratio in ((120, 120, 0.5), (80, 160, 0.5), (80, 120, 1)):
        with pytest.raises(SafetyLimit):
            MdmaPrescription(PTSD, frame_of(PTSD), first, later, ratio)
    with pytest.raises(InvalidInput):
        MdmaPrescription(ONE, frame_of(ONE), 80, 120, 0.5)


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(st.floats(0, 100), st.sampled_from([10.0, 25.0])), st.integers(0, 5), st.floats(0, 60),
    st.floats(0, 600), st.integers(0, 4), st.sampled_from([p.protocol for p in protocols()]),
)  # fmt: skip
def test_no_prescription_that_can_be_made_exceeds_a_limit(
    dose: float, visits: int, every: float, minutes: float, people: int, name: str
) -> None:
    try:
        frame = replace(frame_of(TWO), dosing=Phase("dosing", 7, visits, every, minutes), facilitators=people)
        rx = PsilocybinPrescription(name, frame, dose)
    except EuthymiaError:
        return
    assert rx.dose_mg in (10, 25)
    assert 1 <= rx.frame.dosing.visits <= 2
    assert rx.frame.dosing.visits == 1 or rx.frame.dosing.every_days >= 21
    assert rx.frame.dosing.minutes >= 360
    assert rx.frame.facilitators >= 2


def test_psilocybin_is_proposed_with_both_sides(make_case: Callable[..., Case]) -> None:
    offered = THERAPY.propose(make_case())
    assert [p.protocol for p in offered] == [ONE, TWO]
    for rx in offered:
        assert {Direction.FOR, Direction.AGAINST} <= {r.direction for r in rx.reasons}
        assert rx.details()
        assert rx.schedule.phases[0].name == "preparation"


def test_mdma_is_proposed_in_a_ptsd_frame_only(make_case: Callable[..., Case]) -> None:
    assert all(p.form != "mdma" for p in THERAPY.propose(make_case(Finding("ptsd", True))))
    case = make_case(Finding("ptsd", True), Finding("ptsd_trial_route_mdma", True))
    rx = next(p for p in THERAPY.propose(case) if p.form == "mdma")
    assert "mdma_not_trd" in {r.code for r in rx.reasons}


@pytest.mark.parametrize(
    ("medication", "left", "strength"),
    [
        (Medication("fluoxetine", 20.0), 47.0, "named"),
        (Medication("fluoxetine", 20.0, ended_on=date(2026, 10, 20), active=False), 34.0, "named"),
        (Medication("sertraline", 100.0, ended_on=date(2026, 10, 15), active=False), None, ""),
        (Medication("lithium", 600.0, active=False), 14.0, "hard_stop"),
        (Medication("phenelzine", 45.0, ended_on=date(2026, 10, 25), active=False), 6.0, "hard_stop"),
    ],
)
def test_wash_outs_run_from_the_last_dose(
    make_case: Callable[..., Case], medication: Medication, left: float | None, strength: str
) -> None:
    found = open_washouts(make_case(medication), "psilocybin")
    assert [(w.days_left, w.row.strength) for w in found] == ([] if left is None else [(left, strength)])


@pytest.mark.parametrize(("dose", "hours"), [(2, 1), (5, 2), (10, 4), (24, 4), (25, 5), (36, 6)])
def test_oregon_hours_take_the_longer_side_of_a_border(dose: float, hours: float) -> None:
    row = legal_hours("US-OR", dose)
    assert row is not None
    assert row.hours == hours
    assert legal_hours("US-NY", dose) is None


def test_simulate_is_the_same_for_the_same_seed(make_case: Callable[..., Case]) -> None:
    case = make_case(Finding("ptsd", True), Finding("ptsd_trial_route_mdma", True))
    for rx in THERAPY.propose(case):
        one, two = (THERAPY.simulate(case, rx, seed=3) for _ in range(2))
        assert one == two
        assert one.burden.days_to_end_of_acute_course >= 7
