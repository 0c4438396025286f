"""Hard limits of ketamine prescriptions, and what is proposed for whom."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from euthymia.case.facts import Finding, SuicideScreen, Vital
from euthymia.case.model import Case
from euthymia.core.errors import EuthymiaError, InvalidInput, MissingData, SafetyLimit
from euthymia.core.reason import Direction
from euthymia.therapies.ketamine import THERAPY
from euthymia.therapies.ketamine.prescription import EsketaminePrescription, InfusionPrescription
from euthymia.therapies.ketamine.tables import limit, protocols, schedule_of
from euthymia.therapies.schedule import Phase, Schedule

IV = "ketamine_iv_twice_weekly"
SPRAY = "esketamine_us_trd"


def infusion(**change: object) -> InfusionPrescription:
    values = {"dose_mg_kg": 0.5, "weight_kg": 70.0, "duration_s": 2400.0} | change
    return InfusionPrescription(IV, schedule_of(IV), **values)  # type: ignore[arg-type]


def spray(first: float = 56, later: float = 84, name: str = SPRAY, **change: object) -> EsketaminePrescription:
    return EsketaminePrescription(name, schedule_of(name), first, later, **change)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"dose_mg_kg": 5}, "decimal point: did you mean 0.5"),
        ({"dose_mg_kg": 35}, "looks like a total in mg"),
        ({"duration_s": 40}, "did you mean 2400 s"),
        ({"duration_s": 144000}, "converted twice"),
        ({"dose_mg_kg": 1.2}, "second_sign_off"),
        ({"dose_mg_kg": 0.05}, "0.1 to 1"),
        ({"dose_mg_kg": 1.6, "second_sign_off": "Dr B"}, "never above 1.5"),
        ({"dose_mg_kg": 1.5, "second_sign_off": "Dr B"}, "rate_mg_kg_h"),
        ({"weight_kg": 7}, "weigh the patient"),
    ],
)
def test_a_slip_is_refused_and_named(change: dict[str, object], words: str) -> None:
    with pytest.raises(SafetyLimit, match=words):
        infusion(**change)


def test_a_higher_dose_passes_with_a_named_second_clinician() -> None:
    assert infusion(dose_mg_kg=1.2, second_sign_off="Dr B", duration_s=3600).total_mg == pytest.approx(84)


@pytest.mark.parametrize("weight", [None, True, float("nan"), "70"])
def test_weight_is_required(weight: object) -> None:
    with pytest.raises(InvalidInput, match="weight_kg"):
        infusion(weight_kg=weight)


@pytest.mark.parametrize(
    ("first", "later", "words"),
    [(2, 84, "number of devices: did you mean 56 mg"), (0.056, 84, "grams"), (560, 84, "decimal"),
     (28, 84, "56 mg under US label"), (84, 84, "56 mg under US label"), (56, 70, "28 | 56 | 84")],
)  # fmt: skip
def test_spray_doses_outside_the_label_are_refused(first: float, later: float, words: str) -> None:
    with pytest.raises(SafetyLimit, match=words.replace("|", r"\|")):
        spray(first, later)


def test_devices_need_five_minutes_between_them() -> None:
    with pytest.raises(SafetyLimit, match="device_gap_min"):
        spray(device_gap_min=1)


@pytest.mark.parametrize(
    "phases",
    [
        (Phase("too close", 0, 4, 0.5, 150),),
        (Phase("same day", 0, 2, 0, 150),),
        (Phase("three a week", 0, 6, 2.33, 150),),
        (Phase("a", 0, 2, 7, 150), Phase("b", 7.5, 1, 7, 150)),
    ],
)
def test_spray_schedules_that_are_too_dense_are_refused(phases: tuple[Phase, ...]) -> None:
    with pytest.raises(SafetyLimit):
        EsketaminePrescription(SPRAY, Schedule(phases), 56, 84)


def test_older_adults_rise_in_steps_outside_the_us() -> None:
    rx = spray(28, 84, "esketamine_eu_older")
    assert [rx.dose_mg(n) for n in (1, 2, 3, 4)] == [28, 56, 84, 84]


@settings(max_examples=300, deadline=None)
@given(
    st.floats(0, 100), st.floats(0, 500), st.floats(0, 200000), st.sampled_from(["", "Dr B"]),
    st.sampled_from([p.protocol for p in protocols()]),
)  # fmt: skip
def test_no_infusion_that_can_be_made_exceeds_a_limit(
    dose: float, weight: float, seconds: float, sign: str, name: str
) -> None:
    try:
        rx = InfusionPrescription(name, schedule_of(name), dose, weight, seconds, sign)
    except EuthymiaError:
        return
    assert rx.dose_mg_kg <= (limit("iv_dose_ceiling").high or 0)
    assert rx.second_sign_off or rx.dose_mg_kg <= (limit("iv_dose").high or 0)
    assert limit("iv_duration").permits(rx.duration_s / 60)
    assert rx.total_mg / rx.weight_kg / (rx.duration_s / 3600) <= (limit("iv_rate").high or 0) + 1e-6


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(st.floats(0, 200), st.sampled_from([28.0, 56.0, 84.0])), st.sampled_from([28.0, 56.0, 84.0, 112.0]),
    st.sampled_from([p.protocol for p in protocols()]), st.floats(0, 10), st.integers(1, 60),
)  # fmt: skip
def test_no_spray_that_can_be_made_exceeds_a_limit(first: float, later: float, name: str, gap: float, n: int) -> None:
    try:
        rx = EsketaminePrescription(name, schedule_of(name), first, later, gap)
    except EuthymiaError:
        return
    assert rx.dose_mg(n) in (28, 56, 84)
    assert rx.device_gap_min >= 5
    assert all(p.every_days >= 1 for p in rx.schedule.phases if p.visits > 1)


def test_us_adult_is_offered_the_us_label_first(make_case: Callable[..., Case]) -> None:
    offered = THERAPY.propose(make_case())
    assert [p.protocol for p in offered][:2] == [SPRAY, IV]
    for rx in offered:
        assert {Direction.FOR, Direction.AGAINST} <= {r.direction for r in rx.reasons}
        assert rx.details()


def test_acute_suicidality_brings_its_own_label_first(make_case: Callable[..., Case]) -> None:
    high = SuicideScreen(True, True, True, True, False, False, None)
    assert THERAPY.propose(make_case(high))[0].protocol == "esketamine_us_suicidal"


def test_older_european_begins_with_28_mg(make_case: Callable[..., Case]) -> None:
    rx = THERAPY.propose(make_case(age=76, country="DE"))[0]
    assert isinstance(rx, EsketaminePrescription)
    assert (rx.protocol, rx.dose_mg(1)) == ("esketamine_eu_older", 28)
    assert "old_null" in {r.code for r in rx.reasons}


def test_obesity_shows_both_dose_bases(make_case: Callable[..., Case]) -> None:
    case = make_case(Vital("height", 170), weight_kg=110.0)
    rx = next(p for p in THERAPY.propose(case) if p.form == "ketamine_iv")
    assert any("36.1 mg" in r.statement for r in rx.reasons)


def test_without_weight_only_the_spray_is_offered(make_case: Callable[..., Case]) -> None:
    assert {p.form for p in THERAPY.propose(make_case(weight_kg=None))} == {"esketamine_nasal"}


def test_without_weight_and_spray_the_question_is_asked(
    make_case: Callable[..., Case], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("euthymia.therapies.ketamine.propose.open_forms", lambda screening: ("ketamine_iv",))
    with pytest.raises(MissingData, match="weight_kg"):
        THERAPY.propose(make_case(weight_kg=None))


def test_nothing_is_proposed_when_both_forms_are_forbidden(make_case: Callable[..., Case]) -> None:
    assert THERAPY.propose(make_case(Finding("aneurysmal_vascular_disease", True))) == []


def test_simulate_is_the_same_for_the_same_seed(make_case: Callable[..., Case]) -> None:
    case = make_case()
    for rx in THERAPY.propose(case):
        one, two = (THERAPY.simulate(case, rx, seed=3) for _ in range(2))
        assert one == two
        assert one.form == rx.form
        assert one.burden.visits > 0
